"""Numbers with as many digits as mean something, for people."""

from __future__ import annotations

import math


def significant(value: float, digits: int = 2) -> str:
    """`value` to so many significant digits, never with an exponent and with commas: 0.0042, 1.5, 37, 100, 12,000."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    return f"{rounded:,.{max(decimals, 0)}f}".rstrip("0").rstrip(".") if decimals > 0 else f"{rounded:,.0f}"
