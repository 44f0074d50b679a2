"""Which operations are likely to destroy the labels, as far as the names of the classes tell."""

from __future__ import annotations

from collections.abc import Sequence

from core.augment.config import AugmentConfig

MOST_ROTATION = 0.1
MANY = 2 / 3


def looks_like_characters(classes: Sequence[str]) -> bool:
    """Whether most classes are named by a single letter or by a number of at most two digits."""
    short = sum(len(name) == 1 or (name.isdecimal() and len(name) <= 2) for name in classes)
    return len(classes) > 0 and short >= MANY * len(classes)


def fitting_preset(classes: Sequence[str]) -> str:
    """The preset to begin with: "digits" for characters, of which a flip makes others; "photos" for all else, grey too."""
    return "digits" if looks_like_characters(classes) else "photos"


def likely_to_harm(config: AugmentConfig, classes: Sequence[str]) -> tuple[str, ...]:
    """Names of the operations that make another character of a character; none if the classes are none."""
    if not looks_like_characters(classes):
        return ()
    return tuple(
        step.name
        for step in config.operations
        if step.name.startswith("flip") or (step.name == "rotation" and step.strength > MOST_ROTATION)
    )
