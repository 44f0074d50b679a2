"""Which classes are taken for which: counts and shares of them, and the pairs that are confused most.

A confusion matrix here is (classes, classes) int64: a row a true class, a column what it was named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

COUNTS, BY_ROW, BY_COLUMN = "counts", "row", "column"


@dataclass(frozen=True)
class Pair:
    """Two classes that are taken for each other.

    Args:
        first, second: Their places; `first` is the one more often taken for the other, of equals the earlier one.
        there: Images of `first` named `second`.
        back: Images of `second` named `first`.
        images: Images of both classes.
    """

    first: int
    second: int
    there: int
    back: int
    images: int

    @property
    def mistakes(self) -> int:
        """Both directions together."""
        return self.there + self.back

    @property
    def share(self) -> float:
        """Which part of the images of both classes is taken for the other, in 0..1."""
        return self.mistakes / max(self.images, 1)


def confusion_counts(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """The confusion matrix of (N,) true and named places in `classes` classes."""
    places = np.asarray(labels, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(places, minlength=classes**2).reshape(classes, classes)


def shares(matrix: np.ndarray, by: str) -> np.ndarray:
    """(classes, classes) float64: counts as they are, or as shares of their row or of their column.

    By row the diagonal is the recall of each class, by column its precision. What no image stands behind is 0.

    Args:
        by: COUNTS, BY_ROW or BY_COLUMN.
    """
    if by == COUNTS:
        return matrix.astype(np.float64)
    return matrix / np.maximum(matrix.sum(1 if by == BY_ROW else 0, keepdims=True), 1)


def mistakes(matrix: np.ndarray) -> np.ndarray:
    """The matrix without what is right."""
    return matrix - np.diag(matrix.diagonal())


def with_mistakes(matrix: np.ndarray, most: int | None = None) -> np.ndarray:
    """(M,) int64 places of the classes that take part in mistakes, ascending.

    Args:
        most: Only so many, those that take part in most; of equals the earlier ones.
    """
    wrong = mistakes(matrix)
    weight = wrong.sum(0) + wrong.sum(1)
    worst = np.argsort(-weight, kind="stable")[:most]
    return np.sort(worst[weight[worst] > 0])


def confused_pairs(matrix: np.ndarray) -> list[Pair]:
    """All pairs of classes with a mistake between them, the most mistakes first, of equals the greatest share."""
    totals = matrix.sum(1)
    wrong = mistakes(matrix)
    first, second = np.nonzero(np.triu(wrong + wrong.T))
    swapped = wrong[second, first] > wrong[first, second]
    first, second = np.where(swapped, second, first), np.where(swapped, first, second)
    there, back, images = wrong[first, second], wrong[second, first], totals[first] + totals[second]
    ranked = np.lexsort((second, first, -(there + back) / np.maximum(images, 1), -(there + back)))
    columns = [values[ranked].tolist() for values in (first, second, there, back, images)]
    return [Pair(*values) for values in zip(*columns, strict=True)]


def as_table(matrix: np.ndarray, classes: tuple[str, ...], order: np.ndarray, by: str) -> pd.DataFrame:
    """The whole matrix as a table: a column `true_class`, then predicted_<class> for each, both in `order`."""
    names = [classes[place] for place in order]
    values = matrix if by == COUNTS else shares(matrix, by)
    table = pd.DataFrame(values[np.ix_(order, order)], columns=[f"predicted_{name}" for name in names])
    table.insert(0, "true_class", names)
    return table
