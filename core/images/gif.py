"""A GIF's blocks: those that Pillow is given, and those without metadata (GIF89a, 17 to 27)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"GIF8"
SCREEN, IMAGE, EXTENSION, END = 13, 0x2C, 0x21, 0x3B
CONTROL, APPLICATION = 0xF9, 0xFF
REPEATS = b"\x0bNETSCAPE2.0\x03\x01"  # how often an animation is shown, in the two bytes that follow
BEGINNING = re.compile(rb"[\x21\x2c\x3b]")  # of a block
MOST_PARTS = 2_000_000  # blocks and what they are cut into: 500 MB of 255 bytes each
# Parts of comments and the like, and bytes that belong to no block: Pillow copies all that came of a comment with each part,
# and goes over each byte by itself.
MOST_OF_NOTES, MOST_BETWEEN = 4096, 1 << 20


@dataclass(frozen=True)
class _Block:
    """`kind` is IMAGE or an extension's label; `end` is behind the file's where that ends within the block."""

    kind: int
    start: int
    end: int
    parts: int


def readable(data: bytes) -> bytes:
    """The GIF `data` without comments and stray bytes that would keep Pillow busy for minutes.

    Raises:
        ValueError: It has more than `MOST_PARTS`.
    """
    at = SCREEN + _colours(data[10]) if len(data) > SCREEN else len(data)
    kept, notes, between = [data[:at]], 0, 0
    for block in _blocks(data):
        between += block.start - at
        at = block.end
        if block.kind not in (IMAGE, CONTROL):
            notes += block.parts
            if notes > MOST_OF_NOTES:
                continue
        kept.append(data[block.start : at])
    if notes <= MOST_OF_NOTES and between + len(data) - at <= MOST_BETWEEN:
        return data
    return b"".join(kept) + bytes([END])


def without_metadata(data: bytes, exif: bytes) -> bytes | None:
    """The GIF `data`: its colours, its frames untouched, how long each is shown and how often all; nothing else.

    None where the file ends within a frame, so that nobody knows what is pixels.

    Args:
        exif: It has no place for any.

    Raises:
        ValueError: It has more than `MOST_PARTS`.
    """
    kept = [data[: SCREEN + _colours(data[10])]]
    for block in _blocks(data):
        body = data[block.start + 2 : block.start + 18]
        if block.kind == IMAGE:
            if block.end > len(data):
                return None
            kept.append(data[block.start : block.end])
        elif block.kind == CONTROL and body[0] == 4:
            kept.append(data[block.start : block.start + 7] + b"\0")
        elif block.kind == APPLICATION and body.startswith(REPEATS):
            kept.append(data[block.start : block.start + 18] + b"\0")
    return b"".join([*kept, bytes([END])])


def _blocks(data: bytes) -> Iterator[_Block]:
    """All blocks in order; what is none is passed over, as decoders do."""
    at, total = SCREEN + _colours(data[10]) if len(data) > SCREEN else len(data), 0
    while (found := BEGINNING.search(data, at)) and data[found.start()] != END:
        start = found.start()
        is_image = data[start] == IMAGE
        if start + (10 if is_image else 2) >= len(data):
            return
        at, parts = start + (11 + _colours(data[start + 9]) if is_image else 2), 1
        while at < len(data) and data[at]:
            at += 1 + data[at]
            parts += 1
        at, total = at + 1, total + parts
        if total > MOST_PARTS:
            raise ValueError(f"more than {MOST_PARTS:,} parts")
        yield _Block(IMAGE if is_image else data[start + 1], start, at, parts)


def _colours(flags: int) -> int:
    """Bytes of the table of colours that these flags announce."""
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0
