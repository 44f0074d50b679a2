"""How a TIFF holds its first picture: its fields, and its strips or tiles, checked before anything is unpacked.

TIFF 6.0 (Adobe, 1992): 2 (fields), 3 (strips), 15 (tiles).
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL.TiffImagePlugin import PREFIXES

from core.errors import ImageError
from core.images import jpeg
from core.images.budget import MAX_PIXELS, check_pixels
from core.metadata import known_orientation

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, OFFSETS = 256, 257, 258, 259, 262, 266, 273
ORIENTATION, CHANNELS, ROWS, COUNTS, PLANES, PREDICTOR = 274, 277, 278, 279, 284, 317
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS = 322, 323, 324, 325
EXTRAS, SAMPLE_FORMAT, JPEG_TABLES, XMP = 338, 339, 347, 700
KIND, REDUCED, SUB_PICTURES = 254, 1, 330  # NewSubfileType, its bit for a smaller copy, SubIFDs (TIFF Technical Note 1)
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK = 0, 1, 2, 5
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, CMYK: 4}
PREMULTIPLIED, STRAIGHT = 1, 2  # kinds of alpha
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
NONE, LZW, JPEG, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD = 1, 5, 7, 8, 32946, 32773, 34925, 50000
BIG = 43  # the version of BigTIFF
WHOLE_NUMBERS = {
    1: "u1",
    3: "u2",
    4: "u4",
    7: "u1",
    8: "u2",
    9: "u4",
    13: "u4",
    16: "u8",
    18: "u8",
}  # by the types of fields
MOST_CHANNELS, MOST_FIELDS = 6, 65535
MOST_OF_A_FIELD = 16  # numbers that are looked at where there is one for each channel
MOST_BLOCKS = 1 << 20  # strips or tiles: more than 64 million pixels of four planes have in tiles of 16 × 16
PILLOW_DOES_NOT_KNOW = b"MM\0+"  # a big-endian BigTIFF


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
    def places(self) -> Iterator[tuple[int, int, int]]:
        """Plane, top and left of each block, in the order of `blocks`."""
        return itertools.product(
            range(self.planes), range(0, self.height, self.block_height), range(0, self.width, self.block_width)
        )

    @property
    def row_bytes(self) -> int:
        """Of one row of a block, unpacked."""
        return (self.block_width * (1 if self.planes > 1 else self.channels) * self.bits + 7) // 8

    @property
    def longest(self) -> int:
        """How many bytes of a packed block are looked at; LZW of noise grows by half."""
        return 2 * self.row_bytes * self.block_height + 256

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
        ImageError: It is a TIFF that nothing here reads, or too large.
        ValueError: It is damaged or cut off.
    """
    if not data.startswith(tuple(PREFIXES)):
        return None
    fields = _fields(data)

    def all_of(tag: int, *usual: int) -> tuple[int, ...]:
        return tuple(fields[tag][:MOST_OF_A_FIELD].tolist()) if tag in fields else usual

    def of(tag: int, usual: int) -> int:
        return all_of(tag, usual)[0]

    bits, formats = set(all_of(BITS, 1)), set(all_of(SAMPLE_FORMAT, UNSIGNED))
    photometric, channels = of(PHOTOMETRIC, WHITE_IS_ZERO), of(CHANNELS, 1)
    extras = all_of(EXTRAS)
    compression, planes = of(COMPRESSION, NONE), of(PLANES, 1)
    width, height = of(WIDTH, 0), of(HEIGHT, 0)
    if of(KIND, 0) & REDUCED and SUB_PICTURES in fields:
        raise ImageError(
            f"{label} is a camera's raw photo, of which Fovea reads nothing but a small preview. Export it as JPEG."
        )
    check_pixels(label, width, height)
    tiled = TILE_OFFSETS in fields
    block_width = of(TILE_WIDTH, 0) if tiled else width
    block_height = of(TILE_HEIGHT, 0) if tiled else min(of(ROWS, height), height)
    separate = channels if planes == 2 else 1
    blocks = separate * _blocks_of_a_plane(width, height, block_width, block_height)
    if max(blocks, len(fields.get(TILE_OFFSETS, fields.get(OFFSETS, ())))) > MOST_BLOCKS:
        raise ValueError(f"it has more than {MOST_BLOCKS:,} strips or tiles")
    told = f"{label} is a TIFF with {channels} × {'/'.join(map(str, sorted(bits)))} bits"
    if max(formats) == FLOAT:
        raise ImageError(f"{label} has floating-point tones; save it with 8 or 16 bits a channel.")
    if compression == JPEG:
        _check_jpegs(data, fields, blocks)
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
        planes=separate,
        fill_order=of(FILL_ORDER, 1),
        block_width=block_width,
        block_height=block_height,
        tiled=tiled,
        has_xmp=XMP in fields,
        orientation=known_orientation(of(ORIENTATION, 1)),
        blocks=_blocks(data, fields, blocks),
        order=">" if data[:2] == b"MM" else "<",
    )


