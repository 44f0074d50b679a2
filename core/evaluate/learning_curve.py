"""What more data should bring, from the errors that a recipe makes after learning from parts of the data.

The error is taken to fall as a power of the number of images towards a floor that more data does not lower,
error(n) = a·n^-b + c (J. Hestness et al., "Deep Learning Scaling is Predictable, Empirically", arXiv:1712.00409). Nobody
knows c beforehand: every c below the lowest error is tried, a and b are then a weighted line through the logarithms, and each
c counts as much as its line fits; no floor at all counts beforehand as much as all others together. From that mixture
curves are drawn; what they say together is the answer.

That holds if the error goes on as it did so far. Other shapes that fit the points as well (T. Viering & M. Loog, "The Shape of
Learning Curves: a Review", arXiv:2103.10948) are fitted too, and what they foretell is told beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST_SIZES = 3
FLOORS = 24
DRAWS = 4_000
PLACES = 60
FURTHER = 2.0


@dataclass(frozen=True)
class LearningCurve:
    """A fitted curve, as far as twice the data.

    Args:
        images: (M,) float64, numbers of training images from the smallest that was tried to twice the largest.
        error, low, high: (M,) the share of wrong answers there, and its 95 % interval.
        gain: How much accuracy twice the largest number of images should bring, in 0..1.
        gain_interval: 95 % of it.
        other_gains: The least and the most that the other shapes foretell for it; None where none fits as well.
    """

    images: np.ndarray
    error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    gain: float
    gain_interval: tuple[float, float]
    other_gains: tuple[float, float] | None = None

    @property
    def is_told(self) -> bool:
        """Whether the points show that more data helps."""
        return self.gain_interval[0] > 0


def fit(images: np.ndarray, wrong: np.ndarray, answered: np.ndarray, seed: int = 0) -> LearningCurve | None:
    """A curve through the errors after learning from so many images; None of fewer than three different numbers.

    Where points lie further from any such curve than their test images explain, the draws are spread accordingly.

    Args:
        images: (P,) training images of each run.
        wrong: (P,) wrong answers, whole or not.
        answered: (P,) test images, as many independent ones as they are worth.
        seed: Of what is drawn.
    """
    if len(np.unique(images)) < FEWEST_SIZES:
        return None
    error = (wrong + 0.5) / (answered + 1)
    variance = error * (1 - error) / answered
    largest = float(images.max())
    x = np.log(images / largest)
    floors = np.linspace(0, error.min(), FLOORS, endpoint=False)
    lines = [_line(x, error - floor, variance) for floor in floors]
    misfits = np.array([line[2] for line in lines])
    spread = max(1.0, float(misfits.min()) / max(len(x) - 2, 1))
    weights = np.exp(-(misfits - misfits.min()) / 2 / spread) * np.where(floors == 0, FLOORS - 1, 1)
    random = np.random.default_rng(seed)
    picked = random.choice(FLOORS, DRAWS, p=weights / weights.sum())
    normal = random.standard_normal((DRAWS, 2)) * np.sqrt(spread)
    means = np.array([line[0] for line in lines])[picked]
    roots = np.array([np.linalg.cholesky(line[1]) for line in lines])[picked]
    height, slope = (means + np.einsum("dij,dj->di", roots, normal)).T

    def error_at(times: np.ndarray | float) -> np.ndarray:
        above = np.exp(np.minimum(height + slope * np.log(times), 0.0))  # no error is above 1
        return np.minimum(floors[picked] + above, 1.0)

    gains = error_at(1.0) - error_at(FURTHER)
    places = np.union1d(np.geomspace(float(images.min()), largest * FURTHER, PLACES), largest)
    curves = error_at(places[:, None] / largest)
    low, middle, high = np.quantile(curves, [0.025, 0.5, 0.975], axis=1)
    lowest, gain, highest = np.quantile(gains, [0.025, 0.5, 0.975])
    others = _other_gains(images / largest, error, variance, float(misfits.min()), spread)
    return LearningCurve(places, middle, low, high, float(gain), (float(lowest), float(highest)), others)


OTHERS = {  # of x, the share of the largest number of images: what is left of the error, beside its floor and its height
    "exponential": lambda x, speed: np.exp(-speed * x),
    "logarithm": lambda x, _: -np.log(x),
    "one over the logarithm": lambda x, reach: 1 / np.log(np.e + reach * x),
    "Morgan, Mercer and Flodin": lambda x, reach: 1 / (1 + reach * x),
}
SPEEDS = np.geomspace(0.1, 1000, 60)
AS_WELL = 3.84  # the 95 % quantile of chi-square: a misfit that is larger by more than that is a worse one


def _other_gains(
    x: np.ndarray, error: np.ndarray, variance: np.ndarray, misfit: float, spread: float
) -> tuple[float, float] | None:
    """What the other shapes foretell for `FURTHER` times the data, of those that fit as well as the power law.

    Each is c + a · shape(x, speed) with a ≥ 0 and c ≥ 0, by weighted least squares; every speed of a grid is tried. Shapes fall to
    0, but for the logarithm, which no error follows below 0.

    Args:
        spread: How many times more the points scatter than their test images explain.
    """
    from scipy.optimize import nnls

    gains, weigh = [], 1 / np.sqrt(variance)
    for shape in OTHERS.values():
        tried = []
        for speed in SPEEDS:
            parts = np.stack([np.ones_like(x), shape(x, speed)], axis=1)
            solved, left = nnls(parts * weigh[:, None], error * weigh)
            now, then = (float(solved @ [1.0, shape(times, speed)]) for times in (1.0, FURTHER))
            tried.append((left**2, now - max(then, 0.0)))
        squares, gain = min(tried)
        if squares <= misfit + AS_WELL * spread:
            gains.append(gain)
    return (float(min(gains)), float(max(gains))) if gains else None


def _line(x: np.ndarray, above: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The line through (x, log above): (height at 0, slope), their covariance, and the weighted squares that are left."""
    weights = above**2 / variance  # the logarithm's variance is variance / above²
    design = np.stack([np.ones_like(x), x], axis=1)
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    line = covariance @ (design.T @ (weights * np.log(above)))
    left = above - np.exp(design @ line)
    return line, covariance, float((left**2 / variance).sum())
