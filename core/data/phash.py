"""Perceptual hashes, bit for bit those of `imagehash.phash`, many at a time.

Source: C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, and
imagehash 4.3, whose way through single NumPy scalars takes as long as decoding a small picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.fftpack
from PIL import Image

SIDE = 32
KEPT = 8


def phash(pictures: Sequence[Image.Image]) -> list[str]:
    """16 hexadecimal digits a picture: which of its lowest 8 × 8 frequencies are above their median.

    `imagehash.hex_to_hash` reads them; the number of bits in which two differ tells how unlike they are.
    """
    if not pictures:
        return []
    tones = np.stack([_tones(picture) for picture in pictures])  # (N, 32, 32)
    frequencies = scipy.fftpack.dct(scipy.fftpack.dct(tones, axis=1), axis=2)[:, :KEPT, :KEPT]
    flat = frequencies.reshape(len(pictures), KEPT * KEPT)
    bits = flat > np.median(flat, axis=1, keepdims=True)
    return [row.tobytes().hex() for row in np.packbits(bits, axis=1)]


def _tones(picture: Image.Image) -> np.ndarray:
    grey = picture if picture.mode == "L" else picture.convert("L")
    return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
