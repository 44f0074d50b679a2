"""Classes that a figure of all hides: those without an image among its images, of which it says nothing, and the weakest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.evaluate.intervals import LEVEL, exact_interval, images_of_interval

MOST = 3
UNBALANCED = 2  # times as many images in the largest class as in the smallest
FAR = 0.1  # under the accuracy


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
    """The class that is surely found more seldom than the accuracy says, to be said beside it; "" where none is.

    Said where classes are unbalanced, so that its few images hardly move the accuracy, or where it lies far under it. Its interval is
    one of all classes at once (Clopper and Pearson's by Bonferroni), since it is the worst of them; of several such classes it is the one
    whose interval ends lowest.
    """
    there = [one for one in figures["per_class"] if one["support"] and one["recall_ci95"]]
    if len(there) < 2:
        return ""
    tail, found = (1 - LEVEL) / len(there) / 2, []
    for one in there:
        worth = min(images_of_interval(one["recall"], one["recall_ci95"]), one["support"])
        low, high = map(float, exact_interval(one["recall"], worth, tail))
        found.append((high, low, one))
    high, low, least = min(found, key=lambda each: each[:2])
    sizes = [one["support"] for one in there]
    matters = max(sizes) > UNBALANCED * min(sizes) or least["recall"] < figures["accuracy"] - FAR
    if high >= figures["accuracy"] or not matters:
        return ""
    return (
        f"the weakest class is {least['class']}: of its {least['support']:,} images it finds {least['recall'] * 100:.1f} % "
        f"({low * 100:.1f} to {high * 100:.1f})"
    )
