"""A file's bytes -> an upright picture of 8 bits a channel."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import ImageError
from core.images import jpeg
from core.images.fitting import THUMBNAIL_SIZE, WHITE, Fit, fit, is_grey
from core.metadata import kinds_of

DECODERS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
MAX_PIXELS = 64_000_000
ORIENTATION = 0x0112  # Exif 2.32, 4.6.4
SIDEWAYS = (5, 6, 7, 8)
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What people rename to .png or .jpg, told by its first bytes.
FOREIGN = (
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"%PDF", "a PDF"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML or SVG file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"8BPS", "a Photoshop file"),
)
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")  # ISO 23008-12
# What Pillow's decoders raise on damaged files.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    LookupError,
    OverflowError,
    RuntimeError,
    TypeError,
)


def decode(source: bytes | Path, name: str = "", at_least: int = THUMBNAIL_SIZE) -> Image.Image:
    """Read a picture whole.

    A JPEG much larger than asked for is decoded at 1/2, 1/4 or 1/8 of its size by its own
    transform, always by the same rule, so a picture's pixels depend on its bytes and `at_least` alone.
    EXIF orientation is applied, alpha composited on white, 16-bit grey divided by 257, the first
    frame of an animation taken.

    Args:
        source: The file's bytes, or its path.
        name: What to call it in messages; the path's name otherwise.
        at_least: The shorter side, in pixels, that the result must not fall below (unless the
            picture itself does). Never less than `THUMBNAIL_SIZE` is used.

    Returns:
        An upright picture in mode "L" or "RGB". `info["original_size"]` is (width, height) as
        stored and upright, `info["original_mode"]` Pillow's name of its mode, `info["metadata"]` what
        `core.metadata.kinds_of` found.

    Raises:
        ImageError: It is empty, cut off, too large, or none of `DECODERS` reads it.
    """
    label = name or (source.name if isinstance(source, Path) else "The picture")
    try:
        data = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise ImageError(f"{label} cannot be read ({error.strerror}).") from error
    if not data:
        raise ImageError(f"{label} is empty (0 bytes).")
    try:
        with Image.open(io.BytesIO(data), formats=DECODERS) as image:
            _check_pixels(label, *image.size)
            original_size, original_mode = image.size, image.mode
            hint = max(at_least, THUMBNAIL_SIZE)
            image.draft(None, (hint, hint))  # type: ignore[arg-type]
            pixels = jpeg.read_strictly(data, *image.size, image.mode) if image.format in ("JPEG", "MPO") else None
            if pixels is None:
                image.decodermaxblock = len(data)  # one call of the decoder instead of one for each 64 KiB
                image.load()
            orientation, told = _orientation_and_metadata(image)
            plain = _to_grey_or_rgb(image, label) if pixels is None else Image.fromarray(pixels)
            if orientation in UPRIGHT:
                plain = plain.transpose(UPRIGHT[orientation])
    except Image.DecompressionBombError as error:
        raise ImageError(f"{label} holds more than {MAX_PIXELS // 10**6} million pixels. Make it smaller.") from error
    except UnidentifiedImageError as error:
        raise ImageError(_what_it_is(label, data)) from error
    except BROKEN as error:
        raise ImageError(f"{label} is damaged or cut off ({error}).") from error
    plain.info = {
        "original_size": original_size[::-1] if orientation in SIDEWAYS else original_size,
        "original_mode": original_mode,
        "metadata": told,
    }
    return plain


def frames(path: Path) -> int:
    """How many frames or pages a picture file has; `decode` takes the first. 1 where it cannot be told.

    A phone's JPEG with a preview or a depth map behind it counts as one.
    """
    try:
        with Image.open(path, formats=DECODERS) as image:
            return 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    except (*BROKEN, Image.DecompressionBombError):
        return 1


def load(source: bytes | Path, size: int, channels: int, how: Fit = "crop", name: str = "") -> np.ndarray:
    """`decode`, then `fit`: (size, size, channels) uint8. Raises ImageError."""
    return fit(decode(source, name, at_least=size), size, channels, how)


def _orientation_and_metadata(image: Image.Image) -> tuple[int, tuple[str, ...]]:
    """The EXIF orientation and the kinds of private metadata; damaged metadata says nothing."""
    try:
        exif = image.getexif()
        return int(exif.get(ORIENTATION, 1)), tuple(kinds_of(image, exif))
    except BROKEN:
        return 1, ()


def _check_pixels(label: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{label} is {width:,} × {height:,} pixels; the limit is {MAX_PIXELS // 10**6} million. Make it smaller."
        )


def _to_grey_or_rgb(image: Image.Image, label: str) -> Image.Image:
    mode = image.mode
    if mode.startswith("I"):
        tones = np.asarray(image)
        if tones.min() < 0 or tones.max() > 65535:
            raise ImageError(f"{label} has 32-bit tones; Fovea reads up to 16 bits a channel.")
        return Image.fromarray(np.round(tones / 257).astype(np.uint8))
    if mode == "F":
        raise ImageError(f"{label} has floating-point tones; save it with 8 or 16 bits a channel.")
    grey = is_grey(mode)
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        ground = Image.new("RGBA", with_alpha.size, (*WHITE, 255))
        image = Image.alpha_composite(ground, with_alpha)
    mode = "L" if grey else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _what_it_is(label: str, data: bytes) -> str:
    readable = "JPEG, PNG, WebP, GIF, BMP, TIFF and AVIF"
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return f"{label} is HEIC, which Fovea does not read. Save it as JPEG; it reads {readable}."
    head = data[:64].lstrip().lstrip(b"\xef\xbb\xbf")
    for start, what in FOREIGN:
        if head.startswith(start):
            return f"{label} is {what}, not a picture that Fovea reads ({readable})."
    return f"{label} is not a picture, or not one that Fovea reads ({readable})."
