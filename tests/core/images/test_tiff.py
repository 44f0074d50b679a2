"""TIFFs of every type, byte order, photometric interpretation, alpha, plane and packing have the tones that they say."""

import io
import itertools
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage import data as photos

from core import images
from core.data.strip import without_metadata
from core.errors import ImageError
from tests.making import encoded

H, W = 23, 37
WHITE = {"uint8": 255, "uint16": 65535, "int8": 255, "int16": 65535, "int32": 65535, "uint32": 65535}
COLOURS = {"minisblack": 1, "miniswhite": 1, "rgb": 3}


def written(array, **options):
    """What tifffile writes of (H, W, C), or of (C, H, W) where planes are separate."""
    out = io.BytesIO()
    tifffile.imwrite(out, array, metadata=None, software=None, **options)
    return out.getvalue()


def drawn(dtype, channels, seed=0):
    most = min(np.iinfo(dtype).max, 65535)
    return np.random.default_rng(seed).integers(0, most, (H, W, channels), dtype, endpoint=True)


def expected(values, photometric, alpha):
    """0 to 255 in exact shares: inverted where white is zero, on white where transparent."""
    white = WHITE[values.dtype.name]
    colours = COLOURS[photometric]
    share = values[..., :colours] / white
    cover = values[..., colours : colours + 1] / white if alpha in ("assocalpha", "unassalpha") else 1
    if alpha == "assocalpha":
        share = np.maximum(cover, share) - share if photometric == "miniswhite" else share
        share = np.minimum(share + 1 - cover, 1)
    else:
        share = (1 - share if photometric == "miniswhite" else share) * cover + 1 - cover
    return share[..., 0] * 255 if colours == 1 else share * 255


def agrees(data, wanted, tolerance=0.5):
    seen = np.asarray(images.decode(data))
    assert seen.shape == wanted.shape
    assert np.abs(seen - wanted).max() <= tolerance + 1e-6


TABLE = [
    one
    for one in itertools.product(
        ["uint8", "uint16", "int8", "int16", "uint32", "int32"],
        ["minisblack", "miniswhite", "rgb"],
        [None, "assocalpha", "unassalpha", "unspecified"],
        ["contig", "separate"],
        "<>",
        [None, "zlib"],
    )
    if not (one[2] is None and one[1] != "rgb" and one[3] == "separate")
]


@pytest.mark.parametrize(("dtype", "photometric", "alpha", "planar", "order", "packed"), TABLE)
def test_what_tifffile_writes_keeps_its_tones(dtype, photometric, alpha, planar, order, packed):
    values = drawn(dtype, COLOURS[photometric] + (alpha is not None))
    stored = values if planar == "contig" else np.moveaxis(values, 2, 0)
    stored = np.ascontiguousarray(stored[..., 0] if values.shape[2] == 1 else stored)
    several = {"planarconfig": planar} if values.shape[2] > 1 else {}
    extra = {"extrasamples": [alpha]} if alpha else {}

    data = written(
        stored, photometric=photometric, byteorder=order, compression=packed, rowsperstrip=7, **several, **extra
    )

    np.testing.assert_array_equal(tifffile.imread(io.BytesIO(data)), stored)
    # Pillow composites 8 bits with alpha, in whole numbers
    agrees(data, expected(values, photometric, alpha), 1.5 if dtype == "uint8" and alpha == "unassalpha" else 0.5)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("tile", [(16, 16), (32, 48)])
