"""What is wrong with a data set: each finding is a list of images to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from core.data.dataset import LEFT_OUT_BY_HAND, Dataset, read_index, read_left_out
from core.workspace import Workspace

FEW = 20
MANY_CLASSES = 1000


@dataclass(frozen=True)
class Issue:
    """One finding.

    Args:
        kind: A key of `CHECKS`.
        severity: "error" (figures would be wrong), "warning" or "note".
        images: Paths in the source, as the index or the left-out list names them.
        message: What it is and what to do, in words.
    """

    kind: str
    severity: str
    images: tuple[str, ...]
    message: str

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**asdict(self), "images": list(self.images)}


def check(workspace: Workspace, dataset: Dataset) -> list[Issue]:
    """All findings in `dataset`, worst first."""
    index = read_index(workspace, dataset, ["path", "label", "split", "sha256"])
    left_out = read_left_out(workspace, dataset)
    issues = [issue for find in CHECKS.values() for issue in find(dataset, index, left_out)]
    return sorted(issues, key=lambda issue: ("error", "warning", "note").index(issue.severity))


def _unreadable(dataset: Dataset, index: pd.DataFrame, left_out: pd.DataFrame) -> list[Issue]:
    left_out = left_out[left_out["reason"] != LEFT_OUT_BY_HAND]
    if left_out.empty:
        return []
    message = f"{len(left_out)} files were left out. Each has its reason; mend or remove them."
    return [Issue("unreadable", "warning", tuple(left_out["path"]), message)]


def _exact_duplicates(dataset: Dataset, index: pd.DataFrame, left_out: pd.DataFrame) -> list[Issue]:
    copies = index[index["sha256"].duplicated(keep=False)]
    issues = []
    for _, same in copies.groupby("sha256", sort=False):
        paths = tuple(same["path"])
        if same["label"].nunique() > 1:
            labels = ", ".join(sorted(set(same["label"])))
            message = f"The same picture stands under the labels {labels}. Keep the right one."
            issues.append(Issue("exact_duplicates", "error", paths, message))
        elif same["split"].nunique() > 1:
            splits = ", ".join(sorted(set(same["split"])))
            message = f"The same picture is in {splits}: a leak that flatters the figures. Keep one."
            issues.append(Issue("exact_duplicates", "error", paths, message))
        else:
            issues.append(Issue("exact_duplicates", "note", paths, f"The same picture {len(paths)} times. Keep one."))
    return issues


def _small_classes(dataset: Dataset, index: pd.DataFrame, left_out: pd.DataFrame) -> list[Issue]:
    issues = []
    if len(dataset.classes) == 1:
        only = f"There is one class, {dataset.classes[0]!r}; a classifier needs two or more."
        issues.append(Issue("class_size", "error", (), only))
    small = [label for label, images in dataset.per_class.items() if images < FEW]
    if small:
        shown = ", ".join(f"{label} ({dataset.per_class[label]})" for label in small[:10])
        more = f" and {len(small) - 10} more" if len(small) > 10 else ""
        paths = tuple(index.loc[index["label"].isin(small), "path"])
        message = f"Classes with fewer than {FEW} images: {shown}{more}. Their figures will say little; add images."
        issues.append(Issue("class_size", "warning", paths, message))
    if len(dataset.classes) > MANY_CLASSES:
        message = f"There are {len(dataset.classes):,} classes. Is each file its own folder by mistake?"
        issues.append(Issue("class_size", "warning", (), message))
    return issues


CHECKS: dict[str, Callable[[Dataset, pd.DataFrame, pd.DataFrame], list[Issue]]] = {
    "unreadable": _unreadable,
    "exact_duplicates": _exact_duplicates,
    "class_size": _small_classes,
}
