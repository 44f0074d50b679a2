"""A picture -> the size and channels that a model takes, or a thumbnail."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image, ImageOps

Fit = Literal["crop", "pad", "stretch"]
FITS: tuple[Fit, ...] = ("crop", "pad", "stretch")

THUMBNAIL_SIZE = 160
WHITE = (255, 255, 255)


def fit(image: Image.Image, size: int, channels: int, how: Fit = "crop") -> np.ndarray:
    """Bring a picture from `decode` to the size and channels that a model takes.

    Args:
        image: Mode "L" or "RGB".
        size: Height and width of the result, in pixels.
        channels: 1 (grey, ITU-R 601-2 luma) or 3 (RGB).
        how: "crop" scales the shorter side to `size` and takes the centre; "pad" scales the longer
            side and fills with white; "stretch" scales both. Bilinear with antialiasing.

    Returns:
        (size, size, channels) uint8.
    """
    mode = "L" if channels == 1 else "RGB"
    if image.mode != mode:
        image = image.convert(mode)
    width, height = image.size
    if how == "crop" and width != height:
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        image = image.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    elif how == "pad" and width != height:
        white = 255 if channels == 1 else WHITE
        image = ImageOps.pad(image, (size, size), Image.Resampling.BILINEAR, color=white)  # type: ignore[arg-type]
    elif image.size != (size, size):
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8).reshape(size, size, channels)


def from_array(array: np.ndarray) -> Image.Image:
    """A picture like `decode` gives, from (H, W), (H, W, 1) or (H, W, 3) uint8."""
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    image = Image.fromarray(array)
    image.info = {"original_size": image.size, "original_mode": image.mode, "transparent": False, "metadata": ()}
    return image


def thumbnail(image: Image.Image) -> Image.Image:
    """A small copy for galleries: longer side `THUMBNAIL_SIZE` pixels or up to a tenth more, or the picture's own.

    A mean of whole squares where that lands there, because it takes half as long as `resize`.
    """
    longer = max(image.size)
    factor = longer // THUMBNAIL_SIZE
    if factor > 1 and longer / factor <= 1.1 * THUMBNAIL_SIZE:
        small = image.reduce(factor)
    else:
        shrink = min(THUMBNAIL_SIZE / longer, 1)
        width, height = (max(round(side * shrink), 1) for side in image.size)
        small = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=1.0)
    small.info = {}
    return small


def is_grey(mode: str) -> bool:
    """Whether pictures of Pillow's mode `mode` have no colour."""
    return mode in ("1", "L", "LA", "La", "I", "F") or mode.startswith("I;16")
