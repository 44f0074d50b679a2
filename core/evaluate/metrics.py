"""Figures of labels and probabilities. Counts and scores come from scikit-learn, intervals from SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import (
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
    top_k_accuracy_score,
)

ECE_BINS = 15
TOP_K = 5


def wilson_interval(successes: int, trials: int) -> tuple[float, float] | None:
    """95 % interval of a share; None of no trials.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927).
    """
    if trials == 0:
        return None
    interval = binomtest(int(successes), int(trials)).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def expected_calibration_error(correct: np.ndarray, confidence: np.ndarray, bins: int = ECE_BINS) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, weighted by their images.

    Source: C. Guo et al., "On Calibration of Modern Neural Networks", arXiv:1706.04599.

    Args:
        correct: (N,) bool.
        confidence: (N,) the top probability of each answer.
    """
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    hits = np.bincount(place, weights=correct, minlength=bins)
    claims = np.bincount(place, weights=confidence, minlength=bins)
    return float(np.abs(hits - claims).sum() / len(correct))


def figures(labels: np.ndarray, probabilities: np.ndarray, classes: tuple[str, ...]) -> dict[str, Any]:
    """All figures of one evaluation.

    Args:
        labels: (N,) int, true places in `classes`; N is 1 or more.
        probabilities: (N, classes) float64, rows sum to 1.

    Returns:
        The figures that `python -m core evaluate --json` prints from `n` on, and baseline_accuracy:
        what always answering the most frequent class of these images would get. What is undefined
        (the recall of a class without images) is None.
    """
    predicted = probabilities.argmax(1)
    correct = predicted == labels
    n = len(labels)
    everything = np.arange(len(classes))
    matrix = confusion_matrix(labels, predicted, labels=everything)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predicted, labels=everything, zero_division=np.nan
    )
    hits = matrix.diagonal()
    per_class = [
        {
            "class": name,
            "precision": _number(precision[i]),
            "recall": _number(recall[i]),
            "f1": _number(f1[i]),
            "support": int(support[i]),
            "recall_ci95": _list(wilson_interval(hits[i], int(support[i]))),
        }
        for i, name in enumerate(classes)
    ]
    return {
        "n": n,
        "accuracy": float(correct.mean()),
        "accuracy_ci95": _list(wilson_interval(int(correct.sum()), n)),
        "baseline_accuracy": float(np.bincount(labels).max() / n),
        "top5_accuracy": _top_k(labels, probabilities, everything),
        "macro_f1": float(f1_score(labels, predicted, average="macro", zero_division=0)),
        "log_loss": float(log_loss(labels, probabilities, labels=everything)),
        "ece": expected_calibration_error(correct, probabilities.max(1)),
        "per_class": per_class,
        "confusion": matrix.tolist(),
    }


def _top_k(labels: np.ndarray, probabilities: np.ndarray, everything: np.ndarray) -> float:
    if len(everything) <= TOP_K:
        return 1.0
    return float(top_k_accuracy_score(labels, probabilities, k=TOP_K, labels=everything))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _list(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)
