"""Classes that a figure of all hides: those without an image among its images, of which it says nothing, and the weakest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MOST = 3
UNBALANCED = 2  # times as many images in the largest class as in the smallest


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


def weakest_words(figures: Mapping[str, Any]) -> str:
    """The class with the least recall, to be said beside an accuracy that few of its images hardly move: where classes are unbalanced;
    "" where they are not.
    """
    there = [one for one in figures["per_class"] if one["support"]]
    sizes = [one["support"] for one in there]
    if len(there) < 2 or max(sizes) <= UNBALANCED * min(sizes):
        return ""
    least = min(there, key=lambda one: one["recall"])
    low, high = least["recall_ci95"] or (0.0, 1.0)
    images = f"{least['support']:,} images" if least["support"] > 1 else "one image"
    return (
        f"the weakest class is {least['class']}: of its {images} it finds {least['recall'] * 100:.1f} % "
        f"({low * 100:.1f} to {high * 100:.1f})"
    )
