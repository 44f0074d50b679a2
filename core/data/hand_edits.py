"""Images of a test split that were relabelled, moved or left out by hand: figures from before are of another test. So they
are where images were moved into it."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from core.data.dataset import SPLIT_WORDS, Dataset, read_index
from core.data.difference import KEYS, numbered
from core.data.edits import Edit, ImageName, LeaveOut, Move, PutBack, Relabel, names_of
from core.data.same_classes import same_classes
from core.data.shelf import versions
from core.errors import DamagedError
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
        before, after = (numbered(read_index(workspace, one, COLUMNS)) for one in (first, dataset))
        called = same_classes(workspace, first, dataset)
    except DamagedError:  # nobody can tell; the figure of the version in hand stays
        return ""
    every = before.merge(after, on=KEYS, how="left", suffixes=("_old", "_new"))
    both, came = every[every["split_old"] == split], (every["split_old"] != split) & (every["split_new"] == split)
    left_out, stayed = both["split_new"].isna(), both["split_new"] == split
    same = both["label_old"].astype(object).map(called)
    kinds = {
        "relabelled": int((stayed & (both["label_new"].astype(object) != same)).sum()),
        "moved": int((~stayed & ~left_out).sum() + came.sum()),
        "left out": int(left_out.sum()),
    }
    done = [kind for kind, count in kinds.items() if count]
    if not done:
        return ""
    total = sum(kinds.values())
    how = f"{', '.join(done[:-1])} or {done[-1]}" if done[1:] else done[0]
    images = f"{total:,} {SPLIT_WORDS[split]} image{' was' if total == 1 else 's were'}"
    return f"{images} {how} by hand since version {first.version}: {SO}"


def touched(index: pd.DataFrame, edits: Iterable[Edit], split: str = "test") -> str:
    """How many images of a split edits would change or move into it, and what follows, in a sentence; "" where they change none."""
    names, moved_in = set[ImageName](), set[ImageName]()
    for edit in edits:
        if isinstance(edit, Relabel | LeaveOut | Move):
            names.update(edit.images)
        elif isinstance(edit, PutBack):
            names.difference_update(edit.images)
        if isinstance(edit, Move):
            moved_in = moved_in | {*edit.images} if edit.split == split else moved_in - {*edit.images}
        elif isinstance(edit, LeaveOut):
            moved_in.difference_update(edit.images)
    few = index[index["path"].isin({name.path for name in names})]
    there = {name for name, of in zip(names_of(few), few["split"], strict=True) if of == split}
    of, said = f"{SPLIT_WORDS[split]} image", []
    if count := len(names & there):
        said.append(f"{count:,} {of}{' is' if count == 1 else 's are'} among them")
    if count := len(moved_in - there):
        said.append(f"{count:,} image{f' becomes a {of}' if count == 1 else f's become {of}s'}")
    return f"{' and '.join(said)}: {SO}" if said else ""
