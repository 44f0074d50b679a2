"""How a picture looks, in a few numbers: brightness, contrast, darkest and brightest tones, blur.

Measured on the grey thumbnail, so that a number means the same for a small and a large picture, and with Pillow's own
operations, which let other threads go on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageChops, ImageFilter

LOOKS = ("brightness", "contrast", "shadows", "highlights", "blur")
LEAST_SIDE = 64  # pixels; below, an edge is as wide as the picture's parts and blur means nothing
SHADOWS, HIGHLIGHTS = 0.05, 0.99
ROUNDING = 0.35  # how much the rounding of tones makes a blurred picture of contrast 1 look crisp
TONES = np.arange(256)
ALONG_ROWS = ImageFilter.BoxBlur((1, 0))
ALONG_COLUMNS = ImageFilter.BoxBlur((0, 1))


def looks_of(greys: Sequence[Image.Image], shorter_sides: Sequence[int]) -> np.ndarray:
    """(N, 5) float32, a column for each of `LOOKS`.

    Brightness is the mean tone, contrast the standard deviation, shadows the tone that 5 % of the pixels do not exceed,
    highlights the one that 99 % do not exceed, all 0 to 255; blur is `blur_of`, NaN for tiny pictures.

    Args:
        greys: Mode "L", of any sizes.
        shorter_sides: Of the pictures that these are thumbnails of, in pixels.
    """
    if not greys:
        return np.empty((0, len(LOOKS)), np.float32)
    counts = np.array([grey.histogram() for grey in greys], np.float64)
    tones = _tones(counts)
    blur = [
        blur_of(grey, contrast) if side >= LEAST_SIDE else np.nan
        for grey, side, contrast in zip(greys, shorter_sides, tones[1], strict=True)
    ]
    return np.column_stack([*tones, blur]).astype(np.float32)


def looks_of_array(greys: np.ndarray) -> np.ndarray:
    """What `looks_of` gives, of (N, H, W) uint8 tiny pictures at once: without blur."""
    count = len(greys)
    keys = greys.reshape(count, -1) + (np.arange(count, dtype=np.int32) * 256)[:, None]
    counts = np.bincount(keys.ravel(), minlength=256 * count).reshape(count, 256)
    return np.column_stack([*_tones(counts.astype(np.float64)), np.full(count, np.nan)]).astype(np.float32)


def blur_of(grey: Image.Image, contrast: float) -> float:
    """How little is lost by blurring once more: 0 all of it (crisp), 1 nothing (blurred already, or without edges).

    Source: F. Crete, T. Dolmiere, P. Ladret, M. Nicolas, "The blur effect: perception and estimation with a new no-
    reference perceptual blur metric", SPIE 6492, 2007; here with a filter 3 pixels long, as the picture is a thumbnail,
    and with a correction for pictures of little contrast, where whole tones are coarse.
    """
    kept = max(_kept(grey, ALONG_ROWS, 1, 0), _kept(grey, ALONG_COLUMNS, 0, 1))
    return min(kept + ROUNDING / max(contrast, 1), 1.0)


def _kept(grey: Image.Image, blur: ImageFilter.BoxBlur, right: int, down: int) -> float:
    """The share of the differences between neighbours that blurring leaves."""
    before = _differences(grey, right, down)
    lost = ImageChops.subtract(before, _differences(grey.filter(blur), right, down))
    total = float(np.dot(before.histogram(), TONES))
    return 1 - float(np.dot(lost.histogram(), TONES)) / total if total else 1.0


def _differences(grey: Image.Image, right: int, down: int) -> Image.Image:
    width, height = grey.size
    here = grey.crop((0, 0, width - right, height - down))
    return ImageChops.difference(here, grey.crop((right, down, width, height)))


def _tones(counts: np.ndarray) -> list[np.ndarray]:
    """Brightness, contrast, shadows and highlights of (N, 256) histograms."""
    shares = counts / counts.sum(1, keepdims=True)
    brightness = shares @ TONES
    contrast = np.sqrt((shares @ TONES**2 - brightness**2).clip(0))
    below = shares.cumsum(1)
    return [brightness, contrast, *((below < share - 1e-9).sum(1) for share in (SHADOWS, HIGHLIGHTS))]
