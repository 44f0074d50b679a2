"""A TIFF's samples as the file holds them, where Pillow misreads them or refuses the file.

Pillow takes the upper byte of 16-bit colours, knows no alpha beside 16-bit grey, inverts no 16-bit picture whose white
is zero, and mixes up planes and bytes of some orders. TIFF 6.0 (Adobe, 1992): 8 (fields), 14 (differences), 18 (alpha).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from core.errors import ImageError
from core.images.tiff_layout import (
    BITS,
    BLACK_IS_ZERO,
    CHANNELS,
    CMYK,
    COLOURS,
    COMPRESSION,
    COUNTS,
    DEFLATE,
    HEIGHT,
    NONE,
    OFFSETS,
    OLD_DEFLATE,
    PHOTOMETRIC,
    PREMULTIPLIED,
    ROWS,
    SIGNED,
    WHITE_IS_ZERO,
    WIDTH,
    Layout,
)
from core.images.tones import Samples

AT_ONCE = 32 << 20  # bytes that libtiff unpacks at a time
REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def samples_of(data: bytes, layout: Layout, label: str) -> Samples:
    """The samples of the picture.

    Raises:
        ImageError: Tones are negative, or of more than 16 bits.
        ValueError: It is damaged or cut off.
    """
    values = _values(data, layout)
    if layout.sample_format == SIGNED and values.min() < 0:
        raise ImageError(
            f"{label} has negative tones (from {values.min()}); move them to 0 and above, and save it with 8 or 16 bits."
        )
    if layout.bits == 32 and values.max() > 65535:
        raise ImageError(f"{label} has 32-bit tones; Fovea reads up to 16 bits a channel.")
    white = 65535 if layout.bits == 32 else (1 << layout.bits) - 1
    values = values.astype(np.uint16 if white > 255 else np.uint8)
    colour = values[..., : COLOURS[layout.photometric]]
    alpha = values[..., layout.alpha] if layout.alpha and layout.photometric != CMYK else None
    premultiplied = alpha is not None and PREMULTIPLIED in layout.extras[: layout.alpha - colour.shape[2] + 1]
    if layout.photometric == WHITE_IS_ZERO:
        colour = (
            np.maximum(alpha[..., None], colour) - colour if premultiplied and alpha is not None else white - colour
        )
    return Samples(colour, alpha, white, premultiplied)


def _values(data: bytes, layout: Layout) -> np.ndarray:
    """(H, W, channels) as they are stored, differences added up."""
    channels = 1 if layout.planes > 1 else layout.channels
    letter, size = "i" if layout.sample_format == SIGNED else "u", -(-layout.bits // 8)
    stored = np.dtype(f"{layout.order}{letter}{size}")
    out = np.empty((layout.height, layout.width, layout.channels), stored.newbyteorder("="))
    heights = [
        layout.block_height if layout.tiled else min(layout.block_height, layout.height - top)
        for _, top, _ in layout.places
    ]
    if len(layout.blocks) < len(heights):
        raise ValueError("parts of the picture are missing")
    for (plane, top, left), rows, raw in zip(layout.places, heights, _unpacked(data, layout, heights), strict=True):
        block = _of_12_bits(raw.reshape(rows, layout.row_bytes)) if layout.bits == 12 else raw.view(stored)
        block = block.reshape(rows, -1)[:, : layout.block_width * channels].reshape(rows, layout.block_width, channels)
        if layout.predictor == 2:
            block = np.cumsum(block, axis=1, dtype=out.dtype)
        part = block[: layout.height - top, : layout.width - left]
        out[top : top + part.shape[0], left : left + part.shape[1], plane : plane + channels] = part
    return out


def _of_12_bits(rows: np.ndarray) -> np.ndarray:
    """(rows, N) uint16 of two samples in three bytes."""
    threes = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 3))).reshape(len(rows), -1, 3).astype(np.uint16)
    pairs = threes[..., 0] << 4 | threes[..., 1] >> 4, (threes[..., 1] & 15) << 8 | threes[..., 2]
    return np.stack(pairs, axis=-1).reshape(len(rows), -1)


def _unpacked(data: bytes, layout: Layout, heights: list[int]) -> Iterator[np.ndarray]:
    """The bytes of each block, of `heights` rows."""
    row_bytes, longest = layout.row_bytes, layout.longest

    def packed(start: int, end: int) -> list[bytes]:
        found = [data[offset : offset + min(count, longest)] for offset, count in layout.blocks[start:end]]
        return [block.translate(REVERSED) for block in found] if layout.fill_order == 2 else found

    if layout.compression in (NONE, DEFLATE, OLD_DEFLATE):
        for number, rows in enumerate(heights):
            (block,) = packed(number, number + 1)
            size = rows * row_bytes
            whole = block[:size] if layout.compression == NONE else _inflated(block, size, longest)
            if len(whole) < size:
                raise ValueError("a part of the picture is too short")
            yield np.frombuffer(whole, np.uint8)
        return
    start, at_once = 0, max(AT_ONCE // longest, 1)
    while start < len(heights):
        end = start + 1
        while end < min(len(heights), start + at_once) and heights[end - 1] == layout.block_height:
            end += 1
        image = _by_libtiff(packed(start, end), layout, row_bytes, sum(heights[start:end]))
        yield from np.split(image.reshape(-1), np.cumsum(heights[start : end - 1]) * row_bytes)
        start = end


def _inflated(packed: bytes, size: int, further: int) -> bytes:
    stream = zlib.decompressobj()
    whole = stream.decompress(packed, size)
    stream.decompress(stream.unconsumed_tail, further)  # reads on to the checksum
    return whole


def _by_libtiff(blocks: list[bytes], layout: Layout, row_bytes: int, rows: int) -> np.ndarray:
    """(rows, row_bytes) uint8: what libtiff unpacks of a grey picture that holds nothing but these blocks."""
    at, offsets = 8, []
    for block in blocks:
        offsets.append(at)
        at += len(block)
    lists = at + 2 + 12 * 9 + 4
    count = len(blocks)
    fields = [
        (WIDTH, 1, row_bytes),
        (HEIGHT, 1, rows),
        (BITS, 1, 8),
        (COMPRESSION, 1, layout.compression),
        (PHOTOMETRIC, 1, BLACK_IS_ZERO),
        (OFFSETS, count, lists if count > 1 else offsets[0]),
        (CHANNELS, 1, 1),
        (ROWS, 1, min(layout.block_height, rows)),
        (COUNTS, count, lists + 4 * count if count > 1 else len(blocks[0])),
    ]
    directory = b"".join(struct.pack("<HHII", tag, 4, number, value) for tag, number, value in fields)
    file = b"".join(
        [
            struct.pack("<2sHI", b"II", 42, at),
            *blocks,
            struct.pack("<H", len(fields)) + directory + bytes(4),
            struct.pack(f"<{2 * count}I", *offsets, *(len(block) for block in blocks)) if count > 1 else b"",
        ]
    )
    with Image.open(io.BytesIO(file), formats=("TIFF",)) as image:
        return np.asarray(image)
