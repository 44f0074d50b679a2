"""Noise. All functions take (N, H, W, C) float32 pictures in 0..1 and give back the same, perhaps beyond 0..1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.evaluate.corruptions.drawing import normals, uniforms

Draws = Sequence[np.random.Generator]


def gaussian(images: np.ndarray, deviation: float, draws: Draws) -> np.ndarray:
    """Normal noise of that standard deviation (1 is white), each channel its own: a sensor in the dark."""
    return images + np.float32(deviation) * normals(draws, images.shape[1:])


def shot(images: np.ndarray, photons: float, draws: Draws) -> np.ndarray:
    """Each value counts photons by a Poisson law; white is `photons` of them on average."""
    counts = [draw.poisson(image * photons) for draw, image in zip(draws, images, strict=True)]
    return (np.stack(counts) / photons).astype(np.float32)


def impulse(images: np.ndarray, share: float, draws: Draws) -> np.ndarray:
    """That share of all values is replaced, half of them by 0 and half by 1: salt and pepper."""
    lot = uniforms(draws, images.shape[1:])
    return np.where(lot < share / 2, np.float32(0), np.where(lot < share, np.float32(1), images))
