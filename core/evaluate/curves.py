"""One class against all others: precision, recall and false alarms at each threshold on its probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluate.intervals import Interval
from core.evaluate.ranking import influences
from core.evaluate.shares import of_share

MOST_POINTS = 300
ROUNDED = 1e-12  # what a share that was given in percent may be off by: 99.9 / 100 is above 0.999


@dataclass(frozen=True)
class Curves:
    """What thresholds give, from strict to loose, Q of them. An image is said to be of the class from the threshold on.

    Args:
        threshold: (Q,) float64.
        hits: (Q,) int64, images of the class that are said to be.
        alarms: (Q,) int64, images of other classes that are said to be of it: false alarms.
        images: How many images are of the class; 1 or more.
        others: How many are not; 1 or more.
        average_precision, roc_auc: Areas, of all thresholds.
    """

    threshold: np.ndarray
    hits: np.ndarray
    alarms: np.ndarray
    images: int
    others: int
    average_precision: float
    roc_auc: float

    @property
    def precision(self) -> np.ndarray:
        """(Q,) float64: of those said to be of the class, the share that is."""
        return self.hits / (self.hits + self.alarms)

    @property
    def recall(self) -> np.ndarray:
        """(Q,) float64: of the images of the class, the share that is said to be."""
        return self.hits / self.images

    @property
    def false_alarm_rate(self) -> np.ndarray:
        """(Q,) float64: of the other images, the share that is said to be of the class."""
        return self.alarms / self.others

    def thinned(self, most: int = MOST_POINTS) -> Curves:
        """At most `most` of the thresholds, spread evenly along the two curves, ends included."""
        if len(self.threshold) <= most:
            return self
        along = np.cumsum(
            np.abs(np.diff(self.recall)) + np.abs(np.diff(self.precision)) + np.diff(self.false_alarm_rate)
        )
        along = np.concatenate([[0.0], along + 1e-12 * np.arange(1, len(along) + 1)])
        kept = np.unique(np.searchsorted(along, np.linspace(0, along[-1], most)))
        return Curves(
            self.threshold[kept],
            self.hits[kept],
            self.alarms[kept],
            self.images,
            self.others,
            self.average_precision,
            self.roc_auc,
        )


@dataclass(frozen=True)
class AtThreshold:
    """What a threshold gives: counts of the images of a class, and of the others, and 95 % intervals.

    An interval is None where its figure is.
    """

    threshold: float
    hits: int
    misses: int
    alarms: int
    passed: int
    precision_interval: Interval | None
    recall_interval: Interval | None

    @property
    def precision(self) -> float | None:
        """Of those said to be of the class, the share that is; None if none is said to be."""
        said = self.hits + self.alarms
        return self.hits / said if said else None

    @property
    def recall(self) -> float | None:
        """Of the images of the class, the share that is said to be; None if there is none."""
        images = self.hits + self.misses
        return self.hits / images if images else None


def curves(is_class: np.ndarray, probability: np.ndarray) -> Curves | None:
    """All thresholds that tell two of these images apart; None where all or none of them are of the class.

    Args:
        is_class: (N,) bool.
        probability: (N,) float64, of the class.
    """
    images = int(is_class.sum())
    others = len(is_class) - images
    if not images or not others:
        return None
    order = np.argsort(-probability, kind="stable")
    threshold = probability[order]
    ends = np.flatnonzero(np.append(threshold[1:] != threshold[:-1], True))  # equal ones share a threshold
    hits = np.cumsum(is_class[order])[ends]
    areas = influences(is_class, probability)
    return Curves(threshold[ends], hits, ends + 1 - hits, images, others, areas.average_precision, areas.roc_auc)


def cheapest(given: Curves, cost_of_miss: float, cost_of_alarm: float) -> float:
    """The strictest of the thresholds that cost least; infinite where saying it of no image costs least."""
    costs = cost_of_miss * (given.images - given.hits) + cost_of_alarm * given.alarms
    best = int(costs.argmin())
    return float(given.threshold[best]) if costs[best] < cost_of_miss * given.images else np.inf


def with_precision(given: Curves, wanted: float) -> float | None:
    """The threshold that finds most images of the class with at least that precision; None if none has it."""
    good = np.flatnonzero(given.precision >= wanted - ROUNDED)
    return float(given.threshold[good[given.hits[good].argmax()]]) if len(good) else None


def with_recall(given: Curves, wanted: float) -> float:
    """The strictest threshold with at least that recall."""
    return float(given.threshold[np.argmax(given.recall >= wanted - ROUNDED)])


def at(
    is_class: np.ndarray, probability: np.ndarray, threshold: float, groups: np.ndarray | None = None
) -> AtThreshold:
    """What a threshold gives on these images.

    Args:
        is_class: (N,) bool.
        probability: (N,) float64, of the class.
        groups: (N,) int, equal for images that belong together; None where each stands for itself.
    """
    said = probability >= threshold
    hits, alarms = int((said & is_class).sum()), int((said & ~is_class).sum())
    images = int(is_class.sum())

    def interval(right: np.ndarray, among: np.ndarray) -> Interval | None:
        return of_share(right[among], None if groups is None else groups[among])

    return AtThreshold(
        threshold,
        hits,
        images - hits,
        alarms,
        len(is_class) - images - alarms,
        interval(is_class, said),
        interval(said, is_class),
    )
