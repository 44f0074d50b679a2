r"""Names of files that are not valid UTF-8: how they are shown and stored, and how the file is found again.

Linux takes any bytes for a name; Python shows those that are no UTF-8 as lone surrogates, which no table, JSON or page
can hold. Here each such byte is written `\xe9`, and so is a backslash that begins such a text by itself (`\x5c`), so
that no two names are written alike. Every other name stays as it is.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

SURROGATE = re.compile("[\ud800-\udfff]")
UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")  # ISO 6429, UAX 9
ESCAPED = re.compile(r"\\x([0-9a-f]{2})")


def written(name: str) -> str:
    r"""`name` as text of valid Unicode: "caf\udce9.png" -> r"caf\xe9.png"."""
    if "\\" in name:
        name = ESCAPED.sub(r"\\x5cx\1", name)
    return SURROGATE.sub(_byte, name)


def real(text: str) -> str:
    """The name that `written` wrote as `text`."""
    if not ESCAPED.search(text):
        return text
    raw = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), os.fsencode(text))
    return os.fsdecode(raw)


def printable(text: str) -> str:
    """`text` with what is no valid Unicode in it written out, for whatever may be in a message."""
    return SURROGATE.sub(_byte, text)


def shown(text: str) -> str:
    r"""`text` as one line for people: what would move a terminal's cursor, colour it, begin a line or turn the direction of
    writing is written out, as `\x1b`, `\n` or `\u202e`. Names come from folders and files of strangers.
    """
    return UNSHOWN.sub(lambda found: ascii(found[0])[1:-1], printable(text))


def find(text: str, folder: Path | None = None) -> Path:
    """The path that `text` names, itself or as `written` wrote it; relative ones start at `folder`.

    The path as it stands where there is nothing at either.
    """
    as_it_stands = (folder or Path()) / text
    if not ESCAPED.search(text) or _exists(as_it_stands):
        return as_it_stands
    return (folder or Path()) / real(text)


def without_bytes(text: str) -> str:
    """`text`, as `written` wrote it, with "_" for each byte that was no letter: for names that go to other systems."""
    return ESCAPED.sub("_", text)


def _byte(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]) - 0xDC00:02x}" if 0xDC80 <= ord(match[0]) <= 0xDCFF else "\N{REPLACEMENT CHARACTER}"


def _exists(path: Path) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:  # a NUL
        return False
