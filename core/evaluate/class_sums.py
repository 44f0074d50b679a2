"""Figures that need no more of the answers than three sums a class, for many resamples at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class ClassSums:
    """Images of each class, images named so, and images where both hold. Each (…, classes) float64."""

    support: np.ndarray
    named: np.ndarray
    hits: np.ndarray

    @classmethod
    def of_matrix(cls, matrix: np.ndarray) -> ClassSums:
        """Of a confusion matrix (classes, classes), rows are true classes."""
        return cls(matrix.sum(1).astype(float), matrix.sum(0).astype(float), matrix.diagonal().astype(float))


def accuracy(sums: ClassSums) -> np.ndarray:
    """(…) share of images that are named right."""
    return sums.hits.sum(-1) / sums.support.sum(-1)


def recall(sums: ClassSums) -> np.ndarray:
    """(…, classes); not a number where there is no image of the class."""
    return _divide(sums.hits, sums.support)


def precision(sums: ClassSums) -> np.ndarray:
    """(…, classes); not a number where no image is named so."""
    return _divide(sums.hits, sums.named)


def f1(sums: ClassSums) -> np.ndarray:
    """(…, classes); not a number where no image is of the class or named so."""
    return _divide(2 * sums.hits, sums.support + sums.named)


def balanced_accuracy(sums: ClassSums) -> np.ndarray:
    """(…) mean recall of the classes that have images."""
    return _mean(recall(sums))


def macro_f1(sums: ClassSums) -> np.ndarray:
    """(…) mean F1 of the classes that have images or were named."""
    return _mean(f1(sums))


def weighted_f1(sums: ClassSums) -> np.ndarray:
    """(…) mean F1, each class weighing as much as it has images."""
    return (np.nan_to_num(f1(sums)) * sums.support).sum(-1) / sums.support.sum(-1)


def matthews(sums: ClassSums) -> np.ndarray:
    """(…) Matthews' correlation of more than two classes; not a number where only one is there or only one is named.

    Source: J. Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient",
    Computational Biology and Chemistry 28 (2004).
    """
    n = sums.support.sum(-1)
    together = sums.hits.sum(-1) * n - (sums.support * sums.named).sum(-1)
    spread = (n**2 - (sums.support**2).sum(-1)) * (n**2 - (sums.named**2).sum(-1))
    return _divide(together, np.sqrt(np.maximum(spread, 0.0)))


def cohen_kappa(sums: ClassSums) -> np.ndarray:
    """(…) agreement beyond chance; not a number where chance alone agrees always.

    Source: J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960).
    """
    n = sums.support.sum(-1)
    by_chance = (sums.support * sums.named).sum(-1) / n**2
    return _divide(accuracy(sums) - by_chance, 1 - by_chance)


class OfSums(NamedTuple):
    """How a figure is made, the least that it can be (the most is 1), and whether it is a mean over classes."""

    make: Callable[[ClassSums], np.ndarray]
    lowest: float = 0.0
    over_classes: bool = False


WHOLE = {
    "balanced_accuracy": OfSums(balanced_accuracy, over_classes=True),
    "macro_f1": OfSums(macro_f1, over_classes=True),
    "weighted_f1": OfSums(weighted_f1, over_classes=True),
    "matthews": OfSums(matthews, -1.0),
    "cohen_kappa": OfSums(cohen_kappa, -1.0),
}
OF_EACH_CLASS = {"precision": OfSums(precision), "recall": OfSums(recall), "f1": OfSums(f1)}


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def _mean(values: np.ndarray) -> np.ndarray:
    there = ~np.isnan(values)
    return _divide(np.where(there, values, 0.0).sum(-1), there.sum(-1))
