"""What processing does. All functions take (N, H, W, C) float32 pictures in 0..1 and give back the same."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from core.evaluate.corruptions.drawing import uniforms
from core.evaluate.corruptions.sampling import sampled

Draws = Sequence[np.random.Generator]
BOX = Image.Resampling.BOX


def contrast(images: np.ndarray, kept: float, draws: Draws) -> np.ndarray:
    """Each channel's distance from its mean, multiplied with `kept`."""
    means = images.mean((1, 2), keepdims=True)
    return (images - means) * np.float32(kept) + means


def elastic(images: np.ndarray, skew: float, strength: float, smoothness: float, draws: Draws) -> np.ndarray:
    """The picture skewed, and stretched as if on rubber; mirrored at its edges.

    Args:
        skew: How far each of three points moves at most, as a share of the side.
        strength: What a field of numbers from −1 to 1 is multiplied with once it is smooth, as a share of the side.
        smoothness: Standard deviation of the Gaussian that smoothes it, as a share of the side.
    """
    from scipy.ndimage import gaussian_filter

    size = images.shape[1]
    middle, third = size // 2, size // 3
    corners = np.array([[middle + third, middle + third], [middle + third, middle - third], [middle - third] * 2])
    jitter = (uniforms(draws, (3, 2)) * 2 - 1) * skew * size
    maps = np.linalg.solve(np.column_stack([corners, np.ones(3)]), corners + jitter)  # (N, 3, 2)
    rows, columns = np.indices((size, size))
    flat = np.stack([rows, columns, np.ones_like(rows)], -1) @ maps[:, None]  # (N, H, W, 2)
    field = uniforms(draws, (2, size, size)) * 2 - 1
    smooth = gaussian_filter(field, (0, 0, smoothness * size, smoothness * size), mode="reflect", truncate=3)
    bent = flat + strength * size * smooth.transpose(0, 2, 3, 1)
    return sampled(images, bent[..., 0], bent[..., 1])


def pixelate(images: np.ndarray, share: float, least: float, draws: Draws) -> np.ndarray:
    """Reduced, each new pixel the mean of what it covers, and enlarged again.

    Args:
        share: Of the side that is left, in whole pixels.
        least: How many pixels of the side are lost at least, so that in a small picture too each severity takes more.
    """
    size = images.shape[1]
    small = min(int(size * share), size - round(least))
    return _one_by_one(images, lambda image: image.resize((small, small), BOX).resize((size, size), BOX))


def jpeg(images: np.ndarray, quality: float, draws: Draws) -> np.ndarray:
    """Compressed as JPEG of that quality (1 to 95), and read again."""

    def compressed(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=round(quality))
        return Image.open(file)

    return _one_by_one(images, compressed)


def _one_by_one(images: np.ndarray, change: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    channels = images.shape[3]
    pixels = np.rint(images * 255).astype(np.uint8)
    pictures = (Image.fromarray(one[..., 0] if channels == 1 else one) for one in pixels)
    changed = np.stack([np.asarray(change(picture)) for picture in pictures])
    return changed.reshape(images.shape).astype(np.float32) / 255
