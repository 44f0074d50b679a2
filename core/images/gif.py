"""A GIF's blocks without metadata (GIF89a, 17 to 27)."""

from __future__ import annotations

from collections.abc import Iterator

SCREEN, IMAGE, EXTENSION, END = 13, 0x2C, 0x21, 0x3B
CONTROL, APPLICATION = 0xF9, 0xFF
REPEATS = b"\x0bNETSCAPE2.0\x03\x01"  # how often an animation is shown, in the two bytes that follow


def without_metadata(data: bytes, exif: bytes) -> bytes | None:
    """The GIF `data`: its colours, its frames untouched, how long each is shown and how often all; nothing else.

    None where the file ends within a frame, so that nobody knows what is pixels.

    Args:
        exif: It has no place for any.
    """
    try:
        return b"".join([*_kept(data), bytes([END])])
    except EOFError:
        return None


def _kept(data: bytes) -> Iterator[bytes]:
    at = SCREEN + _colours(data[10])
    yield data[:at]
    while at < len(data) and data[at] != END:
        end = at + 1  # what is no block is passed over, as decoders do
        if data[at] == IMAGE and at + 10 < len(data):
            end = _after(data, at + 11 + _colours(data[at + 9]))
            if end > len(data):
                raise EOFError
            yield data[at:end]
        elif data[at] == EXTENSION and at + 2 < len(data):
            end, label, body = _after(data, at + 2), data[at + 1], data[at + 2 : at + 18]
            if label == CONTROL and body[0] == 4:
                yield data[at : at + 7] + b"\0"
            elif label == APPLICATION and body.startswith(REPEATS):
                yield data[at : at + 18] + b"\0"
        at = end


def _colours(flags: int) -> int:
    """Bytes of the table of colours that these flags announce."""
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _after(data: bytes, at: int) -> int:
    """Where the blocks that begin at `at` end."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1
