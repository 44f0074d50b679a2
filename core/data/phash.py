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
UNSURE = SIDE / 2  # how far a frequency is thrown, one standard deviation, where each tone is off by one


def phash(tones: Sequence[np.ndarray] | np.ndarray) -> list[str]:
    """16 hexadecimal digits a picture: which of its lowest 8 × 8 frequencies are above their median.

    `imagehash.hex_to_hash` reads them; the number of bits in which two differ tells how unlike they are.

    Args:
        tones: What `tones_of` gave of each picture.
    """
    return [row.tobytes().hex() for row in _bytes_of(np.asarray(tones), _cosines(), _cosines())] if len(tones) else []


def numbers_of(hashes: Sequence[str]) -> np.ndarray:
    """(N,) uint64 of what `phash` gave."""
    return np.frombuffer(bytes.fromhex("".join(hashes)), ">u8").astype(np.uint64)


def part_numbers(tones: np.ndarray, rows: tuple[float, float], columns: tuple[float, float]) -> np.ndarray:
    """(N,) uint64: about the hashes of parts of pictures.

    Args:
        tones: (N, 32, 32) uint8 of whole pictures.
        rows, columns: From where to where the part goes, 0 to 1.
    """
    return _numbers(_bytes_of(tones, _cosines() @ _part(*rows), _cosines() @ _part(*columns)))


def unsure_numbers(tones: np.ndarray) -> np.ndarray:
    """(N,) uint64: the bits of the hashes of (N, 32, 32) uint8 tones that saving a picture anew may throw over."""
    bits = np.abs(_over_median(tones, _cosines(), _cosines())) < UNSURE
    return _numbers(np.packbits(bits, axis=1))


def _numbers(packed: np.ndarray) -> np.ndarray:
    return packed.view(">u8")[:, 0].astype(np.uint64)


def _part(begin: float, end: float) -> np.ndarray:
    """(32, 32): takes from 32 tones in a line 32 of the part between `begin` and `end`, by linear interpolation."""
    places = (begin * SIDE + (np.arange(SIDE) + 0.5) * (end - begin) - 0.5).clip(0, SIDE - 1)
    return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(SIDE)))


def _cosines() -> np.ndarray:
    # the discrete cosine transform (type II) as a product: what SciPy's would give, without its import
    return np.cos(np.pi / SIDE * np.outer(np.arange(KEPT), np.arange(SIDE) + 0.5))  # (8, 32)


def _bytes_of(tones: np.ndarray, of_rows: np.ndarray, of_columns: np.ndarray) -> np.ndarray:
    """(N, 8) uint8: the bits, packed."""
    return np.packbits(_over_median(tones, of_rows, of_columns) > 0, axis=1)


def _over_median(tones: np.ndarray, of_rows: np.ndarray, of_columns: np.ndarray) -> np.ndarray:
    """(N, 64): how far each frequency lies above the median of all."""
    frequencies = of_rows @ tones.astype(np.float64) @ of_columns.T  # (N, 8, 8)
    flat = frequencies.reshape(len(tones), KEPT * KEPT).round(ROUNDED)
    return flat - np.median(flat, axis=1, keepdims=True)


def tones_of(picture: Image.Image) -> np.ndarray:
    """(32, 32) uint8: all of a picture that its hash depends on."""
    grey = picture if picture.mode == "L" else picture.convert("L")
    return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
