"""PNGs of every depth, colour type and transparency have the tones that their samples say; metadata hinders none."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core import images
from core.data.strip import without_metadata
from core.errors import ImageError
from core.images import png
from tests.making import encoded, noise

CHANNELS = {"grey": 1, "colour": 3, "grey alpha": 2, "colour alpha": 4}
TYPES = {"grey": 0, "colour": 2, "grey alpha": 4, "colour alpha": 6}
DEPTHS = [*((bits, "grey") for bits in (1, 2, 4, 8, 16)), *((bits, kind) for kind in [*TYPES][1:] for bits in (8, 16))]
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def rows_of(samples, bits):
    """The filtered rows of (H, W, C) samples, filter 0 each."""
    if not samples.size:
        return b""
    flat = samples.reshape(len(samples), -1)
    if bits == 16:
        return b"".join(b"\0" + row.astype(">u2").tobytes() for row in flat)
    if bits == 8:
        return b"".join(b"\0" + row.astype(np.uint8).tobytes() for row in flat)
    bit_rows = (flat[..., None] >> np.arange(bits)[::-1] & 1).reshape(len(flat), -1).astype(np.uint8)
    return b"".join(b"\0" + np.packbits(row).tobytes() for row in bit_rows)


def write(samples, bits, kind, before=b"", after=b"", interlaced=False, lines=None):
    """A PNG written by its specification, without Pillow."""
    height, width = samples.shape[:2]
    parts = [samples[y::down, x::right] for x, y, right, down in PASSES] if interlaced else [samples[:lines]]
    data = zlib.compress(b"".join(rows_of(part, bits) for part in parts))
    header = struct.pack(">IIBBBBB", width, height, bits, TYPES[kind], 0, 0, int(interlaced))
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), before, chunk(b"IDAT", data), after, chunk(b"IEND", b"")]
    )


def drawn(bits, kind, seed=0):
    return np.random.default_rng(seed).integers(0, 1 << bits, (13, 21, CHANNELS[kind]))


def expected(samples, bits, alpha=None):
    """Shares of white, mixed with white where transparent, as 0 to 255."""
    share = samples / ((1 << bits) - 1)
    if samples.shape[2] in (2, 4):
        share, alpha = share[..., :-1], share[..., -1]
    if alpha is not None:
        share = share * alpha[..., None] + 1 - alpha[..., None]
    return (share[..., 0] if share.shape[2] == 1 else share) * 255


def agrees(data, wanted, exactly=True):
    seen = np.asarray(images.decode(data))
    assert seen.shape == wanted.shape
    assert np.abs(seen - wanted).max() <= (0.5 + 1e-6 if exactly else 1.5)


@pytest.mark.parametrize(("bits", "kind"), DEPTHS)
@pytest.mark.parametrize("interlaced", [False, True])
def test_every_depth_and_kind_keeps_its_tones(bits, kind, interlaced):
    samples = drawn(bits, kind)

    # 8 bits with alpha are composited by Pillow, in whole numbers
    agrees(
        write(samples, bits, kind, interlaced=interlaced), expected(samples, bits), bits == 16 or "alpha" not in kind
    )


@pytest.mark.parametrize(("bits", "kind"), [one for one in DEPTHS if "alpha" not in one[1]])
def test_a_transparent_tone_is_white_and_no_other(bits, kind):
    samples = drawn(bits, kind)
    transparent = samples[5, 7]
    alpha = 1.0 - (samples == transparent).all(axis=2)
    chosen = struct.pack(f">{len(transparent)}H", *transparent.tolist())

    agrees(write(samples, bits, kind, chunk(b"tRNS", chosen)), expected(samples, bits, alpha))


def test_every_tone_of_16_bits_is_rounded_alike_in_grey_and_colour():
    tones = np.arange(65536).reshape(256, 256, 1)
    rounded = np.round(tones / 257)

    grey = np.asarray(images.decode(write(tones, 16, "grey"), at_least=256))
    colour = np.asarray(images.decode(write(np.repeat(tones, 3, 2), 16, "colour"), at_least=256))

    np.testing.assert_array_equal(grey, rounded[..., 0])
    np.testing.assert_array_equal(colour, np.repeat(rounded, 3, 2))


@pytest.mark.parametrize("kind", [*TYPES])
def test_16_bits_that_lose_their_metadata_keep_their_samples(kind):
    samples = drawn(16, kind)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    private = chunk(b"eXIf", exif.tobytes()[6:]) + chunk(b"tEXt", b"Author\0Ada") + chunk(b"tIME", bytes(7))
    data = write(samples, 16, kind, private, chunk(b"vnDR", b"Ada again"))

    kept, suffix = without_metadata(data)

    assert suffix == ".png"
    assert b"Ada" not in kept and b"A camera" not in kept and b"tIME" not in kept
    np.testing.assert_array_equal(np.asarray(images.decode(kept)), np.asarray(images.decode(data)))
    np.testing.assert_allclose(np.asarray(images.decode(kept)), np.rot90(expected(samples, 16), -1), atol=0.5 + 1e-6)


BOMB = zlib.compress(bytes(300 << 20), 9)  # 300 kB that unpack to 300 MB
LONG = b"words " * 400_000
METADATA = {
    "a long text": chunk(b"tEXt", b"Comment\0" + LONG),
    "a long packed text": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(LONG)),
    "a long international text": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + LONG),
    "a long packed international text": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(LONG)),
    "a long profile": chunk(b"iCCP", b"profile\0\0" + zlib.compress(LONG)),
    "many texts": chunk(b"tEXt", b"Comment\0" + bytes(900_000)) * 80,
    "bombs": b"".join(
        chunk(kind, start + BOMB)
        for kind, start in ((b"zTXt", b"a\0\0"), (b"iTXt", b"b\0\1\0\0\0"), (b"iCCP", b"c\0\0"))
    ),
    "packed text that is none": chunk(b"zTXt", b"Comment\0\0not packed"),
    "a profile packed in an unknown way": chunk(b"iCCP", b"profile\0\7" + zlib.compress(b"x")),
    "short chunks": chunk(b"gAMA", b"") + chunk(b"cHRM", b"x") + chunk(b"pHYs", b"xy") + chunk(b"sRGB", b""),
    "a wrong checksum": chunk(b"tEXt", b"Comment\0hello")[:-4] + b"abcd",
    "texts without a keyword": chunk(b"tEXt", b"") + chunk(b"iTXt", b"") + chunk(b"zTXt", b"x"),
}


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("what", METADATA)
def test_a_whole_png_is_read_and_kept_whatever_its_metadata(what, place):
    samples = drawn(8, "colour")

    data = write(samples, 8, "colour", **{place: METADATA[what]})

    for given in (data, without_metadata(data)[0]):
        np.testing.assert_array_equal(np.asarray(images.decode(given)), samples)


def test_texts_that_unpack_to_gigabytes_are_not_unpacked(monkeypatch):
    """FAULTS 3"""
    largest = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self):
            self.stream = real()

        def decompress(self, packed, most=0):
            out = self.stream.decompress(packed, most)
            largest.append(len(out))
            return out

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    data = write(drawn(8, "grey"), 8, "grey", METADATA["bombs"])

    images.decode(data)

    assert 0 < max(largest) <= 1 << 20


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_31_of_many_packed_texts_and_profiles_no_more_is_unpacked_than_is_read(monkeypatch, kind):
    unpacked = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self):
            self.stream = real()
            self.eof, self.unused_data = True, b""

        def decompress(self, packed, most=0):
            unpacked.append(len(self.stream.decompress(packed, most)))
            return bytes(unpacked[-1])

    samples = drawn(8, "grey")
    one = chunk(kind, b"note\0\0" + zlib.compress(bytes((1 << 20) - 1), 9))
    data = write(samples, 8, "grey", one * 60)
    monkeypatch.setattr(zlib, "decompressobj", Watched)

    png.readable(data)
    png.without_metadata(data, b"")

    assert 0 < sum(unpacked) <= 6 << 20


def test_31_what_follows_the_end_of_the_pixels_is_not_gone_through(monkeypatch):
    calls = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self):
            self.stream = real()

        def decompress(self, packed, most=0):
            calls.append(len(packed))
            return self.stream.decompress(packed, most)

        def __getattr__(self, name):
            return getattr(self.stream, name)

    header = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)
    few = zlib.compress(bytes(65 * 10))
    end = chunk(b"IDAT", b"more") * 5000 + chunk(b"IEND", b"")
    data = png.SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", few) + end
    monkeypatch.setattr(zlib, "decompressobj", Watched)

    with pytest.raises(ImageError, match="rows are missing"):
        images.decode(data)

    assert 0 < len(calls) < 10


def test_a_long_private_note_is_still_told_of():
    data = write(drawn(8, "grey"), 8, "grey", METADATA["a long packed international text"])

    assert images.decode(data).info["metadata"] == ("notes",)


def test_what_pillow_itself_limits_is_read():
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "x" * (PngImagePlugin.MAX_TEXT_CHUNK + 1), zip=True)
    pixels = noise(0, 20, 20)

    data = encoded(pixels, "PNG", pnginfo=text)

    with pytest.raises(ValueError, match="MAX_TEXT_CHUNK"):
        Image.open(io.BytesIO(data)).load()
    np.testing.assert_array_equal(np.asarray(images.decode(data)), pixels)


def chunks_of(data):
    at, found = 8, []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def test_wrong_bytes_in_pixel_data_are_damage():
    """Also where they unpack to something: the checksum of the chunk tells."""
    data = encoded(noise(0, 60, 60), "PNG")
    place = data.index(b"IDAT") + 4
    half = (len(data) - place) // 2

    with pytest.raises(ImageError, match="damaged or cut off"):
        images.decode(data[: place + half] + bytes(len(data) - place - half - 12) + data[-12:])
    with pytest.raises(ImageError, match=r"damaged or cut off \(checksum of IDAT\)"):
        images.decode(data[: place + 9] + bytes([data[place + 9] ^ 1]) + data[place + 10 :])


@pytest.mark.parametrize("kind", [*TYPES])
@pytest.mark.parametrize("bits", [8, 16])
def test_pixel_data_that_ends_early_is_damage(kind, bits):
    samples = drawn(bits, kind)

    with pytest.raises(ImageError, match=r"damaged or cut off \(rows are missing\)"):
        images.decode(write(samples, bits, kind, lines=6))


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_black_last_row_is_no_damage(interlaced):
    samples = drawn(8, "colour")
    samples[-4:] = 0

    np.testing.assert_array_equal(
        np.asarray(images.decode(write(samples, 8, "colour", interlaced=interlaced))), samples
    )


def test_a_usual_png_is_not_copied():
    data = encoded(Image.fromarray(noise(40, 30)), "PNG")
    assert png.readable(data) is data
    assert png.readable(data + b"behind its end") == data
