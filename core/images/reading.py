"""A file's bytes -> an upright picture of 8 bits a channel."""

from __future__ import annotations

import contextlib
import io
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import ImageError
from core.images import gif, jpeg, png, tiff, tiff_layout
from core.images.beginning import read_file, what_it_is
from core.images.budget import BUDGET, MAX_PIXELS, check_pixels
from core.images.fitting import THUMBNAIL_SIZE, WHITE, Fit, fit, is_grey
from core.metadata import kinds_of, known_orientation

DECODERS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
STRIP = 256  # rows that are put on white at a time
REDUCING_GAP = 1.5  # Pillow's name: from that many times the size on, a JPEG fits about like one that was decoded whole
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

# What Pillow's decoders raise on damaged files.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    LookupError,
    ArithmeticError,
    RuntimeError,
    TypeError,
    AssertionError,
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
            picture itself does): `enough_for` what it is to be fitted to. Never less than `THUMBNAIL_SIZE` is used.

    Returns:
        An upright picture in mode "L" or "RGB". `info["original_size"]` is (width, height) as
        stored and upright, `info["original_mode"]` Pillow's name of its mode, `info["transparent"]` whether any
        pixel is not opaque, `info["metadata"]` what `core.metadata.kinds_of` found.

    Raises:
        ImageError: It is empty, cut off, too large, or none of `DECODERS` reads it.
    """
    with BUDGET.held():
        return _decode(source, name or (source.name if isinstance(source, Path) else "The picture"), at_least)


def _decode(source: bytes | Path, label: str, at_least: int) -> Image.Image:
    data = read_file(source, label) if isinstance(source, Path) else source
    if not data:
        raise ImageError(f"{label} is empty (0 bytes).")
    with said_as_image_error(data, label):
        layout = tiff_layout.layout_of(data, label)
        if layout:
            found = _read_tiff(data, layout, label)
        else:
            found = _read_by_pillow(data, label, max(at_least, THUMBNAIL_SIZE))
    upright = found.image.transpose(UPRIGHT[found.orientation]) if found.orientation in UPRIGHT else found.image
    upright.info = {
        "original_size": found.size[::-1] if found.orientation in SIDEWAYS else found.size,
        "original_mode": found.mode,
        "transparent": found.transparent,
        "metadata": found.metadata,
    }
    return upright


@contextlib.contextmanager
def said_as_image_error(data: bytes, label: str) -> Iterator[None]:
    """Raises ImageError for whatever decoders raise within, with `label` for the picture in `data`."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise ImageError(f"{label} holds more than {MAX_PIXELS // 10**6} million pixels. Make it smaller.") from error
    except UnidentifiedImageError as error:
        raise ImageError(what_it_is(label, data)) from error
    except MemoryError as error:
        raise ImageError(f"{label} takes more memory than there is. Make it smaller.") from error
    except BROKEN as error:
        raise ImageError(f"{label} is damaged or cut off ({error}).") from error


@dataclass(frozen=True)
class _Found:
    """A picture in mode "L" or "RGB" as it is stored, and what its file says of it."""

    image: Image.Image
    size: tuple[int, int]
    mode: str
    orientation: int
    metadata: tuple[str, ...]
    transparent: bool


def _read_by_pillow(data: bytes, label: str, at_least: int) -> _Found:
    data = _readable(data)
    with Image.open(io.BytesIO(data), formats=DECODERS) as image:
        check_pixels(label, *image.size)
        size, mode = image.size, image.mode
        image.draft(None, (at_least, at_least))  # type: ignore[arg-type]
        BUDGET.take(image.width * image.height)
        plain = jpeg.read_strictly(data, *image.size, mode) if image.format in ("JPEG", "MPO") else None
        if plain is None:
            image.decodermaxblock = len(data)  # type: ignore[attr-defined]  # one call of the decoder instead of one for each 64 KiB
            image.load()
        orientation, metadata = orientation_of(image), _metadata_of(image)
        samples = png.samples_beside_pillow(data, image) if image.format == "PNG" else None
        if samples:
            plain, mode, transparent = Image.fromarray(samples.tones()), samples.mode, samples.transparent
        elif plain is None:
            plain, transparent = _to_grey_or_rgb(image)
        else:
            transparent = False
        return _Found(plain, size, mode, orientation, metadata, transparent)


def _read_tiff(data: bytes, layout: tiff_layout.Layout, label: str) -> _Found:
    size = layout.width, layout.height
    BUDGET.take(max(layout.width * layout.height, layout.block_width * layout.block_height))
    samples = tiff.samples_of(data, layout, label)
    tones = samples.tones()
    if layout.photometric == tiff_layout.CMYK:
        plain = Image.frombytes("CMYK", size, tones.tobytes()).convert("RGB")
    else:
        plain = Image.fromarray(tones)
    told = Image.new("L", (1, 1))
    told.info = {"xmp": b""} if layout.has_xmp else {}
    if tiff_layout.BIG not in data[2:4]:  # Pillow reads no metadata of those
        with contextlib.suppress(*BROKEN):
            told.getexif().load(data)
    return _Found(plain, size, samples.mode, layout.orientation, _metadata_of(told), samples.transparent)


def opened(data: bytes) -> Image.Image:
    """The picture as Pillow opens it, whatever its metadata are. Raises what Pillow raises."""
    return Image.open(io.BytesIO(_readable(data)), formats=DECODERS)


def _readable(data: bytes) -> bytes:
    """What Pillow is given. Raises ValueError where it would not come to an end."""
    if data.startswith(png.SIGNATURE):
        return png.readable(data)
    if data.startswith(gif.SIGNATURE):
        return gif.readable(data)
    if data.startswith(b"\xff\xd8"):
        jpeg.check_head(data)
    return data


def frames(path: Path) -> int:
    """How many frames or pages a picture file has; `decode` takes the first. 1 where it cannot be told.

    A phone's JPEG with a preview or a depth map behind it counts as one.
    """
    try:
        with opened(read_file(path)) as image:
            return 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    except (*BROKEN, ImageError, Image.DecompressionBombError):
        return 1


def enough_for(size: int) -> int:
    """From which shorter side on a picture is large enough to be fitted to `size`, in pixels."""
    return math.ceil(REDUCING_GAP * size)


def load(source: bytes | Path, size: int, channels: int, how: Fit = "crop", name: str = "") -> np.ndarray:
    """`decode`, then `fit`: (size, size, channels) uint8. Raises ImageError."""
    with BUDGET.held():
        return fit(decode(source, name, at_least=enough_for(size)), size, channels, how)


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation of an opened picture, 1 to 8; 1 where it has none, an unknown one, or damaged metadata."""
    with contextlib.suppress(*BROKEN):
        return known_orientation(image.getexif().get(ORIENTATION, 1))
    return 1


def _metadata_of(image: Image.Image) -> tuple[str, ...]:
    """The kinds of private metadata; damaged metadata says nothing."""
    with contextlib.suppress(*BROKEN):
        return kinds_of(image, image.getexif())
    return ()


def _to_grey_or_rgb(image: Image.Image) -> tuple[Image.Image, bool]:
    """A picture of 8 bits a channel on white, and whether any pixel is not opaque."""
    if image.mode == "P" and image.palette is None:
        raise ValueError("its palette is missing")
    grey = is_grey(image.mode)
    if image.has_transparency_data:
        with_alpha = image if image.mode == "RGBA" else image.convert("RGBA")
        return _on_white(with_alpha, "L" if grey else "RGB")
    mode = "L" if grey else "RGB"
    return (image if image.mode == mode else image.convert(mode)), False


def _on_white(image: Image.Image, mode: str) -> tuple[Image.Image, bool]:
    """An RGBA picture on white, strip by strip: a whole one would need four copies of it."""
    out, transparent = Image.new(mode, image.size), False
    for top in range(0, image.height, STRIP):
        place = (0, top, image.width, min(top + STRIP, image.height))
        strip = image.crop(place)
        transparent = transparent or strip.getchannel("A").getextrema()[0] != 255
        out.paste(Image.alpha_composite(Image.new("RGBA", strip.size, (*WHITE, 255)), strip).convert(mode), place)
    return out, transparent
