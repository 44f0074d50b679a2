"""A WebP's chunks without metadata (RFC 9649, 2.7)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

MOST_CHUNKS = 200_000
WIDE, FRAME, PROFILE, EXIF = b"VP8X", b"ANMF", b"ICCP", b"EXIF"
PICTURE, ALPHA = (b"VP8 ", b"VP8L"), b"ALPH"
LENGTHS = {WIDE: 10, b"ANIM": 6, FRAME: 16}  # bytes of their bodies that say something, before other chunks
HAS_PROFILE, HAS_ALPHA, HAS_EXIF, IS_ANIMATION = 0x20, 0x10, 0x08, 0x02  # in the first byte of VP8X


def without_metadata(data: bytes, exif: bytes) -> bytes:
    """The WebP `data`, its picture and frames untouched, with its colour profile and `exif`; nothing else.

    Raises:
        ValueError: It is cut off, or has too many chunks.
    """
    chunks = list(_chunks(data[12 : 8 + struct.unpack_from("<I", data, 4)[0]]))
    if not chunks:
        raise ValueError("it has no picture")
    if chunks[0][0] != WIDE:  # one picture and nothing beside it
        return _riff(_chunk(*chunks[0]))
    head = bytearray(chunks[0][1][: LENGTHS[WIDE]].ljust(LENGTHS[WIDE], b"\0"))
    head[0] = (head[0] & (HAS_PROFILE | HAS_ALPHA | IS_ANIMATION)) | (HAS_EXIF if exif else 0)
    head[1:4] = bytes(3)
    others = (b"ANIM", FRAME, PROFILE) if head[0] & HAS_PROFILE else (b"ANIM", FRAME)
    kept = [_chunk(WIDE, bytes(head)), *_kept(chunks[1:], others)]
    return _riff(*kept, _chunk(EXIF, exif) if exif else b"")


def _kept(chunks: Iterable[tuple[bytes, bytes]], others: tuple[bytes, ...] = ()) -> Iterator[bytes]:
    """The one picture, and `others`; of a kind that comes more than once the first, as decoders do, but for frames."""
    seen = set()
    for kind, body in chunks:
        name = PICTURE[0] if kind in PICTURE else kind
        if (name in seen and kind != FRAME) or not (name in (*PICTURE, ALPHA) or kind in others):
            continue
        seen.add(name)
        inside = b"".join(_kept(_chunks(body[LENGTHS[FRAME] :]))) if kind == FRAME else b""
        yield _chunk(kind, body[: LENGTHS.get(kind, len(body))] + inside)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = chunks = 0
    while at + 8 <= len(data):
        if (chunks := chunks + 1) > MOST_CHUNKS:
            raise ValueError(f"more than {MOST_CHUNKS:,} chunks")
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def _riff(*chunks: bytes) -> bytes:
    return _chunk(b"RIFF", b"WEBP" + b"".join(chunks))
