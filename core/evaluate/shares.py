"""Shares of images that are right, of all or part by part, with the intervals of what they are worth.

All pages have their shares from here: the same images have the same interval wherever it is shown, to the last digit. Only slices that
a search found have another, which allows for the search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluate.bootstrap import RESAMPLES, SEED, means_and_errors, resampled_units
from core.evaluate.intervals import (
    LEVEL,
    Interval,
    exact_interval,
    images_alike,
    most_by_likeness,
    quantile_of,
    score_interval,
    worth_of_groups,
)

ENOUGH = 10  # independent images; of fewer that belong together nothing is judged


@dataclass(frozen=True)
class Shares:
    """Of P parts, how many images are right.

    Args:
        images, right: (P,) int64.
        groups: (P,) int64, of how many groups the images are; as many as images where each stands for itself.
        independent: (P,) float64, as how many independent images they count where all of a group are alike
            (`core.evaluate.intervals.images_alike`).
        most: (P,) float64, as how many they count at most (`core.evaluate.intervals.most_by_likeness`).
        error: (P,) float64, standard errors of the shares by the bootstrap of groups; None where each image stands for itself.
    """

    images: np.ndarray
    right: np.ndarray
    groups: np.ndarray
    independent: np.ndarray
    most: np.ndarray
    error: np.ndarray | None = None

    @property
    def share(self) -> np.ndarray:
        """(P,) float64, the share that is right; not a number where there is no image."""
        return _divide(self.right, self.images)

    def of(self, part: int) -> Shares:
        """Those of one part alone."""
        here = slice(part, part + 1)
        error = None if self.error is None else self.error[here]
        images, right, groups = self.images[here], self.right[here], self.groups[here]
        return Shares(images, right, groups, self.independent[here], self.most[here], error)

    def worth(self, level: float = LEVEL) -> np.ndarray:
        """(P,) float64, how many independent images each share is worth: as many as there are where each stands for itself."""
        if self.error is None:
            return self.images.astype(float)
        return worth_of_groups(self.share, self.error, self.independent, self.most, self.images, level=level)

    def exact_ends(self, tail: float) -> np.ndarray:
        """(P, 2) float64: the ends of `exact_interval`, of as many images as each share is worth."""
        return np.stack(exact_interval(self.share, self.worth(1 - 2 * tail), tail), axis=-1)

    def interval(self, level: float = LEVEL) -> np.ndarray:
        """(P, 2) float64: Wilson's interval of each share, of as many images as it is worth; of none 0 to 1."""
        low, high = score_interval(self.share, np.maximum(self.worth(level), 1e-9), quantile=quantile_of(level))
        ends = np.stack([low, high], axis=-1)
        return np.where((self.images > 0)[:, None], ends, [0.0, 1.0])


def of_mean(values: np.ndarray, groups: np.ndarray | None = None) -> Interval | None:
    """The 95 % interval of the mean of values in 0..1, each itself a share of many: in the form of a share's, of as many right-or-wrong
    images as the values' spread makes of them, and by how much those of a group are alike (as `most_by_likeness`). None of fewer than two.

    Args:
        values: (N,) float64.
        groups: (N,) int, equal for images that belong together; None where each stands for itself.
    """
    images, mean, variance = len(values), float(values.mean()), float(values.var())
    if images < 2:
        return None
    codes = np.arange(images) if groups is None else np.unique(groups, return_inverse=True)[1]
    sizes, sums = np.bincount(codes).astype(float), np.bincount(codes, weights=values)
    squares, left = float((sizes**2).sum()), images - len(sizes)
    error = np.sqrt(((sums - mean * sizes) ** 2).sum()) / images
    within = float(((values - (sums / sizes)[codes]) ** 2).sum()) / left if left else 0.0
    alike = np.clip(1 - within / variance, 0, 1) if variance > 0 else 1.0
    each = mean * (1 - mean) / variance if variance > 0 else 1.0
    most = images / (1 + alike * (squares - images) / images)
    worth = worth_of_groups(mean, error, images_alike(images, squares), most * each, images * each)
    low, high = score_interval(mean, worth)
    return float(low), float(high)


