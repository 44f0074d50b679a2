"""95 % intervals of the figures that come of class sums: of independent images, and of groups that stay together.

Shares of independent images have Wilson's interval. All else has the standard error of a bootstrap and, from that, the
interval of a share of as many independent images as that error is worth (`intervals.score_interval`). Percentiles of
resamples, the usual way, held the truth less often in simulation, above all near 1 (docs/evaluation.md).

Figures of a whole are off by more than chance where classes have few images: how much, the bootstrap says too. Nobody can
tell whether the images were drawn as they came or so many of each class, of which macro F1 of many small classes
is far too low and hardly too low. The interval holds for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluate import class_sums
from core.evaluate.bootstrap import RESAMPLES, SEED, means_and_errors, resampled_cells, resampled_units
from core.evaluate.class_sums import OF_EACH_CLASS, WHOLE, ClassSums
from core.evaluate.intervals import (
    Interval,
    effective_number,
    f1_interval,
    images_alike,
    most_by_likeness,
    number_of_groups_alike,
    quantile_between,
    score_interval,
    worth_of_groups,
)

BORROWED = 1.0  # images that each class borrows from all of them
ADDED = 2.0  # images right and as many wrong, added in all
MOST_SEEN_ONCE = 0.05  # of the classes: where more have a single image, others have none


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
    of_whole = _of_whole(matrix, sums.support, dict.fromkeys(WHOLE, np.inf), resamples, seed)
    whole = {"accuracy": _one(class_sums.accuracy(sums), n), **of_whole}
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
    _, errors = means_and_errors(resampled(), all_of_it)
    alike, squares = number_of_groups_alike(sizes), (sizes**2).sum()
    most, worth = {}, {}
    for name, right in {"accuracy": np.bincount(groups, weights=hit, minlength=number), **of_values}.items():
        most[name] = most_by_likeness(n, right.sum(), number, squares, (right * (sizes - right) / sizes).sum())
        worth[name] = worth_of_groups(all_of_it[name], errors[name], np.array(alike), most[name], n)
    whole = {name: _one(all_of_it[name], worth[name]) for name in worth}
    for name, figure in WHOLE.items():
        worth[name] = worth_of_groups(all_of_it[name], errors[name], np.array(alike), float(n), n, figure.lowest)
    there, named, hits = (per_group[:, place * classes : (place + 1) * classes] for place in range(3))
    matrix = np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)
    whole |= _of_whole(matrix, (there > 0).sum(axis=0), worth, resamples, seed, float(most["accuracy"]))
    concerned = {"recall": there, "precision": named, "f1": there + named - hits}
    of_classes = {}
    sums = _split(per_group.sum(axis=0))
    for name, in_group in concerned.items():
        trials, squares = np.asarray(in_group.sum(axis=0)), np.asarray(in_group.power(2).sum(axis=0))
        unlike = np.asarray(hits.multiply(in_group - hits).multiply(in_group.power(-1)).sum(axis=0))
        groups_alike = np.maximum(images_alike(trials, squares), 1)
        at_most = most_by_likeness(trials, sums.hits, np.asarray((in_group > 0).sum(axis=0)), squares, unlike)
        of_each = worth_of_groups(all_of_it[name], errors[name], groups_alike, np.maximum(at_most, 1), trials)
        low, high = score_interval(np.nan_to_num(all_of_it[name]), np.maximum(of_each, 1))
        if name == "f1":  # of classes without groups as where there are none at all
            alone = f1_interval(sums.hits, np.maximum(trials, 1))
            low, high = (np.where(squares == trials, *ends) for ends in zip(alone, (low, high), strict=True))
        of_classes[name] = _many(sums.hits, trials, low, high)
    return Intervals(whole, of_classes, max(float(worth["accuracy"]), alike))


def _of_whole(
    matrix: np.ndarray,
    units: np.ndarray,
    most: Mapping[str, Any],
    resamples: int,
    seed: int,
    images: float | None = None,
) -> dict[str, Interval | None]:
    """The figures of WHOLE from images that are drawn as they come, and drawn class by class.

    Args:
        units: (classes,) how many images, or groups, have each class.
        most: {figure: how many independent images it is worth at most}.
        images: As how many independent images those of the matrix count; as many as there are by default.
    """
    sums, n = ClassSums.of_matrix(matrix), matrix.sum()
    images = float(n) if images is None else images
    smooth = _smoothed(matrix * (images / n))
    around = {name: figure.make(smooth.sums) for name, figure in WHOLE.items()}
    drawn = [
        means_and_errors(({name: figure.make(one) for name, figure in WHOLE.items()} for one in ways), around)
        for ways in (smooth.resampled(False, resamples, seed), smooth.resampled(True, resamples, seed))
    ]
    seen_once = (units == 1).sum() > MOST_SEEN_ONCE * (units > 0).sum()
    found: dict[str, Interval | None] = {}
    for name, figure in WHOLE.items():
        value, smoothed = figure.make(sums), around[name]
        if np.isnan(value) or (figure.over_classes and seen_once):
            found[name] = None
            continue
        bias = np.nan_to_num([mean[name] - smoothed for mean, _ in drawn])
        worth = effective_number(smoothed, [errors[name] for _, errors in drawn], figure.lowest)
        worth = min(np.nan_to_num(worth, nan=images).min(), most[name])
        spread = (smoothed - figure.lowest) * (1 - smoothed)
        apart = abs(bias[0] - bias[1]) / np.sqrt(spread / worth) if spread > 0 else 0.0
        corrected = np.clip(value - bias, figure.lowest, 1.0)
        low, high = score_interval(corrected, worth, figure.lowest, quantile=quantile_between(apart))
        found[name] = float(min(value, *low)), float(max(value, *high))
    return found


@dataclass(frozen=True)
class _Smoothed:
    """A confusion matrix from which resamples are drawn: the cells (true, named), by true class, and their shares of `images`."""

    true: np.ndarray
    named: np.ndarray
    shares: np.ndarray
    classes: int
    images: float

    @property
    def sums(self) -> ClassSums:
        return _split(self._sparse().T @ self.shares)

    def resampled(self, by_class: bool, resamples: int, seed: int) -> Iterator[ClassSums]:
        to_sums = self._sparse()
        starts = np.flatnonzero(np.diff(self.true, prepend=-1)) if by_class else np.zeros(1, int)
        images = np.maximum(np.add.reduceat(self.shares, starts) * self.images, 1).round().astype(int)
        for counts in resampled_cells(self.shares, starts, images, resamples, seed):
            yield _split(counts @ to_sums)

    def _sparse(self):  # type: ignore[no-untyped-def]  # SciPy's arrays
        from scipy.sparse import csr_array

        cells, k = len(self.true), self.classes
        hit = (self.true == self.named).astype(float)
        columns = np.concatenate([self.true, self.named + k, self.true + 2 * k])
        return csr_array(
            (np.concatenate([np.ones(2 * cells), hit]), (np.tile(np.arange(cells), 3), columns)), shape=(cells, 3 * k)
        )


def _smoothed(matrix: np.ndarray) -> _Smoothed:
    """The matrix with a little added, so that a class with few images, or none of them wrong, does not pass for certain.

    Each class borrows BORROWED images from all classes together, and ADDED images right and as many wrong are shared out, as
    Agresti and Coull do for shares. What is added wrong is named as the next class. Classes keep their shares.
    """
    sums, classes = ClassSums.of_matrix(matrix), len(matrix)
    n = sums.support.sum()
    true, named = np.nonzero(matrix)
    present = np.flatnonzero(sums.support)
    extra = ADDED * sums.support[present] / n
    right = (sums.hits.sum() + ADDED) / (n + 2 * ADDED)
    after = np.roll(np.arange(classes), -1)[present]
    weights = np.concatenate([matrix[true, named], extra + BORROWED * right, extra + BORROWED * (1 - right)])
    true, named = np.concatenate([true, present, present]), np.concatenate([named, present, after])
    order = np.argsort(true, kind="stable")
    true, named, weights = true[order], named[order], weights[order]
    of_row = np.bincount(true, weights=weights, minlength=classes)
    shares = weights * sums.support[true] / of_row[true] / n
    return _Smoothed(true, named, shares / shares.sum(), classes, n)


def _split(sums: np.ndarray) -> ClassSums:
    return ClassSums(*np.split(np.asarray(sums), 3, axis=-1))


def _one(value: np.ndarray, worth: np.ndarray | float, lowest: float = 0.0) -> Interval | None:
    if np.isnan(value):
        return None
    low, high = score_interval(value, worth, lowest)
    return float(low), float(high)


def _many(hits: np.ndarray, trials: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[Interval | None]:
    return [(float(one), float(other)) if n > 0 else None for one, other, n in zip(low, high, trials, strict=True)]
