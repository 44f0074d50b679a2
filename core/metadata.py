"""What a picture file says about who took it, where, when and how: named, never kept."""

from __future__ import annotations

import struct
from typing import Any

from PIL import Image

ORIENTATION = "orientation"
PLACE, CAMERA, TIME, OWNER, NOTES = "place", "camera", "time", "owner", "notes"
PRIVATE = (PLACE, CAMERA, TIME, OWNER, NOTES)

# Exif 2.32, 4.6
GPS_IFD, EXIF_IFD, ORIENTATION_TAG = 0x8825, 0x8769, 0x0112
POSITION = (2, 4)
MAIN_TAGS = {CAMERA: (0x010F, 0x0110), TIME: (0x0132,), OWNER: (0x013B, 0xC62F)}
EXIF_TAGS = {TIME: (0x9003, 0x9004), OWNER: (0xA430, 0xA431, 0xA435)}  # owner's name, serial numbers
BLOCKS = ("xmp", "XML:com.adobe.xmp", "photoshop")


def kinds_of(image: Image.Image, exif: Image.Exif) -> tuple[str, ...]:
    """Which of "orientation" (turned or mirrored when shown) and `PRIVATE` the opened `image` tells."""
    found = {NOTES} if any(block in image.info for block in BLOCKS) else set()
    if exif:
        if known_orientation(exif.get(ORIENTATION_TAG, 1)) != 1:
            found.add(ORIENTATION)
        found |= {kind for kind, tags in MAIN_TAGS.items() if any(exif.get(tag) for tag in tags)}
        inner, place = _part(exif, EXIF_IFD), _part(exif, GPS_IFD)
        found |= {kind for kind, tags in EXIF_TAGS.items() if any(inner.get(tag) for tag in tags)}
        if any(tag in place for tag in POSITION):
            found.add(PLACE)
    return tuple(kind for kind in (ORIENTATION, *PRIVATE) if kind in found)


def known_orientation(value: Any) -> int:
    """What the orientation's tag says, 1 to 8; 1 where it says anything else."""
    try:
        orientation = int(value)
    except (TypeError, ValueError, ArithmeticError):
        return 1
    return orientation if orientation in range(1, 9) else 1


def _part(exif: Image.Exif, tag: int) -> dict:
    if tag not in exif:
        return {}
    try:
        return exif.get_ifd(tag)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, KeyError, TypeError, IndexError):
        return {}  # damaged; the picture itself may be whole
