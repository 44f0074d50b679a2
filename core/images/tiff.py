"""A TIFF's samples as the file holds them, where Pillow misreads them or refuses the file.

Pillow takes the upper byte of 16-bit colours, knows no alpha beside 16-bit grey, inverts no 16-bit picture whose white
is zero, and mixes up planes and bytes of some orders. TIFF 6.0 (Adobe, 1992): 8 (fields), 14 (differences), 18 (alpha).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import PREFIXES

from core.errors import ImageError
from core.images import jpeg
from core.images.tones import Samples

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, OFFSETS = 256, 257, 258, 259, 262, 266, 273
ORIENTATION, CHANNELS, ROWS, COUNTS, PLANES, PREDICTOR = 274, 277, 278, 279, 284, 317
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS = 322, 323, 324, 325
EXTRAS, SAMPLE_FORMAT, JPEG_TABLES, XMP = 338, 339, 347, 700
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK = 0, 1, 2, 5
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, CMYK: 4}
PREMULTIPLIED, STRAIGHT = 1, 2  # kinds of alpha
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
NONE, LZW, JPEG, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD = 1, 5, 7, 8, 32946, 32773, 34925, 50000
BIG = 43  # the version of BigTIFF
WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I", 7: "B", 16: "Q"}  # by the types of fields
MOST_CHANNELS = 6
PILLOW_DOES_NOT_KNOW = b"MM\0+"  # a big-endian BigTIFF
AT_ONCE = 32 << 20  # bytes that libtiff unpacks at a time
REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


@dataclass(frozen=True)
class Layout:
    """How a TIFF holds its first picture.

    Args:
        block_width, block_height: Of a tile, or of a strip, which is as wide as the picture.
        blocks: Where each lies: offset and length, plane by plane, row by row.
        order: "<" or ">", as `struct` takes it.
    """

    width: int
    height: int
    bits: int
    channels: int
    photometric: int
    extras: tuple[int, ...]
    sample_format: int
    compression: int
    predictor: int
    planes: int
    fill_order: int
    block_width: int
    block_height: int
    tiled: bool
    has_xmp: bool
    orientation: int
    blocks: tuple[tuple[int, int], ...]
    order: str

    @property
    def alpha(self) -> int:
        """Which channel is alpha; 0 where none is."""
        colours = COLOURS[self.photometric]
        if self.photometric == RGB and self.channels == 4 and not self.extras:
            return colours  # the field is missing
        return next((colours + i for i, kind in enumerate(self.extras) if kind in (PREMULTIPLIED, STRAIGHT)), 0)


def layout_of(data: bytes, label: str) -> Layout | None:
    """How `data` is laid out where `samples_of` has to read it; None for all else, which is Pillow's.

    Raises:
        ImageError: It is a TIFF that nothing here reads.
        ValueError: It is damaged or cut off.
    """
    if not data.startswith(tuple(PREFIXES)):
        return None
    fields = _fields(data)

    def of(tag: int, usual: int) -> int:
        return fields.get(tag, (usual,))[0]

    bits, formats = set(fields.get(BITS, (1,))), set(fields.get(SAMPLE_FORMAT, (UNSIGNED,)))
    photometric, channels = of(PHOTOMETRIC, WHITE_IS_ZERO), of(CHANNELS, 1)
    extras = fields.get(EXTRAS, ())
    compression, planes = of(COMPRESSION, NONE), of(PLANES, 1)
    told = f"{label} is a TIFF with {channels} × {'/'.join(map(str, sorted(bits)))} bits"
    if max(formats) == FLOAT:
        raise ImageError(f"{label} has floating-point tones; save it with 8 or 16 bits a channel.")
    if compression == JPEG:
        _check_jpegs(data, fields)
    if max(bits) <= 8:
        usual = (
            formats == {UNSIGNED}
            and not data.startswith(PILLOW_DOES_NOT_KNOW)
            and planes == 1
            and PREMULTIPLIED not in extras
        )
        usual = usual and not (photometric == WHITE_IS_ZERO and extras) and compression not in (DEFLATE, OLD_DEFLATE)
        if usual or bits != {8} or photometric not in COLOURS or not _unpacks(compression):
            return None
    colours = COLOURS.get(photometric, channels)
    fits = len(bits) == len(formats) == 1 and colours <= channels <= MOST_CHANNELS and max(bits) in (8, 12, 16, 32)
    grey_of_many = colours == 1 and channels > 2 and not {PREMULTIPLIED, STRAIGHT} & set(extras)
    predictor = of(PREDICTOR, 1)
    if not fits or grey_of_many or photometric not in COLOURS or not _unpacks(compression) or predictor > 2:
        raise ImageError(f"{told} (photometric {photometric}, compression {compression}), which Fovea does not read. "
                         "Save it as grey or RGB, with or without alpha, of 8 or 16 bits.")  # fmt: skip
    width, height = of(WIDTH, 0), of(HEIGHT, 0)
    tiled = TILE_OFFSETS in fields
    return Layout(
        width=width,
        height=height,
        bits=max(bits),
        channels=channels,
        photometric=photometric,
        extras=extras,
        sample_format=max(formats),
        compression=compression,
        predictor=predictor,
        planes=channels if planes == 2 else 1,
        fill_order=of(FILL_ORDER, 1),
        block_width=of(TILE_WIDTH, 0) if tiled else width,
        block_height=of(TILE_HEIGHT, 0) if tiled else min(of(ROWS, height), height),
        tiled=tiled,
        has_xmp=XMP in fields,
        orientation=of(ORIENTATION, 1),
        blocks=_blocks(data, fields),
        order=">" if data[:2] == b"MM" else "<",
    )


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


def _fields(data: bytes) -> dict[int, tuple[int, ...]]:
    """The fields of the first directory that hold whole numbers, also of a BigTIFF; what lies beyond the file is no field."""
    order = ">" if data[:2] == b"MM" else "<"
    big = BIG in data[2:4]
    inside, entry, wide = (8, "HHQ8s", "Q") if big else (4, "HHI4s", "I")
    (at,) = struct.unpack_from(order + wide, data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
    at += 8 if big else 2
    size = struct.calcsize(order + entry)
    found: dict[int, tuple[int, ...]] = {}
    for place in range(at, min(at + count * size, len(data) - size + 1), size):
        tag, kind, number, body = struct.unpack_from(order + entry, data, place)
        letter = WHOLE_NUMBERS.get(kind)
        if not letter or not 0 < number <= len(data):
            continue
        length = struct.calcsize(letter) * number
        start = 0
        if length > inside:
            (start,), body = struct.unpack(order + wide, body), data
        if start + length <= len(body) and tag not in found:
            found[tag] = struct.unpack_from(f"{order}{number}{letter}", body, start)
    return found


def _blocks(data: bytes, fields: dict[int, tuple[int, ...]]) -> tuple[tuple[int, int], ...]:
    offsets = fields.get(TILE_OFFSETS) or fields.get(OFFSETS, ())
    counts = fields.get(TILE_COUNTS) or fields.get(COUNTS) or (len(data),) * len(offsets)
    return tuple(zip(offsets, counts, strict=False))


def _check_jpegs(data: bytes, fields: dict[int, tuple[int, ...]]) -> None:
    """Each strip or tile is a JPEG without the tables that all share (Adobe, TIFF Technical Note 2)."""
    tables = bytes(fields.get(JPEG_TABLES, ()))
    for offset, count in _blocks(data, fields):
        part = data[offset : offset + count]
        jpeg.raise_if_damaged(tables[:-2] + part[2:] if tables else part)


def _unpacks(compression: int) -> bool:
    return compression in (NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD)


def _values(data: bytes, layout: Layout) -> np.ndarray:
    """(H, W, channels) as they are stored, differences added up."""
    channels = 1 if layout.planes > 1 else layout.channels
    letter, size = "i" if layout.sample_format == SIGNED else "u", -(-layout.bits // 8)
    stored = np.dtype(f"{layout.order}{letter}{size}")
    out = np.empty((layout.height, layout.width, layout.channels), stored.newbyteorder("="))
    row_bytes = (layout.block_width * channels * layout.bits + 7) // 8
    places = [
        (plane, top, left)
        for plane in range(layout.planes)
        for top in range(0, layout.height, layout.block_height)
        for left in range(0, layout.width, layout.block_width)
    ]
    if len(layout.blocks) < len(places):
        raise ValueError("parts of the picture are missing")
    heights = [
        layout.block_height if layout.tiled else min(layout.block_height, layout.height - top) for _, top, _ in places
    ]
    for (plane, top, left), rows, raw in zip(places, heights, _unpacked(data, layout, row_bytes, heights), strict=True):
        block = _of_12_bits(raw.reshape(rows, row_bytes)) if layout.bits == 12 else raw.view(stored)
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


def _unpacked(data: bytes, layout: Layout, row_bytes: int, heights: list[int]) -> Iterator[np.ndarray]:
    """The bytes of each block, of `heights` rows."""
    packed = [data[offset : offset + count] for offset, count in layout.blocks[: len(heights)]]
    if layout.fill_order == 2:
        packed = [block.translate(REVERSED) for block in packed]
    if layout.compression in (NONE, DEFLATE, OLD_DEFLATE):
        for block, rows in zip(packed, heights, strict=True):
            whole = block[: rows * row_bytes] if layout.compression == NONE else _inflated(block, rows * row_bytes)
            if len(whole) < rows * row_bytes:
                raise ValueError("a part of the picture is too short")
            yield np.frombuffer(whole, np.uint8)
        return
    start, at_once = 0, max(AT_ONCE // (row_bytes * layout.block_height), 1)
    while start < len(heights):
        end = start + 1
        while end < min(len(heights), start + at_once) and heights[end - 1] == layout.block_height:
            end += 1
        image = _by_libtiff(packed[start:end], layout, row_bytes, sum(heights[start:end]))
        yield from np.split(image.reshape(-1), np.cumsum(heights[start : end - 1]) * row_bytes)
        start = end


def _inflated(packed: bytes, size: int) -> bytes:
    stream = zlib.decompressobj()
    whole = stream.decompress(packed, size)
    stream.decompress(stream.unconsumed_tail, AT_ONCE)  # reads on to the checksum
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