def shares_of(
    right: np.ndarray,
    part: np.ndarray | None = None,
    parts: int = 1,
    groups: np.ndarray | None = None,
    running: bool = False,
) -> Shares:
    """The shares of parts. Groups are drawn whole, all parts at once: of a class, these are the intervals of its recall.

    Args:
        right: (N,) bool.
        part: (N,) int from 0, the part of each image, -1 for none; None where all are one.
        groups: (N,) int, equal for images that belong together; None where each stands for itself.
        running: Whether each part also holds all parts before it.
    """
    part = np.zeros(len(right), np.int64) if part is None else part
    inside = part >= 0

    def counts(weights: np.ndarray | None = None) -> np.ndarray:
        found = np.bincount(part[inside], weights=weights, minlength=parts).round().astype(np.int64)
        return found.cumsum() if running else found

    images, hits = counts(), counts(right[inside].astype(float))
    if groups is None:
        return Shares(images, hits, images, images.astype(float), images.astype(float))
    _, codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) == len(groups):
        return Shares(images, hits, images, images.astype(float), images.astype(float))
    from scipy.sparse import csr_array

    columns = part[inside]
    per_group = csr_array(
        (
            np.concatenate([np.ones(len(columns)), right[inside].astype(float)]),
            (np.tile(codes[inside], 2), np.concatenate([columns, columns + parts])),
        ),
        shape=(len(sizes), 2 * parts),
    )

    def drawn(sums: np.ndarray) -> np.ndarray:
        of_images, of_right = np.split(np.asarray(sums), 2, axis=-1)
        if running:
            of_images, of_right = of_images.cumsum(-1), of_right.cumsum(-1)
        return _divide(of_right, of_images)

    blocks = ({"share": drawn(weights @ per_group)} for weights in resampled_units(len(sizes), RESAMPLES, SEED))
    error = means_and_errors(blocks, {"share": _divide(hits, images)})[1]["share"]
    there, squares, unlike = _sums_of_groups(codes[inside], right[inside], columns, len(sizes), parts, running)
    most = most_by_likeness(images, hits, there, squares, unlike)
    return Shares(images, hits, there.astype(np.int64), images_alike(images, squares), most, error)


def of_share(right: np.ndarray, groups: np.ndarray | None = None) -> Interval | None:
    """95 % interval of the share of images that are right, which is that of the accuracy; None of no images.

    Args:
        right: (N,) bool.
        groups: (N,) int, equal for images that belong together; None where each stands for itself.
    """
    if not len(right):
        return None
    low, high = shares_of(right, groups=groups).interval()[0]
    return float(low), float(high)


def sums_so_far(codes: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(3, N) float64: how many groups the first images are of, Σ size² and Σ right · wrong / size of those, for each number of images.

    Args:
        codes: (N,) int from 0, the groups of images in order.
        right: (N,) bool.
    """
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    first = np.repeat(starts, np.diff(starts, append=len(codes)))
    hits = np.append(0, right[order].cumsum())
    size, of_right = np.arange(len(codes)) - first + 1, hits[1:] - hits[first]
    so_far = _of_groups(size, of_right)
    more = np.empty(so_far.shape)
    more[:, order] = np.where(size > 1, np.diff(so_far, axis=1, prepend=0), so_far)
    return more.cumsum(axis=1)


def _of_groups(size: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(3, G) of each group: 1, its size squared, and right · wrong / size."""
    return np.stack([np.ones(len(size)), size.astype(float) ** 2, right * (size - right) / size])


def _sums_of_groups(
    codes: np.ndarray, right: np.ndarray, part: np.ndarray, groups: int, parts: int, running: bool
) -> np.ndarray:
    """(3, parts) sums over the groups that have an image there, as of `_of_groups`."""
    if running:
        order = np.argsort(part, kind="stable")
        so_far = np.append(np.zeros((3, 1)), sums_so_far(codes[order], right[order]), axis=1)
        return so_far[:, np.searchsorted(part[order], np.arange(parts), "right")]
    pairs, place = np.unique(part * groups + codes, return_inverse=True)
    of_each = _of_groups(np.bincount(place), np.bincount(place, weights=right))
    return np.stack([np.bincount(pairs // groups, weights=one, minlength=parts) for one in of_each])


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
