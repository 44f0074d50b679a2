"""Figures of each class against the rest, with 95 % intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_fscore_support, roc_auc_score

from core.evaluate.intervals import Interval
from core.evaluate.ranking import ranking_intervals


def per_class(
    labels: np.ndarray,
    predicted: np.ndarray,
    probabilities: np.ndarray,
    classes: tuple[str, ...],
    groups: np.ndarray | None,
    intervals: dict[str, list[Interval | None]],
) -> list[dict[str, Any]]:
    """One object a class, in the order of `classes`. What is undefined is None.

    Args:
        labels, predicted: (N,) int, places in `classes`.
        probabilities: (N, classes) float64.
        groups: (N,) int from 0, each in use, equal for images that belong together; or None.
        intervals: {figure: an interval for each class} of precision, recall and F1.
    """
    scores = precision_recall_fscore_support(labels, predicted, labels=np.arange(len(classes)), zero_division=np.nan)
    found = []
    for place, name in enumerate(classes):
        precision, recall, f1, support = (score[place] for score in scores)
        one = {"class": name, "precision": precision, "recall": recall, "f1": f1, "support": int(support)}
        one |= {f"{figure}_ci95": intervals[figure][place] for figure in ("precision", "recall", "f1")}
        one |= _ranking(labels == place, probabilities[:, place], groups)
        found.append({key: _plain(value) for key, value in one.items()})
    return found


def _ranking(positive: np.ndarray, scores: np.ndarray, groups: np.ndarray | None) -> dict[str, Any]:
    if positive.all() or not positive.any():
        return dict.fromkeys(("average_precision", "average_precision_ci95", "roc_auc", "roc_auc_ci95"))
    of_precision, of_auc = ranking_intervals(positive, scores, groups)
    return {
        "average_precision": average_precision_score(positive, scores),
        "average_precision_ci95": of_precision,
        "roc_auc": roc_auc_score(positive, scores),
        "roc_auc_ci95": of_auc,
    }


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float):
        return None if np.isnan(value) else float(value)
    return value
