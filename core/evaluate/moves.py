"""Pictures turned, shifted and scaled, for curves of accuracy over how far."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.evaluate.corruptions.drawing import generators, uniforms
from core.evaluate.corruptions.sampling import sampled


@dataclass(frozen=True)
class Move:
    """One way of moving what is in a picture.

    Args:
        title, unit: Of the curve and of its axis.
        amounts: At which it is measured; `still` itself is the clean picture.
        still: The amount that changes nothing.
        places: From the side, an amount and drawn angles (N,) to the rows and columns to sample, (N or 1, H, W) each.
    """

    title: str
    unit: str
    amounts: tuple[float, ...]
    still: float
    places: Callable[[int, float, np.ndarray], tuple[np.ndarray, np.ndarray]]


def move(images: np.ndarray, name: str, amount: float, seed: int = 0) -> np.ndarray:
    """Pictures moved by an amount, sampled bilinearly.

    What comes in from outside has the median colour of the picture's rim. Depends on nothing but `seed` and each picture
    by itself.

    Args:
        images: (N, H, W, C) uint8, H = W.
        name: A key of `MOVES`.
        amount: Degrees against the clock, a share of the side in a direction that is drawn, or a factor.

    Returns:
        (N, H, W, C) uint8.
    """
    size = images.shape[1]
    angles = uniforms(generators(images, name, seed)) * 2 * math.pi
    rows, columns = MOVES[name].places(size, amount, angles)
    rim = np.concatenate([images[:, [0, -1]].reshape(len(images), 2 * size, -1), images[:, 1:-1, [0, -1]].reshape(
        len(images), 2 * (size - 2), -1)], 1)  # fmt: skip
    changed = sampled(images.astype(np.float32), rows, columns, np.median(rim, 1).astype(np.float32))
    return np.rint(changed).astype(np.uint8)


def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """(1, H, 1) and (1, 1, W): places about the middle."""
    line = np.arange(size, dtype=np.float32) - (size - 1) / 2
    return line[None, :, None], line[None, None, :]


def _turned(size: int, degrees: float, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    down, right = _grid(size)
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    middle = (size - 1) / 2
    return down * cosine + right * sine + middle, right * cosine - down * sine + middle


def _shifted(size: int, share: float, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.indices((size, size), np.float32)
    down, right = share * size * np.sin(angles), share * size * np.cos(angles)
    return rows - down[:, None, None], columns - right[:, None, None]


def _scaled(size: int, factor: float, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    down, right = np.broadcast_arrays(*_grid(size))
    middle = (size - 1) / 2
    return down / factor + middle, right / factor + middle


MOVES: dict[str, Move] = {
    "rotation": Move(
        "Turned",
        "degrees",
        (-90, -60, -45, -30, -20, -15, -10, -5, 5, 10, 15, 20, 30, 45, 60, 90),
        0,
        _turned,
    ),
    "shift": Move("Shifted", "share of the side", (0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3), 0, _shifted),
    "scale": Move("Scaled", "times", (0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.25, 1.5, 2), 1, _scaled),
}
