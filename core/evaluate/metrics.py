"""Figures of labels and probabilities, with 95 % intervals. Tests hold them against scikit-learn's."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from core.evaluate import uncertainty
from core.evaluate.bootstrap import studentised_intervals
from core.evaluate.class_sums import WHOLE, ClassSums
from core.evaluate.confusion import confusion_counts
from core.evaluate.intervals import Interval, wilson_interval
from core.evaluate.losses import brier_scores, log_losses
from core.evaluate.per_class import per_class
from core.evaluate.undefined import reasons

ECE_BINS = 15
TOP_K = (2, 5)


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


def figures(
    labels: np.ndarray, probabilities: np.ndarray, classes: tuple[str, ...], groups: np.ndarray | None = None
) -> dict[str, Any]:
    """All figures of one evaluation.

    Args:
        labels: (N,) int, true places in `classes`; N is 1 or more.
        probabilities: (N, classes) float64, rows sum to 1.
        groups: (N,) int, equal for images that belong together; None where each stands for itself.

    Returns:
        The figures that `python -m core evaluate --json` prints from `n` on. A figure's 95 % interval is beside it as
        <figure>_ci95: [low, high]. baseline_accuracy is what always answering the most frequent class of these images
        would get; effective_n, how many independent images the accuracy is worth; groups, how many they are of, where an image
        that stands for itself is one. What is undefined (the recall of a
        class without images) is None, and `undefined` beside it has {figure: the reason}, here and in each class.
    """
    predicted = probabilities.argmax(1)
    correct = predicted == labels
    matrix = confusion_counts(labels, predicted, len(classes))
    groups = None if groups is None else np.unique(groups, return_inverse=True)[1]
    if groups is not None and groups.max() + 1 == len(groups):
        groups = None  # no two images hang together
    before = places_of_truth(labels, probabilities)
    among = {f"top{k}_accuracy": before < k for k in TOP_K}
    if groups is None:
        intervals = uncertainty.of_images(matrix)
        of_top = {name: wilson_interval(int(right.sum()), len(labels)) for name, right in among.items()}
    else:
        intervals, of_top = uncertainty.of_groups(labels, predicted, among, len(classes), groups), {}
    by_definition = {f"top{k}_accuracy": (1.0, 1.0) for k in TOP_K if k >= len(classes)}
    losses = {"log_loss": log_losses(labels, probabilities), "brier": brier_scores(labels, probabilities)}
    between = {**intervals.whole, **of_top, **by_definition, **_of_losses(losses, groups)}
    of_matrix = ClassSums.of_matrix(matrix)
    whole = {
        "accuracy": float(correct.mean()),
        **{name: float(right.mean()) for name, right in among.items()},
        **{name: _number(figure.make(of_matrix)) for name, figure in WHOLE.items()},
        "log_loss": float(losses["log_loss"].mean()),
        "brier": float(losses["brier"].mean()),
    }
    for (fewer, right), (more, also) in pairwise({"accuracy": correct, **among}.items()):
        inner, outer = between[fewer], between[more]
        if inner and outer and right.sum() <= also.sum():  # image by image, but for ties: more hold what fewer do
            between[more] = max(inner[0], outer[0]), max(inner[1], outer[1])
    number = len(labels) if groups is None else int(groups.max()) + 1
    found: dict[str, Any] = {"n": len(labels), "effective_n": intervals.effective_n, "groups": number}
    for name, value in whole.items():
        interval = between[name]
        found |= {name: value, f"{name}_ci95": None if interval is None else list(interval)}
    return {
        **found,
        "undefined": reasons(found),
        "baseline_accuracy": float(np.bincount(labels).max() / len(labels)),
        "ece": expected_calibration_error(correct, probabilities.max(1)),
        "per_class": per_class(labels, matrix, probabilities, classes, groups, intervals.of_classes),
        "confusion": matrix.tolist(),
    }


def places_of_truth(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(N,) int: how many classes come before the true one, likeliest first; of equal ones the last comes first.

    The order of scikit-learn's top_k_accuracy_score.
    """
    of_truth = np.take_along_axis(probabilities, labels[:, None], 1)
    after = np.arange(probabilities.shape[1]) > labels[:, None]
    return ((probabilities > of_truth) | ((probabilities == of_truth) & after)).sum(1)


def _of_losses(losses: dict[str, np.ndarray], groups: np.ndarray | None) -> dict[str, Interval | None]:
    values = np.stack(list(losses.values()), axis=1)
    most, sizes = np.array([values[:, 0].max(), 2.0]), np.ones(len(values))
    if groups is not None:
        sizes = np.bincount(groups).astype(float)
        values = np.stack([np.bincount(groups, weights=column) for column in values.T], axis=1)
    ends = studentised_intervals(values, sizes, most)
    return {
        name: None if np.isnan(end).any() else (float(end[0]), float(end[1]))
        for name, end in zip(losses, ends, strict=True)
    }


def _number(value: np.ndarray) -> float | None:
    return None if np.isnan(value) else float(value)
