"""Edits of one version on top of a newer one that somebody else saved meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from core.data.dataset import Dataset, read_index
from core.data.edit import edited, left_out_by_hand, read_aside
from core.data.edits import (
    Edit,
    Group,
    ImageName,
    LeaveOut,
    MergeClasses,
    Move,
    PutBack,
    Relabel,
    RenameClass,
    in_words,
    names_of,
)
from core.errors import InputError
from core.workspace import Workspace


@dataclass(frozen=True)
class OnTop:
    """Edits for the newer version.

    Args:
        edits: Those that fit it, to be applied as they are.
        refused: A line for each that does not, with the reason. What the other person did stands.
    """

    edits: tuple[Edit, ...]
    refused: tuple[str, ...]


def on_top(workspace: Workspace, edits: Sequence[Edit], seen: Dataset, newest: Dataset) -> OnTop:
    """Fit `edits` of the version `seen` to the version `newest`.

    An edit of an image fits where nobody else changed the same thing of it; where they changed it the same way, there is
    nothing left to do. An edit of a class fits where the class is still there.
    """
    then, now = (_Images(read_index(workspace, one), one) for one in (seen, newest))
    aside = set(names_of(left_out_by_hand(workspace, newest)))
    fitting: list[Edit] = []
    refused: list[str] = []
    for edit in edits:
        try:
            mine = {name for one in fitting if isinstance(one, LeaveOut) for name in one.images}
            fits = _fit(edit, then, now, aside | mine, refused)
            if isinstance(fits, RenameClass | MergeClasses):
                edited(now.index, read_aside(workspace, newest), [*fitting, fits])
        except InputError as error:
            refused.append(f"{in_words(edit)}: {error}")
            continue
        if fits is not None:
            fitting.append(fits)
    return OnTop(tuple(fitting), tuple(refused))


class _Images:
    """Label, split and group of each image of a version."""

    def __init__(self, index: pd.DataFrame, dataset: Dataset) -> None:
        self.index, self.classes = index, set(dataset.classes)
        names = names_of(index)
        self.label = dict(zip(names, index["label"], strict=True))
        self.split = dict(zip(names, index["split"], strict=True))
        self.group = dict(zip(names, index["group"], strict=True))


def _fit(edit: Edit, then: _Images, now: _Images, aside: set[ImageName], refused: list[str]) -> Edit | None:
    """What is left of `edit`; None if nothing is. Adds to `refused` what cannot be done."""

    def keep(images: tuple[ImageName, ...], why_not: Callable[[ImageName], str | None]) -> tuple[ImageName, ...]:
        reasons = {name: why_not(name) for name in images}
        against = {name: reason for name, reason in reasons.items() if reason}
        if against:
            first, reason = next(iter(against.items()))
            count = f"{len(against):,} of these, " if len(images) > 1 else ""
            refused.append(f"{in_words(edit)}: {count}{first.path} {reason}.")
        return tuple(name for name, reason in reasons.items() if reason is None)

    match edit:
        case Relabel(images, label):
            if label in then.classes and label not in now.classes:
                raise InputError(f"There is no class {label!r} any more.")
            left = keep(images, lambda name: _against(then.label.get(name), now.label.get(name), label))
        case Move(images, split):
            left = keep(images, lambda name: _against(then.split.get(name), now.split.get(name), split))
        case Group(images, groups):
            wanted = dict(zip(images, groups, strict=True))
            left = keep(images, lambda name: _against(then.group.get(name), now.group.get(name), wanted[name]))
            return Group(left, tuple(map(wanted.__getitem__, left))) if left else None
        case LeaveOut(images):
            left = tuple(name for name in images if name in now.label)
        case PutBack(images):
            left = tuple(name for name in images if name in aside)
        case _:
            return edit
    return replace(edit, images=left) if left else None


def _against(then: str | None, now: str | None, wanted: str) -> str | None:
    """Why an image cannot go from `then` to `wanted`; "" if it is there already, None if nothing stands against it."""
    if then is None or now is None:
        return "is not in it any more"
    if now == wanted != then:
        return ""
    return None if now == then else f"is {now or 'in no group'} there and was {then or 'in none'} when you saw it"
