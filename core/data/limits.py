"""What an archive or array file may hold at most."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from core.errors import InputError

SHOWN = 40


@dataclass(frozen=True)
class Limits:
    """What an archive may hold at most. Counted while unpacking; what the archive claims is not believed.

    Args:
        entries: Files in the archive.
        file_bytes: Bytes of one file.
        total_bytes: Bytes of all files.
        ratio: How many times the archive's own bytes all files may have, once they have more than `ratio_from_bytes`.
    """

    entries: int = 500_000
    file_bytes: int = 256 << 20
    total_bytes: int = 100 << 30
    ratio: int = 200
    ratio_from_bytes: int = 1 << 30

    @classmethod
    def from_environment(cls) -> Limits:
        """The limits, with $FOVEA_MAX_ENTRIES and $FOVEA_MAX_UNPACKED_GB in place of the defaults. Raises InputError."""
        default = cls()
        gigabytes = _limit("FOVEA_MAX_UNPACKED_GB", default.total_bytes >> 30)
        return cls(entries=int(_limit("FOVEA_MAX_ENTRIES", default.entries)), total_bytes=int(gigabytes * (1 << 30)))


def _limit(variable: str, default: int) -> float:
    """What the environment says, the default where it says nothing. Raises InputError where that is no limit."""
    said = os.environ.get(variable, "").strip()
    try:
        value = float(said or default)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise InputError(
            f"${variable} is {said[:SHOWN]!r}; it is a number above 0, {default:,} by default. Change it, or leave it empty."
        )
    return value
