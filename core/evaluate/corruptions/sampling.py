"""Pictures sampled anew: at other places, along a line, through a kernel. All of (N, H, W, C) float32."""

from __future__ import annotations

import functools
import math

import numpy as np

FEW_TAPS = 40


def convolve(images: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Each channel through a square `kernel` of odd side, the pictures mirrored at their edges."""
    height, width = images.shape[1:3]
    reach = len(kernel) // 2
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "reflect")
    taps = np.argwhere(kernel > 0)
    if len(taps) > FEW_TAPS:
        from scipy.signal import fftconvolve

        flipped = kernel[None, ::-1, ::-1, None].astype(np.float32)
        return fftconvolve(padded, flipped, "valid", axes=(1, 2)).astype(np.float32)
    total = np.zeros_like(images)
    for row, column in taps:
        total += np.float32(kernel[row, column]) * padded[:, row : row + height, column : column + width]
    return total


def smeared(images: np.ndarray, radius: float, deviation: float, angles: np.ndarray) -> np.ndarray:
    """A blur along a line: half of a Gaussian, from each pixel on towards its picture's angle.

    Args:
        radius: The line is 2 · radius + 1 pixels long.
        deviation: Of the Gaussian, in pixels.
        angles: (N,) in radians.
    """
    height, width = images.shape[1:3]
    steps = np.arange(2 * math.ceil(radius) + 1)
    weights = np.exp(-np.square(steps) / (2 * deviation**2))
    steps = steps[weights > 1e-3]
    weights = (weights[: len(steps)] / weights[: len(steps)].sum()).astype(np.float32)
    reach = int(steps[-1])
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "edge")
    down = reach + np.rint(np.outer(np.sin(angles), steps)).astype(int)
    right = reach + np.rint(np.outer(np.cos(angles), steps)).astype(int)
    total = np.zeros_like(images)
    for place, (source, rows, columns) in enumerate(zip(padded, down, right, strict=True)):
        for weight, row, column in zip(weights, rows, columns, strict=True):
            total[place] += weight * source[row : row + height, column : column + width]
    return total


def sampled(images: np.ndarray, rows: np.ndarray, columns: np.ndarray, outside: np.ndarray | None = None) -> np.ndarray:
    """Bilinear values at real places.

    Args:
        rows, columns: (N or 1, H, W) float; pixel centres are at whole numbers.
        outside: (N, C), the colour of places beyond the picture; None mirrors it at its edge pixels.
    """
    count, height, width, channels = images.shape
    if outside is None:
        rows, columns = _mirrored(rows, height), _mirrored(columns, width)
    top = np.clip(np.floor(rows), 0, height - 2).astype(np.int32)
    left = np.clip(np.floor(columns), 0, width - 2).astype(np.int32)
    down = np.clip(rows - top, 0, 1).astype(np.float32)[..., None]
    right = np.clip(columns - left, 0, 1).astype(np.float32)[..., None]
    flat = images.reshape(-1, channels)
    first = np.arange(count, dtype=np.int32)[:, None, None] * (height * width) + top * width + left
    upper = flat[first] * (1 - right) + flat[first + 1] * right
    lower = flat[first + width] * (1 - right) + flat[first + width + 1] * right
    values = upper * (1 - down) + lower * down
    if outside is None:
        return values
    inside = (rows > -0.5) & (rows < height - 0.5) & (columns > -0.5) & (columns < width - 0.5)
    return np.where(inside[..., None], values, outside[:, None, None, :])


def _mirrored(places: np.ndarray, size: int) -> np.ndarray:
    turn = 2 * (size - 1)
    folded = np.mod(places, turn)
    return np.minimum(folded, turn - folded)


def magnified(images: np.ndarray, factor: float) -> np.ndarray:
    """Square pictures magnified about their middle by `factor` of 1 or more, bilinearly."""
    size = images.shape[1]
    middle = (size - 1) / 2
    places = middle + (np.arange(size) - middle) / factor
    first = np.minimum(places.astype(int), size - 2)
    part = (places - first).astype(np.float32)
    down = part[:, None, None]
    taller = images[:, first] * (1 - down) + images[:, first + 1] * down
    right = part[:, None]
    return taller[:, :, first] * (1 - right) + taller[:, :, first + 1] * right


@functools.lru_cache(maxsize=64)
def enlarging(size: int, factor: float) -> np.ndarray:
    """(size, ceil(size / factor)) float32: what makes a line of `size` pixels of a shorter one, bilinearly."""
    short = math.ceil(size / factor)
    middle, short_middle = (size - 1) / 2, (short - 1) / 2
    places = np.clip(short_middle + (np.arange(size) - middle) / factor, 0, short - 1)
    left = np.clip(places.astype(int), 0, max(short - 2, 0))
    part = places - left
    matrix = np.zeros((size, short), np.float32)
    lines = np.arange(size)
    matrix[lines, left] += 1 - part
    matrix[lines, np.minimum(left + 1, short - 1)] += part
    return matrix
