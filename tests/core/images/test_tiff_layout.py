"""A small TIFF takes little memory, whatever it claims: what it claims is refused before anything is unpacked."""

import struct
import zlib

import numpy as np
import pytest

from core import images
from core.errors import ImageError
from tests.making import encoded, memory_rises_by_less_than, noise

ROOM = 60e6  # bytes; a list with an entry for each of 64 million pixels takes a hundred times that
ROWS, OFFSETS, COUNTS, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS = 278, 273, 279, 322, 323, 324, 325


def made(width, height, rows=None, tile=None, compression=1, bits=16, blob=bytes(512), parts=1, further=()):
    """A grey TIFF of strips of `rows`, or of tiles, all of which are `blob`; (tag, type, number, value) `further`."""
    lists = struct.pack(f"<{2 * parts}I", *[8] * parts, *[len(blob)] * parts) if parts > 1 else b""
    places = (8 + len(blob), 8 + len(blob) + 4 * parts) if lists else (8, len(blob))
    fields = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, compression), (262, 3, 1, 1)]
    if tile:
        fields += [(TILE_WIDTH, 4, 1, tile[0]), (TILE_HEIGHT, 4, 1, tile[1])]
        fields += [(TILE_OFFSETS, 4, parts, places[0]), (TILE_COUNTS, 4, parts, places[1])]
    else:
        fields += [(ROWS, 4, 1, rows), (OFFSETS, 4, parts, places[0]), (COUNTS, 4, parts, places[1])]
    fields = sorted([*fields, *further])
    directory = b"".join(struct.pack("<HHII", *field) for field in fields)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(blob) + len(lists))
    return head + blob + lists + struct.pack("<H", len(fields)) + directory + bytes(4)


NOISE = encoded(noise(0, 400, 400, 1), "JPEG", quality=95)
CLAIMS = {
    "a pixel a tile": (made(8000, 8000, tile=(1, 1)), "more than 1,048,576 strips or tiles"),
    "a row a strip": (made(1, 64_000_000, rows=1), "more than 1,048,576 strips or tiles"),
    "a tile of two thousand million pixels": (made(16, 16, tile=(16, 1 << 27)), "tiles are of 16 × 134,217,728"),
    "one of 8 bits for libtiff": (made(16, 16, tile=(16, 1 << 27), compression=5, bits=8), "of 16 × 134,217,728"),
    "tiles without pixels": (made(16, 16, tile=(0, 16)), "have no pixels"),
    "no strips for all its rows": (made(16, 64, rows=16), "parts of the picture are missing"),
    "one JPEG as every strip": (made(400, 400, 1, compression=7, bits=8, blob=NOISE, parts=400), "overlap"),
    "no width": (made(0, 16, tile=(16, 16)), "is 0 × 16 pixels; it holds no picture"),
    "no height": (made(16, 0, tile=(16, 16)), "is 16 × 0 pixels; it holds no picture"),
    "too many pixels": (made(50_000, 50_000, rows=1), "50,000 × 50,000 pixels; the limit is 64 million"),
}


@pytest.mark.parametrize("what", CLAIMS)
def test_a_claim_that_no_picture_makes_is_refused_and_memory_stays_flat(what):
    data, said = CLAIMS[what]
    with memory_rises_by_less_than(ROOM), pytest.raises(ImageError, match=said):
        images.decode(data, "a.tif")


@pytest.mark.filterwarnings("ignore:Tag data larger than file")
def test_fields_that_all_claim_the_whole_file_take_no_memory():
    blob = bytes(200_000)
    further = [(1000 + tag, 1, len(blob), 8) for tag in range(2000)]

    with memory_rises_by_less_than(ROOM):
        seen = images.decode(made(16, 16, rows=16, blob=blob, further=further))

    assert not np.asarray(seen).any()


@pytest.mark.parametrize("compression", [1, 8])
def test_strips_that_all_claim_the_whole_file_take_no_memory(compression):
    blob = {1: bytes(2_000_000), 8: zlib.compress(bytes(32)) + bytes(2_000_000)}[compression]

    with memory_rises_by_less_than(ROOM):
        seen = images.decode(made(16, 1000, rows=1, compression=compression, blob=blob, parts=1000))

    assert seen.size == (16, 1000) and not np.asarray(seen).any()


@pytest.mark.parametrize("of_offsets", [4, 13], ids=["LONG", "IFD"])
def test_10_a_cameras_raw_photo_is_no_small_preview(of_offsets):
    preview = [(254, 4, 1, 1), (330, of_offsets, 1, 8)]
    with pytest.raises(ImageError, match=r"a.dng is a camera's raw photo, .* Export it as JPEG."):
        images.decode(made(16, 16, rows=16, further=preview), "a.dng")

    for fields in (
        [(254, 4, 1, 0), (330, 4, 1, 8)],
        [(254, 4, 1, 1)],
    ):  # smaller copies beside the picture; a small picture
        assert images.decode(made(16, 16, rows=16, further=fields), "a.tif").size == (16, 16)
