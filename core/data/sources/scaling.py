"""Arrays of pictures in any usual type and range -> uint8, all parts of a file by one scale.

What a range means is told by its largest value: floats up to about 1 are shares of white, others tones from 0 to 255,
uint16 has 65535 as white. Where that would make every picture all but black it is more likely that something else is
meant, so the source is asked instead of read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from core.errors import SourceError

OVERSHOOT = 0.25  # what a bicubic resize adds above white or below black at most, as a share of white
ALL_BUT_BLACK = 16
BLOCK_BYTES = (
    32 << 20
)  # turned at a time, of eight bytes a sample: beside the array and its result little else is in memory


def to_uint8(parts: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Pictures as (N, H, W) or (N, H, W, 3) uint8, one array a part.

    Args:
        parts: What to call each array in messages, and the array: (N, H, W), (N, H, W, 1) or (N, H, W, 3) of uint8,
            bool, uint16 (divided by 257), other whole numbers of 0 to 255, or floats of 0 to 1 or 0 to 255, which a
            resize may have taken a little beyond: they are clipped. Of any byte order.

    Raises:
        SourceError: A shape, type or range is none of those; an array holds NaN or infinity; or all pictures would be all but black.
    """
    shaped = {what: _shaped(array, what) for what, array in parts.items()}
    white = {}
    for kind in {_kind(array) for array in shaped.values()}:
        white[kind] = _white({what: array for what, array in shaped.items() if _kind(array) == kind}, kind)
    return [_scaled(array, white[_kind(array)]) for array in shaped.values()]


def _shaped(array: np.ndarray, what: str) -> np.ndarray:
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif":
        kind = getattr(array, "dtype", "no array")
        raise SourceError(f"{what} is of the type {kind}; pictures are whole numbers, floats or bool.")
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] != 3) or 0 in array.shape:
        raise SourceError(f"{what} has the shape {array.shape}; pictures are (N, H, W), (N, H, W, 1) or (N, H, W, 3).")
    return array


def _kind(array: np.ndarray) -> str:
    """The types that share a scale: "uint8", "bool", "uint16", "whole" or "float"."""
    name = array.dtype.name  # says nothing of the byte order
    return name if name in ("uint8", "bool", "uint16") else ("float" if array.dtype.kind == "f" else "whole")


def _white(arrays: dict[str, np.ndarray], kind: str) -> float:
    """The value that becomes 255."""
    if kind in ("uint8", "bool"):
        return 255 if kind == "uint8" else 1
    low, high = _range(arrays)
    names = " and ".join(arrays)
    told = f"{names} ({next(iter(arrays.values())).dtype.name}) holds values from {low:g} to {high:g}"
    if kind == "uint16":
        if 0 < high <= 257 * ALL_BUT_BLACK:
            bits = int(high).bit_length()
            bright = "x.astype('uint8')" if bits <= 8 else f"x << {16 - bits}"
            raise SourceError(
                f"{told}. White is 65535 in 16 bits, so all pictures would be all but black. "
                f"If these are tones of {max(bits, 8)} bits, save them as {bright}; if they are that dark, as (x // 257).astype('uint8')."
            )
        return 65535
    if kind == "float" and low >= -OVERSHOOT and high <= 1 + OVERSHOOT:
        return 1
    beyond = 255 * OVERSHOOT if kind == "float" else 0
    if low < -beyond or high > 255 + beyond or (low < 0 and high <= ALL_BUT_BLACK):
        raise SourceError(f"{told}; pictures are 0 to 255, 0 to 1 as floats, or 0 to 65535 as uint16.")
    if 0 < high <= ALL_BUT_BLACK:
        raise SourceError(
            f"{told}. Taken as 0 to 255 all pictures would be all but black: multiply them so that white is 255, "
            "or 1 as floats; save pictures of 0 and 1 as bool. If they are that dark, save them as x.astype('uint8')."
        )
    return 255


def _range(arrays: dict[str, np.ndarray]) -> tuple[float, float]:
    lows, highs = [], []
    for what, array in arrays.items():
        for start, block in _blocks(array):
            low, high = block.min(), block.max()  # either is NaN where one value is
            if array.dtype.kind == "f" and not np.isfinite([low, high]).all():
                place = np.argwhere(~np.isfinite(block))[0].tolist()
                raise SourceError(
                    f"{what} holds {block[tuple(place)]} in picture {start + place[0]}, row {place[1]}, column {place[2]} "
                    "(counted from 0); pictures are numbers throughout. Leave that picture out, or mend it."
                )
            lows.append(float(low))
            highs.append(float(high))
    return min(lows), max(highs)


def _scaled(array: np.ndarray, white: float) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    out = np.empty(array.shape, np.uint8)
    for start, block in _blocks(array):
        if array.dtype.name == "uint16":
            out[start : start + len(block)] = (
                block.astype(np.uint32) + 128
            ) // 257  # rounds v / 257, which is never half
        else:
            exact = block.astype(np.float32) if array.dtype.name == "float16" else block
            tones = exact * (255 / white) if white != 255 else exact
            out[start : start + len(block)] = np.round(np.clip(tones, 0, 255)).astype(np.uint8)
    return out


def _blocks(array: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    step = max(BLOCK_BYTES // (8 * math.prod(array.shape[1:])), 1)
    for start in range(0, len(array), step):
        yield start, array[start : start + step]
