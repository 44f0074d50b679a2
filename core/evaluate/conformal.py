"""Sets of classes that hold the true one as often as was asked: split-conformal prediction.

Sources: V. Vovk, A. Gammerman & G. Shafer, "Algorithmic Learning in a Random World" (2005); the score 1 - p: M. Sadinle,
J. Lei & L. Wasserman, arXiv:1609.00451; the adaptive score: Y. Romano, M. Sesia & E. Candès, arXiv:2006.02544, without
its random part, so that the same picture always gets the same set, and without the class itself, so that sets stay small;
class by class: V. Vovk, "Conditional validity of inductive conformal predictors", ACML 2012, arXiv:1209.2673.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluate.answers import Answers, independent
from core.evaluate.intervals import Interval
from core.evaluate.shares import of_share

PLAIN, ADAPTIVE = "plain", "adaptive"
LEVEL = 0.05  # how often images like those of validation are said to differ from them
TOLERANCE = 1e-12  # of sums of probabilities, whose order of summing differs


@dataclass(frozen=True)
class Conformal:
    """How sets are made.

    Args:
        kind: "plain": all classes that are likely enough, perhaps none; "adaptive": the likeliest classes until they
            are likely enough together, at least one.
        coverage: How often the set is to hold the true class, 0..1.
        limit: The greatest score of a class in the set; infinite where too few images were at hand, so that only
            the set of all classes keeps the promise.
        images: How many images it was fitted on.
    """

    kind: str
    coverage: float
    limit: float
    images: int


@dataclass(frozen=True)
class Measured:
    """How the sets of N images turned out.

    Args:
        held: How many sets hold the true class.
        sizes: (N,) int64, classes in each set.
        interval: The 95 % interval of the share that holds it.
    """

    held: int
    sizes: np.ndarray
    interval: Interval

    @property
    def coverage(self) -> float:
        """The share of sets that hold the true class."""
        return self.held / len(self.sizes)


def scores(probabilities: np.ndarray, kind: str) -> np.ndarray:
    """(N, classes) float64: how little each class fits. The likeliest has the least.

    Args:
        probabilities: (N, classes) float64, rows sum to 1.
        kind: "plain": 1 - p; "adaptive": the chance of all classes that are likelier.
    """
    if kind == PLAIN:
        return 1.0 - probabilities
    order = np.argsort(-probabilities, axis=1, kind="stable")
    sums = np.cumsum(np.take_along_axis(probabilities, order, axis=1), axis=1)
    together = np.empty_like(sums)
    np.put_along_axis(together, order, sums, axis=1)
    return np.maximum(together - probabilities, 0.0)


def fit(labels: np.ndarray, probabilities: np.ndarray, coverage: float, kind: str = PLAIN, units: int = 0) -> Conformal:
    """The limit with which sets hold the true class of an image drawn as these are with a chance of at least `coverage`.

    It is the ⌈(n + 1) · coverage⌉-th smallest score of the true classes.

    Args:
        labels: (n,) int, true places, of images that the model did not learn from.
        probabilities: (n, classes) float64, rows sum to 1.
        units: As how many independent images they count, where images belong together (`answers.independent_images`): the
            rank is then that of so many, exact for groups of one size that are alike. 0 where each stands for itself.
    """
    own = np.sort(scores(probabilities, kind)[np.arange(len(labels)), labels])
    independent = units or len(own)
    rank = _rank(independent, coverage)
    place = -(-rank * len(own) // independent) - 1
    return Conformal(kind, coverage, float(own[place]) if rank <= independent else math.inf, len(own))


def fit_classes(
    labels: np.ndarray, probabilities: np.ndarray, coverage: float, kind: str = PLAIN, groups: np.ndarray | None = None
) -> tuple[Conformal, ...]:
    """One limit a class, by its own images alone, so that sets hold the true class of the images of each class so often.

    A class without images is in every set.

    Args:
        groups: (n,) int, equal for images that belong together; None where each stands for itself.
    """
    made = []
    for place in range(probabilities.shape[1]):
        own = labels == place
        units = 0 if groups is None else independent(groups[own])
        made.append(
            fit(labels[own], probabilities[own], coverage, kind, units)
            if own.any()
            else Conformal(kind, coverage, math.inf, 0)
        )
    return tuple(made)


def _rank(images: float, coverage: float) -> int:
    return math.ceil((images + 1) * coverage - TOLERANCE)


def chance_of_so_few(measured: Measured, conformal: Conformal, fitted_units: int = 0, units: int = 0) -> float:
    """How likely it is that sets hold the true class of so few images, or fewer, if these are drawn as the fitted ones were.

    Both draws count: the share that sets hold, given the limit that n images led to, is Beta(r, n + 1 − r), r being the rank
    of the limit, so that the number held of m images is beta-binomial. Where scores are equal it is less likely still.
    Source: V. Vovk, "Conditional validity of inductive conformal predictors", ACML 2012, arXiv:1209.2673.

    Args:
        fitted_units, units: As how many independent images the fitted ones and these count, where images belong together
            (`answers.independent_images`). 0 where each stands for itself.
    """
    from scipy.stats import betabinom

    fitted, images = fitted_units or conformal.images, units or len(measured.sizes)
    rank = _rank(fitted, conformal.coverage)
    if rank > fitted:
        return 1.0
    held = math.ceil(measured.coverage * images - TOLERANCE)
    return float(betabinom.cdf(held, images, rank, fitted + 1 - rank))


def chance_of_so_few_of_any(
    of_classes: Sequence[Measured | None], conformals: Sequence[Conformal], fitted: Answers, answers: Answers
) -> float:
    """The least of `chance_of_so_few` over the classes, times how many there are: that any has so few by chance alone (Bonferroni).

    Args:
        of_classes: What `measure_classes` gives of `answers`; one of them at least has images.
        conformals: What `fit_classes` gives of `fitted`.
    """

    def units(of: Answers, place: int) -> int:
        return 0 if of.groups is None else independent(of.groups[of.labels == place])

    chances = [
        chance_of_so_few(one, conformal, units(fitted, place), units(answers, place))
        for place, (one, conformal) in enumerate(zip(of_classes, conformals, strict=True))
        if one
    ]
    return min(1.0, min(chances) * len(chances))


def fewest_images(coverage: float) -> int:
    """How many images it takes for sets that are not always of all classes."""
    return math.ceil(coverage / (1.0 - coverage) - TOLERANCE)


def fewest_of_a_class(answers: Answers) -> tuple[int, int]:
    """Images of the class with the fewest, of those that have any, and as how many independent ones they count (0: each)."""
    groups = answers.groups
    own = [answers.labels == place for place in np.unique(answers.labels)]
    counted = [(int(one.sum()), 0 if groups is None else independent(groups[one])) for one in own]
    return min(counted, key=lambda pair: pair[1] or pair[0])


def sets(probabilities: np.ndarray, *conformals: Conformal) -> np.ndarray:
    """(N, classes) bool: which classes are in the set of each image.

    Args:
        probabilities: (N, classes) float64, rows sum to 1.
        conformals: One for all classes, or one a class, all of one kind.
    """
    limits = np.array([one.limit for one in conformals])
    return scores(probabilities, conformals[0].kind) <= limits + TOLERANCE


def measure(labels: np.ndarray, inside: np.ndarray, groups: np.ndarray | None = None) -> Measured:
    """How often sets hold the true class, and how large they are.

    Args:
        labels: (N,) int, true places; N is 1 or more.
        inside: (N, classes) bool, as `sets` gives them.
        groups: (N,) int, equal for images that belong together; None where each stands for itself.
    """
    held = inside[np.arange(len(labels)), labels]
    return Measured(int(held.sum()), inside.sum(1), of_share(held, groups) or (0.0, 1.0))


def measure_classes(labels: np.ndarray, inside: np.ndarray, groups: np.ndarray | None = None) -> list[Measured | None]:
    """The same for the images of each class; None for a class without images."""
    found: list[Measured | None] = []
    for place in range(inside.shape[1]):
        own = labels == place
        found.append(measure(labels[own], inside[own], None if groups is None else groups[own]) if own.any() else None)
    return found
