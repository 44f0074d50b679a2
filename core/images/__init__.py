"""Any picture file or array -> upright uint8 of the wanted size and channels.

Training, evaluation, webcam, API and export all come through `decode` and `fit`; there is no second way.

beginning.py   what a file is by its first bytes, and its bytes where it can be a picture
budget.py      how many pixels may be decoded at once
reading.py     a file's bytes -> an upright picture
jpeg.py        pixels of a JPEG, or the reason why its data is damaged; a JPEG without metadata
png.py         a PNG without what Pillow refuses, or without metadata, and its samples of 16 bits
webp.py        a WebP without metadata
gif.py         the same of a GIF
tiff_layout.py how a TIFF holds its first picture, checked before it is unpacked
tiff.py        samples of a TIFF that Pillow would misread
tones.py       samples of more than 8 bits -> 8 bits, on white
fitting.py     a picture -> the size and channels that a model takes, or a thumbnail
"""

from core.images.beginning import first_bytes, is_beginning, read_file
from core.images.budget import BUDGET, MAX_PIXELS
from core.images.fitting import FITS, THUMBNAIL_SIZE, Fit, fit, from_array, is_grey, thumbnail
from core.images.reading import (
    BROKEN,
    DECODERS,
    REDUCING_GAP,
    decode,
    enough_for,
    frames,
    load,
    opened,
    orientation_of,
    said_as_image_error,
)

__all__ = [
    "BROKEN",
    "BUDGET",
    "DECODERS",
    "FITS",
    "MAX_PIXELS",
    "REDUCING_GAP",
    "THUMBNAIL_SIZE",
    "Fit",
    "decode",
    "enough_for",
    "first_bytes",
    "fit",
    "frames",
    "from_array",
    "is_beginning",
    "is_grey",
    "load",
    "opened",
    "orientation_of",
    "read_file",
    "said_as_image_error",
    "thumbnail",
]
