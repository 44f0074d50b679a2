"""FAULTS: images."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from skimage import data as photos

from core import images
from core.data.add import add
from core.data.append import append
from core.data.checks import check
from core.data.dataset import picture_file, read_index, read_left_out, thumbnail_file
from core.data.packed import PackRecipe, pack
from core.data.sources import Picture
from core.errors import ImageError
from core.images import beginning
from pages.shared.routes import render
from tests.making import encoded, huge_png, memory_rises_by_less_than, noise, png, python, write_classes

SECRET = b"Secret Camera of Ada"


@pytest.fixture
def folder(tmp_path):
    return write_classes(tmp_path / "in", {"cat": 4, "dog": 4})


@pytest.fixture
def reason(workspace, folder):
    """Adds the folder with one more file, and gives the reason why that one was left out; the rest arrives."""

    def try_it(name, data):
        (folder / "cat" / name).write_bytes(data)
        dataset = add(workspace, str(folder))
        assert (dataset.images, dataset.left_out) == (8, 1)
        (row,) = read_left_out(workspace, dataset).to_dict("records")
        assert row["path"] == f"cat/{name}"
        return row["reason"]

    return try_it


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_half_a_picture_is_left_out_with_the_reason(reason, kind):
    """FAULTS 9: `verify()` accepts half a JPEG; only a full decode tells."""
    data = encoded(photos.coffee(), kind)

    assert reason(f"half.{kind.lower()}", data[: len(data) // 2]).startswith(f"cat/half.{kind.lower()} is ")


def test_an_empty_file_is_left_out_with_the_reason(reason):
    """FAULTS 9"""
    assert reason("empty.jpg", b"") == "cat/empty.jpg is empty (0 bytes)."


def test_text_called_jpg_is_left_out_with_the_reason(reason):
    """FAULTS 9"""
    assert "is not a picture, or not one that Fovea reads (JPEG, PNG" in reason("note.jpg", b"dear diary")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>", "an SVG drawing"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "an XML or SVG file"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1", "HEIC"),
    ],
)
def test_what_is_called_png_and_is_none_is_refused_by_what_it_is(reason, data, what):
    """FAULTS 10, and 13 for HEIC"""
    assert f"cat/drawing.png is {what}" in reason("drawing.png", data)


@pytest.mark.parametrize("kind", ["PCX", "TGA", "ICO", "PPM", "SGI"])
def test_only_the_decoders_on_the_list_are_ever_asked(kind):
    """FAULTS 10"""
    with pytest.raises(ImageError, match="not one that Fovea reads"):
        images.decode(encoded(noise(0, 32, 32), kind))


def test_a_jpeg_called_png_is_read(workspace, folder):
    """FAULTS 10"""
    (folder / "cat/really.png").write_bytes(encoded(photos.coffee(), "JPEG"))

    assert add(workspace, str(folder)).images == 9


@pytest.mark.parametrize("side", [8_001, 50_000, 2_000_000_000])
def test_pictures_of_too_many_pixels_are_refused_with_the_limit(reason, side):
    """FAULTS 11"""
    said = reason("huge.png", huge_png(side, side))

    assert said.startswith("cat/huge.png ")
    assert "64 million" in said
    assert said.endswith("Make it smaller.")


def test_50000_by_50000_pixels_take_no_memory():
    """FAULTS 11"""
    code = """
import resource
from core import images
from core.errors import ImageError
from tests.making import huge_png, png
images.decode(png(0))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for size in ((50_000, 50_000), (10_000, 6_500), (2_000_000_000, 2_000_000_000)):
    try:
        images.decode(huge_png(*size))
        print("read", size)
    except ImageError:
        pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""

    done = python("-c", code)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 50, "MB"


