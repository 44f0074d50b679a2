"""Perceptual hashes as `imagehash.phash` makes them, many at a time.

Source: C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, and
imagehash 4.3, whose way through single NumPy scalars takes as long as decoding a small picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

SIDE = 32
KEPT = 8
ROUNDED = 6  # what should be zero is zero


def phash(tones: Sequence[np.ndarray]) -> list[str]:
    """16 hexadecimal digits a picture: which of its lowest 8 × 8 frequencies are above their median.

    `imagehash.hex_to_hash` reads them; the number of bits in which two differ tells how unlike they are.

    Args:
        tones: What `tones_of` gave of each picture.
    """
    if not tones:
        return []
    # the discrete cosine transform (type II) as a product: what SciPy's would give, without its import
    cosines = np.cos(np.pi / SIDE * np.outer(np.arange(KEPT), np.arange(SIDE) + 0.5))  # (8, 32)
    frequencies = cosines @ np.stack(tones).astype(np.float64) @ cosines.T  # (N, 8, 8)
    flat = frequencies.reshape(len(tones), KEPT * KEPT).round(ROUNDED)
    bits = flat > np.median(flat, axis=1, keepdims=True)
    return [row.tobytes().hex() for row in np.packbits(bits, axis=1)]


def tones_of(picture: Image.Image) -> np.ndarray:
    """(32, 32) uint8: all of a picture that its hash depends on."""
    grey = picture if picture.mode == "L" else picture.convert("L")
    return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