@pytest.mark.parametrize("packed", [None, "zlib"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_tiles_and_big_files_keep_their_tones(order, tile, packed, channels):
    values = drawn("uint16", channels)
    photometric = "rgb" if channels > 1 else "minisblack"

    data = written(
        values[..., 0] if channels == 1 else values,
        photometric=photometric, byteorder=order, tile=tile, compression=packed, bigtiff=channels == 3,
    )  # fmt: skip

    agrees(data, expected(values, photometric, "unassalpha" if channels == 4 else None))


def test_every_tone_of_16_bits_is_rounded_alike_in_grey_and_colour():
    tones = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    rounded = np.round(tones / 257)

    for values, photometric in ((tones, "minisblack"), (np.repeat(tones[..., None], 3, 2), "rgb")):
        seen = np.asarray(images.decode(written(values, photometric=photometric), at_least=256))
        np.testing.assert_array_equal(seen, rounded if values.ndim == 2 else np.repeat(rounded[..., None], 3, 2))


def by_hand(values, order="<", compression=1, differences=False, bits=16, fill_order=1):
    """A TIFF of strips of 5 rows by its specification; libtiff packs their bytes as those of a grey picture."""
    height, width, channels = values.shape
    stored = values.copy()
    if differences:
        stored[:, 1:] -= values[:, :-1]
    rows = stored.astype(f"{order}u2").reshape(height, -1).view(np.uint8)
    if bits == 12:
        flat = (stored.reshape(height, -1)[..., None] >> np.arange(12)[::-1] & 1).reshape(height, -1)
        rows = np.packbits(flat.astype(np.uint8), axis=1)
    strips = [packed_by_libtiff(rows[top : top + 5], compression) for top in range(0, height, 5)]
    if fill_order == 2:
        strips = [bytes(int(f"{byte:08b}"[::-1], 2) for byte in strip) for strip in strips]
    at = 8
    offsets = []
    for strip in strips:
        offsets.append(at)
        at += len(strip)
    fields = [(256, 4, [width]), (257, 4, [height]), (258, 3, [bits] * channels), (259, 3, [compression]),
              (262, 3, [2 if channels == 3 else 1]), (266, 3, [fill_order]), (273, 4, offsets), (277, 3, [channels]),
              (278, 4, [5]), (279, 4, [len(strip) for strip in strips]), (317, 3, [1 + differences])]  # fmt: skip
    directory, lists = b"", b""
    beyond = at + 2 + 12 * len(fields) + 4
    for tag, kind, values_ in fields:
        body = struct.pack(f"{order}{len(values_)}{'H' if kind == 3 else 'I'}", *values_)
        if len(body) > 4:
            body, lists = struct.pack(f"{order}I", beyond + len(lists)), lists + body
        directory += struct.pack(f"{order}HHI", tag, kind, len(values_)) + body.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, at)
    return b"".join([head, *strips, struct.pack(f"{order}H", len(fields)), directory, bytes(4), lists])


def packed_by_libtiff(rows, compression):
    if compression == 1:
        return rows.tobytes()
    name = {5: "tiff_lzw", 8: "tiff_adobe_deflate", 32773: "packbits", 34925: "lzma", 50000: "zstd"}[compression]
    file = encoded(Image.fromarray(rows), "TIFF", compression=name, tiffinfo={278: len(rows)})
    with tifffile.TiffFile(io.BytesIO(file)) as tif:
        (offset,), (count,) = tif.pages[0].dataoffsets, tif.pages[0].databytecounts
    return file[offset : offset + count]


@pytest.mark.parametrize("compression", [1, 5, 8, 32773, 34925, 50000])
@pytest.mark.parametrize("differences", [False, True])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("channels", [1, 3])
def test_every_packing_of_16_bits_is_unpacked(compression, differences, order, channels):
    values = drawn("uint16", channels)

    data = by_hand(values, order, compression, differences)

    agrees(data, expected(values, "rgb" if channels == 3 else "minisblack", None))


@pytest.mark.parametrize("compression", [1, 5])
def test_bits_in_reverse_order_are_turned(compression):
    values = drawn("uint16", 3)

    agrees(by_hand(values, compression=compression, fill_order=2), expected(values, "rgb", None))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("order", "<>")
def test_12_bits_have_white_at_4095(channels, order):
    values = drawn("uint16", channels) % 4096

    seen = values / 4095 * 255
    agrees(by_hand(values, order, bits=12), seen[..., 0] if channels == 1 else seen)


@pytest.mark.parametrize("order", "<>")
def test_cmyk_of_16_bits_is_rounded_before_it_is_converted(order):
    values = drawn("uint16", 4)

    data = written(values, photometric="separated", byteorder=order)

    inks = Image.frombytes("CMYK", (W, H), np.round(values / 257).astype(np.uint8).tobytes())
    np.testing.assert_array_equal(np.asarray(images.decode(data)), np.asarray(inks.convert("RGB")))


@pytest.mark.parametrize(
    ("mode", "dtype", "photometric", "alpha"),
    [("I;16", "<u2", "minisblack", None), ("I;16B", ">u2", "minisblack", None), ("I", "<i4", "minisblack", None),
     ("L", "u1", "minisblack", None), ("LA", "u1", "minisblack", "unassalpha"),
     ("RGB", "u1", "rgb", None), ("RGBA", "u1", "rgb", "unassalpha"), ("RGBX", "u1", "rgb", "unspecified")],
)  # fmt: skip
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_what_pillow_writes_keeps_its_tones(mode, dtype, photometric, alpha, compression):
    channels = COLOURS[photometric] + (alpha is not None)
    wide = "uint8" if dtype == "u1" else "uint16"
    values = drawn(wide, channels)
    image = Image.frombytes(mode, (W, H), values.astype(dtype).tobytes())

    agrees(
        encoded(image, "TIFF", compression=compression), expected(values, photometric, alpha), 0.5 + (alpha is not None)
    )


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "YCbCr"])
def test_what_pillow_writes_otherwise_is_as_pillow_reads_it(mode):
    image = Image.fromarray(drawn("uint8", 3)).convert(mode)

    data = encoded(image, "TIFF")

    with Image.open(io.BytesIO(data)) as read:
        wanted = np.asarray(read.convert("L" if mode == "1" else "RGB"))
    np.testing.assert_array_equal(np.asarray(images.decode(data)), wanted)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_come_upright_also_when_kept(orientation, channels):
    values = drawn("uint16", channels)
    photometric = "rgb" if channels == 3 else "minisblack"
    data = written(
        values if channels == 3 else values[..., 0],
        photometric=photometric,
        extratags=[(274, "H", 1, orientation, True), (271, "s", 0, "A camera", True), (700, "B", 3, b"xmp", True)],
    )
    turned = {
        1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: lambda a: np.swapaxes(a, 0, 1),
        6: lambda a: np.rot90(a, -1), 7: lambda a: np.swapaxes(np.rot90(a, 2), 0, 1), 8: np.rot90,
    }[orientation]  # fmt: skip
    wanted = turned(expected(values, photometric, None))

    agrees(data, wanted)
    kept, suffix = without_metadata(data)
    agrees(kept, wanted)

    read = images.decode(data)
    assert read.info["original_size"] == read.size
    assert read.info["metadata"] == (("orientation",) if orientation > 1 else ()) + ("camera", "notes")
    assert suffix == ".png" and b"A camera" not in kept and b"xmp" not in kept
    assert images.decode(kept).info["original_mode"] == read.info["original_mode"]


