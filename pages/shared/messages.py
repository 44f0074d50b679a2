"""Core's errors and numbers -> words for people."""

from __future__ import annotations

import re
import time

import streamlit as st

from core.errors import FoveaError, InputError
from core.workspace import room

SPLIT_WORDS = {"train": "Train", "val": "Validation", "test": "Test"}
NO_BREAK = "\u00a0"  # stands before every % on a page, so that no line ends between a number and its %
# What Streamlit makes icons, emoji and arrows of after Markdown, whatever stands before it; a character without width parts it.
REPLACED = re.compile(r":(?=[\w/+-]+:)[\w/+-]|(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S)")
JOINED = "\u2060"
SPECIAL = "\\`*_{}[]()<>#+-.!|~:$&"


def show_error(error: FoveaError) -> None:
    """Say what is wrong and what to do; no traceback."""
    text = plain(str(error))
    if isinstance(error, InputError):
        st.warning(text, icon=":material/info:")
    else:
        st.error(text, icon=":material/error:")


def show_fault(error: Exception) -> bool:
    """Say in Fovea's words what nobody foresaw; the server's log has its trace. Told to Streamlit as `on_script_error`."""
    of_the_disk = room.said(error)
    if isinstance(error, FoveaError):
        show_error(error)
    elif of_the_disk:
        st.warning(plain(of_the_disk), icon=":material/hard_disk:")
    else:
        text = f"Something in Fovea went wrong ({type(error).__name__}). What is saved stays; the server's log has the details."
        st.error(plain(text), icon=":material/error:")
    return True


def plain(text: str) -> str:
    """`text` so that Markdown shows every character of it as it is: names come from strangers.

    A number and the % of core's sentences stay together.
    """
    text = re.sub(r"(?<=\d) %", f"{NO_BREAK}%", text)
    text = REPLACED.sub(lambda found: JOINED.join(found[0]), text)
    return "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in text).replace("\n", "  \n")


def percent(share: float | None, digits: int | None = 1) -> str:
    """0.989 -> "98.9 %"; with None for `digits` as many as it has. The only way to a % in words on a page."""
    if share is None:
        return "–"
    return f"{share * 100:{'g' if digits is None else f'.{digits}f'}}{NO_BREAK}%"


def percent_with_interval(share: float, interval: list[float] | tuple[float, float], digits: int = 1) -> str:
    """0.989 -> "98.9 % (98.7 to 99.1)"."""
    low, high = interval
    return f"{percent(share, digits)} ({low * 100:.{digits}f} to {high * 100:.{digits}f})"


def count(number: int, what: str = "", one: str = "") -> str:
    """1234, "images" -> "1,234 images"; with `one` the word for a single thing."""
    word = one if number == 1 and one else what
    return f"{number:,} {word}".strip()


def duration(seconds: float | None) -> str:
    """80 -> "1 min 20 s"."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def between(low: float, high: float) -> str:
    """A range of seconds, as coarse as it is: 83, 290 -> "1 to 5 min"."""
    for seconds, unit, step in ((90, "s", 5), (5400, "min", 1), (float("inf"), "h", 1)):
        if high <= seconds:
            size = {"s": 1, "min": 60, "h": 3600}[unit] * step
            first, last = max(int(low / size), 1) * step, -int(-high // size) * step
            return f"About {last} {unit}" if first >= last else f"{first} to {last} {unit}"
    raise AssertionError("unreachable")


def ago(moment: float) -> str:
    """A time in seconds since 1970 -> "3 min ago"."""
    seconds = max(time.time() - moment, 0)
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {word}{'s' if number > 1 else ''} ago"
    return "just now"


def size(size_bytes: float) -> str:
    """1_500_000 -> "1.5 MB"."""
    for unit, limit in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= limit:
            return f"{size_bytes / limit:.1f} {unit}"
    return f"{size_bytes:.0f} bytes"


def memory_used(used_mb: float, whole_mb: float) -> str:
    """As `core.devices` counts (1 MB is 2**20 bytes): 512, 24_113 -> "0.5 of 25.3 GB", as all sizes are said."""
    return f"{used_mb * 2**20 / 1e9:.1f} of {whole_mb * 2**20 / 1e9:.1f} GB"


def shortened(reference: str, letters: int) -> str:
    """`name@version` with its version whole, however long the name: "Things on the wi…@12"."""
    name, at, version = reference.rpartition("@")
    room = letters - len(at + version)
    return reference if len(reference) <= letters else f"{name[: room - 1]}…{at}{version}"
