"""What a person can change in a data set. Edits are plain values that go to and from JSON; edit.py makes them true.

To add a kind of edit: a frozen dataclass here, its line in `KINDS`, and what it does in core/data/edit.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from core.data.columns import short
from core.data.dataset import SPLIT_WORDS, SPLITS, class_name
from core.errors import InputError
from core.file_names import SURROGATE
from core.settings import brief
from core.workspace.shape import fields_of


class ImageName(NamedTuple):
    """Names one image in every version of a data set that has it.

    Args:
        sha256: Of its bytes.
        path: Its name in the source.
        nth: Which one, from 0, where a manifest lists one file several times.
    """

    sha256: str
    path: str
    nth: int = 0


@dataclass(frozen=True)
class Relabel:
    """Give images another class, which may be a new one."""

    images: tuple[ImageName, ...]
    label: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", class_name(self.label))


@dataclass(frozen=True)
class RenameClass:
    """Give a class a name that no other class has."""

    old: str
    new: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "new", class_name(self.new))


@dataclass(frozen=True)
class MergeClasses:
    """Make several classes one, called `into`, which may be one of them, another, or a new one."""

    classes: tuple[str, ...]
    into: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "into", class_name(self.into))


@dataclass(frozen=True)
class LeaveOut:
    """Leave images out. They are kept aside and can be put back."""

    images: tuple[ImageName, ...]


@dataclass(frozen=True)
class PutBack:
    """Put images back that were left out by hand, with the class and split that they had."""

    images: tuple[ImageName, ...]


@dataclass(frozen=True)
class Move:
    """Move images to the split "train", "val" or "test"."""

    images: tuple[ImageName, ...]
    split: str

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise InputError(f"There is no split {self.split!r}; a split is {', '.join(SPLITS)}.")


@dataclass(frozen=True)
class Group:
    """Say which images hang together, so that they stay on one side of the split and count as one.

    Args:
        groups: For each of `images` the name of its group, as `short` keeps it; "" for none.
    """

    images: tuple[ImageName, ...]
    groups: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.groups) != len(self.images):
            raise InputError(f"{len(self.images):,} images have {len(self.groups):,} groups; each takes one.")
        object.__setattr__(self, "groups", tuple(map(short, self.groups)))


@dataclass(frozen=True)
class NearCopies:
    """Say whether pictures that look alike are different things in the whole data set: then none of them are near copies."""

    different: bool


Edit = Relabel | RenameClass | MergeClasses | LeaveOut | PutBack | Move | Group | NearCopies
NEAR_DIFFERENT = "near copies are different things in this data set"
NEAR_ALIKE = "near copies count as such again"
LISTS = {"images", "classes", "groups"}
KINDS: dict[str, type[Edit]] = {
    "relabel": Relabel,
    "rename_class": RenameClass,
    "merge_classes": MergeClasses,
    "leave_out": LeaveOut,
    "put_back": PutBack,
    "move": Move,
    "group": Group,
    "near_copies": NearCopies,
}


def names_of(index: pd.DataFrame, rows: Iterable[int] | None = None) -> list[ImageName]:
    """The names of the images at these rows of an index with `sha256` and `path`; of all where no rows are given."""
    again = index["path"].duplicated()
    nth = index.groupby(["sha256", "path"], sort=False).cumcount().to_numpy() if again.any() else np.zeros(len(index))
    wanted = slice(None) if rows is None else np.fromiter(rows, int)
    chosen = zip(
        index["sha256"].to_numpy()[wanted], index["path"].to_numpy()[wanted], nth[wanted].astype(int), strict=True
    )
    return [ImageName(sha256, path, int(number)) for sha256, path, number in chosen]


def rows_of(index: pd.DataFrame, names: Iterable[ImageName]) -> list[int | None]:
    """The rows of images in an index with `sha256` and `path`; None for one that is not in it."""
    names = list(names)
    few = np.flatnonzero(index["sha256"].isin({name.sha256 for name in names}).to_numpy())
    row_of = dict(zip(names_of(index.iloc[few]), few.tolist(), strict=True))
    return [row_of.get(name) for name in names]


def to_json(edit: Edit) -> dict[str, Any]:
    """A plain dict: {"edit": a key of `KINDS`, …its fields}."""
    kind = next(name for name, made in KINDS.items() if isinstance(edit, made))
    fields = {field.name: getattr(edit, field.name) for field in dataclasses.fields(edit)}
    return {"edit": kind, **{name: _plain(value) for name, value in fields.items()}}


def from_json(value: dict[str, Any]) -> Edit:
    """An edit from what `to_json` gave.

    Raises:
        InputError: It is no edit, or one with missing, unknown or unfit fields.
    """
    given = dict(value) if isinstance(value, dict) else {}
    named = given.pop("edit", "")
    kind = KINDS.get(named) if isinstance(named, str) else None
    if kind is None:
        raise InputError(f'{brief(value)} is no edit; one is {{"edit": …}} with one of {", ".join(KINDS)}.')
    wanted = {field.name for field in dataclasses.fields(kind)}
    if set(given) != wanted:
        raise InputError(f"{value['edit']} has the fields {sorted(given)}; it takes {sorted(wanted)}.")
    try:
        for name in LISTS & wanted:
            if not isinstance(given[name], list):
                raise TypeError(f"{name} is no list")
            given[name] = tuple(_image(one) if name == "images" else _text(one) for one in given[name])
        fields_of(kind, {**given, **dict.fromkeys(LISTS, ())})
        return kind(**given)
    except TypeError as error:
        raise InputError(f"{value['edit']} has unfit fields ({error}).") from error


def _image(value: Any) -> ImageName:
    kinds = [str, str, int][: len(value)] if isinstance(value, list) else []
    if len(kinds) < 2 or [type(part) for part in value] != kinds:
        raise TypeError(f"an image is its sha256, its path and, of several, its number, in a list, not {brief(value)}")
    return ImageName(*value)


def _text(value: Any) -> str:
    if not isinstance(value, str | int) or SURROGATE.search(str(value)):
        raise TypeError(f"{brief(value)} is no text")
    return str(value)


def in_words(edit: Edit) -> str:
    """What an edit does, in a few words for people."""
    match edit:
        case Relabel(images, label):
            words = f"{_images(images)} to {label}"
        case RenameClass(old, new):
            words = f"class {old} renamed {new}"
        case MergeClasses(classes, into):
            words = f"{'class' if len(classes) == 1 else 'classes'} {', '.join(classes)} merged into {into}"
        case LeaveOut(images):
            words = f"{_images(images)} left out"
        case PutBack(images):
            words = f"{_images(images)} put back"
        case Move(images, split):
            words = f"{_images(images)} moved to {SPLIT_WORDS[split]}"
        case Group(images, groups):
            together = len(set(groups))
            words = f"{_images(images)} in {together:,} group{'' if together == 1 else 's'}"
        case NearCopies(different):
            words = NEAR_DIFFERENT if different else NEAR_ALIKE
    return words


def _images(images: tuple[ImageName, ...]) -> str:
    return f"{len(images):,} image{'' if len(images) == 1 else 's'}"


def _plain(value: Any) -> Any:
    return [list(one) if isinstance(one, ImageName) else one for one in value] if isinstance(value, tuple) else value
