"""Options with dots: `--augment.rotation 0.1`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.errors import InputError
from core.settings import value_of


def read_nested(rest: list[str], groups: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`--augment.rotation 0.1` -> {"augment": {"rotation": 0.1}}. Raises InputError on anything else.

    Args:
        rest: The words of the command line that no other option took.
        groups: What may stand before the dot.
    """
    nested: dict[str, dict[str, Any]] = {}
    words = [part for word in rest for part in (word.split("=", 1) if word.startswith("--") else [word])]
    for option, text in zip(words[::2], words[1::2] + [None] * (len(words) % 2), strict=True):
        group, dot, name = option.removeprefix("--").replace("-", "_").partition(".")
        if not option.startswith("--") or not dot or group not in groups:
            dots = ", ".join(f"--{group}.NAME" for group in groups)
            raise InputError(f"There is no option {option}. --help lists them; besides, there are {dots}.")
        if text is None or not text.strip():
            raise InputError(f"{option} needs a value.")
        nested.setdefault(group, {})[name] = value_of(text)
    return nested
