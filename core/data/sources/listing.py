"""What every source gives: pictures with labels, not yet read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from core.errors import SourceError

IGNORED_NAMES = frozenset({"__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db"})
PICTURE_SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif",
)  # fmt: skip
SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
}
BESIDE_SPLIT_WORDS = ("set", "data", "dataset", "images", "image", "imgs", "img", "pictures", "photos", "files",
                      "samples", "split", "folder")  # fmt: skip
CLASS_FROM = ("first", "path", "last")  # of the folders above a picture, those of its split apart


@dataclass(frozen=True)
class Reading:
    """How a source is read where there is a choice. What is empty is chosen by Fovea.

    Args:
        class_from: Which folder names the class: one of `CLASS_FROM`; the whole path by default.
        zip_names: How names in a .zip are encoded that are not UTF-8; "cp437" by the format's own rule.
        group_by_name: Whether series of numbered names (`core.data.series`) are groups; None as before, at first not.
    """

    class_from: str = ""
    zip_names: str = ""
    group_by_name: bool | None = None

    def __post_init__(self) -> None:
        if self.class_from not in ("", *CLASS_FROM):
            raise SourceError(f"The class is taken from {', '.join(CLASS_FROM)}, not {self.class_from!r}.")
        try:
            b"\x80\xff".decode(self.zip_names or "cp437")
        except UnicodeDecodeError:
            pass  # not in this encoding
        except (LookupError, ValueError) as error:
            raise SourceError(f"{self.zip_names!r} is no encoding; take gbk, shift_jis or cp1252.") from error


@dataclass(frozen=True)
class Picture:
    """One picture that a source names.

    Args:
        path: Its name in the source, with "/" between parts.
        label: Its class.
        file: Where its bytes are now.
        split: "train", "val", "test", or "" where the source does not say.
        group: Pictures of one group belong on one side of a split; "" where the source does not say.
    """

    path: str
    label: str
    file: Path
    split: str = ""
    group: str = ""


@dataclass(frozen=True)
class Arrays:
    """Pictures that a source holds as one array.

    Args:
        images: (N, H, W) or (N, H, W, 3) uint8.
        paths, labels, splits: N names in the source, classes, and splits ("" where not said).
    """

    images: np.ndarray
    paths: list[str]
    labels: list[str]
    splits: list[str]


@dataclass(frozen=True)
class Listing:
    """What a source holds. Each of its files is in `pictures`, in `left_out`, or counted in `ignored`.

    Args:
        kind: "known", "folder", "zip", "npz" or "manifest".
        location: What the person pointed at.
        name: The name that a data set made of it gets when nobody gives one.
        pictures: The pictures, sorted by path; empty if `arrays` is given.
        arrays: The pictures as one array.
        keep: Whether Fovea takes the files in (else they stay where they are).
        left_out: (path, reason) of files that cannot be pictures of a class.
        ignored: How many system files were passed over.
        further: What else a manifest says, one row a picture, as `core.data.columns.further` gives it.
        read_as: How it was read where there was a choice, to be read so again: fields of `Reading`; and "garbled":
            {"read_as": a name, "might_be": {encoding: that name}} where names in a .zip are in an unknown encoding.
    """

    kind: str
    location: str
    name: str
    pictures: list[Picture] = field(default_factory=list)
    arrays: Arrays | None = None
    keep: bool = True
    left_out: list[tuple[str, str]] = field(default_factory=list)
    ignored: int = 0
    further: pd.DataFrame | None = None
    read_as: dict[str, Any] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """How many files the source holds, whatever becomes of them."""
        pictures = len(self.arrays.paths) if self.arrays else len(self.pictures)
        return pictures + len(self.left_out) + self.ignored


def is_ignored(part: str) -> bool:
    """Whether a file or folder of this name is the system's own, not the person's."""
    return part.startswith(".") or part.lower() in IGNORED_NAMES


def split_of(name: str) -> tuple[str, tuple[str, ...]]:
    """The split that the name of a folder says, and the words of it that say something else.

    "Training_set", "trainset", "train2017" -> ("train", ()); "seg_train" -> ("train", ("seg",)); "cat" -> ("", ("cat",)).
    """
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))]
    words += re.findall(r"(?<!\d)(?!(?:19|20)\d\d(?!\d))\d+", name)  # a year is no word of its own
    words = [_without_ending(word) for word in words if word not in BESIDE_SPLIT_WORDS]
    if words and words[-1] in SPLIT_WORDS:
        return SPLIT_WORDS[words[-1]], tuple(words[:-1])
    if words and words[0] in SPLIT_WORDS:
        return SPLIT_WORDS[words[0]], tuple(words[1:])
    return "", tuple(words)


def split_said(text: str) -> str:
    """The split that `text` says and nothing else, "" if it says none."""
    split, others = split_of(text)
    return "" if others else split


def _without_ending(word: str) -> str:
    """ "trainset" -> "train"."""
    for ending in BESIDE_SPLIT_WORDS:
        if word.endswith(ending) and word.removesuffix(ending) in SPLIT_WORDS:
            return word.removesuffix(ending)
    return word


def free_paths(wanted: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """`wanted`, with a number where a path is taken already: findings name images by their paths."""
    used, free, tried = set(taken), [], Counter[str]()
    for first in wanted:
        path = first
        while path in used:
            tried[first] += 1
            place = PurePosixPath(first)
            path = str(place.with_stem(f"{place.stem} ({tried[first] + 1})"))
        used.add(path)
        free.append(path)
    return free
