"""Values that people set, on the command line or in JSON: read from text, and held against what they may be.

Whoever has a table of settings asks here for each, so that no text and no JSON value is answered with anything but words.
"""

from __future__ import annotations

import json
import reprlib
from typing import Any

from core.errors import ConfigError

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlong = 30


def value_of(text: str) -> Any:
    """A number, a list or whatever else is written as JSON; otherwise the text itself. Raises ConfigError."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ConfigError(f"{brief(text)} is a list of lists without end; no setting is one.") from None
    except ValueError:
        return {"true": True, "false": False, "none": None}.get(text.lower(), text)


def brief(value: Any) -> str:
    """`value` as a message quotes it: in one line, however long, large or deep it is."""
    return _SHORT.repr(value)


def number(name: str, value: Any, low: float, high: float, whole: bool = False, above: bool = False) -> Any:
    """`value`, if it is a number from `low` to `high`; an int where it must be `whole`, else a float.

    Args:
        name: What it is called in a message: "epochs", "The threshold dark".
        above: `low` itself is too small.

    Raises:
        ConfigError: It is not, with the limits.
    """
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise ConfigError(f"{name} is {brief(value)}; it must be a {'whole ' if whole else ''}number.")
    if not low <= value <= high or (above and value == low):
        ends = [f"{end:,}" if isinstance(end, int) else f"{end:g}" for end in (low, high)]
        limits = "above {} and at most {}" if above else "from {} to {}"
        raise ConfigError(f"{name} is {brief(value)}; it must be {limits.format(*ends)}.")
    return value if whole else float(value)
