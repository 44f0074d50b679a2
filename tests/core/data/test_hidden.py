"""Where a picture's file can hide what it tells of its owner: nothing of it is kept, and what is shown stays."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data as photos

from core import images
from core.data.strip import without_metadata
from tests.making import encoded

SECRET = b"Secret Camera of Ada"
PHOTO = Image.fromarray(photos.coffee()).resize((90, 60))
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 0x0112
TURNED = struct.pack("<HHII", ORIENTATION, 3, 1, 6)


def exif(orientation=TURNED):
    """An Exif block by its specification, with a camera's name beside the 12 bytes of `orientation`."""
    camera = struct.pack("<HHII", 0x010F, 2, len(SECRET), 38)
    return b"II*\0" + struct.pack("<IH", 8, 2) + camera + orientation + bytes(4) + SECRET


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def riff_chunk(kind, body):
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


JPEG, PNG, GIF, BMP = encoded(PHOTO, "JPEG"), encoded(PHOTO, "PNG"), encoded(PHOTO, "GIF"), encoded(PHOTO, "BMP")
WEBP = encoded(PHOTO, "WEBP", lossless=True)
EXIF = segment(0xE1, b"Exif\0\0" + exif())
TABLES, PIXELS, END = JPEG.index(b"\xff\xdb"), PNG.index(b"IDAT") - 4, PNG.index(b"IEND") - 4
GIF_BLOCKS = 13 + 3 * (2 << (GIF[10] & 7))


def in_jpeg(*parts):
    return JPEG[:TABLES] + b"".join(parts) + JPEG[TABLES:]


def in_png(kind, body, at=PIXELS):
    return PNG[:at] + png_chunk(kind, body) + PNG[at:]


def in_webp(*others, flags=0, picture=WEBP[12:]):
    head = struct.pack("<I", flags) + (89).to_bytes(3, "little") + (59).to_bytes(3, "little")
    body = b"WEBP" + riff_chunk(b"VP8X", head) + picture + b"".join(riff_chunk(*one) for one in others)
    return riff_chunk(b"RIFF", body)


def in_gif(kind, at=GIF_BLOCKS):
    return GIF[:at] + b"\x21" + kind + bytes([len(SECRET)]) + SECRET + b"\0" + GIF[at:]


PROGRESSIVE = encoded(PHOTO, "JPEG", progressive=True)
SECOND_SCAN = PROGRESSIVE.index(b"\xff\xda", PROGRESSIVE.index(b"\xff\xda") + 2)
THUMBNAIL = b"JFIF\0\1\1\0\0\1\0\1\7\1" + SECRET + b"."
ANIMATED = encoded(PHOTO, "WEBP", save_all=True, append_images=[PHOTO.rotate(180)], lossless=True)
FRAME = ANIMATED.index(b"ANMF")
FRAME_END = FRAME + 8 + int.from_bytes(ANIMATED[FRAME + 4 : FRAME + 8], "little")


def in_a_frame():
    frame = riff_chunk(b"ANMF", ANIMATED[FRAME + 8 : FRAME_END] + riff_chunk(b"note", SECRET))
    return riff_chunk(b"RIFF", ANIMATED[8:FRAME] + frame + ANIMATED[FRAME_END:])