def exif(orientation):
    made = Image.Exif()
    made[0x010F] = SECRET.decode()
    made[0x0112] = orientation
    made.get_ifd(0x8825)[1] = "N"
    made.get_ifd(0x8825)[2] = (47.0, 22.0, 11.5)
    return made


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_phone_photo_comes_upright_and_its_place_and_camera_leave_nowhere(workspace, tmp_path, kind):
    """FAULTS 12"""
    upright = np.asarray(Image.fromarray(photos.coffee()).resize((90, 60)))
    lying = np.ascontiguousarray(np.rot90(upright))  # what a phone held upright stores, with orientation 6
    (tmp_path / "in/cup").mkdir(parents=True)
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95}}.get(kind, {})
    data = encoded(lying, kind, exif=exif(6).tobytes(), **options)
    assert SECRET in data
    (tmp_path / "in/cup/photo").write_bytes(data)

    dataset = add(workspace, str(tmp_path / "in"), keep=True)

    row = read_index(workspace, dataset).iloc[0]
    assert (row["width"], row["height"]) == (90, 60)
    kept = picture_file(workspace, dataset, row["file"])
    small = thumbnail_file(workspace, dataset, row["sha256"])
    for file in (kept, small):
        seen = np.asarray(images.decode(file)).astype(int)
        assert seen.shape == upright.shape
        assert np.abs(seen - upright).mean() < 8
    np.testing.assert_array_equal(
        pack(workspace, dataset, PackRecipe(32, 3)).take(np.array([0]))[0], images.load(data, 32, 3)
    )
    for path in workspace.root.rglob("*"):
        if path.is_file():
            assert SECRET not in path.read_bytes(), path
    with Image.open(kept) as image:
        assert not image.getexif().get_ifd(0x8825)
        assert set(image.getexif()) <= {0x0112}


def carrying_a_secret(kind):
    """The bytes of a photo that tells of its owner in every way that its format has."""
    photo = Image.fromarray(photos.coffee()).resize((90, 60))
    xmp = b"<x:xmpmeta><rdf:RDF>" + SECRET + b"</rdf:RDF></x:xmpmeta>"
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", SECRET.decode())
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(SECRET)) + SECRET
    options = {
        "JPEG": {"comment": SECRET, "xmp": xmp},
        "PNG": {"pnginfo": text},
        "WEBP": {"xmp": xmp},
        "GIF": {"comment": SECRET},
        "TIFF": {"description": SECRET.decode(), "artist": SECRET.decode()},
        "AVIF": {"xmp": xmp},
    }[kind]
    data = encoded(photo, kind, exif=exif(1).tobytes(), **options) if kind != "GIF" else encoded(photo, kind, **options)
    if kind == "JPEG":
        segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
        data = data[:2] + segment + data[2:] + b"\xff\xd8 a second picture " + SECRET
    assert SECRET in data
    return data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF"])
@pytest.mark.parametrize("way", ["added", "appended"])
def test_no_way_of_telling_of_its_owner_leaves_with_a_picture(workspace, folder, tmp_path, kind, way):
    """FAULTS 12"""
    photo = tmp_path / "photo"
    photo.write_bytes(carrying_a_secret(kind))
    if way == "added":
        (folder / "cat/photo").write_bytes(photo.read_bytes())
        dataset = add(workspace, str(folder), keep=True)
    else:
        dataset = append(workspace, add(workspace, str(folder)), [Picture("cat/photo", "cat", photo)], "")

    index = read_index(workspace, dataset)
    row = int(index.index[index["path"] == "cat/photo"][0])
    shown, _ = render(workspace, dataset.reference, row)
    assert SECRET not in shown
    for path in workspace.root.rglob("*"):
        assert path.is_dir() or SECRET not in path.read_bytes(), path
    kept = images.decode(picture_file(workspace, dataset, index["file"].iloc[row]))
    np.testing.assert_array_equal(np.asarray(kept), np.asarray(images.decode(photo)))


@pytest.mark.parametrize("brand", ["heic", "heix", "hevc", "mif1", "msf1"])
def test_heic_is_named_whatever_its_brand(reason, brand):
    """FAULTS 13"""
    said = reason("photo.jpg", b"\0\0\0\x18ftyp" + brand.encode() + bytes(60))

    assert said.startswith("cat/photo.jpg is HEIC, which Fovea does not read. Save it as JPEG")


@pytest.mark.parametrize(
    ("kind", "options"),
    [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("AVIF", {"quality": 100}), ("TIFF", {})],
)
def test_of_an_animation_the_first_frame_is_used_and_the_others_are_counted(workspace, folder, kind, options):
    """FAULTS 13: the large view says how many there are, and that the first is used"""
    colours = ("red", "lime", "blue")
    frames = [Image.new("RGB", (20, 20), colour) for colour in colours]
    film = folder / "cat" / f"film.{kind.lower()}"
    film.write_bytes(encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options))

    dataset = add(workspace, str(folder))

    row = read_index(workspace, dataset).set_index("path").loc[f"cat/{film.name}"]
    red, green, blue = np.asarray(images.decode(Path(row["file"])))[10, 10]
    assert red > 240 and green < 15 and blue < 15
    assert images.frames(film) == len(colours)


