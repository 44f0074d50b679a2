"""Which of two runs is right more often, by an exact test on the images that only one of them names right.

Each image, or each group of images that belong together, is a unit. If both runs were equally good, it would be a coin's
choice which of them a unit speaks for. For images that stand alone that is McNemar's exact test (Q. McNemar, "Note on the
sampling error of the difference between correlated proportions or percentages", Psychometrika 12, 1947); for groups it is
the sign-flip test (R. A. Fisher, "The Design of Experiments", 1935, chapter 3), here with all flips, not with some drawn.
"""

from __future__ import annotations

import numpy as np

ALPHA = 0.05
POWER = 0.8
MOST_IMAGES = 10**7
TAILS = 9.0  # standard deviations; what lies beyond is less than 1e-15
MOST_COUNTS = 4_000  # beyond so many neighbouring ones are alike, and every so manieth stands for them


def exact_p(fewer: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Two-sided p-values of McNemar's exact test.

    Args:
        fewer, more: (K,) how many images only the one, and only the other, names right.

    Returns:
        (K,) in 0..1; 1 where there is no such image.
    """
    from scipy.stats import binom

    least, discordant = np.minimum(fewer, more), np.asarray(fewer) + np.asarray(more)
    return np.minimum(2 * binom.cdf(least, discordant, 0.5), 1.0)


def sign_flip_p(sums: np.ndarray) -> float:
    """Two-sided p-value of the sign-flip test over all flips.

    Args:
        sums: (G,) integers, for each group how many more of its images the one run names right than the other.

    Returns:
        The share of all 2^G flips whose total is as far from 0 as the one that was seen, or further.
    """
    from scipy.signal import fftconvolve
    from scipy.stats import binom

    steps, counts = np.unique(np.abs(sums[sums != 0]), return_counts=True)
    total, seen = int(np.abs(sums).sum()), abs(int(sums.sum()))
    if seen == 0:
        return 1.0
    if len(steps) == 1:
        lean = seen // int(steps[0])
        return float(exact_p(np.array((counts[0] - lean) // 2), np.array((counts[0] + lean) // 2)))
    chances = np.ones(1)  # of the sum of those that were flipped upwards
    for step, count in zip(steps.tolist(), counts.tolist(), strict=True):
        spread = np.zeros(step * count + 1)
        spread[::step] = binom.pmf(np.arange(count + 1), count, 0.5)
        chances = fftconvolve(chances, spread) if len(chances) > 1 else spread
    return float(np.clip(2 * chances[(total + seen) // 2 :].sum(), 0.5 ** (counts.sum() - 1), 1.0))


def verdict_rates(
    images: int, discordant: float, difference: float, alpha: float = ALPHA
) -> tuple[float, float, float]:
    """How often McNemar's exact test at `alpha` says "worse", nothing, and "better", of so many images that stand alone.

    Args:
        discordant: The share of images that only one of the runs names right, in 0..1.
        difference: By how much the second run's accuracy is higher; no larger than `discordant`.
    """
    from scipy.stats import binom

    middle, reach = images * discordant, TAILS * np.sqrt(images * discordant * (1 - discordant)) + TAILS
    counts = np.arange(max(int(middle - reach), 0), min(int(middle + reach), images) + 1)
    counts = counts[:: -(-len(counts) // MOST_COUNTS)]
    weights = binom.pmf(counts, images, discordant)
    weights /= weights.sum()
    critical = binom.ppf(alpha / 2, counts, 0.5)
    critical = np.where(binom.cdf(critical, counts, 0.5) > alpha / 2, critical - 1, critical)
    lean = 0.5 + difference / discordant / 2 if discordant else 0.5
    worse = float(weights @ binom.cdf(critical, counts, lean))
    better = float(weights @ binom.sf(counts - critical - 1, counts, lean))
    return worse, float(weights.sum()) - worse - better, better


def images_needed(discordant: float, difference: float, power: float = POWER, alpha: float = ALPHA) -> int | None:
    """How many images that stand alone show a difference of this size with a chance of `power`.

    Two digits of it mean something. None where there is no difference, or where it takes more than `MOST_IMAGES`.
    """
    from scipy.stats import norm

    if difference == 0:
        return None
    # R. J. Connor, "Sample size for testing differences in proportions for the paired-sample design", 1987; from there on exactly.
    spread = norm.isf(alpha / 2) * discordant**0.5 + norm.ppf(power) * max(discordant - difference**2, 0) ** 0.5
    guess = (spread / difference) ** 2
    if guess > MOST_IMAGES:
        return None
    low, high = int(guess / 2), int(guess * 2) + 16
    while high - low > max(low // 200, 1):
        middle = (low + high) // 2
        if verdict_rates(middle, discordant, abs(difference), alpha)[2] < power:
            low = middle
        else:
            high = middle
    return high
