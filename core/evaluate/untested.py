"""Classes without an image among those that a figure is of: it says nothing about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MOST = 3


def untested(figures: Mapping[str, Any]) -> list[str]:
    """Names of the classes that have no image in an evaluation, of its figures."""
    return [one["class"] for one in figures["per_class"] if not one["support"]]


def no_image_of(classes: Sequence[str], split: str = "test") -> str:
    """What a person must know beside the figure: "no test image of banana, mug"; "" where no class is without.

    Args:
        split: The word before "image".
    """
    if not classes:
        return ""
    more = f" and {len(classes) - MOST:,} more" if len(classes) > MOST else ""
    return f"no {split} image of {', '.join(classes[:MOST])}{more}"
