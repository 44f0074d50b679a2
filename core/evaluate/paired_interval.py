"""Intervals for how much more often one run is right than another on the same images."""

from __future__ import annotations

import numpy as np

HALVINGS = 60
RESAMPLES = 4_000
BLOCK = 1 << 22


def score_interval(
    fewer: np.ndarray, more: np.ndarray, images: np.ndarray, critical: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """Score intervals of the difference of two paired proportions.

    Source: T. Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample
    design", Statistics in Medicine 17 (1998).

    Args:
        fewer, more: (K,) how many images only the first run, and only the second, names right; may be fractions.
        images: (K,) how many there are.
        critical: The normal quantile of the level: 1.96 for 95 %; one, or (K,).

    Returns:
        Low and high ends, (K,) each, in -1..1.
    """
    fewer, more, images = (np.asarray(one, np.float64) for one in (fewer, more, images))
    estimate = (more - fewer) / images
    ends = []
    for side, target in ((-1.0, critical), (1.0, -np.asarray(critical))):
        inside, outside = estimate.copy(), np.full_like(estimate, side)
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            is_inside = np.abs(_score(fewer, more, images, middle)) <= np.abs(target)
            inside, outside = np.where(is_inside, middle, inside), np.where(is_inside, outside, middle)
        ends.append(inside)
    return ends[0], ends[1]


def bootstrap_interval(
    sums: np.ndarray, sizes: np.ndarray, level: float = 0.95, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Percentile interval of the difference by drawing units anew, with replacement.

    Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.

    Args:
        sums: (G,) for each unit (an image, or a group of them) how many more of its images the second run names right.
        sizes: (G,) how many images it has.
    """
    kinds, units = np.unique(np.stack([sums, sizes]), axis=1, return_counts=True)  # equal units are drawn together
    random, shares = np.random.default_rng(seed), units / units.sum()
    drawn, block = [], max(BLOCK // len(units), 1)
    for start in range(0, resamples, block):
        times = random.multinomial(units.sum(), shares, min(block, resamples - start))
        drawn.append((times @ kinds[0]) / (times @ kinds[1]))
    low, high = np.quantile(np.concatenate(drawn), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def design_effect(sums: np.ndarray, sizes: np.ndarray, discordant: int) -> float:
    """By how much groups enlarge the variance of the difference over that of as many images that stand alone; 1 or more.

    Source: J. N. K. Rao and A. J. Scott, "A simple method for the analysis of clustered binary data", Biometrics 48
    (1992). Where no image tells the runs apart, each group counts as if its images were one.

    Args:
        sums, sizes: (G,) as of `bootstrap_interval`; G is 2 or more.
        discordant: How many images only one of the runs names right.
    """
    images = sizes.sum()
    if not discordant:
        return float((sizes**2).sum() / images)
    difference = sums.sum() / images
    grouped = len(sums) / (len(sums) - 1) * ((sums - difference * sizes) ** 2).sum()
    alone = discordant - images * difference**2
    return max(float(grouped / alone), 1.0) if alone > 0 else float((sizes**2).sum() / images)


def _score(fewer: np.ndarray, more: np.ndarray, images: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """How many standard errors the seen difference is from `difference`, with the likeliest variance under that one."""
    b = -fewer - more + (2 * images - more + fewer) * difference
    c = -fewer * difference * (1 - difference)
    likeliest = (np.sqrt(np.maximum(b * b - 8 * images * c, 0)) - b) / (4 * images)
    variance = images * (2 * likeliest + difference * (1 - difference))
    gap = more - fewer - images * difference
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gap == 0, 0.0, gap / np.sqrt(np.maximum(variance, 0)))
