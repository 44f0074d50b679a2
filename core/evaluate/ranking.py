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

from core.evaluate.intervals import NORMAL_95, Interval, effective_number, rounded_error, score_interval

MOST = 3.0  # so many independent images average precision is worth at most for each positive, AUC for each image of the rarer kind
UNLIKE_NORMAL = 2.0  # so many times the variance that normal scores would have


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
    found: Influences, positive: np.ndarray, groups: np.ndarray | None = None
) -> tuple[Interval, Interval]:
    """95 % intervals of average precision and of ROC AUC, in the form of Wilson's.

    Where all or nearly all is ranked right hardly anything varies, and that must not pass for certainty. So average
    precision is worth MOST independent images for each positive at most, and has Student's quantile for as
    many positives as there are; AUC is worth what it would be if the scores were normal, at most (`normal_worth`). Where they are
    not, as in two heaps with a few images in the wrong one, or where nothing tells, precision is worth one image for each positive
    and AUC MOST for each of the rarer kind, at most: none of that kind may have been seen in the wrong heap.

    Args:
        found: What `influences` gives of these images.
        positive: (N,) bool; at least one is True and one False.
        groups: (N,) int from 0, equal for images that belong together. Then they count for the positives, and both
            figures have Student's quantile.
    """
    positives, negatives = _units(positive, groups), _units(~positive, groups)
    error = _error(found.of_average_precision, groups) * _few(positives)
    worth = np.nan_to_num(effective_number(found.average_precision, error), nan=float(positives))
    as_normal = _vary_as_normal(found, positive)
    of_precision = score_interval(found.average_precision, np.minimum(worth, positives * (MOST if as_normal else 1)))

    alone, error = _error(found.of_roc_auc, None), _error(found.of_roc_auc, groups)
    if error > 0:
        images = _units(positive, None), _units(~positive, None)
        most = _most_of_auc(found.roc_auc, *images, as_normal) * min(alone / error, 1) ** 2
    else:
        most = _most_of_auc(found.roc_auc, positives, negatives, as_normal)
    error *= 1 if groups is None else _few(min(positives, negatives))
    of_auc = score_interval(
        found.roc_auc, np.minimum(np.nan_to_num(effective_number(found.roc_auc, error), nan=most), most)
    )
    return (float(of_precision[0]), float(of_precision[1])), (float(of_auc[0]), float(of_auc[1]))


def _most_of_auc(roc_auc: float, positives: int, negatives: int, as_normal: bool) -> float:
    most = normal_worth(roc_auc, positives, negatives)
    return most if as_normal else min(most, MOST * min(positives, negatives))


def _vary_as_normal(found: Influences, positive: np.ndarray) -> bool:
    variances = [(found.of_roc_auc[kind] ** 2).sum() * kind.sum() for kind in (positive, ~positive)]
    return 0 < max(variances) <= UNLIKE_NORMAL * _variance_of_normal(found.roc_auc)


def normal_worth(roc_auc: float, positives: int, negatives: int) -> float:
    """How many independent images an AUC is worth if scores are normal, with one variance for positives and negatives.

    Source of the variance: J. A. Hanley & B. J. McNeil, "The meaning and use of the area under a ROC curve", Radiology 143
    (1982), with the probabilities of normal scores: two positives outrank a negative with Φ(h) - 2 T(h, 1/√3), where
    Φ(h) is the AUC and T is Owen's function.
    """
    pairs = positives * negatives
    if pairs == 1:
        return 1.0  # right or wrong, as one image is
    area = min(max(roc_auc, 1 / pairs), 1 - 1 / pairs)  # all right is worth no more than all but one
    return area * (1 - area) * pairs / (area * (1 - area) + (positives + negatives - 2) * _variance_of_normal(area))


def _variance_of_normal(area: float) -> float:
    """How much the share of negatives that a positive outranks varies over positives, or that of positives over negatives."""
    from scipy.special import ndtri, owens_t

    return area - 2 * float(owens_t(ndtri(area), 1 / np.sqrt(3))) - area**2


def _units(chosen: np.ndarray, groups: np.ndarray | None) -> int:
    return int(chosen.sum()) if groups is None else len(np.unique(groups[chosen]))


def _error(influence: np.ndarray, groups: np.ndarray | None) -> float:
    moved = influence if groups is None else np.bincount(groups, weights=influence)
    return rounded_error(float(np.sqrt((moved**2).sum())))


def _few(units: int) -> float:
    """How much wider Student's quantile is than the normal one."""
    from scipy.special import stdtrit

    return float(stdtrit(max(units - 1, 1), 0.975)) / NORMAL_95
