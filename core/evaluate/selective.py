"""Saying "I don't know": a threshold on the top probability under which no answer is given, and what that costs.

Source: Y. Geifman & R. El-Yaniv, "Selective Classification for Deep Neural Networks", arXiv:1705.08500: a bound on the
error among the answered that holds with a stated confidence. Instead of their binary search, thresholds of a grid
that no label has touched are tested one after the other, from strict to loose, which bounds all errors together
exactly (the fallback procedure: B. Wiens & A. Dmitrienko, J. Biopharm. Stat. 15 (2005); its use for such rules:
A. Angelopoulos et al., "Learn then Test", arXiv:2110.01052).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.evaluate.intervals import Interval, images_alike, score_interval
from core.evaluate.shares import shares_of, sums_so_far

CONFIDENCE = 0.95
STARTS = ((1e-4, 0.15), (1e-2, 0.15), (1.0, 0.4), (10.0, 0.3))  # (1 - threshold, in error rates; share of the risk)
STEPS_A_DECADE = 50
MOST_POINTS = 300


@dataclass(frozen=True)
class Choice:
    """A threshold that keeps a promise, and what it did to the images that it was chosen on.

    Args:
        threshold: What is answered has a top probability of at least this, 0..1; 0 answers everything.
        images, answered, wrong: Counts.
    """

    threshold: float
    images: int
    answered: int
    wrong: int


@dataclass(frozen=True)
class Measured:
    """What a threshold gives on images.

    Args:
        images, answered, wrong: Counts; `wrong` of the answered.
        coverage_interval: The 95 % interval of the share answered.
        error_interval: That of the share of the answered that is wrong; None if none is answered.
    """

    images: int
    answered: int
    wrong: int
    coverage_interval: Interval
    error_interval: Interval | None

    @property
    def coverage(self) -> float:
        """The share answered."""
        return self.answered / self.images

    @property
    def error(self) -> float | None:
        """The share of the answered that is wrong; None if none is answered."""
        return self.wrong / self.answered if self.answered else None


@dataclass(frozen=True)
class Curve:
    """Error among the answered by share answered, from answering little to answering all. Q points.

    Args:
        threshold: (Q,) float64, what is answered has at least this top probability.
        coverage: (Q,) float64, the share answered, 0..1.
        answered, wrong: (Q,) int64.
        risk: (Q,) float64, the share of the answered that is wrong.
        interval: (Q, 2) float64, the 95 % interval of `risk`.
    """

    threshold: np.ndarray
    coverage: np.ndarray
    answered: np.ndarray
    wrong: np.ndarray
    risk: np.ndarray
    interval: np.ndarray


def choose_threshold(
    correct: np.ndarray,
    confidence: np.ndarray,
    error_rate: float,
    certainty: float = CONFIDENCE,
    groups: np.ndarray | None = None,
) -> Choice | None:
    """The loosest threshold at which at most `error_rate` of the answered is wrong, with a confidence of `certainty`.

    That holds for images drawn as these are, whatever the model: with a chance of 1 - `certainty` at most these
    images lead to a threshold that errs more often. None where no threshold can be promised that much.

    Args:
        correct: (N,) bool, of images that the model did not learn from.
        confidence: (N,) float64, the top probability of each answer.
        error_rate: In 0..1.
        groups: (N,) int, equal for images that belong together; None where each stands for itself. The answered, and the
            wrong ones of them, then count as the independent images that they are if all of a group are alike: exact for
            groups of one size that are right or wrong as a whole.
    """
    thresholds, spare = grid(error_rate)
    answered, wrong, worth = _counts(thresholds, correct, confidence, groups)
    chances = _chance_of_so_few(wrong / np.maximum(answered, 1), worth, error_rate)
    level, kept = 0.0, None
    for place, chance in enumerate(chances):
        level += spare[place] * (1.0 - certainty)
        if chance <= level:
            kept = place
        else:
            level = 0.0
    if kept is None:
        return None
    return Choice(float(thresholds[kept]), len(correct), int(answered[kept]), int(wrong[kept]))


def times_needed(
    correct: np.ndarray,
    confidence: np.ndarray,
    error_rate: float,
    certainty: float = CONFIDENCE,
    groups: np.ndarray | None = None,
) -> float | None:
    """How many times as many images as these, answered just as often and as well, are the fewest that can promise `error_rate`:
    the smallest factor on all counts of `choose_threshold` with which a threshold passes.

    None where more of them cannot: at each threshold that could be the first to pass, too many of the answers are wrong.

    Args:
        correct, confidence, groups: As of `choose_threshold`.
        error_rate: In 0..1.
    """
    thresholds, spare = grid(error_rate)
    first = spare > 0
    answered, wrong, worth = (one[first] for one in _counts(thresholds, correct, confidence, groups))
    risk = wrong / np.maximum(answered, 1)
    level = spare[first] * (1.0 - certainty)

    def passes(times: float) -> bool:
        return bool((_chance_of_so_few(risk, worth * times, error_rate) <= level).any())

    if not ((risk < error_rate) & (answered > 0)).any():
        return None
    low, high = 0.0, 1.0
    while not passes(high):
        low, high = high, high * 2
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return high


def errs_surely_too_often(
    correct: np.ndarray, confidence: np.ndarray, error_rate: float, groups: np.ndarray | None = None
) -> bool:
    """Whether these images show that no number of them promises `error_rate`: at each threshold that could be the first to pass
    either none is answered, or more than that is wrong by the lower end of the 95 % interval too.

    Args:
        correct, confidence, groups: As of `choose_threshold`.
        error_rate: In 0..1.
    """
    thresholds, spare = grid(error_rate)
    answered, wrong, worth = (one[spare > 0] for one in _counts(thresholds, correct, confidence, groups))
    low, _ = score_interval(wrong / np.maximum(answered, 1), np.maximum(worth, 1))
    return bool(((low > error_rate) | (answered == 0)).all())


def _counts(
    thresholds: np.ndarray, correct: np.ndarray, confidence: np.ndarray, groups: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At each threshold, how many are answered, how many of those wrongly, and as how many independent images they count."""
    ascending = np.argsort(confidence, kind="stable")
    answered = len(confidence) - np.searchsorted(confidence[ascending], thresholds, side="left")
    wrong = np.concatenate([[0], np.cumsum(~correct[ascending[::-1]])])[answered]
    if groups is None:
        return answered, wrong, answered.astype(float)
    codes = np.unique(groups[ascending[::-1]], return_inverse=True)[1]
    squares = np.append(0, sums_so_far(codes, correct[ascending[::-1]])[1])
    return answered, wrong, images_alike(answered, squares[answered])


