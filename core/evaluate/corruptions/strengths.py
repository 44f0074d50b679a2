"""How strong a corruption is at a picture's size."""

from __future__ import annotations

import math

SMALL, LARGE = 32, 224

Strength = tuple[float, ...]


def between(small: Strength, large: Strength, size: int, lengths: tuple[int, ...] = ()) -> Strength:
    """The strength for pictures `size` pixels square, from those for 32 and for 224 pixels.

    Up to 32 pixels it is that for 32; between them it goes from one to the other as the logarithm of the size does, by
    equal ratios (by equal steps where one of the two is 0); above 224 it is that for 224, with lengths in pixels
    growing as the side does.

    Args:
        small, large: For 32 and for 224 pixels.
        lengths: Places in them of what is counted in pixels.
    """
    part = min(max(math.log(size / SMALL) / math.log(LARGE / SMALL), 0.0), 1.0)
    larger = max(size / LARGE, 1.0)
    return tuple(
        _mixed(low, high, part) * (larger if place in lengths else 1.0)
        for place, (low, high) in enumerate(zip(small, large, strict=True))
    )


def _mixed(low: float, high: float, part: float) -> float:
    if min(low, high) <= 0:
        return low + (high - low) * part
    return low * (high / low) ** part