def test_a_still_picture_has_one_frame_also_a_phones_with_a_preview_behind_it(folder):
    """FAULTS 13"""
    photo = Image.fromarray(photos.coffee())
    (folder / "phone.jpg").write_bytes(encoded(photo, "MPO", save_all=True, append_images=[photo.resize((60, 40))]))
    (folder / "none.jpg").write_text("no picture")

    assert images.frames(folder / "phone.jpg") == 1
    assert images.frames(folder / "cat/000.png") == 1
    assert images.frames(folder / "none.jpg") == 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("way", ["kept", "where it is"])
def test_the_256_tones_of_a_dark_16_bit_picture_stay_apart(workspace, tmp_path, kind, way):
    """FAULTS 13: `convert` would make all above 255 white"""
    tones = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    (tmp_path / "in/cat").mkdir(parents=True)
    (tmp_path / "in/cat/a").write_bytes(encoded(tones, kind))

    dataset = add(workspace, str(tmp_path / "in"), keep=way == "kept")

    packed = pack(workspace, dataset, PackRecipe(16, 1)).take(np.array([0]))[0, ..., 0]
    np.testing.assert_array_equal(packed, np.arange(256).reshape(16, 16))
    assert dataset.channels == 1


@pytest.mark.parametrize(
    ("mode", "kind"), [("LA", "PNG"), ("RGBA", "PNG"), ("RGBA", "WEBP"), ("PA", "TIFF"), ("LA", "TIFF")]
)
@pytest.mark.parametrize("way", ["kept", "where it is"])
def test_alpha_of_every_mode_lies_on_white(workspace, tmp_path, mode, kind, way):
    """FAULTS 13"""
    black = Image.new({"LA": "L", "RGBA": "RGB", "PA": "P"}[mode], (20, 20))
    opaque = Image.new("L", (20, 20))
    opaque.paste(255, (0, 0, 10, 20))
    black.putalpha(opaque)
    assert black.mode == mode
    (tmp_path / "in/cat").mkdir(parents=True)
    options = {"lossless": True} if kind == "WEBP" else {}
    (tmp_path / "in/cat/a").write_bytes(encoded(black, kind, **options))

    dataset = add(workspace, str(tmp_path / "in"), keep=way == "kept")

    seen = np.asarray(images.decode(picture_file(workspace, dataset, read_index(workspace, dataset)["file"].iloc[0])))
    assert (seen[:, :10] == 0).all()
    assert (seen[:, 10:] == 255).all()


def test_16_bit_grey_cmyk_palette_alpha_and_animation_arrive_as_they_look(workspace, tmp_path):
    """FAULTS 13"""
    photo = Image.fromarray(photos.coffee()).resize((64, 64))
    tones = (np.arange(64 * 64).reshape(64, 64) * 16).astype(np.uint16)
    transparent = photo.copy()
    transparent.putalpha(Image.fromarray(noise(1, 64, 64, 1)))
    frames = [photo.convert("P"), photo.rotate(90).convert("P")]
    look = {
        "16bit.png": (encoded(tones), np.repeat(np.round(tones / 257).astype(np.uint8)[..., None], 3, 2)),
        "cmyk.tif": (encoded(photo.convert("CMYK"), "TIFF"), photo.convert("CMYK").convert("RGB")),
        "palette.png": (encoded(photo.convert("P")), photo.convert("P").convert("RGB")),
        "alpha.png": (
            encoded(transparent),
            Image.alpha_composite(Image.new("RGBA", (64, 64), "white"), transparent).convert("RGB"),
        ),
        "film.gif": (encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), frames[0].convert("RGB")),
    }
    (tmp_path / "in/cat").mkdir(parents=True)
    for name, (data, _) in look.items():
        (tmp_path / "in/cat" / name).write_bytes(data)

    dataset = add(workspace, str(tmp_path / "in"), keep=True)

    packed = pack(workspace, dataset, PackRecipe(64, 3))
    index = read_index(workspace, dataset)
    assert len(index) == len(look)
    for row in index.itertuples():
        expected = np.asarray(look[row.path.removeprefix("cat/")][1]).astype(int)
        seen = packed.take(np.array([row.Index]))[0].astype(int)
        assert np.abs(seen - expected).max() <= 1, row.path


