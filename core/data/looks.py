"""How a picture looks, in a few numbers: brightness, contrast, darkest and brightest tones, blur.

Measured on the grey thumbnail, so that a number means the same for a small and a large picture, and costs little.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from PIL import Image

LOOKS = ("brightness", "contrast", "shadows", "highlights", "blur")
LEAST_SIDE = 64  # pixels; below, an edge is as wide as the picture's parts and blur means nothing
SHADOWS, HIGHLIGHTS = 0.05, 0.99
ROUNDING = 2
TONES = np.arange(256)


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
    blur = [blur_of(grey) if side >= LEAST_SIDE else np.nan for grey, side in zip(greys, shorter_sides, strict=True)]
    return np.column_stack([*_tones(counts), blur]).astype(np.float32)


def looks_of_array(greys: np.ndarray) -> np.ndarray:
    """What `looks_of` gives, of (N, H, W) uint8 tiny pictures at once: without blur."""
    flat = greys.reshape(len(greys), -1)
    places = [ceil(share * flat.shape[1] - 1e-9) - 1 for share in (SHADOWS, HIGHLIGHTS)]
    shadows, highlights = np.partition(flat, places, axis=1)[:, places].T
    tones = flat.astype(np.float32)
    brightness = tones.mean(1)
    tones -= brightness[:, None]
    contrast = np.sqrt(np.einsum("np,np->n", tones, tones) / flat.shape[1])
    blur = np.full(len(flat), np.nan)
    return np.column_stack([brightness, contrast, shadows, highlights, blur]).astype(np.float32)


def blur_of(grey: Image.Image) -> float:
    """How little is lost by blurring once more: 0 all of it (crisp), 1 nothing (blurred already, or without edges).

    Source: F. Crete, T. Dolmiere, P. Ladret, M. Nicolas, "The blur effect: perception and estimation with a new no-
    reference perceptual blur metric", SPIE 6492, 2007. Here the mean of 3 pixels blurs, as the picture is a thumbnail:
    after it, neighbours differ by a third of what pixels three apart did. `ROUNDING` allows for whole tones.
    """
    tones = np.asarray(grey, np.int16)
    return max(_kept(tones), _kept(tones.T))


def _kept(tones: np.ndarray) -> float:
    """The share of the differences between neighbours, down the columns, that blurring leaves."""
    before = np.abs(tones[2:-1] - tones[1:-2]) * 3
    after = np.abs(tones[3:] - tones[:-3]) + ROUNDING
    total = int(before.sum(dtype=np.int32))
    return int(np.minimum(before, after).sum(dtype=np.int32)) / total if total else 1.0


def _tones(counts: np.ndarray) -> list[np.ndarray]:
    """Brightness, contrast, shadows and highlights of (N, 256) histograms."""
    shares = counts / counts.sum(1, keepdims=True)
    brightness = shares @ TONES
    contrast = np.sqrt((shares @ TONES**2 - brightness**2).clip(0))
    below = shares.cumsum(1)
    return [brightness, contrast, *((below < share - 1e-9).sum(1) for share in (SHADOWS, HIGHLIGHTS))]
