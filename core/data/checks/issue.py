"""What a check gets, and what it gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.checks.thresholds import Thresholds
from core.data.dataset import Dataset
from core.data.different import apart

OF_GROUPS = (  # kinds about groups of images
    "two_labels",
    "split_leak",
    "series_in_splits",
    "exact_duplicates",
    "near_duplicates",
)

TOO_HIGH = {  # kinds that flatter what learnt from the data: one of them, several
    "split_leak": ("group of copies stands in two splits", "groups of copies stand in two splits"),
    "series_in_splits": ("series stands in two splits", "series stand in two splits"),
}
WRONG = {  # kinds that make figures wrong one way or the other
    "changed": ("file is gone or changed", "files are gone or changed"),
    "two_labels": (
        "group of copies or near copies stands under two labels",
        "groups of copies or near copies stand under two labels",
    ),
}
NOT_LEARNT = {"missing_in_split": ("class has no training image", "classes have no training image")}  # as an error

TITLES = {  # what pages and the command line call the kinds
    "changed": "Changed or gone",
    "two_labels": "Two labels",
    "split_leak": "In two splits",
    "series_in_splits": "Series in two splits",
    "unreadable": "Not read",
    "missing_in_split": "Missing in a split",
    "split_as_class": "Split taken as class",
    "similar_names": "Similar names",
    "garbled_names": "Garbled names",
    "class_size": "Small classes",
    "class_imbalance": "Unbalanced",
    "private_metadata": "Private metadata",
    "exact_duplicates": "Copies",
    "near_duplicates": "Near copies",
    "too_dark": "Too dark",
    "too_bright": "Too bright",
    "blurry": "Blurry",
    "uniform": "Nearly uniform",
    "odd_size": "Odd size",
    "odd_shape": "Odd shape",
    "outlier": "Outliers",
    "orientation": "Turned by EXIF",
    "few_test_images": "Few test images",
}


@dataclass(frozen=True)
class Issue:
    """One finding.

    Args:
        kind: A key of `CHECKS`.
        severity: "error", "warning" or "note": how loudly Explore says it. What makes figures wrong is of the kind: `doubt`.
        images: Paths in the source, as the index or the left-out list names them. Of copies, one group.
        message: What it is, from where on it counts, and what to do, in words.
        classes: Of a finding about classes, which.
        groups: Of one finding about several groups, the images of each.
    """

    kind: str
    severity: str
    images: tuple[str, ...]
    message: str
    classes: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()

    @property
    def count(self) -> int:
        """How many findings it counts for, wherever findings are counted: its classes, each group once, else its images."""
        if self.groups:
            return len(self.groups)
        if self.classes or self.kind in OF_GROUPS:
            return max(len(self.classes), 1)
        return max(len(self.images), 1)

    def to_json(self) -> dict[str, Any]:
        """A plain dict; with groups where it is about several."""
        value = {**asdict(self), "images": list(self.images), "classes": list(self.classes)}
        groups = value.pop("groups")
        return {**value, "groups": [list(paths) for paths in groups]} if groups else value


@dataclass(frozen=True)
class Doubt:
    """What makes the figures of a data set wrong, by the kinds of its findings; of what may as well be right by those that are errors.

    Args:
        words: "296 series stand in two splits (1,482 images); 1 group of copies or near copies stands under two labels (2 images)".
        is_too_high: Whether all of it flatters.
        first: The finding to look at first.
    """

    words: str
    is_too_high: bool
    first: Issue


def doubt(issues: Iterable[Issue], learnt_here: bool = True) -> Doubt | None:
    """What puts figures in doubt; None where nothing does.

    Args:
        learnt_here: Whether the model learns from this data; else what stands in two splits of it flatters nothing.
    """
    found: dict[str, list[Issue]] = {}
    for issue in issues:
        if (
            (issue.kind in WRONG and issue.severity == "error")  # bursts before one background have their right labels
            or (learnt_here and issue.kind in TOO_HIGH and issue.severity != "note")  # a hint is no proof
            or (learnt_here and issue.kind in NOT_LEARNT and issue.severity == "error")
        ):
            found.setdefault(issue.kind, []).append(issue)
    if not found:
        return None
    parts = []
    for kind, several in found.items():
        count = sum(issue.count for issue in several)
        images = len({path for issue in several for path in issue.images})
        of_images = f" ({images:,} images)" if kind in OF_GROUPS else ""
        parts.append(f"{count:,} {(TOO_HIGH | WRONG | NOT_LEARNT)[kind][count != 1]}{of_images}")
    return Doubt("; ".join(parts), set(found) <= set(TOO_HIGH), next(iter(found.values()))[0])


@dataclass(frozen=True)
class Subject:
    """What is checked.

    Args:
        dataset: The version.
        folder: The version's folder, for checks that read more than the index. What is not there is not checked.
        index: Its index; older versions lack the columns after `file`.
        left_out: Its left-out list.
        thresholds: From where on something counts.
        neighbour_distance: (N,) as `core.data.projection.ImageMap` has it; None where the images were not embedded.
        different: Pictures, by their sha256, that a person said are different things though they look alike.
    """

    dataset: Dataset
    folder: Path
    index: pd.DataFrame
    left_out: pd.DataFrame
    thresholds: Thresholds
    neighbour_distance: np.ndarray | None = None
    different: tuple[frozenset[str], ...] = ()

    @property
    def told_apart(self) -> pd.DataFrame:
        """The index as judges of copies of one label take it: `core.data.different.apart`."""
        return apart(self.index, self.different)

    def has(self, *columns: str) -> bool:
        """Whether the index has these columns."""
        return set(columns) <= set(self.index.columns)

    def paths(self, wrong: pd.Series) -> tuple[str, ...]:
        """Paths of the images for which `wrong`, (N,) bool, is true."""
        return tuple(self.index["path"][wrong.to_numpy()])
