"""95 % intervals of the figures that come of class sums: of independent images, and of groups that stay together.

Shares of independent images have Wilson's interval. All else has the standard error of a bootstrap and, from that, the
interval of a share of as many independent images as that error is worth (`intervals.score_interval`). Percentiles of
resamples, the usual way, held the truth less often in simulation, above all near 1 (docs/evaluation.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.evaluate import class_sums
from core.evaluate.bootstrap import RESAMPLES, SEED, resampled_cells, resampled_units, standard_errors
from core.evaluate.class_sums import OF_EACH_CLASS, WHOLE, ClassSums
from core.evaluate.intervals import (
    Interval,
    effective_number,
    f1_interval,
    images_alike,
    most_by_pairs,
    number_of_groups_alike,
    score_interval,
    worth_of_groups,
)

BORROWED = 1.0  # images that each class borrows from all of them
ADDED = 2.0  # images right and as many wrong, added in all


@dataclass(frozen=True)
class Intervals:
    """95 % intervals by the figure's name; None where the figure is undefined.

    Args:
        whole: {figure: interval}.
        of_classes: {figure: an interval for each class}, of precision, recall and F1.
        effective_n: How many independent images the accuracy is worth: as many as there are, without groups. No fewer than
            the groups allow, whereas the interval, which knows few groups' spread badly, may be that of fewer still.
    """

    whole: dict[str, Interval | None]
    of_classes: dict[str, list[Interval | None]]
    effective_n: float


def of_images(matrix: np.ndarray, resamples: int = RESAMPLES, seed: int = SEED) -> Intervals:
    """Of a confusion matrix (classes, classes) of images that have nothing to do with each other."""
    sums = ClassSums.of_matrix(matrix)
    n = sums.support.sum()
    smooth = _smoothed(sums, matrix)
    around = {name: figure.make(smooth.sums) for name, figure in WHOLE.items()}
    errors = standard_errors(
        (
            {name: figure.make(drawn) for name, figure in WHOLE.items()}
            for drawn in smooth.resampled(int(n), resamples, seed)
        ),
        around,
    )
    whole: dict[str, Interval | None] = {"accuracy": _one(class_sums.accuracy(sums), n)}
    for name, figure in WHOLE.items():
        worth = np.nan_to_num(effective_number(around[name], errors[name], figure.lowest), nan=float(n))
        whole[name] = _one(figure.make(sums), worth, figure.lowest)
    either = sums.support + sums.named - sums.hits
    shares = {"precision": sums.named, "recall": sums.support}
    of_classes = {
        name: _many(sums.hits, trials, *score_interval(sums.hits / np.maximum(trials, 1), np.maximum(trials, 1)))
        for name, trials in shares.items()
    }
    of_classes["f1"] = _many(sums.hits, either, *f1_interval(sums.hits, np.maximum(either, 1)))
    return Intervals(whole, of_classes, float(n))


def of_groups(
    labels: np.ndarray,
    predicted: np.ndarray,
    values: dict[str, np.ndarray],
    classes: int,
    groups: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Intervals:
    """Of images some of which belong together: whole groups are drawn, and Student's quantile stands for few of them.

    Args:
        labels, predicted: (N,) places of classes.
        values: {figure: (N,) bool}, shares of images beside the accuracy.
        groups: (N,) int from 0, each in use.
    """
    from scipy.sparse import csr_array

    number, n = int(groups.max()) + 1, len(labels)
    hit = (labels == predicted).astype(float)
    ones = np.ones(n)
    columns = np.concatenate([labels, predicted + classes, labels + 2 * classes])
    per_group = csr_array(
        (np.concatenate([ones, ones, hit]), (np.tile(groups, 3), columns)), shape=(number, 3 * classes)
    )
    sizes = np.bincount(groups, minlength=number).astype(float)
    of_values = {name: np.bincount(groups, weights=value, minlength=number) for name, value in values.items()}

    def figures(sums: ClassSums, weights: np.ndarray) -> dict[str, np.ndarray]:
        made = {name: figure.make(sums) for name, figure in {**WHOLE, **OF_EACH_CLASS}.items()}
        images = weights @ sizes
        return {
            **made,
            "accuracy": class_sums.accuracy(sums),
            **{name: weights @ value / images for name, value in of_values.items()},
        }

    def resampled() -> Iterator[dict[str, np.ndarray]]:
        for weights in resampled_units(number, resamples, seed):
            yield figures(_split(weights @ per_group), weights)

    all_of_it = figures(_split(per_group.sum(axis=0)), np.ones(number))
    errors = standard_errors(resampled(), all_of_it)
    whole: dict[str, Interval | None] = {}
    shares = {"accuracy": np.bincount(groups, weights=hit, minlength=number), **of_values}
    effective_n, alike, squares = float(n), number_of_groups_alike(sizes), (sizes**2).sum()
    for name in ("accuracy", *values, *WHOLE):
        lowest, most = WHOLE[name].lowest if name in WHOLE else 0.0, np.array(float(n))
        if name in shares:
            right = shares[name]
            most = most_by_pairs(n, right.sum(), squares, (right**2).sum(), ((sizes - right) ** 2).sum())
        worth = worth_of_groups(all_of_it[name], errors[name], np.array(alike), most, n, lowest)
        whole[name] = _one(all_of_it[name], worth, lowest)
        effective_n = max(float(worth), alike) if name == "accuracy" else effective_n
    there, named, hits = (per_group[:, place * classes : (place + 1) * classes] for place in range(3))
    concerned = {"recall": there, "precision": named, "f1": there + named - hits}
    of_classes, hit_squares = {}, _squares(hits)
    sums = _split(per_group.sum(axis=0))
    for name, in_group in concerned.items():
        trials, squares = np.asarray(in_group.sum(axis=0)), _squares(in_group)
        groups_alike = np.maximum(images_alike(trials, squares), 1)
        most = most_by_pairs(trials, sums.hits, squares, hit_squares, _squares(in_group - hits))
        worth = worth_of_groups(all_of_it[name], errors[name], groups_alike, np.maximum(most, 1), trials)
        low, high = score_interval(np.nan_to_num(all_of_it[name]), np.maximum(worth, 1))
        if name == "f1":  # of classes without groups as where there are none at all
            alone = f1_interval(sums.hits, np.maximum(trials, 1))
            low, high = (np.where(squares == trials, *ends) for ends in zip(alone, (low, high), strict=True))
        of_classes[name] = _many(sums.hits, trials, low, high)
    return Intervals(whole, of_classes, effective_n)


@dataclass(frozen=True)
class _Smoothed:
    """A confusion matrix from which resamples are drawn: the cells (true, named) and their shares."""

    true: np.ndarray
    named: np.ndarray
    shares: np.ndarray
    classes: int

    @property
    def sums(self) -> ClassSums:
        return _split(self._sparse().T @ self.shares)

    def resampled(self, images: int, resamples: int, seed: int) -> Iterator[ClassSums]:
        to_sums = self._sparse()
        for counts in resampled_cells(self.shares, images, resamples, seed):
            yield _split(counts @ to_sums)

    def _sparse(self):  # type: ignore[no-untyped-def]  # SciPy's arrays
        from scipy.sparse import csr_array

        cells, k = len(self.true), self.classes
        hit = (self.true == self.named).astype(float)
        columns = np.concatenate([self.true, self.named + k, self.true + 2 * k])
        return csr_array(
            (np.concatenate([np.ones(2 * cells), hit]), (np.tile(np.arange(cells), 3), columns)), shape=(cells, 3 * k)
        )


def _smoothed(sums: ClassSums, matrix: np.ndarray) -> _Smoothed:
    """The matrix with a little added, so that a class with few images, or none of them wrong, does not pass for certain.

    Each class borrows BORROWED images from all classes together, and ADDED images right and as many wrong are shared out, as
    Agresti and Coull do for shares. What is added wrong is named as the next class. Classes keep their shares.
    """
    n, classes = sums.support.sum(), len(matrix)
    true, named = np.nonzero(matrix)
    present = np.flatnonzero(sums.support)
    extra = ADDED * sums.support[present] / n
    right = (sums.hits.sum() + ADDED) / (n + 2 * ADDED)
    after = np.roll(np.arange(classes), -1)[present]
    weights = np.concatenate([matrix[true, named], extra + BORROWED * right, extra + BORROWED * (1 - right)])
    true, named = np.concatenate([true, present, present]), np.concatenate([named, present, after])
    of_row = np.bincount(true, weights=weights, minlength=classes)
    shares = weights * sums.support[true] / of_row[true] / n
    return _Smoothed(true, named, shares / shares.sum(), classes)


def _squares(counts) -> np.ndarray:  # type: ignore[no-untyped-def]  # SciPy's arrays
    return np.asarray(counts.power(2).sum(axis=0), float)


def _split(sums: np.ndarray) -> ClassSums:
    return ClassSums(*np.split(np.asarray(sums), 3, axis=-1))


def _one(value: np.ndarray, worth: np.ndarray | float, lowest: float = 0.0) -> Interval | None:
    if np.isnan(value):
        return None
    low, high = score_interval(value, worth, lowest)
    return float(low), float(high)


def _many(hits: np.ndarray, trials: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[Interval | None]:
    return [(float(one), float(other)) if n > 0 else None for one, other, n in zip(low, high, trials, strict=True)]