HIDDEN = {
    "jpeg, after one stray byte": in_jpeg(b"\0", EXIF),
    "jpeg, after two stray bytes": in_jpeg(b"\0\0", EXIF),
    "jpeg, after a stuffed zero": in_jpeg(b"\xff\0", EXIF),
    "jpeg, after a marker without a length": in_jpeg(b"\xff\xd0", EXIF),
    "jpeg, after fill bytes": in_jpeg(b"\xff\xff\xff", EXIF),
    "jpeg, before a second scan": PROGRESSIVE[:SECOND_SCAN] + EXIF + PROGRESSIVE[SECOND_SCAN:],
    "jpeg, a thumbnail in JFIF": JPEG[:2] + segment(0xE0, THUMBNAIL) + JPEG[TABLES:],
    "jpeg, JFXX": in_jpeg(segment(0xE0, b"JFXX\0\x10" + SECRET)),
    "jpeg, FlashPix": in_jpeg(segment(0xE2, b"FPXR\0" + SECRET)),
    "jpeg, Exif in APP2": in_jpeg(segment(0xE2, b"Exif\0\0" + exif())),
    "jpeg, APP14 that is not Adobe's": in_jpeg(segment(0xEE, b"Adobf " + SECRET)),
    "jpeg, behind what Adobe says": in_jpeg(segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + SECRET)),
    "jpeg, behind the end": JPEG + EXIF,
    "png, the date": in_png(b"tIME", SECRET[:7]),
    "png, content credentials": in_png(b"caBX", SECRET),
    "png, a private chunk": in_png(b"prVt", SECRET),
    "png, an unknown critical chunk": in_png(b"PRVT", SECRET),
    "png, a palette nobody needs": in_png(b"sPLT", SECRET + b"\0\x08"),
    "png, Exif behind the pixels": in_png(b"eXIf", exif(), END),
    "png, behind the end": PNG + SECRET,
    "png, a chunk that is cut off": PNG[:END] + png_chunk(b"teXt", SECRET)[:-1],
    "png, in the end": PNG[:END] + png_chunk(b"IEND", SECRET),
    "png, behind the gamma": in_png(b"gAMA", struct.pack(">I", 45455) + SECRET),
    "png, behind a profile": in_png(b"iCCP", b"p\0\0" + zlib.compress(PROFILE) + SECRET),
    "webp, Exif that no flag tells of": in_webp((b"EXIF", exif())),
    "webp, XMP that no flag tells of": in_webp((b"XMP ", SECRET)),
    "webp, a profile that no flag tells of": in_webp((b"ICCP", SECRET)),
    "webp, an unknown chunk": in_webp((b"GPSX", SECRET)),
    "webp, behind a simple picture": riff_chunk(b"RIFF", WEBP[8:] + riff_chunk(b"EXIF", exif())),
    "webp, a second simple picture": riff_chunk(b"RIFF", WEBP[8:] + riff_chunk(b"VP8L", SECRET)),
    "webp, behind the end": WEBP + SECRET,
    "webp, in a frame": in_a_frame(),
    "gif, a comment before the frame": in_gif(b"\xfe"),
    "gif, a comment behind it": in_gif(b"\xfe", len(GIF) - 1),
    "gif, XMP behind the frame": in_gif(b"\xff\x0bXMP DataXMP", len(GIF) - 1),
    "gif, behind the end": GIF + SECRET,
    "bmp, behind the pixels": BMP + SECRET,
    "bmp, before the pixels": BMP[:10] + struct.pack("<I", 54 + len(SECRET)) + BMP[14:54] + SECRET + BMP[54:],
}


@pytest.mark.parametrize("where", HIDDEN)
def test_what_is_hidden_goes_and_the_pixels_stay(where):
    data = HIDDEN[where]
    assert SECRET[:7] in data

    kept, _ = without_metadata(data)

    assert SECRET[:7] not in kept
    np.testing.assert_array_equal(np.asarray(images.decode(kept)), np.asarray(images.decode(data)))


def number(kind, value):
    """An orientation field whose value fits into four bytes."""
    return struct.pack("<HHI", ORIENTATION, kind, 1) + value


