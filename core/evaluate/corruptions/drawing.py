"""Random numbers that depend on the seed, the corruption and the picture, and not on the pictures beside it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np


def generators(images: np.ndarray, name: str, seed: int) -> list[np.random.Generator]:
    """One generator for each of (N, H, W, C) uint8 pictures; the severity is not in it, so that five severities differ
    in nothing else."""
    salt = zlib.crc32(name.encode())
    return [np.random.Generator(np.random.SFC64([seed, salt, zlib.crc32(image)])) for image in images]


def normals(draws: Sequence[np.random.Generator], shape: tuple[int, ...]) -> np.ndarray:
    """(N, *shape) float32, standard normal."""
    return np.stack([draw.standard_normal(shape, np.float32) for draw in draws])


def uniforms(draws: Sequence[np.random.Generator], shape: tuple[int, ...] = ()) -> np.ndarray:
    """(N, *shape) float32 from 0 to 1."""
    return np.array([draw.random(shape, np.float32) for draw in draws])
