"""What libjpeg only warns of; whole files stay whatever they carry; pixels are Pillow's."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from skimage import data as photos

from core import images
from core.errors import ImageError
from tests.making import encoded

ENTROPY = b"\xff\xda"
# `cjpeg -arithmetic -quality 50` of scikit-image's coffee cup at 24 × 16; Pillow writes none
ARITHMETIC = base64.b85decode(
    "|JeWF01!$>Nk#wx0RR9200961|JwjV01yid4h#wq4h;?x5fBp?C>j_R78o%jB^@X_Gd(;xGdMRuNL)@pL{~*OI8bd-S6^ahXlFi6ad~iLcwA*?WB="
    "O#Lje&I5*QU2FB%#zV?sDWV`F1uV`F1uV`F1uV`F1uV`F1uV`F1uV`F1uV`F1uV`F1uV`F1uV`F1uV`F1uV`Klx01*fP5C9kh0U`hb5di}c0sqVZ3"
    "IGrg1pyEd1^?Or3<CiG0ucid06zf!*tj)l@M8L0CosF{DQm(tHVM5Td+wQfzzcs;G2y*Fjnf2z7(mxajW7^eOoycY?SM1*g-rH2wOY$eDs<(FdSkWv"
    "4X8~_(ypvChMZf~OJhHTyzid!L1p~5+ADE=ODR!W-$5HqGF$%ud%3{>*#"
)
KINDS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "optimised": {"optimize": True},
    "restarts": {"restart_marker_blocks": 5},
    "no subsampling": {"subsampling": 0},
    "grey": {"mode": "L"},
    "CMYK": {"mode": "CMYK"},
}


def cup(size=(300, 220), mode="RGB", **options):
    return encoded(Image.fromarray(photos.coffee()).resize(size).convert(mode), "JPEG", **options)


def as_pillow_reads(data, at_least):
    with Image.open(io.BytesIO(data)) as image:
        image.draft(None, (at_least, at_least))
        return np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))


def segment(marker, body):
    return b"\xff" + bytes([marker]) + (len(body) + 2).to_bytes(2, "big") + body


def scan_of(data):
    """Where the last scan's data begins and ends."""
    start = data.rindex(ENTROPY)
    return start + 2 + int.from_bytes(data[start + 2 : start + 4], "big"), len(data) - 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(300, 220), (645, 481), (1500, 1000)])
@pytest.mark.parametrize("at_least", [160, 400])
def test_pixels_are_pillows(kind, size, at_least):
    data = cup(size, **KINDS[kind])

    np.testing.assert_array_equal(np.asarray(images.decode(data, at_least=at_least)), as_pillow_reads(data, at_least))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_part_of_a_scan_with_an_end_marker_is_damaged(kind, share):
    data = cup(**KINDS[kind])
    start, end = scan_of(data)

    with pytest.raises(ImageError, match=r"cup.jpg is damaged or cut off \(corrupt JPEG data: "):
        images.decode(data[: int(start + share * (end - start))] + b"\xff\xd9", "cup.jpg")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "progressive"])
@pytest.mark.parametrize("length", [40, 400])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_zeroed_bytes_in_a_scan_are_damage(kind, length, share):
    data = cup(**KINDS[kind])
    start, end = scan_of(data)
    hole = int(start + share * (end - start))

    with pytest.raises(ImageError, match="corrupt JPEG data"):
        images.decode(data[:hole] + bytes(length) + data[hole + length :])


def test_zeroed_bytes_in_a_progressive_scan_are_damage():
    data = cup(progressive=True)
    hole = data.index(ENTROPY) + 300

    with pytest.raises(ImageError, match="corrupt JPEG data"):
        images.decode(data[:hole] + bytes(400) + data[hole + 400 :])


def test_a_lost_piece_between_restart_markers_is_damage():
    data = cup(restart_marker_blocks=5)
    start, end = scan_of(data)
    middle = (start + end) // 2

    with pytest.raises(ImageError, match="corrupt JPEG data"):
        images.decode(data[:middle] + data[middle + 300 :])


