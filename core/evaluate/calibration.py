"""Does a probability mean what it says? Reliability by bins of confidence, and the mean gap, for bins of two kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluate.intervals import Interval, whole_images
from core.evaluate.shares import ENOUGH, shares_of

BINS = 15
TOO_MUCH, TOO_LITTLE, FITS, UNKNOWN = "too much", "too little", "fits", "unknown"


@dataclass(frozen=True)
class Reliability:
    """Bins of confidence that hold an image, B of them, from unsure to sure.

    Args:
        place: (N,) int64, which of the B bins each image is in.
        low, high: (B,) float64, the edges of each bin: of its width, or the least and the greatest confidence in it.
        images: (B,) int64.
        right: (B,) int64, how many of them are named right.
        confidence: (B,) float64, their mean confidence.
        interval: (B, 2) float64, the 95 % interval of the share that is right, as `core.evaluate.shares` has it.
    """

    place: np.ndarray
    low: np.ndarray
    high: np.ndarray
    images: np.ndarray
    right: np.ndarray
    confidence: np.ndarray
    interval: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """(B,) float64, the share that is right."""
        return self.right / self.images

    @property
    def error(self) -> float:
        """Mean gap between confidence and share right, weighted by images: the expected calibration error of these bins.

        Source: C. Guo et al., "On Calibration of Modern Neural Networks", arXiv:1706.04599.
        """
        return float(np.average(np.abs(self.share - self.confidence), weights=self.images))


@dataclass(frozen=True)
class Claim:
    """What all answers claim together, and what comes true.

    Args:
        claimed: The mean confidence.
        share, interval: The images that are named right, with its 95 % interval: that of the accuracy.
        independent: As how many independent images they count.
        verdict: TOO_MUCH, TOO_LITTLE or FITS; UNKNOWN where images hang together and count as fewer than `ENOUGH`.
    """

    claimed: float
    share: float
    interval: Interval
    independent: int
    verdict: str


def claim(correct: np.ndarray, confidence: np.ndarray, groups: np.ndarray | None = None) -> Claim:
    """Whether the mean confidence is more or less than what the share that is right allows.

    Args:
        correct: (N,) bool; N is 1 or more.
        confidence: (N,) float64, the top probability of each answer.
        groups: (N,) int, equal for images that belong together; None where each stands for itself.
    """
    found, claimed = shares_of(correct, groups=groups), float(confidence.mean())
    low, high = map(float, found.interval()[0])
    independent = whole_images(found.independent[0])
    if groups is not None and independent < ENOUGH:
        verdict = UNKNOWN
    else:
        verdict = TOO_MUCH if claimed > high else TOO_LITTLE if claimed < low else FITS
    return Claim(claimed, float(found.share[0]), (low, high), independent, verdict)


def equal_width(
    correct: np.ndarray, confidence: np.ndarray, bins: int = BINS, groups: np.ndarray | None = None
) -> Reliability:
    """Bins of equal width over 0..1; one has its upper edge in it.

    Args:
        correct: (N,) bool; N is 1 or more.
        confidence: (N,) float64, the top probability of each answer.
        groups: As of `claim`; they widen the intervals.
    """
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    filled, place = np.unique(place, return_inverse=True)
    return _filled(correct, confidence, place, filled / bins, (filled + 1) / bins, groups)


def equal_mass(
    correct: np.ndarray, confidence: np.ndarray, bins: int = BINS, groups: np.ndarray | None = None
) -> Reliability:
    """Bins of as equally many images as there can be where equal confidences share a bin.

    Source: J. Nixon et al., "Measuring Calibration in Deep Learning", arXiv:1904.01685 (its adaptive bins).

    Args:
        correct: (N,) bool; N is 1 or more.
        confidence: (N,) float64, the top probability of each answer.
        groups: As of `claim`; they widen the intervals.
    """
    rank = np.searchsorted(np.sort(confidence), confidence, side="left")
    _, place = np.unique(rank * bins // len(confidence), return_inverse=True)
    low, high = np.full(place.max() + 1, np.inf), np.full(place.max() + 1, -np.inf)
    np.minimum.at(low, place, confidence)
    np.maximum.at(high, place, confidence)
    return _filled(correct, confidence, place, low, high, groups)


def _filled(
    correct: np.ndarray,
    confidence: np.ndarray,
    place: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    groups: np.ndarray | None,
) -> Reliability:
    found = shares_of(correct, place, int(place.max()) + 1, groups)
    confidences = np.bincount(place, weights=confidence) / found.images
    return Reliability(place, low, high, found.images, found.right, confidences, found.interval())
