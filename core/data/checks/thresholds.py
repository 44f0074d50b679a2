"""From where on something counts as wrong. Every one can be set: `data check NAME --threshold.dark 30`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from core.data import near, outliers
from core.errors import ConfigError
from core.settings import brief, number


@dataclass(frozen=True)
class Thresholds:
    """What the checks hold images against. Tones and contrasts are those of the grey thumbnail, 0 to 255.

    Args:
        near_bits: Pictures whose perceptual hashes differ in at most so many bits of 64 are compared; at most 16.
        near_similarity: What the correlation of their edges must reach (`core.data.alikeness`) for near copies, 0 to 1.
        dark: Too dark: 99 % of the pixels are no lighter.
        bright: Too bright: 95 % of the pixels are no darker.
        uniform: Nearly uniform: tones have a standard deviation below it.
        blur: Blurry: so much of all differences between neighbours survives one more blur, 0 to 1.
        odd_size: Odd size: so many times smaller or larger on a side than the median picture.
        odd_shape: Odd shape: so many times longer in proportion to its width, or height, than the median picture.
        outlier: Like nothing else: so many deviations farther from its nearest neighbours than is usual in its class.
        imbalance: Unbalanced: a class has so many times fewer images than the largest.
        few_images: A class with fewer images is small.
        many_classes: More classes than this are suspicious.
        interval: A class can be evaluated if its recall is known to ± this, at 95 % confidence, whatever it is.
    """

    near_bits: int = near.BITS
    near_similarity: float = near.SIMILARITY
    dark: float = 32.0
    bright: float = 230.0
    uniform: float = 3.0
    blur: float = 0.93
    odd_size: float = 5.0
    odd_shape: float = 2.5
    outlier: float = outliers.THRESHOLD
    imbalance: float = 10.0
    few_images: int = 20
    many_classes: int = 1000
    interval: float = 0.05

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Thresholds:
        """The defaults but for `values`.

        Raises:
            ConfigError: There is no such threshold, or it cannot have that value.
        """
        if unknown := [name for name in values if name not in LIMITS]:
            raise ConfigError(f"There is no threshold {brief(unknown[0])}. There are: {', '.join(LIMITS)}.")
        whole = {field.name for field in fields(cls) if isinstance(field.default, int)}
        return cls(
            **{
                name: number(f"The threshold {name}", value, *LIMITS[name], whole=name in whole)
                for name, value in values.items()
            }
        )


LIMITS = {
    "near_bits": (0, 16),
    "near_similarity": (0, 1),
    "dark": (0, 255),
    "bright": (0, 255),
    "uniform": (0, 255),
    "blur": (0, 1),
    "odd_size": (1, 10**6),
    "odd_shape": (1, 10**6),
    "outlier": (0.1, 10**6),
    "imbalance": (1, 10**9),
    "few_images": (0, 10**9),
    "many_classes": (0, 10**9),
    "interval": (0.001, 0.5),
}
