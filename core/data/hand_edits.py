"""Images of a test split that were relabelled, moved or left out by hand: figures from before are of another test. So they
are where images were moved into it.

One judgement tells it of what is saved and of what is not: the images before beside the images after.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from core.data.dataset import LEFT_OUT_BY_HAND, SPLIT_WORDS, Dataset, read_index
from core.data.difference import KEYS, numbered
from core.data.edit import edited, read_aside
from core.data.edits import Edit
from core.data.same_classes import same_after, same_classes
from core.data.shelf import versions
from core.errors import DamagedError, InputError
from core.workspace import Workspace

COLUMNS = ["sha256", "path", "label", "split", "group"]
SO = "figures from before are not comparable; Compare judges runs on the same images."


def changed_by_hand(workspace: Workspace, dataset: Dataset, split: str = "test") -> str:
    """What edits did to the images of a split since the last import, and what follows, in a sentence; "" where they did
    nothing, or nobody can tell.

    A class that was renamed is the same class; one that was merged is not.
    """
    by_version = {one.version: one for one in versions(workspace, dataset.name)}
    first = dataset
    while first.parent in by_version:
        first = by_version[first.parent]
    if first.fingerprint == dataset.fingerprint:
        return ""
    try:
        before, after = (read_index(workspace, one, COLUMNS) for one in (first, dataset))
        called = same_classes(workspace, first, dataset)
    except DamagedError:  # nobody can tell; the figure of the version in hand stays
        return ""
    count, how = _changed(before, after, called, split)
    return f"{_images(count, split, 'was', 'were')} {how} by hand since version {first.version}: {SO}" if count else ""


def touched(workspace: Workspace, base: Dataset, edits: Sequence[Edit], split: str = "test") -> str:
    """What edits of `base` that are not saved would do to the images of a split, as `changed_by_hand` tells it once they
    are; "" where they do nothing, or cannot be saved.
    """
    found = _drafted(workspace, base, edits)
    if found is None:
        return ""
    count, how = _changed(*found, split)
    return f"{_images(count, split, 'is', 'are')} {how}: {SO}" if count else ""


def left_without(workspace: Workspace, base: Dataset, edits: Sequence[Edit]) -> str:
    """Of which classes a split that has images of them now would have none, in a sentence; "" where there are none, or the
    edits cannot be saved. Of a class that is gone altogether nothing is said.
    """
    found = _drafted(workspace, base, edits)
    if found is None:
        return ""
    before, after, called = found
    had, has = ({*zip(one["label"].astype(str), one["split"].astype(str), strict=True)} for one in (before, after))
    there = {label for label, _ in has}
    gone = {(called[label], split) for label, split in had if split and called.get(label) in there} - has
    lacks = ", ".join(f"no {SPLIT_WORDS[split]} image of {label}" for label, split in sorted(gone))
    return f"Then there is {lacks}: move others there, or add some." if lacks else ""


def _drafted(
    workspace: Workspace, base: Dataset, edits: Sequence[Edit]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]] | None:
    """The images before, what was left out among them, and after edits that are not saved, as `_changed` takes them; None
    where they cannot be saved.
    """
    try:
        before, aside = read_index(workspace, base, COLUMNS), read_aside(workspace, base)
        after, renamed = edited(before, aside, edits)
    except (InputError, DamagedError):
        return None
    back = aside[aside["reason"] == LEFT_OUT_BY_HAND].reindex(columns=COLUMNS)
    called = same_after(base.classes, after["label"].unique(), renamed)
    return pd.concat([before, back.assign(split="")]), after, called


def _changed(before: pd.DataFrame, after: pd.DataFrame, called: dict[str, str], split: str) -> tuple[int, str]:
    """How many images of a split are others, and how they came to be: "relabelled, moved in or left out".

    Args:
        before, after: Indexes; what was left out before has the split "".
        called: {a class before: its name after}, of classes that are the same.
    """
    every = numbered(before).merge(numbered(after), on=KEYS, how="left", suffixes=("_old", "_new"))
    both, came = (
        every[every["split_old"] == split],
        every[(every["split_old"] != split) & (every["split_new"] == split)],
    )
    left_out, stayed = both["split_new"].isna(), both["split_new"] == split
    same = both["label_old"].astype(object).map(called)
    kinds = {
        "relabelled": int((stayed & (both["label_new"].astype(object) != same)).sum()),
        "moved out": int((~stayed & ~left_out).sum()),
        "moved in": int((came["split_old"] != "").sum()),
        "left out": int(left_out.sum()),
        "put back": int((came["split_old"] == "").sum()),
    }
    done = [kind for kind, count in kinds.items() if count]
    return sum(kinds.values()), " or ".join(filter(None, [", ".join(done[:-1]), *done[-1:]]))


def _images(count: int, split: str, one: str, several: str) -> str:
    return f"{count:,} {SPLIT_WORDS[split]} image{f' {one}' if count == 1 else f's {several}'}"