@pytest.mark.parametrize("alpha", ["assocalpha", "unassalpha"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_alpha_is_the_same_when_kept(alpha, dtype):
    values = drawn(dtype, 4)

    data = written(values, photometric="rgb", extrasamples=[alpha], compression="zlib")

    kept = np.asarray(images.decode(without_metadata(data)[0])).astype(int)
    assert np.abs(kept - np.asarray(images.decode(data))).max() <= 1


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        (np.full((4, 4), -3, np.int16), {}, r"a.tif has negative tones \(from -3\); move them to 0"),
        (np.full((4, 4), -3, np.int8), {}, r"a.tif has negative tones \(from -3\)"),
        (np.full((4, 4), 70_000, np.uint32), {}, "a.tif has 32-bit tones"),
        (np.ones((4, 4), np.float32), {}, "a.tif has floating-point tones; save it with 8 or 16 bits"),
        (np.ones((4, 4, 3), np.float16), {"photometric": "rgb"}, "a.tif has floating-point tones"),
        (np.ones((4, 4), np.float64), {}, "a.tif has floating-point tones"),
        (
            np.ones((4, 4), np.uint64),
            {},
            "a.tif is a TIFF with 1 × 64 bits .*which Fovea does not read. Save it as grey",
        ),
        (
            np.ones((4, 4, 5), np.uint16),
            {"photometric": "minisblack", "planarconfig": "contig"},
            "a TIFF with 5 × 16 bits",
        ),
        (np.ones((4, 4, 3), np.uint16), {"photometric": "cielab"}, "a TIFF with 3 × 16 bits .photometric 8"),
    ],
)
def test_what_has_no_right_tones_is_refused_with_what_to_do(values, options, said):
    with pytest.raises(ImageError, match=said):
        images.decode(written(values, **options), "a.tif")


@pytest.mark.parametrize("compression", [1, 5, 8, 34925, 50000])
def test_damaged_16_bits_are_left_out(compression):
    data = by_hand(drawn("uint16", 3), compression=compression)
    cut = bytearray(data)
    cut[300:2000] = bytes(1700)

    if compression != 1:  # which is bytes without redundancy
        with pytest.raises(ImageError, match="damaged or cut off"):
            images.decode(bytes(cut))
    with pytest.raises(ImageError, match=r"damaged or cut off|not a picture"):
        images.decode(data[: len(data) // 2])


def test_a_wrong_byte_in_a_deflated_strip_of_8_bits_is_damage():
    values = drawn("uint8", 3) // 128
    data = bytearray(written(values, photometric="rgb", compression="zlib", rowsperstrip=4))
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as tif:
        place = tif.pages[0].dataoffsets[2] + tif.pages[0].databytecounts[2] // 2
    data[place] ^= 16

    with pytest.raises(ImageError, match="damaged or cut off"):
        images.decode(bytes(data))


@pytest.mark.parametrize("mode", ["RGB", "L", "YCbCr"])
def test_a_jpeg_within_a_tiff_is_looked_at_as_any_other(mode):
    photo = Image.fromarray(photos.coffee()).resize((320, 240)).convert(mode)
    data = encoded(photo, "TIFF", compression="jpeg")
    with tifffile.TiffFile(io.BytesIO(data)) as tif:
        middle = tif.pages[0].dataoffsets[-1] + tif.pages[0].databytecounts[-1] // 2

    assert images.decode(data).size == (320, 240)
    with pytest.raises(ImageError, match="corrupt JPEG data"):
        images.decode(data[:middle] + bytes(200) + data[middle + 200 :])
