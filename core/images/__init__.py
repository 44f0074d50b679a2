"""Any picture file or array -> upright uint8 of the wanted size and channels.

Training, evaluation, webcam, API and export all come through `decode` and `fit`; there is no second way.

reading.py   a file's bytes -> an upright picture
jpeg.py      its pixels, or the reason why its data is damaged
fitting.py   a picture -> the size and channels that a model takes, or a thumbnail
"""

from core.images.fitting import FITS, THUMBNAIL_SIZE, Fit, fit, from_array, is_grey, thumbnail
from core.images.reading import BROKEN, DECODERS, MAX_PIXELS, decode, frames, load

__all__ = [
    "BROKEN",
    "DECODERS",
    "FITS",
    "MAX_PIXELS",
    "THUMBNAIL_SIZE",
    "Fit",
    "decode",
    "fit",
    "frames",
    "from_array",
    "is_grey",
    "load",
    "thumbnail",
]