def _chance_of_so_few(risk: np.ndarray, images: np.ndarray, error_rate: float) -> np.ndarray:
    """Of so small a share of mistakes, if it erred just too often: binomial, of a number that need not be whole."""
    from scipy.special import betainc

    k = risk * images
    return np.where((risk < 1) & (images > 0), betainc(np.maximum(images - k, 1e-9), k + 1, 1 - error_rate), 1.0)


def grid(error_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """What is tried: (G,) thresholds from strict to loose, the last 0, and (G,) shares of the risk that begin there.

    A model whose probabilities are right errs in at most `error_rate` of the answers above 1 - `error_rate`; one that
    is too sure needs a stricter beginning, one that is not sure enough a looser.
    """
    first = STARTS[0][0] * error_rate
    steps = math.ceil(-math.log10(first) * STEPS_A_DECADE)
    doubts = np.minimum(first * 10 ** (np.arange(steps + 1) / STEPS_A_DECADE), 1.0)
    spare = np.zeros(len(doubts))
    for multiple, share in STARTS:
        spare[min(round(math.log10(multiple / STARTS[0][0]) * STEPS_A_DECADE), steps)] += share
    return 1.0 - doubts, spare


def fewest_images(error_rate: float, certainty: float = CONFIDENCE) -> int:
    """How many answers, none of them wrong, it takes at least to promise `error_rate`."""
    level = max(share for _, share in STARTS) * (1.0 - certainty)
    return math.ceil(math.log(level) / math.log(1.0 - error_rate))


def measure(
    correct: np.ndarray, confidence: np.ndarray, threshold: float, groups: np.ndarray | None = None
) -> Measured:
    """What `threshold` gives on these images.

    Args:
        correct: (N,) bool; N is 1 or more.
        confidence: (N,) float64, the top probability of each answer.
        groups: (N,) int, equal for images that belong together; None where each stands for itself.
    """
    answered = confidence >= threshold
    given = shares_of(answered, groups=groups)
    wrong = shares_of(~correct, np.where(answered, 0, -1), 1, groups)
    coverage, error = (tuple(map(float, one.interval()[0])) for one in (given, wrong))
    said = int(given.right[0])
    return Measured(len(correct), said, int(wrong.right[0]), coverage, error if said else None)  # type: ignore[arg-type]


def risk_coverage(
    correct: np.ndarray, confidence: np.ndarray, most: int = MOST_POINTS, groups: np.ndarray | None = None
) -> Curve:
    """What each threshold would give on these images; at most `most` thresholds, evenly spread over them.

    Args:
        correct: (N,) bool; N is 1 or more.
        confidence: (N,) float64, the top probability of each answer.
        groups: As of `measure`.
    """
    order = np.argsort(-confidence, kind="stable")
    threshold = confidence[order]
    ends = np.flatnonzero(np.append(threshold[1:] != threshold[:-1], True))  # equal confidences are answered together
    ends = ends[np.unique(np.linspace(0, len(ends) - 1, min(most, len(ends))).round().astype(int))]
    step = np.empty(len(order), np.int64)
    step[order] = np.searchsorted(ends, np.arange(len(order)))
    found = shares_of(~correct, step, len(ends), groups, running=True)
    coverage = found.images / len(correct)
    return Curve(threshold[ends], coverage, found.images, found.right, found.share, found.interval())
