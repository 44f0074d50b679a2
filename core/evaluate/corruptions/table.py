"""The table of corruptions, and the one function that does them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluate.corruptions import blur, digital, noise, weather
from core.evaluate.corruptions.drawing import generators
from core.evaluate.corruptions.strengths import Strength, between

SEVERITIES = (1, 2, 3, 4, 5)
SMALLEST = 8
BLOCK_VALUES = 1 << 22  # of float32 in work at once


@dataclass(frozen=True)
class Corruption:
    """One kind of damage.

    Args:
        title: What people call it.
        family: "noise", "blur", "weather" or "digital".
        apply: From pictures in 0..1, the strength's numbers and generators to pictures.
        small, large: Strengths of the five severities at 32 and at 224 pixels.
        lengths: Places in a strength of what is counted in pixels.
    """

    title: str
    family: str
    apply: Callable[..., np.ndarray]
    small: tuple[Strength, ...]
    large: tuple[Strength, ...]
    lengths: tuple[int, ...] = ()

    def strength(self, severity: int, size: int) -> Strength:
        """What `apply` is given for pictures `size` pixels square."""
        return between(self.small[severity - 1], self.large[severity - 1], size, self.lengths)


def _each(*numbers: float) -> tuple[Strength, ...]:
    return tuple((number,) for number in numbers)


CORRUPTIONS: dict[str, Corruption] = {
    "gaussian_noise": Corruption(
        "Gaussian noise",
        "noise",
        noise.gaussian,
        _each(0.04, 0.06, 0.08, 0.09, 0.10),
        _each(0.08, 0.12, 0.18, 0.26, 0.38),
    ),
    "shot_noise": Corruption("Shot noise", "noise", noise.shot, _each(500, 250, 100, 75, 50), _each(60, 25, 12, 5, 3)),
    "impulse_noise": Corruption(
        "Impulse noise",
        "noise",
        noise.impulse,
        _each(0.01, 0.02, 0.03, 0.05, 0.07),
        _each(0.03, 0.06, 0.09, 0.17, 0.27),
    ),
    "defocus_blur": Corruption(
        "Defocus blur",
        "blur",
        blur.defocus,
        ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)),
        ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)),
        lengths=(0, 1),
    ),
    "glass_blur": Corruption(
        "Glass blur",
        "blur",
        blur.glass,
        ((0.05, 0.7), (0.25, 0.95), (0.4, 1.1), (0.4, 1.25), (0.4, 1.41)),
        ((0.7, 1.41), (0.9, 2), (1, 3.46), (1.1, 4.24), (1.5, 5.66)),
        lengths=(0, 1),
    ),
    "motion_blur": Corruption(
        "Motion blur",
        "blur",
        blur.motion,
        ((6, 1), (6, 1.5), (6, 2), (8, 2.25), (9, 2.5)),
        ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
        lengths=(0, 1),
    ),
    "zoom_blur": Corruption(
        "Zoom blur",
        "blur",
        blur.zoom,
        ((0.05, 0.01), (0.10, 0.01), (0.15, 0.01), (0.20, 0.01), (0.25, 0.01)),
        ((0.10, 0.01), (0.15, 0.01), (0.20, 0.02), (0.25, 0.02), (0.30, 0.03)),
    ),
    "snow": Corruption(
        "Snow",
        "weather",
        weather.snow,
        (
            (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
            (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
            (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
            (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
            (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
        ),
        (
            (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
            (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
            (0.55, 0.3, 4, 0.88, 12, 8, 0.67),
            (0.55, 0.3, 4.5, 0.85, 12, 8, 0.62),
            (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
        ),
        lengths=(2, 4, 5),
    ),
    "frost": Corruption(
        "Frost",
        "weather",
        weather.frost,
        ((1, 0.2, 0.2), (1, 0.3, 0.2), (0.9, 0.4, 0.2), (0.85, 0.42, 0.2), (0.75, 0.45, 0.2)),
        ((1, 0.4, 1), (0.85, 0.6, 1), (0.75, 0.72, 1), (0.68, 0.8, 1), (0.6, 0.9, 1)),
        lengths=(2,),
    ),
    "fog": Corruption(
        "Fog",
        "weather",
        weather.fog,
        ((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)),
        ((1.5, 2), (2, 2), (2.5, 1.7), (2.75, 1.5), (3.25, 1.4)),
    ),
    "brightness": Corruption(
        "Brightness",
        "weather",
        weather.brightness,
        _each(0.05, 0.1, 0.15, 0.2, 0.3),
        _each(0.1, 0.2, 0.3, 0.4, 0.5),
    ),
    "contrast": Corruption(
        "Contrast",
        "digital",
        digital.contrast,
        _each(0.75, 0.5, 0.4, 0.3, 0.15),
        _each(0.4, 0.3, 0.2, 0.1, 0.05),
    ),
    "elastic_transform": Corruption(
        "Elastic",
        "digital",
        digital.elastic,
        ((0.01, 0.03, 0.06), (0.015, 0.05, 0.06), (0.02, 0.08, 0.06), (0.025, 0.10, 0.04), (0.03, 0.10, 0.03)),
        ((0.004, 0.02, 0.01), (0.008, 0.035, 0.01), (0.012, 0.05, 0.01), (0.016, 0.07, 0.01), (0.02, 0.12, 0.01)),
    ),
    "pixelate": Corruption(
        "Pixelate",
        "digital",
        digital.pixelate,
        ((0.95, 1), (0.9, 2), (0.85, 3), (0.75, 4), (0.65, 5)),
        ((0.6, 1), (0.5, 2), (0.4, 3), (0.3, 4), (0.25, 5)),
    ),
    "jpeg_compression": Corruption(
        "JPEG", "digital", digital.jpeg, _each(80, 65, 58, 50, 40), _each(25, 18, 15, 10, 7)
    ),
}
FAMILIES = tuple(dict.fromkeys(one.family for one in CORRUPTIONS.values()))


def corrupt(images: np.ndarray, name: str, severity: int, seed: int = 0) -> np.ndarray:
    """Pictures as a corruption leaves them. Depends on nothing but `seed` and each picture by itself.

    Works in the thread that calls; most of it is done without Python's lock.

    Args:
        images: (N, H, W, C) uint8, H = W of 8 or more, C 1 or 3.
        name: A key of `CORRUPTIONS`.
        severity: 1 to 5.

    Returns:
        (N, H, W, C) uint8, others than those that came in.

    Raises:
        ValueError: The pictures are none of this kind, or there is no such corruption or severity.
    """
    if name not in CORRUPTIONS or severity not in SEVERITIES:
        raise ValueError(f"There is no {name!r} of severity {severity}. There are: {', '.join(CORRUPTIONS)}; 1 to 5.")
    _check(images)
    corruption = CORRUPTIONS[name]
    strength: Any = corruption.strength(severity, images.shape[1])
    out = np.empty_like(images)
    size = max(BLOCK_VALUES // max(images[0].size, 1), 1) if len(images) else 1
    for start in range(0, len(images), size):
        block = images[start : start + size]
        changed = corruption.apply(block.astype(np.float32) / 255, *strength, generators(block, name, seed))
        out[start : start + size] = np.rint(np.clip(changed, 0, 1) * 255)
    return out


def _check(images: np.ndarray) -> None:
    is_square = images.ndim == 4 and images.shape[1] == images.shape[2] >= SMALLEST and images.shape[3] in (1, 3)
    if images.dtype != np.uint8 or not is_square:
        raise ValueError(
            f"Pictures must be uint8 (N, H, H, 1 or 3) with H of {SMALLEST} or more, not {images.dtype} {images.shape}."
        )