def test_nearly_the_same_picture_in_train_and_test_is_a_leak_that_names_the_pair(workspace, tmp_path):
    """FAULTS 14"""
    folder = write_classes(tmp_path / "in", {"train/cat": 25, "train/dog": 25})
    write_classes(folder, {"test/cat": 5, "test/dog": 5}, first_seed=100)
    cup, rocket = Image.fromarray(photos.coffee()), Image.fromarray(photos.rocket())
    (folder / "train/cat/cup.png").write_bytes(encoded(cup))
    (folder / "test/cat/small.jpg").write_bytes(encoded(cup.resize((300, 200)), "JPEG", quality=60))
    (folder / "train/dog/rocket.jpg").write_bytes(encoded(rocket, "JPEG"))
    (folder / "test/dog/cropped.jpg").write_bytes(encoded(rocket.crop((19, 0, 640, 414)), "JPEG"))
    (folder / "test/dog/same.png").write_bytes((folder / "train/dog/000.png").read_bytes())

    issues = check(workspace, add(workspace, str(folder)))

    leaks = [issue for issue in issues if issue.kind == "split_leak"]
    assert {issue.severity for issue in leaks} == {"error"}
    assert {frozenset(issue.images) for issue in leaks} == {
        frozenset({"train/cat/cup.png", "test/cat/small.jpg"}),
        frozenset({"train/dog/rocket.jpg", "test/dog/cropped.jpg"}),
        frozenset({"train/dog/000.png", "test/dog/same.png"}),
    }


def test_the_decoders_memory_of_the_last_picture_never_shows_in_the_next():
    first, second = images.decode(png(1)), images.decode(png(2))

    assert (np.asarray(first) != np.asarray(second)).any()
    with Image.open(io.BytesIO(png(1))) as image:
        np.testing.assert_array_equal(np.asarray(first), np.asarray(image))


@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "PNG", "TIFF", "GIF", "BMP", "JPEG"])
def test_a_picture_with_damaged_bytes_is_read_or_left_out_and_never_an_accident(kind):
    """FAULTS 9"""
    photo = Image.effect_mandelbrot((200, 160), (-2, -1, 1, 1), 30).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    whole = bytearray(encoded(photo, kind, **({"exif": exif.tobytes()} if kind in ("JPEG", "PNG", "WEBP") else {})))
    random = np.random.default_rng(0)
    for _ in range(60):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 6):
            data[place] = random.integers(0, 256)
        try:
            assert images.decode(bytes(data)).mode in ("L", "RGB")
        except ImageError as error:
            assert "The picture" in str(error)


def test_damaged_metadata_hinders_no_picture():
    """FAULTS 9"""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(noise(0, 20, 30), "JPEG", exif=exif.tobytes())
    place = data.index(b"Exif\0\0") + 16
    damaged = data[:place] + bytes(8) + data[place + 8 :]

    assert images.decode(damaged).mode == "RGB"


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"\0\0\0\x20ftypmp42\0\0\0\0mp42isom", "a film"),
        (b"RIFF\xff\xff\xff\xffAVI LIST", "a film"),
        (b"\x1aE\xdf\xa3\x01\0\0\0", "a WebM or Matroska film"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\0" * 64, "not a picture, or not one"),
    ],
)
def test_31_a_film_of_6_gb_in_a_class_folder_is_left_out_early_and_memory_stays_flat(workspace, folder, head, what):
    film = folder / "cat" / "film.jpg"
    with film.open("wb") as file:
        file.write(head)
        file.truncate(6 << 30)
    with memory_rises_by_less_than(300e6):
        dataset = add(workspace, str(folder), keep=True)
    left_out = read_left_out(workspace, dataset)
    assert left_out["path"].tolist() == ["cat/film.jpg"]
    assert what in left_out["reason"].iloc[0]
    with pytest.raises(ImageError, match=what):
        images.decode(film)
    assert images.frames(film) == 1


@pytest.mark.parametrize("head", [b"\xff\xd8\xff", b"BM", b"II*\0"])
def test_31_a_file_larger_than_any_picture_is_not_read_whatever_it_begins_with(tmp_path, head):
    with (tmp_path / "large.bmp").open("wb") as file:
        file.write(head)
        file.truncate(beginning.MOST_BYTES + 1)
    with pytest.raises(ImageError, match=r"large\.bmp has 640 MB; a picture has 640 at most"):
        images.decode(tmp_path / "large.bmp")
