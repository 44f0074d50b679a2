"""Figures of each class against the rest, with 95 % intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.evaluate.class_sums import OF_EACH_CLASS, ClassSums
from core.evaluate.intervals import Interval
from core.evaluate.ranking import influences, ranking_intervals
from core.evaluate.undefined import reasons


def per_class(
    labels: np.ndarray,
    matrix: np.ndarray,
    probabilities: np.ndarray,
    classes: tuple[str, ...],
    groups: np.ndarray | None,
    intervals: dict[str, list[Interval | None]],
) -> list[dict[str, Any]]:
    """One object a class, in the order of `classes`. What is undefined is None, and why is in `undefined`.

    Args:
        labels: (N,) int, places in `classes`.
        matrix: (classes, classes) int64, the confusion.
        probabilities: (N, classes) float64.
        groups: (N,) int from 0, each in use, equal for images that belong together; or None.
        intervals: {figure: an interval for each class} of precision, recall and F1.
    """
    sums = ClassSums.of_matrix(matrix)
    scores = {figure: of.make(sums) for figure, of in OF_EACH_CLASS.items()}
    found = []
    for place, name in enumerate(classes):
        one: dict[str, Any] = {"class": name, **{figure: score[place] for figure, score in scores.items()}}
        one |= {"support": int(sums.support[place])}
        one |= {f"{figure}_ci95": intervals[figure][place] for figure in scores}
        one |= _ranking(labels == place, probabilities[:, place], groups)
        plain = {key: _plain(value) for key, value in one.items()}
        found.append({**plain, "undefined": reasons(plain)})
    return found


def _ranking(positive: np.ndarray, scores: np.ndarray, groups: np.ndarray | None) -> dict[str, Any]:
    if positive.all() or not positive.any():
        return dict.fromkeys(("average_precision", "average_precision_ci95", "roc_auc", "roc_auc_ci95"))
    found = influences(positive, scores)
    of_precision, of_auc = ranking_intervals(found, positive, groups)
    return {
        "average_precision": found.average_precision,
        "average_precision_ci95": of_precision,
        "roc_auc": found.roc_auc,
        "roc_auc_ci95": of_auc,
    }


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float):
        return None if np.isnan(value) else float(value)
    return value
