"""Resampling: how far figures would stray if the test set were drawn again.

Source: B. Efron & R. J. Tibshirani, "An Introduction to the Bootstrap" (1993); of intervals by studentising, P. Hall,
"Theoretical comparison of bootstrap confidence intervals", Annals of Statistics 16 (1988).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from core.evaluate.intervals import number_of_groups_alike, score_interval

RESAMPLES = 1000
SEED = 0
BLOCK = 1 << 22  # weights that are in memory at once
FEWEST_UNITS = 4  # of 3 there are 27 draws: the outermost 2.5 % of them are less than one


def resampled_units(units: int, resamples: int = RESAMPLES, seed: int = SEED) -> Iterator[np.ndarray]:
    """Draw so many units with replacement, again and again: blocks (b, units) of how often each was drawn.

    Units are images, or groups of images that stay together.
    """
    random = np.random.default_rng(seed)
    for size in _sizes(units, resamples):
        drawn = random.integers(units, size=(size, units))
        drawn += units * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * units).reshape(size, units).astype(float)


def resampled_cells(
    shares: np.ndarray, starts: np.ndarray, images: np.ndarray, resamples: int = RESAMPLES, seed: int = SEED
) -> Iterator[np.ndarray]:
    """Draw images from cells, again and again, of each stratum of cells as many as it has: blocks (b, cells) of counts.

    Args:
        shares: (cells,) above 0, of all images or of the stratum.
        starts: (strata,) int, the first cell of each; the first is 0.
        images: (strata,) int, how many to draw of each.
    """
    random = np.random.default_rng(seed)
    for size in _sizes(len(shares), resamples):
        drawn = np.empty((size, len(shares)))
        for first, end, number in zip(starts, [*starts[1:], len(shares)], images, strict=True):
            drawn[:, first:end] = random.multinomial(number, shares[first:end] / shares[first:end].sum(), size=size)
        yield drawn


def means_and_errors(
    draws: Iterable[dict[str, np.ndarray]], around: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Mean of each figure over resamples in which it is defined, and its standard deviation: the standard error.

    Args:
        draws: Blocks {figure: (b, …)}; not a number where it is undefined.
        around: {figure: (…)} values near the draws, for the sums' accuracy.

    Returns:
        {figure: (…)} of both; not a number where fewer than two resamples define it.
    """
    zeros = {name: np.zeros(np.shape(value)) for name, value in around.items()}
    number, total, squares = dict(zeros), dict(zeros), dict(zeros)
    for block in draws:
        for name, values in block.items():
            off = values - np.nan_to_num(around[name])
            there = ~np.isnan(off)
            off = np.where(there, off, 0.0)
            number[name] = number[name] + there.sum(0)
            total[name] = total[name] + off.sum(0)
            squares[name] = squares[name] + (off**2).sum(0)
    means, errors = {}, {}
    for name, n in number.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            means[name] = np.where(n > 1, np.nan_to_num(around[name]) + total[name] / n, np.nan)
            spread = np.maximum(squares[name] - total[name] ** 2 / n, 0.0) / (n - 1)
        errors[name] = np.where(n > 1, np.sqrt(spread), np.nan)
    return means, errors


def studentised_intervals(
    sums: np.ndarray, sizes: np.ndarray, most: np.ndarray, resamples: int = RESAMPLES, seed: int = SEED
) -> np.ndarray:
    """95 % intervals of means per image, for values that are 0 or more and skewed, as losses are.

    In each resample the mean's distance from the real one is taken in its own standard errors; the percentiles of that,
    instead of the normal distribution's, tell how far the real one may be off. Where a unit or two have nearly all of the
    loss, that has no end: resamples without them vary hardly at all. But what has bounds varies no more than a share does, so the
    interval reaches no farther than Wilson's for as many independent images as the units are worth that are all alike.

    Args:
        sums: (units, figures) sums of the values of each unit.
        sizes: (units,) images of each unit.
        most: (figures,) what the value of an image is at most; of one without a bound, of the largest that was seen.

    Returns:
        (figures, 2) low and high ends; not a number where values do not differ or there are fewer than FEWEST_UNITS.
    """
    if len(sizes) < FEWEST_UNITS:
        return np.full((sums.shape[1], 2), np.nan)
    ratio, error = _ratio(sums, sizes)
    parts = np.concatenate([sums, sums**2, sums * sizes[:, None], sizes[:, None], sizes[:, None] ** 2], axis=1)
    figures, far = sums.shape[1], []
    for weights in resampled_units(len(sizes), resamples, seed):
        total, squares, products, images, images_squares = np.split(
            weights @ parts, [figures, 2 * figures, 3 * figures, 3 * figures + 1], axis=1
        )
        drawn = total / images
        spread = squares - 2 * drawn * products + drawn**2 * images_squares
        drawn_error = np.sqrt(np.maximum(spread, 0.0)) / images
        far.append((drawn - ratio) / np.maximum(drawn_error, 1e-9 * error + np.finfo(float).tiny))
    near, distant = np.percentile(np.concatenate(far), [2.5, 97.5], axis=0)
    low, high = score_interval(ratio / most, number_of_groups_alike(sizes))
    ends = np.stack(
        [np.maximum(ratio - error * distant, low * most), np.minimum(ratio - error * near, high * most)], -1
    )
    return np.where((error > 1e-12 * ratio)[:, None], ends, np.nan)


def _ratio(sums: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means per image (figures,) and their standard errors by linearisation."""
    ratio = sums.sum(0) / sizes.sum()
    off = sums - ratio * sizes[:, None]
    return ratio, np.sqrt((off**2).sum(0)) / sizes.sum()


def _sizes(units: int, resamples: int) -> Iterator[int]:
    """Resamples a block, so that no block has more than about BLOCK weights."""
    size = max(BLOCK // max(units, 1), 1)
    for start in range(0, resamples, size):
        yield min(size, resamples - start)
