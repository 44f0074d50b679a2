"""Pictures of a size or shape that the others do not have."""

from __future__ import annotations

import numpy as np

from core.data.checks.issue import Issue, Subject


def odd_size(subject: Subject) -> list[Issue]:
    """Much smaller or larger than the median picture."""
    side = np.sqrt(subject.index["width"] * subject.index["height"].astype(float))
    usual, times = side.median(), subject.thresholds.odd_size
    paths = subject.paths((side > usual * times) | (side < usual / times))
    if not paths:
        return []
    what = f"{times:g} times smaller or larger than the median, {usual:,.0f} pixels (the side of a square as large)"
    return [Issue("odd_size", "note", paths, f"{_count(paths)} {what}. Is it the same kind of picture?")]


def odd_shape(subject: Subject) -> list[Issue]:
    """Much more elongated, or less, than the median picture."""
    sides = subject.index[["width", "height"]]
    elongation = sides.max(axis=1) / sides.min(axis=1)
    usual, times = elongation.median(), subject.thresholds.odd_shape
    paths = subject.paths((elongation > usual * times) | (elongation < usual / times))
    if not paths:
        return []
    what = f"{times:g} times more or less elongated than the median of {usual:.2f} to 1"
    return [Issue("odd_shape", "note", paths, f"{_count(paths)} {what}. A centre crop may miss what they show.")]


def _count(paths: tuple[str, ...]) -> str:
    return f"{len(paths):,} {'image is' if len(paths) == 1 else 'images are'}"
