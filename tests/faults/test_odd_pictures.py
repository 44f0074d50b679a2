"""FAULTS 9 and 12: one odd picture ends no import and no export, and what it tells of its owner leaves with neither."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from skimage import data as photos

from core import images
from core.data.add import add
from core.data.dataset import read_left_out
from core.data.export_data import export_data
from core.data.strip import without_metadata
from core.errors import ImageError
from tests.making import encoded, files_below, write_classes

MARKER = b"Secret Camera of Ada"
TOO_LARGE = struct.pack("<HHII", 0x0112, 4, 1, 70000)
TIFF_0_WIDE = struct.pack("<2sHIH", b"II", 42, 8, 4) + b"".join(
    struct.pack("<HHII", tag, 4, 1, value) for tag, value in ((256, 0), (257, 16), (258, 16), (273, 8))
)
NO_PALETTE = encoded(Image.new("P", (9, 9))).replace(b"PLTE", b"plTE")


def odd_exif():
    camera = struct.pack("<HHII", 0x010F, 2, len(MARKER), 38)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + camera + TOO_LARGE + bytes(4) + MARKER


@pytest.fixture
def folder(tmp_path):
    photo = Image.fromarray(photos.coffee()).resize((30, 20))
    folder = write_classes(tmp_path / "in", {"cat": 3, "dog": 3})
    for kind in ("jpeg", "png", "webp"):
        (folder / "cat" / f"odd.{kind}").write_bytes(encoded(photo, kind.upper(), exif=odd_exif()))
    (folder / "dog/empty.tif").write_bytes(TIFF_0_WIDE)
    (folder / "dog/palette.png").write_bytes(NO_PALETTE)
    return folder


@pytest.mark.parametrize("keep", [True, False])
def test_12_an_odd_orientation_ends_no_import_and_no_export(workspace, folder, tmp_path, keep):
    dataset = add(workspace, str(folder), keep=keep)
    export_data(workspace, dataset, tmp_path / "out.zip")

    assert (dataset.images, dataset.left_out) == (9, 2)
    assert MARKER not in b"".join(files_below(workspace.root).values())


def test_9_what_has_no_pixels_or_no_palette_is_left_out_with_the_reason(workspace, folder):
    left_out = read_left_out(workspace, add(workspace, str(folder))).set_index("path")["reason"]

    assert left_out["dog/empty.tif"] == "dog/empty.tif is 0 × 16 pixels; it holds no picture."
    assert "dog/palette.png is damaged or cut off" in left_out["dog/palette.png"]


def telling(kind):
    """The bytes of a small picture with the marker in all that Pillow writes beside it."""
    photo = Image.fromarray(photos.coffee()).resize((24, 20))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, MARKER.decode()
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", MARKER.decode())
    texts.add_itxt("XML:com.adobe.xmp", MARKER.decode())
    options = {
        "JPEG": {"exif": exif, "comment": MARKER, "xmp": MARKER, "progressive": True},
        "PNG": {"exif": exif, "pnginfo": texts},
        "WEBP": {"exif": exif, "xmp": MARKER, "lossless": True},
        "GIF": {"comment": MARKER},
        "TIFF": {"tiffinfo": {0x0112: 6, 0x010F: MARKER.decode()}},
        "AVIF": {"exif": exif.tobytes(), "xmp": MARKER},
        "BMP": {},
    }[kind]
    picture = photo.convert("P") if kind in ("GIF", "PNG") else photo
    return encoded(picture, kind, **options) + MARKER


def mutated(data, random):
    """`data` with a few bytes changed, taken out or put in."""
    data = bytearray(data)
    for _ in range(random.integers(1, 5)):
        place, length = random.integers(0, len(data)), random.integers(1, 9)
        put_in = [random.bytes(length), b"", random.bytes(1), b"\xff" * 4, bytes(4)][random.integers(5)]
        taken_out = [0, length, 1, 4, 4][random.integers(5)]
        data[place : place + taken_out] = put_in
    return bytes(data)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_12_a_damaged_picture_is_refused_or_kept_as_it_looks_without_its_metadata(kind):
    random, whole, kept = np.random.default_rng(0), telling(kind), 0
    for _ in range(600):
        data = mutated(whole, random)
        try:
            seen = images.decode(data)
        except ImageError:
            continue
        plain, _ = without_metadata(data)
        kept += 1
        assert MARKER not in plain
        np.testing.assert_array_equal(np.asarray(images.decode(plain)), np.asarray(seen))
    assert kept > 5


PHOTO = encoded(photos.coffee()[:40, :60], "JPEG")
COMMENT, SHORT = b"\xff\xfe\0\2", b"\0\0\0\0tEXt" + struct.pack(">I", zlib.crc32(b"tEXt"))
WIDEST = (64_000_000, 1)


@pytest.mark.parametrize("junk", [b"\0" * (2 << 20), b"\xff" * (2 << 20), COMMENT * 30_000, b"\xff\xd0" * 30_000])
@pytest.mark.parametrize("strip", [True, False])
def test_9_a_jpeg_with_a_heap_before_its_picture_is_refused_before_anybody_goes_through_it(monkeypatch, junk, strip):
    heap = PHOTO[:20] + junk + PHOTO[20:]
    monkeypatch.setattr(Image, "open", None)
    with pytest.raises(ImageError, match="more than 20,000 segments, or 1 MB between them"):
        without_metadata(heap) if strip else images.decode(heap)


def test_9_a_png_of_countless_chunks_is_refused(monkeypatch):
    whole = encoded(photos.coffee()[:40, :60])
    monkeypatch.setattr(Image, "open", None)
    with pytest.raises(ImageError, match="more than 200,000 chunks"):
        images.decode(whole[:33] + SHORT * 200_000 + whole[33:])


def test_9_what_pillow_has_no_memory_for_is_said(monkeypatch):
    whole = encoded(Image.new("RGBA", (1, 1)))
    head = b"IHDR" + struct.pack(">IIBBBBB", *WIDEST, 16, 6, 0, 0, 0)
    with pytest.raises(ImageError):
        images.decode(whole[:12] + head + struct.pack(">I", zlib.crc32(head)) + whole[33:])
