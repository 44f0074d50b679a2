"""Changes that a person has made and not saved: a draft, until edit_bar.py saves it as the next version.

The draft's token is in the address, so that a refresh finds it; whoever opens the page without it has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.data import drafts
from core.data.dataset import Dataset
from core.data.different import read_apart
from core.data.drafts import Draft
from core.data.edits import Edit, LeaveOut, MergeClasses, Move, PutBack, Relabel, RenameClass, names_of, rows_of
from core.data.mend import companions
from core.data.same_classes import same_classes
from core.errors import DamagedError
from pages.shared import cached, state, telling
from pages.shared.cached import workspace
from pages.shared.messages import SPLIT_WORDS

PARAMETER = "draft"
DAMAGED = "explore_draft_damaged"


def of(dataset: Dataset) -> Draft | None:
    """What is not saved of the data set of this name, whatever version is looked at."""
    token = state.get(_key(dataset), None) or state.here(PARAMETER)
    try:
        there = cached.draft(token) if token else None
    except DamagedError as error:
        state.put(DAMAGED, error)
        return None
    if there is None or there.base.name != dataset.name:
        return None
    state.put(_key(dataset), token)
    return there


def token_of(dataset: Dataset) -> str | None:
    """By what the draft of this data set is known; None where there is none."""
    return state.get(_key(dataset), None) if of(dataset) else None


def in_address(dataset: Dataset) -> None:
    """Let the address name what is not saved of this data set, so that a refresh finds it."""
    state.set_here(PARAMETER, token_of(dataset))


def editable(dataset: Dataset) -> Dataset:
    """The version that changes are made to: the one that the unsaved changes are of, else the newest."""
    there = of(dataset)
    return there.base if there else cached.dataset(dataset.name)


def where_edited(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray) -> tuple[Dataset, list[int | None]]:
    """The version that changes are made to, and the rows there of the images at `rows` of `dataset`; None for one that
    it does not have.
    """
    target = editable(dataset)
    if target == dataset:
        return target, rows.tolist()
    return target, rows_of(cached.index(target.reference), names_of(index, rows))


def marks(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray) -> list[str]:
    """What is new of the images at `rows` of this version, saved since or not saved yet, in a word each; "" if nothing is."""
    try:
        target, there = where_edited(dataset, index, rows)
        kept = np.array([row for row in there if row is not None], int)
        now = iter(as_it_will_be(target, cached.index(target.reference), kept))
        called = same_classes(workspace(), dataset, target)
    except DamagedError:  # of another version: nobody can tell
        return [""] * len(rows)
    few = index.iloc[rows]
    then = zip(few["label"].astype(str), few["split"].astype(str), there, strict=True)
    return [
        "left out" if row is None or (one := next(now)).left_out else _mark(called.get(label, label), split, one)
        for label, split, row in then
    ]


def can_edit(dataset: Dataset) -> bool:
    """Whether changes to this very version can be made."""
    return editable(dataset) == dataset


def add(dataset: Dataset, *edits: Edit) -> None:
    """Add changes of the version `dataset` to those that are not saved."""
    _change(dataset, lambda before: (*before, *edits))


def undo_last(dataset: Dataset) -> None:
    """Take the last of the unsaved changes back."""
    _change(dataset, lambda before: before[:-1])


def discard(dataset: Dataset) -> None:
    """Let go of the unsaved changes."""
    if of(dataset):
        drafts.discard(workspace(), state.get(_key(dataset), ""))
    state.forget(_key(dataset))


def _change(dataset: Dataset, to: Callable[[tuple[Edit, ...]], tuple[Edit, ...]]) -> None:
    token = token_of(dataset) or drafts.new_token()
    try:
        drafts.change(workspace(), token, dataset, to)
    except OSError as error:
        telling.say(f"The change could not be kept: {error.strerror or error}.")
        return
    state.forget(DAMAGED)
    state.put(_key(dataset), token)
    state.set_here(PARAMETER, token)  # at once: a dialog draws itself anew, not the page with its bar


def move(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, split: str) -> int:
    """Add the move of these images with all that belong on their side; gives back how many go with them."""
    every = companions(read_apart(workspace(), dataset), rows)
    every = every[(index["split"].iloc[every] != split).to_numpy()]
    if len(every):
        add(dataset, Move(tuple(names_of(index, every)), split))
    return len(np.setdiff1d(every, rows))


def classes(dataset: Dataset) -> list[str]:
    """The classes as they are with the unsaved changes; new ones last."""
    names = dict.fromkeys(dataset.classes)
    for one in there.edits if (there := of(dataset)) else ():
        if isinstance(one, RenameClass):
            names.pop(one.old, None)
            names[one.new] = None
        elif isinstance(one, MergeClasses):
            for name in one.classes:
                names.pop(name, None)
            names[one.into] = None
        elif isinstance(one, Relabel):
            names[one.label] = None
    return list(names)


@dataclass(frozen=True)
class Now:
    """One image as it will be when the changes are saved.

    Args:
        label, split: Its class and split.
        left_out: Whether it is left out.
        mark: What is new of it, in a word; "" if nothing is.
    """

    label: str
    split: str
    left_out: bool = False
    mark: str = ""


def as_it_will_be(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray) -> list[Now]:
    """The images at `rows` with the unsaved changes."""
    few = index.iloc[rows]
    then = list(zip(few["label"].astype(str), few["split"].astype(str), strict=True))
    there = of(dataset)
    if there is None or there.base != dataset:
        return [Now(label, split) for label, split in then]
    told = [(one, frozenset(getattr(one, "images", ()))) for one in there.edits]
    return [_with(told, name, *facts) for name, facts in zip(names_of(index, rows), then, strict=True)]


def with_changes(
    dataset: Dataset, index: pd.DataFrame, groups: Iterable[Sequence[str]]
) -> tuple[pd.DataFrame, list[tuple[str, ...]]]:
    """`index` and `groups` of paths with the unsaved changes of the images in them: classes, splits, and what is left of
    groups once what is left out is gone.
    """
    groups = [tuple(group) for group in groups]
    rows = np.flatnonzero(index["path"].isin({path for group in groups for path in group}).to_numpy())
    label, split = index["label"].astype(str).to_numpy(object, copy=True), index["split"].astype(str).to_numpy(object)
    split, paths, staying = split.copy(), index["path"].to_numpy(), set()
    for row, now in zip(rows, as_it_will_be(dataset, index, rows), strict=True):
        label[row], split[row] = now.label, now.split
        if not now.left_out:
            staying.add(paths[row])
    left = [tuple(path for path in group if path in staying) for group in groups]
    return index.assign(label=label, split=split), [group for group in left if group]


def _with(told: list[tuple[Edit, frozenset]], name: object, old_label: str, old_split: str) -> Now:
    label, split, left_out = old_label, old_split, False
    for one, images in told:
        if isinstance(one, RenameClass):
            label = one.new if label == one.old else label
        elif isinstance(one, MergeClasses):
            label = one.into if label in one.classes else label
        elif name in images:
            if isinstance(one, Relabel):
                label = one.label
            elif isinstance(one, Move):
                split = one.split
            elif isinstance(one, LeaveOut | PutBack):
                left_out = isinstance(one, LeaveOut)
    now = Now(label, split, left_out)
    return replace(now, mark="left out" if left_out else _mark(old_label, old_split, now))


def _mark(old_label: str, old_split: str, now: Now) -> str:
    words = [f"→ {now.label}"] if now.label != old_label else []
    words += [f"→ {SPLIT_WORDS[now.split]}"] if now.split != old_split else []
    return " ".join(words)


def _key(dataset: Dataset) -> str:
    return f"explore_draft_{dataset.name}"
