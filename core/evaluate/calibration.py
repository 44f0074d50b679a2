"""Does a probability mean what it says? Reliability by bins of confidence, and the mean gap, for bins of two kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluate.intervals import wilson_interval

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """Bins of confidence that hold an image, B of them, from unsure to sure.

    Args:
        place: (N,) int64, which of the B bins each image is in.
        low, high: (B,) float64, the edges of each bin: of its width, or the least and the greatest confidence in it.
        images: (B,) int64.
        right: (B,) int64, how many of them are named right.
        confidence: (B,) float64, their mean confidence.
        interval: (B, 2) float64, the 95 % Wilson interval of the share that is right.
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


def equal_width(correct: np.ndarray, confidence: np.ndarray, bins: int = BINS) -> Reliability:
    """Bins of equal width over 0..1; one has its upper edge in it.

    Args:
        correct: (N,) bool; N is 1 or more.
        confidence: (N,) float64, the top probability of each answer.
    """
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    filled, place = np.unique(place, return_inverse=True)
    return _filled(correct, confidence, place, filled / bins, (filled + 1) / bins)


def equal_mass(correct: np.ndarray, confidence: np.ndarray, bins: int = BINS) -> Reliability:
    """Bins of as equally many images as there can be where equal confidences share a bin.

    Source: J. Nixon et al., "Measuring Calibration in Deep Learning", arXiv:1904.01685 (its adaptive bins).

    Args:
        correct: (N,) bool; N is 1 or more.
        confidence: (N,) float64, the top probability of each answer.
    """
    rank = np.searchsorted(np.sort(confidence), confidence, side="left")
    _, place = np.unique(rank * bins // len(confidence), return_inverse=True)
    low, high = np.full(place.max() + 1, np.inf), np.full(place.max() + 1, -np.inf)
    np.minimum.at(low, place, confidence)
    np.maximum.at(high, place, confidence)
    return _filled(correct, confidence, place, low, high)


def _filled(
    correct: np.ndarray, confidence: np.ndarray, place: np.ndarray, low: np.ndarray, high: np.ndarray
) -> Reliability:
    images = np.bincount(place)
    right = np.bincount(place, weights=correct).astype(np.int64)
    interval = np.array([wilson_interval(hits, n) for hits, n in zip(right, images, strict=True)])
    return Reliability(place, low, high, images, right, np.bincount(place, weights=confidence) / images, interval)
