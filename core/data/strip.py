"""A picture's bytes without its metadata (place, time, camera), its pixels untouched.

What is kept is listed, by what it holds: the picture, its frames, how its colours are meant, and the orientation, without
which it would fall on its side (Exif 2.32). All else goes, known or not, and so does what follows the picture's end.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

from core import images
from core.errors import ImageError
from core.images import gif, jpeg, png, tiff, tiff_layout, webp

BY_FORMAT: dict[str | None, tuple[Callable[[bytes, bytes], bytes | None], str]] = {
    "JPEG": (jpeg.without_metadata, ".jpg"),
    "MPO": (jpeg.without_metadata, ".jpg"),
    "GIF": (gif.without_metadata, ".gif"),
    "PNG": (png.without_metadata, ".png"),
    "WEBP": (webp.without_metadata, ".webp"),
}


def without_metadata(data: bytes, name: str = "The picture") -> tuple[bytes, str]:
    """The picture in `data`, which `core.images.decode` has read before, and the suffix of its format.

    JPEG, PNG, WebP and GIF keep the bytes of their pixels; any other format becomes PNG (of an animation the first frame), without loss,
    but for TIFFs of 12 bits, of CMYK and of colours multiplied by alpha: those become what `decode` makes of them.

    Args:
        name: What to call it in messages.

    Raises:
        ImageError: It is damaged.
    """
    with images.said_as_image_error(data, name):
        layout = tiff_layout.layout_of(data, name)
        if layout:
            samples = tiff.samples_of(data, layout, name)
            if layout.photometric == tiff_layout.CMYK or samples.premultiplied or samples.white not in (255, 65535):
                return _as_png(images.decode(data)), ".png"
            return png.written(samples, _exif_of(layout.orientation)), ".png"
        with images.opened(data) as image:
            if image.format in BY_FORMAT:
                strip, suffix = BY_FORMAT[image.format]
                kept = strip(data, _exif_of(images.orientation_of(image)))
                if image.format == "GIF" and not _looks_alike(kept, data):
                    kept = None  # Pillow reads on behind the end of a damaged frame
                return (kept, suffix) if kept else (_as_png(images.decode(data)), ".png")
            image.load()
            exif = _exif_of(images.orientation_of(image))  # after loading, which turns a TIFF upright by itself
            plain = image.copy()
        plain.info = {key: value for key, value in plain.info.items() if key in ("transparency", "icc_profile")}
        as_it_is = plain.mode in ("1", "L", "LA", "P", "RGB", "RGBA")
        savable = plain if as_it_is else plain.convert("RGBA" if plain.has_transparency_data else "RGB")
        return _as_png(savable, exif=exif or None), ".png"


def _looks_alike(kept: bytes | None, data: bytes) -> bool:
    try:
        return kept is not None and images.decode(kept).tobytes() == images.decode(data).tobytes()
    except ImageError:
        return False


def _exif_of(orientation: int) -> bytes:
    """Exif that says no more than the orientation; empty where that is the usual one."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes().removeprefix(b"Exif\0\0") if orientation != 1 else b""


def _as_png(image: Image.Image, **options: bytes | None) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()