ORIENTATIONS = {
    "too large": (number(4, struct.pack("<I", 70000)), 1),
    "9": (number(3, struct.pack("<HH", 9, 0)), 1),
    "0": (number(3, struct.pack("<HH", 0, 0)), 1),
    "negative": (number(8, struct.pack("<hh", -1, 0)), 1),
    "text": (struct.pack("<HHI4s", ORIENTATION, 2, 3, b"up\0\0"), 1),
    "infinite": (number(11, struct.pack("<f", np.inf)), 1),
    "not a number": (number(11, struct.pack("<f", np.nan)), 1),
    "bytes": (struct.pack("<HHI4s", ORIENTATION, 7, 4, b"\6\0\0\0"), 1),
    "a fraction": (struct.pack("<HHII", ORIENTATION, 5, 1, 8), 1),
    "long": (number(4, struct.pack("<I", 6)), 6),
    "float": (number(11, struct.pack("<f", 6)), 6),
}
BLOCKS = {one: (exif(field), orientation) for one, (field, orientation) in ORIENTATIONS.items()}
BLOCKS |= {"no Exif at all": (b"garbage " + SECRET, 1), "short": (b"II", 1), "empty": (b"", 1)}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("what", BLOCKS)
def test_an_orientation_is_one_of_eight_or_none(kind, what):
    block, orientation = BLOCKS[what]
    data = {
        "JPEG": in_jpeg(segment(0xE1, b"Exif\0\0" + block)),
        "PNG": in_png(b"eXIf", block),
        "WEBP": in_webp((b"EXIF", block), flags=8),
    }[kind]

    seen = images.decode(data)
    kept, _ = without_metadata(data)

    assert seen.size == ((60, 90) if orientation == 6 else (90, 60))
    assert SECRET not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert dict(image.getexif()) == ({ORIENTATION: 6} if orientation == 6 else {})
    np.testing.assert_array_equal(np.asarray(images.decode(kept)), np.asarray(seen))


def shown(data):
    """Every frame, and how its colours are meant."""
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for place in range(getattr(image, "n_frames", 1)):
            image.seek(place)
            frames.append(np.asarray(image.convert("RGBA")))
        return image.format, image.info.get("icc_profile"), image.info.get("gamma"), frames


def test_the_frames_of_a_gif_stay_with_their_times_and_its_comments_go():
    turned = [PHOTO.rotate(90 * one) for one in range(1, 3)]
    data = encoded(PHOTO, "GIF", save_all=True, append_images=turned, duration=[70, 140, 210], loop=5, comment=SECRET)

    kept, suffix = without_metadata(data)

    def told(data):
        with Image.open(io.BytesIO(data)) as image:
            frames = []
            for number in range(image.n_frames):
                image.seek(number)
                frames.append((np.asarray(image.convert("RGB")).tobytes(), image.info["duration"], image.info["loop"]))
            return frames

    assert (SECRET in data, SECRET in kept, suffix) == (True, False, ".gif")
    assert told(kept) == told(data)
    assert len(told(kept)) == 3


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("frames", [1, 3])
def test_colours_alpha_and_frames_stay(kind, mode, frames):
    picture = PHOTO.convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(PHOTO.size))
    refused = {"JPEG": ("LA", "P", "RGBA"), "PNG": ("CMYK",), "WEBP": ("CMYK",)}[kind]
    picture = picture.convert("RGB" if mode in refused else mode)
    turned = [picture.rotate(90 * one) for one in range(1, frames)]
    animated = {"save_all": True, "append_images": turned} if turned and kind != "JPEG" else {}
    lossless = {"lossless": True} if kind == "WEBP" else {}

    data = encoded(picture, kind, icc_profile=PROFILE, exif=exif(), **animated, **lossless)
    kept, _ = without_metadata(data)

    assert SECRET in data and SECRET not in kept
    before, after = shown(data), shown(kept)
    assert before[:3] == after[:3] and before[1] == PROFILE
    assert len(after[3]) == (frames if animated else 1)
    for one, other in zip(before[3], after[3], strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(np.asarray(images.decode(kept)), np.asarray(images.decode(data)))


def test_a_png_whose_last_checksum_is_cut_off_is_kept_whole():
    data = PNG[: END - 2]

    kept, _ = without_metadata(data)

    np.testing.assert_array_equal(np.asarray(images.decode(kept)), np.asarray(PHOTO))
