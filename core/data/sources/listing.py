"""What every source gives: pictures with labels, not yet read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

IGNORED_NAMES = frozenset({"__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db"})
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}


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
    """What a source holds.

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


def is_ignored(part: str) -> bool:
    """Whether a file or folder of this name is the system's own, not the person's."""
    return part.startswith(".") or part.lower() in IGNORED_NAMES


def free_paths(wanted: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """`wanted`, with a number where a path is taken already: findings name images by their paths."""
    used, free = set(taken), []
    for first in wanted:
        path, place, number = first, PurePosixPath(first), 1
        while path in used:
            number += 1
            path = str(place.with_stem(f"{place.stem} ({number})"))
        used.add(path)
        free.append(path)
    return free
