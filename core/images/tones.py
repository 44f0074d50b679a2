"""Samples of more than 8 bits -> tones of 0 to 255, on white where they are transparent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BLOCK = 1 << 20  # samples turned at a time


@dataclass(frozen=True)
class Samples:
    """What a file holds of a picture.

    Args:
        colour: (H, W, 1 or 3) unsigned: grey, or red, green and blue.
        alpha: (H, W) unsigned, or None where all of it is opaque.
        white: The value of white, and of what is opaque: 65535 for 16 bits.
        premultiplied: Whether colours are multiplied by alpha already.
    """

    colour: np.ndarray
    alpha: np.ndarray | None
    white: int
    premultiplied: bool = False

    @property
    def mode(self) -> str:
        """Pillow's name for such a picture."""
        if self.colour.shape[2] == 1:
            return "LA" if self.alpha is not None else "I;16" if self.white > 255 else "L"
        return "RGBA" if self.alpha is not None else "RGB"

    @property
    def transparent(self) -> bool:
        """Whether any pixel is not opaque."""
        return self.alpha is not None and bool(self.alpha.min() < self.white)

    def tones(self) -> np.ndarray:
        """(H, W) or (H, W, 3) uint8: value / white of 255, rounded once."""
        height, width, channels = self.colour.shape
        out = np.empty((height, width, channels), np.uint8)
        rows = max(BLOCK // (width * channels), 1)
        white = np.uint64(self.white)
        for start in range(0, height, rows):
            part = slice(start, start + rows)
            value = self.colour[part].astype(np.uint64)
            full = white
            if self.alpha is not None:
                alpha = self.alpha[part].astype(np.uint64)[..., None]
                value = value * (white if self.premultiplied else alpha) + white * (white - alpha)
                full = white * white
                value = np.minimum(value, full)
            out[part] = (value * np.uint64(510) + full) // (full * np.uint64(2))
        return out[..., 0] if channels == 1 else out
