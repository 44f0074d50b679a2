"""Pixels of a JPEG, or the reason why its data is damaged; its segments without metadata.

libjpeg fills what it cannot decode with grey and counts a warning, which Pillow throws away. simplejpeg asks the same
libjpeg and tells, so the pixels come from there; they are Pillow's, bit by bit.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import simplejpeg
from PIL import Image

START_OF_SCAN, END_OF_IMAGE, HUFFMAN_TABLES = 0xDA, 0xD9, 0xC4
# What a picture consists of: frames, tables and scans (ISO/IEC 10918-1, table B.1); libjpeg reads no other.
PICTURE = frozenset((*range(0xC0, 0xC8), *range(0xC9, 0xD0), START_OF_SCAN, 0xDB, 0xDD))
APP0, EXIF, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
END_OF_BLOCK, SIXTEEN_ZEROS = 0x00, 0xF0
WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD8))  # where they are no part of a scan, decoders pass over them
HOLE = bytes(32)
MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # a stuffed zero and restarts are the scan's own
SURPLUS = re.compile(r"(\d+) extraneous bytes before marker")
MOST_SEGMENTS, MOST_BETWEEN = (
    20_000,
    1 << 20,
)  # segments, and bytes that belong to none: Pillow goes over each by itself
MOST_SCANS = 200  # a picture is drawn once for each; encoders make about ten
FEW = 2  # so many bytes too many are what some cameras leave, not what is left of damaged data
DAMAGE = ("Corrupt JPEG data", "Premature end of JPEG file")  # libjpeg's warnings (jerror.h); others tell of metadata


def read_strictly(data: bytes, width: int, height: int, mode: str) -> Image.Image | None:
    """The picture in the JPEG `data`; None where Pillow has to read it.

    Args:
        width: That of the picture, or of it at 1/2, 1/4 or 1/8 of its size, rounded up.
        mode: "L", "RGB", or Pillow's name of another mode, for which the data is looked at and None given.

    Raises:
        ValueError: Its data is damaged.
    """
    plain = mode in ("L", "RGB")
    _raise_if_endless(data)
    _raise_if_zeroed(data)
    try:
        if not plain:
            simplejpeg.decode_jpeg(data, "GRAY", min_height=1, min_width=1, min_factor=8)
            return None
        # a byte a pixel or four, as Pillow has them in memory, so that it need not copy them; decodes nothing larger
        pixels = np.empty((height, width, 1 if mode == "L" else 4), np.uint8)
        wanted = "GRAY" if mode == "L" else "RGBA"
        found = simplejpeg.decode_jpeg(data, wanted, False, False, height, width, buffer=pixels)
    except ValueError:
        raise_if_damaged(data)
        return None
    if found.shape != pixels.shape:
        return None
    flat = pa.Array.from_buffers(pa.uint8(), pixels.size, [None, pa.py_buffer(pixels)])
    return Image.fromarrow(flat if mode == "L" else pa.FixedSizeListArray.from_arrays(flat, 4), mode, (width, height))


def check_head(data: bytes) -> None:
    """Raise ValueError where a reader would be busy for ever with what stands before the picture of the JPEG `data`."""
    for marker, _, _ in _segments(data):
        if marker == START_OF_SCAN:
            return


def raise_if_damaged(data: bytes) -> None:
    """Raise ValueError if pixel data of the JPEG `data` is damaged, whatever else is wrong with it."""
    _raise_if_endless(data)
    _raise_if_zeroed(data)
    bare = _first_picture(data)
    try:
        simplejpeg.decode_jpeg(bare, "GRAY", min_height=1, min_width=1, min_factor=8)
    except ValueError as error:
        said = str(error)
        if said.startswith(DAMAGE) and not _is_padding(said, bare):
            raise ValueError(said[0].lower() + said[1:]) from error


def _raise_if_endless(data: bytes) -> None:
    scans = data.count(bytes([0xFF, START_OF_SCAN]))  # within a scan no 0xFF stands before it
    if scans > MOST_SCANS:
        raise ValueError(f"it draws the picture {scans:,} times over; the limit is {MOST_SCANS}")


def _raise_if_zeroed(data: bytes) -> None:
    if HOLE in data and _has_hole(data):
        raise ValueError("corrupt JPEG data: zeros in place of codes")


def _is_padding(said: str, bare: bytes) -> bool:
    """Whether the surplus bytes that libjpeg tells of are zeros after the last scan, or few."""
    surplus = SURPLUS.search(said)
    if not surplus:
        return False
    scan = bare[:-2]
    zeros = len(scan) - len(scan.rstrip(b"\0")) if said.endswith("0xd9") else 0
    return int(surplus[1]) <= max(FEW, zeros)


def _has_hole(data: bytes) -> bool:
    """Whether bytes of a scan were zeroed, which its Huffman codes (ISO/IEC 10918-1, F.1.2) do not give.

    A code of zeros alone is the first of its table. Where that is not the end of a block, no run of zeros outlasts one.
    """
    blank = {}  # by number of the table for AC coefficients: whether zeros may go on for ever
    sequential = False
    for marker, segment, scan in _segments(data):
        body = segment[4:]
        if marker in (0xC0, 0xC1):
            sequential = True
        elif marker == HUFFMAN_TABLES:
            while len(body) > 17:
                count = sum(body[1:17])
                if body[0] >> 4:
                    blank[body[0] & 15] = body[17] in (END_OF_BLOCK, SIXTEEN_ZEROS)
                body = body[17 + count :]
        elif marker == START_OF_SCAN and sequential:
            tables = body[2 : 1 + 2 * body[0] : 2]
            if not all(blank.get(table & 15, True) for table in tables) and HOLE in scan.rstrip(b"\0"):
                return True
    return False


def without_metadata(data: bytes, exif: bytes) -> bytes:
    """The first picture in the JPEG `data`, its data untouched, with how its colours are meant and `exif`; nothing else."""
    kept = (_without_secrets(marker, segment) + scan for marker, segment, scan in _segments(data))
    return b"".join([b"\xff\xd8", _segment(EXIF, b"Exif\0\0" + exif) if exif else b"", *kept, b"\xff\xd9"])


def _without_secrets(marker: int, segment: bytes) -> bytes:
    """What is kept of a segment by what it holds: applications use the same markers for anything."""
    body = segment[4:]
    is_profile = marker == APP2 and body.startswith(b"ICC_PROFILE\0")
    if marker in PICTURE or is_profile:
        return segment
    if marker == APP0 and body.startswith(b"JFIF\0") and len(body) >= 14:
        return _segment(APP0, body[:12] + bytes(2))  # without its thumbnail
    if marker == APP14 and body.startswith(b"Adobe") and len(body) >= 12:
        return _segment(APP14, body[:12])
    return b""


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _first_picture(data: bytes) -> bytes:
    """What decoding needs of the first picture in `data`: no metadata, no bytes between segments, nothing after its end."""
    kept = (segment + scan for marker, segment, scan in _segments(data) if marker in PICTURE)
    return b"".join([b"\xff\xd8", *kept, b"\xff\xd9"])


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Marker, segment and, of a scan, its data, up to the end of the first picture. Raises ValueError where there are too many."""
    at, segments, between = 2, 0, 0
    while 0 <= at < len(data) - 3:
        if segments > MOST_SEGMENTS or between > MOST_BETWEEN:
            raise ValueError(f"more than {MOST_SEGMENTS:,} segments, or {MOST_BETWEEN >> 20} MB between them")
        marker = data[at + 1]
        if data[at] != 0xFF or marker in (0x00, 0xFF):  # between segments: fill bytes, or what has no place there
            next_ff = data.find(b"\xff", at + 1)
            after = next_ff if next_ff >= 0 else len(data)
            at, between = after, between + after - at
            continue
        segments += 1
        if marker in WITHOUT_LENGTH:
            at += 2
            continue
        if marker == END_OF_IMAGE:
            return
        end = start = at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        if marker == START_OF_SCAN:
            found = MARKER_IN_SCAN.search(data, start)
            end = found.start() if found else len(data)
        yield marker, data[at:start], data[start:end]
        at = end
