"""How sure average precision and ROC AUC of one class against the rest are: by linearisation, in one pass over ranks.

Resampling would sort anew, thousands of times a class. What it would find is known without: how much each image moves the
figure (its influence), the sum of whose squares, by image or by group, is the variance (for AUC that is DeLong's).

Sources: E. R. DeLong, D. M. DeLong & D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
operating characteristic curves", Biometrics 44 (1988); by group, N. A. Obuchowski, "Nonparametric analysis of clustered ROC
curve data", Biometrics 53 (1997); L. A. Jaeckel, "The infinitesimal jackknife" (1972).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluate.intervals import NORMAL_95, Interval, effective_number, score_interval

# A figure is worth at most so many independent images for each positive, or for each image of the rarer side.
MOST_OF_PRECISION, MOST_OF_AUC = 3.0, 7.0


@dataclass(frozen=True)
class Influences:
    """Figures of one class against the rest, and what each image contributes to how far they may be off.

    Args:
        average_precision, roc_auc: In 0..1.
        of_average_precision, of_roc_auc: (N,) float64 in the order of the images, with sum 0.
    """

    average_precision: float
    roc_auc: float
    of_average_precision: np.ndarray
    of_roc_auc: np.ndarray


def influences(positive: np.ndarray, scores: np.ndarray) -> Influences:
    """Average precision, ROC AUC, and how much each image moves them.

    Args:
        positive: (N,) bool; at least one is True and one False.
        scores: (N,) float; images of equal score share a threshold.
    """
    order = np.argsort(-scores, kind="stable")
    positives = int(positive.sum())
    negatives = len(positive) - positives
    right = positive[order].astype(float)
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)  # of each threshold
    threshold = np.searchsorted(last, np.arange(len(order)))
    above_right = np.cumsum(right)[last]  # positives at the threshold or above
    above = last + 1.0
    at_right = np.diff(above_right, prepend=0.0)
    at_wrong = np.diff(above, prepend=0.0) - at_right
    precision = above_right / above

    average_precision = float((at_right * precision).sum() / positives)
    gained = np.cumsum((at_right / above)[::-1])[::-1]  # by one more positive above this threshold and those below it
    lost = np.cumsum((at_right * precision / above)[::-1])[::-1]  # by one more image of any kind there
    own = (precision + gained - average_precision)[threshold]
    of_precision = (right * own - lost[threshold]) / positives

    beaten = 1 - (above - above_right - at_wrong / 2) / negatives  # share of the negatives below this threshold
    beating = (above_right - at_right / 2) / positives  # share of the positives above it
    roc_auc = float((at_right * beaten).sum() / positives)
    of_auc = np.where(
        right > 0,
        (beaten[threshold] - roc_auc) / np.sqrt(positives * max(positives - 1, 1)),
        (beating[threshold] - roc_auc) / np.sqrt(negatives * max(negatives - 1, 1)),
    )
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Influences(average_precision, roc_auc, of_precision[back], of_auc[back])


def ranking_intervals(
    positive: np.ndarray, scores: np.ndarray, groups: np.ndarray | None = None
) -> tuple[Interval, Interval]:
    """95 % intervals of average precision and of ROC AUC, in the form of Wilson's.

    Student's quantile for as many degrees of freedom as there are images (groups) of the rarer side, less one (of positives
    alone, for average precision); and no figure is worth more than a few independent images for each of those: where
    everything is ranked right nothing varies, and that must not pass for certainty.

    Args:
        positive, scores: As `influences` takes them.
        groups: (N,) int, equal for images that belong together.
    """
    found = influences(positive, scores)
    of_positives, of_negatives = _units(positive, groups), _units(~positive, groups)
    rarer = min(of_positives, of_negatives)
    return (
        _interval(found.average_precision, found.of_average_precision, of_positives, MOST_OF_PRECISION, groups),
        _interval(found.roc_auc, found.of_roc_auc, rarer, MOST_OF_AUC, groups),
    )


def _units(chosen: np.ndarray, groups: np.ndarray | None) -> int:
    return int(chosen.sum()) if groups is None else len(np.unique(groups[chosen]))


def _interval(value: float, influence: np.ndarray, units: int, most: float, groups: np.ndarray | None) -> Interval:
    from scipy.special import stdtrit

    moved = influence if groups is None else np.bincount(groups, weights=influence)
    error = np.sqrt((moved**2).sum())
    if units > 1:
        error *= stdtrit(units - 1, 0.975) / NORMAL_95
    worth = np.nan_to_num(effective_number(value, error), nan=units)
    low, high = score_interval(value, np.minimum(worth, most * units))
    return float(low), float(high)
