import io

import numpy as np
import pytest
from PIL import Image
from skimage import data as photos
from skimage.transform import resize
from sklearn.datasets import load_sample_images

from core import images
from core.errors import ImageError
from tests.making import encoded, noise


@pytest.fixture(scope="module")
def coffee():
    return photos.coffee()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "GIF", "AVIF", "JPEG"])
def test_every_format_is_read(coffee, kind):
    options = {"WEBP": {"lossless": True}, "AVIF": {"quality": 95}, "JPEG": {"quality": 95}}.get(kind, {})

    decoded = np.asarray(images.decode(encoded(coffee, kind, **options), at_least=400))

    assert decoded.shape == coffee.shape
    tolerance = 0 if kind in ("PNG", "BMP", "TIFF", "WEBP") else 12
    assert np.abs(decoded.astype(int) - coffee).mean() <= tolerance


def test_a_real_photo_comes_as_pillow_reads_it():
    china = load_sample_images().images[0]

    np.testing.assert_array_equal(np.asarray(images.decode(encoded(china), at_least=427)), china)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_upright(coffee, orientation):
    # How a picture is stored that a viewer turns by the orientation (Exif 2.32, tag 274).
    stored = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation](coffee)
    exif = Image.Exif()
    exif[0x0112] = orientation

    decoded = images.decode(encoded(np.ascontiguousarray(stored), "PNG", exif=exif.tobytes()))

    np.testing.assert_array_equal(np.asarray(decoded), coffee)
    assert decoded.info["original_size"] == (600, 400)


def test_alpha_is_composited_on_white():
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., 0] = 255
    pixels[:2, :, 3] = 255
    pixels[2, :, 3] = 128

    decoded = np.asarray(images.decode(encoded(pixels)))

    assert decoded[0, 0].tolist() == [255, 0, 0]
    assert decoded[3, 0].tolist() == [255, 255, 255]
    assert decoded[2, 0].tolist() == [255, 127, 127]


@pytest.mark.parametrize("mode", ["P", "L"])
def test_a_transparent_colour_becomes_white(mode):
    image = Image.new(mode, (3, 1))
    if mode == "P":
        image.putpalette([0, 0, 0, 10, 20, 30, 200, 100, 50])
    image.putdata([0, 1, 2])

    decoded = np.asarray(images.decode(encoded(image, transparency=0)))

    assert (decoded[0, 0] == 255).all()
    assert (decoded[0, 1] < 50).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("alpha", [255, 254, 0])
def test_it_is_told_whether_any_pixel_is_not_opaque(kind, alpha):
    pixels = np.full((4, 4, 4), 255, np.uint8)
    pixels[1, 2, 3] = alpha
    options = {"lossless": True} if kind == "WEBP" else {}

    assert images.decode(encoded(pixels, kind, **options)).info["transparent"] is (alpha < 255)
    assert images.decode(encoded(pixels[..., :3].copy(), kind, **options)).info["transparent"] is False


def test_it_is_told_of_a_transparent_colour_only_where_a_pixel_has_it():
    image = Image.new("L", (3, 1), 7)

    assert images.decode(encoded(image, transparency=7)).info["transparent"] is True
    assert images.decode(encoded(image, transparency=8)).info["transparent"] is False


def test_16_bit_grey_is_divided_by_257_not_clipped():
    tones = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)

    decoded = np.asarray(images.decode(encoded(tones)))

    np.testing.assert_array_equal(decoded, np.round(tones / 257).astype(np.uint8))
    assert len(np.unique(decoded)) == 256


def test_cmyk_is_read_as_pillow_converts_it(coffee):
    cmyk = Image.fromarray(coffee).convert("CMYK")

    decoded = images.decode(encoded(cmyk, "TIFF"))

    assert decoded.info["original_mode"] == "CMYK"
    np.testing.assert_array_equal(np.asarray(decoded), np.asarray(cmyk.convert("RGB")))


def test_an_animation_gives_its_first_frame():
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]

    decoded = images.decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))

    assert np.asarray(decoded)[4, 4].tolist() == [255, 0, 0]


