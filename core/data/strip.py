"""A picture's bytes without its metadata (place, time, camera), its pixels untouched.

JPEG: ISO/IEC 10918-1 Annex B (segments), Exif 2.32 (the orientation tag, which is kept: without it
the picture would fall on its side).
"""

from __future__ import annotations

import io
import struct

from PIL import Image

from core import images
from core.images import png, tiff, tiff_layout
from core.images.jpeg import COMMENT, END_OF_IMAGE, MARKER_IN_SCAN, START_OF_SCAN

KEPT_APPS = {0xE0, 0xE2, 0xEE}  # JFIF, ICC profile, Adobe's colour transform
SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp"}
PRIVATE = ("exif", "xmp", "XML:com.adobe.xmp", "comment", "photoshop")


def without_metadata(data: bytes) -> tuple[bytes, str]:
    """The picture in `data`, which `core.images.decode` has read before, and the suffix of its format.

    JPEG loses its metadata segments, PNG of 16 bits its chunks; any other format that carries metadata becomes PNG, without loss, but for TIFFs of
    12 bits, of CMYK and of colours multiplied by alpha: those become what `decode` makes of them.
    """
    layout = tiff_layout.layout_of(data, "")
    if layout:
        samples = tiff.samples_of(data, layout, "")
        if layout.photometric == tiff_layout.CMYK or samples.premultiplied or samples.white not in (255, 65535):
            return _as_png(images.decode(data)), ".png"
        return png.written(samples, _exif_of(layout.orientation)), ".png"
    with images.opened(data) as image:
        kind = image.format or ""
        if kind in ("JPEG", "MPO"):
            return strip_jpeg(data, images.orientation_of(image)), ".jpg"
        carries = bool(image.getexif()) or any(key in image.info for key in PRIVATE) or bool(getattr(image, "text", {}))
        if kind in SUFFIXES and not carries:
            return data, SUFFIXES[kind]
        image.load()
        orientation = images.orientation_of(image)  # after loading, which turns a TIFF upright by itself
        plain = image.copy()
    exif = _exif_of(orientation)
    if kind == "PNG" and png.is_of_16_bits(data):
        return png.without_metadata(data, exif), ".png"
    plain.info = {key: value for key, value in plain.info.items() if key in ("transparency", "icc_profile")}
    as_it_is = plain.mode in ("1", "L", "LA", "P", "RGB", "RGBA")
    savable = plain if as_it_is else plain.convert("RGBA" if plain.has_transparency_data else "RGB")
    return _as_png(savable, exif=exif or None), ".png"


def _exif_of(orientation: int) -> bytes:
    """What an eXIf chunk holds that says no more than the orientation; empty where that is the usual one."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes().removeprefix(b"Exif\0\0") if orientation != 1 else b""


def _as_png(image: Image.Image, **options: bytes | None) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def strip_jpeg(data: bytes, orientation: int) -> bytes:
    """`data` without its metadata segments, with a minimal Exif one where `orientation` is not 1.

    What follows the picture's end (a phone's second picture or film, with metadata of its own) goes too.
    """
    kept = [b"\xff\xd8", _orientation_segment(orientation) if orientation != 1 else b""]
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == END_OF_IMAGE:
            return b"".join([*kept, data[at : at + 2]])
        length = 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        is_metadata = marker == COMMENT or (0xE0 <= marker <= 0xEF and marker not in KEPT_APPS)
        is_preview_index = marker == 0xE2 and data[at + 4 : at + 8] == b"MPF\0"
        if not is_metadata and not is_preview_index:
            kept.append(data[at : at + length])
        at += length
        if marker == START_OF_SCAN:
            found = MARKER_IN_SCAN.search(data, at)
            end = found.start() if found else len(data)
            kept.append(data[at:end])
            at = end
    return b"".join(kept) + data[at:]


def _orientation_segment(orientation: int) -> bytes:
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