def _fields(data: bytes) -> dict[int, np.ndarray]:
    """The fields of the first directory that hold whole numbers, also of a BigTIFF; what lies beyond the file is no field.

    They are views of `data`, because many may claim all of it.
    """
    order = ">" if data[:2] == b"MM" else "<"
    big = BIG in data[2:4]
    entry, wide = ("HHQ", "Q") if big else ("HHI", "I")
    inside, head = struct.calcsize(wide), struct.calcsize(order + entry)
    (at,) = struct.unpack_from(order + wide, data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
    at += 8 if big else 2
    if count > MOST_FIELDS:
        raise ValueError(f"it has {count:,} fields")
    size = head + inside
    found: dict[int, np.ndarray] = {}
    for place in range(at, min(at + count * size, len(data) - size + 1), size):
        tag, kind, number = struct.unpack_from(order + entry, data, place)
        if kind not in WHOLE_NUMBERS or not 0 < number <= len(data) or tag in found:
            continue
        dtype = np.dtype(order + WHOLE_NUMBERS[kind])
        length = dtype.itemsize * number
        start = place + head if length <= inside else struct.unpack_from(order + wide, data, place + head)[0]
        if start + length <= len(data):
            found[tag] = np.frombuffer(data, dtype, number, start)
    return found


def _blocks_of_a_plane(width: int, height: int, block_width: int, block_height: int) -> int:
    if not block_width or not block_height:
        raise ValueError("its strips or tiles have no pixels")
    across, down = -(-width // block_width), -(-height // block_height)
    if across * block_width * down * block_height > 2 * MAX_PIXELS:
        raise ValueError(f"its strips or tiles are of {block_width:,} × {block_height:,} pixels")
    return across * down


def _blocks(data: bytes, fields: dict[int, np.ndarray], most: int) -> tuple[tuple[int, int], ...]:
    """Offset and length of the first `most` blocks."""
    nothing = np.empty(0, int)
    offsets = fields.get(TILE_OFFSETS, fields.get(OFFSETS, nothing))[:most]
    counts = fields.get(TILE_COUNTS, fields.get(COUNTS, np.full(len(offsets), len(data))))[:most]
    return tuple(zip(offsets.tolist(), counts.tolist(), strict=False))


def _check_jpegs(data: bytes, fields: dict[int, np.ndarray], blocks: int) -> None:
    """Each strip or tile is a JPEG without the tables that all share (Adobe, TIFF Technical Note 2)."""
    tables = fields[JPEG_TABLES].tobytes() if JPEG_TABLES in fields else b""
    left = 4 * len(data)
    for offset, count in _blocks(data, fields, blocks):
        part = data[offset : offset + count]
        left -= len(part)
        if left < 0:
            raise ValueError("its strips or tiles overlap")
        jpeg.raise_if_damaged(tables[:-2] + part[2:] if tables else part)


def _unpacks(compression: int) -> bool:
    return compression in (NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD)
