"""95 % intervals: Wilson's for shares, and its form for whatever has bounds and a standard error."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

LEVEL = 0.95
NORMAL_95 = 1.959963984540054  # the 97.5th percentile of the standard normal distribution

Interval = tuple[float, float]


def wilson_interval(successes: int, trials: int) -> Interval | None:
    """95 % interval of a share; None of no trials.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927).
    """
    if trials == 0:
        return None
    low, high = score_interval(successes / trials, trials)
    return float(low), float(high)


def score_interval(
    value: Any, effective_n: Any, lowest: float = 0.0, highest: float = 1.0, quantile: float = NORMAL_95
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of a figure that knows bounds, as if it were a share of so many images.

    All values are held possible from which the figure is at most `quantile` standard errors away, where the standard
    error is taken at that value: √((value − lowest) (highest − value) / effective_n).

    Args:
        value: Figures within the bounds; any shape.
        effective_n: Above 0, whole or not; how many independent images the figure is worth.
        quantile: Of the normal distribution, or of Student's where the standard error is from few groups.

    Returns:
        Low and high ends, in the shape of `value`. An end at a bound is exactly the bound.
    """
    share = (np.asarray(value, float) - lowest) / (highest - lowest)
    weight = quantile**2 / np.asarray(effective_n, float)
    centre = (share + weight / 2) / (1 + weight)
    half = np.sqrt(share * (1 - share) * weight + weight**2 / 4) / (1 + weight)
    low = np.where(share <= 0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(share >= 1, 1.0, np.minimum(centre + half, 1.0))
    return lowest + low * (highest - lowest), lowest + high * (highest - lowest)


def exact_interval(share: Any, effective_n: Any, tail: float) -> tuple[np.ndarray, np.ndarray]:
    """Clopper and Pearson's ends of shares, each missed with a chance of `tail` at most: far out, Wilson's are missed more often.

    Source: E. L. Korn & B. I. Graubard, "Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data", Survey Methodology 24 (1998), for a number of images that is not whole.

    Args:
        share: In 0..1; any shape.
        effective_n: How many independent images each is worth, whole or not.
    """
    from scipy.special import betaincinv

    share, worth = np.broadcast_arrays(np.asarray(share, float), np.asarray(effective_n, float))
    right, wrong = share * worth, (1 - share) * worth
    low = np.where(right > 0, betaincinv(right, wrong + 1, tail), 0.0)
    return low, np.where(wrong > 0, betaincinv(right + 1, wrong, 1 - tail), 1.0)


def images_of_interval(share: float, interval: Interval) -> float:
    """Of how many independent images `score_interval` of a share is this: what the interval says that they are worth."""
    low, high = interval
    return float(_images_that_end_at(share, low if share - low > high - share else high))


def _images_that_end_at(share: Any, end: Any, quantile: float = NORMAL_95) -> np.ndarray:
    """Of how many images `score_interval` of `share` has that end; infinite where the two are the same."""
    share, end = np.asarray(share, float), np.asarray(end, float)
    off = (share - end) ** 2
    return np.divide(quantile**2 * end * (1 - end), off, out=np.full(off.shape, np.inf), where=off > 0)


def effective_number(value: Any, standard_error: Any, lowest: float = 0.0, highest: float = 1.0) -> np.ndarray:
    """How many independent images a figure with this standard error is worth: what `score_interval` takes.

    Source: E. L. Korn & B. I. Graubard, "Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data", Survey Methodology 24 (1998).

    Returns:
        In the shape of both; not a number where the standard error is 0 or the figure at a bound.
    """
    value, error = np.broadcast_arrays(np.asarray(value, float), np.asarray(standard_error, float))
    spread = (value - lowest) * (highest - value)
    return np.divide(spread, error**2, out=np.full(spread.shape, np.nan), where=(error > 0) & (spread > 0))


def number_of_groups_alike(sizes: Any) -> float:
    """As how many independent images groups count whose images are all right or all wrong: the fewest that they can.

    As many as there are groups where they are of one size, else fewer: (Σ size)² / Σ size² (L. Kish, "Survey Sampling", 1965).

    Args:
        sizes: (G,) images of each group.
    """
    sizes = np.asarray(sizes, float)
    return float(images_alike(sizes.sum(), (sizes**2).sum()))


def whole_images(worth: float) -> int:
    """As how many images, in whole ones, something counts at least that is worth `worth` of them: 1 or more; 0 of none.

    What is said, what is compared with a limit and what a promise rests on are this same number.
    """
    return max(int(worth + 1e-6), 1) if worth > 0 else 0  # 2.9999999 comes of rounding


def images_alike(images: Any, squares: Any) -> np.ndarray:
    """The same of groups of which only sums are known, in the shape of `images`; 0 of none.

    Args:
        images: Σ size of each set of groups.
        squares: Σ size² of each.
    """
    images, squares = np.asarray(images, float), np.asarray(squares, float)
    return np.divide(images**2, squares, out=np.zeros(images.shape), where=squares > 0)


def most_by_likeness(images: Any, right: Any, groups: Any, squares: Any, unlike: Any) -> np.ndarray:
    """As how many independent images a share of groups counts at most, by how much images of a group are of one mind.

    n / (1 + ρ (Σ size² / n − 1)), where ρ is the correlation within groups, 1 − Σ (right · wrong / size) / ((n − groups) p (1 − p)).
    With groups of one size that is what the standard error over groups says too; with others that error misses what large groups
    would do that happen to be all right. One giant group tells ρ no better than many small ones of as many images do.

    Source: J. L. Fleiss & J. Cuzick, "The reliability of dichotomous judgments: unequal numbers of judgments per subject",
    Applied Psychological Measurement 3 (1979).

    Args:
        images, right, groups: How many there are, how many of the images are right, of how many groups; any shape.
        squares: Σ size² over groups.
        unlike: Σ right · wrong / size over groups.
    """
    images, right, groups, squares = (np.asarray(one, float) for one in (images, right, groups, squares))
    share = np.divide(right, images, out=np.zeros(images.shape), where=images > 0)
    by_chance = (images - groups) * share * (1 - share)
    alike = 1 - np.divide(unlike, by_chance, out=np.zeros(images.shape), where=by_chance > 0)
    return images / (1 + np.clip(alike, 0, 1) * (squares - images) / np.maximum(images, 1))


def worth_of_groups(
    value: Any, error: Any, groups: Any, most: Any, images: Any, lowest: float = 0.0, level: float = LEVEL
) -> np.ndarray:
    """How many independent images a figure of groups is worth: at most `most`; where nothing varies, a group for one image; where
    no two images are of one group, as many as there are.

    Student's quantile, of one less than the groups, allows for few of them. What the groups have not shown counts too: an end of
    the interval lies no nearer to a bound than if all of them were at it, so that one wrong image in a group is no news of how
    often a whole group is wrong.

    Args:
        error: The figure's standard error over groups.
        groups: How many there are, groups of unlike sizes counting for fewer: `images_alike`.
        images: How many the figure is of.
        level: Of the interval that it is for.
    """
    from scipy.special import stdtrit

    degrees, tail = np.maximum(np.asarray(groups) - 1, 1), 1 - (1 - level) / 2 if level != LEVEL else 0.975
    few = stdtrit(degrees, tail) / quantile_of(level) * np.sqrt(groups / degrees)
    worth = effective_number(value, error * few, lowest)
    worth = np.where(np.isnan(worth) | (np.asarray(groups) < 2), groups, worth)
    worth = np.minimum(worth, np.minimum(most, _worth_of_all_at_a_bound(value, groups, lowest, quantile_of(level))))
    return np.where(np.asarray(groups) == images, images, worth)


def _worth_of_all_at_a_bound(value: Any, groups: Any, lowest: float, quantile: float) -> np.ndarray:
    """With how many images `score_interval` of `value` ends where it would if all of so many groups were at the bound nearby."""
    share, groups = (np.asarray(value, float) - lowest) / (1 - lowest), np.asarray(groups, float)
    nearer, end = np.maximum(share, 1 - share), groups / (groups + quantile**2)
    return np.where(nearer > end, _images_that_end_at(nearer, end, quantile), np.inf)


def quantile_of(level: float) -> float:
    """How many standard errors an interval of that level reaches to either side, of the normal distribution."""
    return NORMAL_95 if level == LEVEL else NormalDist().inv_cdf(1 - (1 - level) / 2)


def quantile_between(apart: float) -> float:
    """How many standard errors an interval reaches beyond two values, one of which, or one between them, is the figure.

    Where they are one value that is the normal 1.96, where they are far apart 1.64, for then only one end can miss.
    Source: G. W. Imbens & C. F. Manski, "Confidence intervals for partially identified parameters", Econometrica 72 (2004).

    Args:
        apart: The distance between the two, in standard errors.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    return float(brentq(lambda quantile: ndtr(quantile + apart) - ndtr(-quantile) - LEVEL, 1.0, 2.0))


def rounded_error(standard_error: float) -> float:
    """The standard error of a figure in 0..1, but 0 where it is no more than what sums of floats are off by."""
    return standard_error if standard_error > 1e-9 else 0.0


def f1_interval(hits: Any, either: Any) -> tuple[np.ndarray, np.ndarray]:
    """95 % intervals of F1 scores of independent images.

    F1 = 2 J / (1 + J), where J is the share of hits among the images that are of the class or were named so. Given how
    many those are, hits are binomial, so that Wilson's interval of J gives one of F1.

    Args:
        hits: Images of the class that were named so; any shape.
        either: Images that are of the class or were named so, 1 or more.
    """
    low, high = score_interval(np.asarray(hits, float) / either, either)
    return 2 * low / (1 + low), 2 * high / (1 + high)