def phone():
    """A picture with another one, and a depth map, behind it."""
    first = Image.fromarray(photos.coffee()).resize((300, 220))
    return encoded(first, "MPO", save_all=True, append_images=[first.resize((60, 40)), first.convert("L")])


WHOLE = cup()
TABLES = WHOLE.index(b"\xff\xdb")


def carrying(*parts):
    return WHOLE[:TABLES] + b"".join(parts) + WHOLE[TABLES:]


def exif_with_a_thumbnail():
    exif = Image.Exif()
    exif[0x010F] = "A camera " * 5000
    return carrying(segment(0xE1, exif.tobytes() + cup((60, 40))))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(WHOLE + bytes(range(256)) * 9, id="trailing bytes"),
        pytest.param(WHOLE + b"\xff\xd9\xff\xd9", id="more end markers"),
        pytest.param(WHOLE + cup((50, 50))[:500], id="half a picture behind it"),
        pytest.param(WHOLE[:-2] + bytes(50) + WHOLE[-2:], id="zeros before the end marker"),
        pytest.param(WHOLE[:-2] + b"\xff" * 9 + WHOLE[-2:], id="fill bytes before the end marker"),
        pytest.param(WHOLE[:-2] + b"\x5a" + WHOLE[-2:], id="a camera's odd byte before the end marker"),
        pytest.param(carrying(segment(0xFE, b"\xff\xd9\xff\xda" * 99)), id="a comment of markers"),
        pytest.param(carrying(segment(0xED, bytes(60_000))), id="60 kB of zeros as metadata"),
        pytest.param(carrying(b"\xff" * 7), id="fill bytes between segments"),
        pytest.param(carrying(b"\xff\0\x01\x02"), id="junk between segments"),
        pytest.param(carrying(b"junk\xff\xd0more"), id="junk with a restart marker between segments"),
        pytest.param(carrying(segment(0xE2, b"ICC_PROFILE\0\x05\x02" + b"x" * 90)), id="a broken profile"),
        pytest.param(carrying(segment(0xEE, b"Adobe\0\x64\0\0\0\0\x09")), id="an unknown colour transform"),
        pytest.param(WHOLE.replace(b"JFIF\0\x01", b"JFIF\0\x07", 1), id="an unknown JFIF"),
        pytest.param(exif_with_a_thumbnail(), id="a large Exif with a thumbnail"),
        pytest.param(phone(), id="MPO"),
    ],
)
def test_a_whole_jpeg_stays_whatever_it_carries(data):
    np.testing.assert_array_equal(np.asarray(images.decode(data)), as_pillow_reads(data, 160))


def test_arithmetic_coding_is_read():
    np.testing.assert_array_equal(np.asarray(images.decode(ARITHMETIC)), as_pillow_reads(ARITHMETIC, 160))


@pytest.mark.parametrize("tone", [0, 128, 255])
@pytest.mark.parametrize("kind", KINDS)
def test_one_tone_alone_whose_codes_may_be_zeros_is_whole(tone, kind):
    options = dict(KINDS[kind])
    flat = Image.new("L", (900, 700), tone).convert(options.pop("mode", "RGB"))

    data = encoded(flat, "JPEG", quality=30, **options)

    np.testing.assert_array_equal(np.asarray(images.decode(data)), as_pillow_reads(data, 160))


def test_a_picture_that_is_drawn_hundreds_of_times_over_is_refused_at_once():
    data = cup(progressive=True)
    last = data.rindex(b"\xff\xda")
    with pytest.raises(ImageError, match=r"it draws the picture [\d,]+ times over; the limit is 200"):
        images.decode(data[:last] + data[last:-2] * 300 + data[-2:])
    images.decode(data[:last] + data[last:-2] * 20 + data[-2:])
