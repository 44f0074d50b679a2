"""Pictures that look like nothing else, where the images were embedded."""

from __future__ import annotations

from core.data.checks.issue import Issue, Subject
from core.data.outliers import find_outliers


def outliers(subject: Subject) -> list[Issue]:
    """Images whose nearest neighbours, by their embeddings, are much farther away than is usual in their class."""
    if subject.neighbour_distance is None:
        return []
    limit = subject.thresholds.outlier
    found = find_outliers(subject.neighbour_distance, subject.index["label"], limit)
    if found.empty:
        return []
    paths = tuple(subject.index["path"].iloc[found["row"]])
    few = "1 image looks" if len(paths) == 1 else f"{len(paths):,} images look"
    message = (
        f"{few} like nothing else in their class (distance to the nearest {limit:g} deviations or more above the usual), the "
        "oddest first. A wrong label, a picture of something else, or a rare case worth keeping."
    )
    return [Issue("outlier", "note", paths, message)]
