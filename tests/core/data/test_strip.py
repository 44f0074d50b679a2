import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from skimage import data as photos

from core import images
from core.data.strip import without_metadata
from tests.making import encoded

SECRET = b"Secret Camera of Ada"

REFUSED = {("JPEG", "RGBA"), ("JPEG", "P"), ("PNG", "CMYK"), ("WEBP", "CMYK")}  # Pillow writes none


def exif(orientation=1):
    made = Image.Exif()
    made[0x010F] = SECRET.decode()
    made[0x0112] = orientation
    gps = made.get_ifd(0x8825)
    gps[1], gps[2] = "N", (47.0, 22.0, 11.5)
    return made


@pytest.fixture(scope="module")
def photo():
    return Image.fromarray(photos.coffee()).resize((90, 60))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_exif_goes_and_the_pixels_and_their_upright_stay(photo, kind, orientation):
    data = encoded(photo, kind, exif=exif(orientation).tobytes())
    assert SECRET in data

    plain, suffix = without_metadata(data)

    assert SECRET not in plain
    np.testing.assert_array_equal(np.asarray(images.decode(plain)), np.asarray(images.decode(data)))
    with Image.open(io.BytesIO(plain)) as image:
        assert set(image.getexif()) <= {0x0112}
        assert not image.getexif().get_ifd(0x8825)
    assert suffix == {"JPEG": ".jpg", "WEBP": ".webp"}.get(kind, ".png")


def test_a_jpeg_is_not_encoded_again(photo):
    data = encoded(photo, "JPEG", quality=90)

    plain, _ = without_metadata(encoded(photo, "JPEG", quality=90, exif=exif().tobytes(), comment=SECRET))

    assert plain == data


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_rows": 1}, {"optimize": True}])
def test_jpegs_of_every_making_keep_their_pixels(photo, options):
    data = encoded(photo, "JPEG", exif=exif(), **options)

    plain, _ = without_metadata(data)

    assert SECRET not in plain
    np.testing.assert_array_equal(np.asarray(images.decode(plain)), np.asarray(images.decode(data)))


def test_the_second_picture_that_a_phone_hides_in_a_jpeg_goes(photo):
    data = encoded(photo, "MPO", save_all=True, append_images=[photo.rotate(180)], exif=exif())
    assert data.count(SECRET) == 2

    plain, _ = without_metadata(data)

    assert SECRET not in plain
    np.testing.assert_array_equal(np.asarray(images.decode(plain)), np.asarray(images.decode(data)))


def test_a_film_behind_the_end_of_a_jpeg_goes(photo):
    plain, _ = without_metadata(encoded(photo, "JPEG") + b"\x00\x00\x00\x18ftypmp42" + SECRET)

    assert plain == encoded(photo, "JPEG")


def test_texts_in_a_png_and_the_comment_of_a_gif_go(photo):
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", SECRET.decode())
    texts.add_itxt("XML:com.adobe.xmp", SECRET.decode())

    for data in (encoded(photo, "PNG", pnginfo=texts), encoded(photo.convert("P"), "GIF", comment=SECRET)):
        plain, suffix = without_metadata(data)
        assert SECRET in data
        assert (SECRET in plain, suffix) == (False, f".{images.opened(data).format.lower()}")
        np.testing.assert_array_equal(np.asarray(images.decode(plain)), np.asarray(images.decode(data)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "CMYK"])
def test_a_picture_that_carries_nothing_stays_byte_for_byte(photo, kind, mode):
    data = encoded(photo.convert("RGB" if (kind, mode) in REFUSED else mode), kind)

    assert without_metadata(data)[0] == data


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I"])
def test_16_bit_tones_stay(mode):
    tones = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype({"I;16": "<u2", "I;16B": ">u2", "I": "<i4"}[mode])
    data = encoded(Image.frombytes(mode, (64, 48), tones.tobytes()), "TIFF")

    plain, _ = without_metadata(data)

    np.testing.assert_array_equal(np.asarray(images.decode(plain)), np.asarray(images.decode(data)))
    with Image.open(io.BytesIO(plain)) as image:
        np.testing.assert_array_equal(np.asarray(image), tones.astype(int))


@pytest.mark.parametrize("mode", ["1", "LA", "P", "RGBA", "CMYK"])
def test_pictures_of_every_mode_look_the_same(photo, mode):
    data = encoded(photo.convert(mode), "TIFF")

    plain, _ = without_metadata(data)

    np.testing.assert_array_equal(np.asarray(images.decode(plain)), np.asarray(images.decode(data)))
