"""Blur. All functions take (N, H, W, C) float32 pictures in 0..1 and give back the same."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.evaluate.corruptions.drawing import uniforms
from core.evaluate.corruptions.sampling import convolve, magnified, smeared

Draws = Sequence[np.random.Generator]


def defocus(images: np.ndarray, radius: float, softness: float, draws: Draws) -> np.ndarray:
    """Every point becomes a disc, as where a lens is out of focus.

    Args:
        radius: Of the disc, in pixels.
        softness: Standard deviation in pixels of the Gaussian that softens its edge.
    """
    return convolve(images, disc(radius, softness))


def disc(radius: float, softness: float) -> np.ndarray:
    """(K, K) weights that sum to 1: the pixels up to `radius` from the middle, softened."""
    soft = 1 if radius <= 8 else 2
    reach = math.floor(radius) + soft
    places = np.arange(-reach, reach + 1)
    sharp = (places[:, None] ** 2 + places**2 <= radius**2).astype(float)
    edge = np.exp(-np.square(np.arange(-soft, soft + 1)) / (2 * softness**2))
    for axis in (0, 1):
        sharp = np.apply_along_axis(np.convolve, axis, sharp, edge, "same")
    return sharp / sharp.sum()


def glass(images: np.ndarray, deviation: float, reach: float, draws: Draws) -> np.ndarray:
    """Each pixel takes the colour of one near it, between two slight Gaussian blurs: frosted glass.

    Args:
        deviation: Of the blurs, in pixels.
        reach: How far away it may be down and across, in pixels; where it is not whole, that is rounded after drawing.
    """
    from scipy.ndimage import gaussian_filter

    count, height, width, _ = images.shape
    sigma = (0, deviation, deviation, 0)
    soft = gaussian_filter(images, sigma, mode="nearest")
    moves = np.rint((2 * uniforms(draws, (2, height, width)) - 1) * reach).astype(int)
    rows = np.clip(np.arange(height)[:, None] + moves[:, 0], 0, height - 1)
    columns = np.clip(np.arange(width) + moves[:, 1], 0, width - 1)
    moved = soft[np.arange(count)[:, None, None], rows, columns]
    return gaussian_filter(moved, sigma, mode="nearest")


def motion(images: np.ndarray, radius: float, deviation: float, draws: Draws) -> np.ndarray:
    """The camera moved, by up to 45 degrees from level: see `smeared`."""
    return smeared(images, radius, deviation, (uniforms(draws) - 0.5) * math.pi / 2)


def zoom(images: np.ndarray, farthest: float, step: float, draws: Draws) -> np.ndarray:
    """The camera moved ahead: the mean of the picture and of magnifications from 1 to 1 + `farthest`."""
    factors = 1 + np.arange(round(farthest / step) + 1) * (farthest / round(farthest / step))
    total = images.copy()
    for factor in factors:
        total += magnified(images, factor)
    return total / (len(factors) + 1)