def test_floating_point_and_32_bit_tones_are_refused_with_advice():
    with pytest.raises(ImageError, match="floating-point tones; save it with 8 or 16 bits"):
        images.decode(encoded(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF"))
    with pytest.raises(ImageError, match="32-bit tones"):
        images.decode(encoded(Image.fromarray(np.full((4, 4), 70_000, np.int32)), "TIFF"))


@pytest.mark.parametrize("shape", [(90, 60), (60, 90), (64, 64), (31, 7)])
@pytest.mark.parametrize("how", images.FITS)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_fit_gives_the_size_and_channels_that_were_asked_for(shape, how, channels):
    fitted = images.fit(Image.fromarray(noise(0, *shape)), 24, channels, how)

    assert (fitted.shape, fitted.dtype) == ((24, 24, channels), np.uint8)


def test_crop_takes_the_middle():
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, 20:40] = 200

    assert (images.fit(Image.fromarray(wide), 20, 3, "crop") == 200).all()
    np.testing.assert_array_equal(images.fit(Image.fromarray(wide.transpose(1, 0, 2)), 20, 3, "crop"), 200)


def test_pad_keeps_all_and_fills_with_white():
    padded = images.fit(Image.fromarray(np.zeros((10, 40, 3), np.uint8)), 40, 3, "pad")

    assert (padded[15:25] == 0).all()
    assert (padded[:14] == 255).all()
    assert (padded[26:] == 255).all()


def test_stretch_keeps_all_and_fills_the_square():
    half = np.zeros((10, 40, 3), np.uint8)
    half[:, 20:] = 255

    stretched = images.fit(Image.fromarray(half), 20, 3, "stretch")

    assert (stretched[:, :9] == 0).all()
    assert (stretched[:, 11:] == 255).all()


def test_making_a_photo_smaller_is_antialiased_as_scikit_image_does_it(coffee):
    square = coffee[:, 100:500]

    ours = images.fit(Image.fromarray(square), 50, 3)

    theirs = resize(square, (50, 50), order=1, anti_aliasing=True, preserve_range=True)
    assert np.abs(ours - theirs).mean() < 3


def test_a_picture_that_has_the_size_already_keeps_its_pixels():
    pixels = noise(1, 28, 28, 1)

    np.testing.assert_array_equal(images.load(encoded(pixels), 28, 1)[..., 0], pixels)


def test_grey_is_the_luma_of_the_colours(coffee):
    grey = images.fit(Image.fromarray(coffee[:400, :400]), 400, 1)[..., 0]

    # ITU-R BT.601
    luma = coffee[:400, :400] @ [0.299, 0.587, 0.114]
    assert np.abs(grey - luma).max() <= 1


def test_a_large_jpeg_depends_on_its_bytes_and_the_size_alone(coffee):
    large = encoded(Image.fromarray(coffee).resize((2400, 1600)), "JPEG")

    small = images.decode(large, at_least=96)

    assert min(small.size) >= 160
    assert small.info["original_size"] == (2400, 1600)
    np.testing.assert_array_equal(np.asarray(small), np.asarray(images.decode(large, at_least=28)))
    assert images.decode(large, at_least=1600).size == (2400, 1600)


def test_a_path_and_its_bytes_give_the_same(tmp_path, coffee):
    (tmp_path / "cup.png").write_bytes(encoded(coffee))

    from_path = images.load(tmp_path / "cup.png", 32, 3)

    np.testing.assert_array_equal(from_path, images.load(encoded(coffee), 32, 3))


def test_a_path_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ImageError, match=r"gone\.png cannot be read \(No such file"):
        images.decode(tmp_path / "gone.png")


def test_arrays_become_pictures_like_decoded_ones():
    for shape in ((5, 6), (5, 6, 1), (5, 6, 3)):
        pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
        image = images.from_array(pixels)
        np.testing.assert_array_equal(np.asarray(image).reshape(shape), pixels)
        assert image.info["original_size"] == (6, 5)


def test_a_thumbnail_is_never_larger_than_its_picture():
    assert images.thumbnail(Image.new("L", (20, 10))).size == (20, 10)
    assert images.thumbnail(Image.new("L", (720, 360))).size == (160, 80)
    assert images.thumbnail(Image.new("L", (1024, 512))).size == (171, 86)  # a sixth of each side: near enough


@pytest.mark.parametrize("size", [96, 224, 300])
def test_a_jpeg_fits_like_its_pixels_in_another_format_however_large_it_is(size):
    """At just half of its size, where libjpeg gives what is asked for, gravel was sharper: 7 of 255 on average."""
    texture = Image.fromarray(np.tile(photos.gravel(), (3, 3))).convert("RGB")
    for factor in (1, 1.4, 2, 2.1, 3, 4):
        picture = texture.resize((round(factor * size),) * 2, Image.Resampling.LANCZOS)
        as_jpeg = encoded(picture, "JPEG", quality=88)
        as_png = encoded(Image.open(io.BytesIO(as_jpeg)), "PNG")

        ours, whole = (images.load(data, size, 3).astype(int) for data in (as_jpeg, as_png))

        assert np.abs(ours - whole).mean() < 3, factor
