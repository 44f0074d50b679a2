"""What Keras has no layer for, or none that does it right: functions of pictures and of values drawn for each.

Pictures are float32 (N, H, W, C) in 0..255 and stay so. `values` are uniform in -1..1, (N, draws). What a
border needs from beyond it is mirrored or repeated from within. docs/augmentation.md says what is wrong with
the layers that these stand in for.
"""

from __future__ import annotations

import math
from typing import Any

from keras import ops

Tensor = Any
CONTROL_POINTS = 5
LUMA = (0.299, 0.587, 0.114)


def flip_left_right(images: Tensor, values: Tensor, strength: float) -> Tensor:
    """Mirror images."""
    return ops.flip(images, 2)


def flip_top_bottom(images: Tensor, values: Tensor, strength: float) -> Tensor:
    """Upside down."""
    return ops.flip(images, 1)


def crop(images: Tensor, values: Tensor, strength: float) -> Tensor:
    """A square window somewhere in the picture, `strength` smaller at most, enlarged to the whole. Three draws."""
    height, width = images.shape[1], images.shape[2]
    drawn = (values + 1) / 2
    side = 1 - strength * drawn[:, 0]
    left, top = (1 - side) * drawn[:, 1] * (width - 1), (1 - side) * drawn[:, 2] * (height - 1)
    nothing = ops.zeros_like(side)
    # Output (x, y) comes from input (side x + left, side y + top).
    transform = ops.stack([side, nothing, left, nothing, side, top, nothing, nothing], 1)
    return ops.image.affine_transform(images, transform, interpolation="bilinear", fill_mode="nearest")


def perspective(images: Tensor, values: Tensor, strength: float) -> Tensor:
    """The picture as a board that is turned away about its upright and its level axis. Two draws."""
    y, x = _grid(images)
    depth = 1 + strength * (values[:, :1, None] * x + values[:, 1:, None] * y)
    depth = ops.maximum(depth, 0.2)
    return _sample(images, y / depth, x / depth)


def elastic(images: Tensor, values: Tensor, strength: float) -> Tensor:
    """Rubber, moved at 5 × 5 points by up to `strength` of the side. Fifty draws.

    After Simard et al., Best Practices for Convolutional Neural Networks (2003), with control points in place
    of smoothed noise.
    """
    y, x = _grid(images)
    field = ops.reshape(values, (-1, CONTROL_POINTS, CONTROL_POINTS, 2)) * (2 * strength)
    field = ops.image.resize(field, (images.shape[1], images.shape[2]), interpolation="bicubic")
    return _sample(images, y + field[..., 0], x + field[..., 1])


def blur(images: Tensor, values: Tensor, strength: float) -> Tensor:
    """A Gaussian of up to `strength` pixels. One draw."""
    radius = min(math.ceil(2.5 * strength), images.shape[1], images.shape[2])
    sigma = strength * (values[:, :1] + 1) / 2 + 1e-3
    away = ops.arange(-radius, radius + 1, dtype="float32")
    weights = ops.exp(-ops.square(away) / (2 * ops.square(sigma)))
    weights = weights / ops.sum(weights, 1, keepdims=True)
    kernel = [weights[:, place, None, None, None] for place in range(2 * radius + 1)]
    return _weighted(_weighted(images, kernel, 1), kernel, 2)


def sharpness(images: Tensor, values: Tensor, strength: float) -> Tensor:
    """More or less of what a light smoothing takes away. One draw. As Pillow's `ImageEnhance.Sharpness`."""
    around = _weighted(_weighted(images, [1.0, 1.0, 1.0], 1), [1.0, 1.0, 1.0], 2)
    smooth = (around + 4 * images) / 13
    return ops.clip(images + strength * _each(values) * (images - smooth), 0, 255)


def colour(images: Tensor, values: Tensor, strength: float) -> Tensor:
    """Further from or nearer to its own grey. One draw. As Pillow's `ImageEnhance.Color`; grey stays as it is."""
    if images.shape[3] != 3:
        return images
    grey = ops.sum(images * ops.convert_to_tensor(LUMA, dtype="float32"), 3, keepdims=True)
    return ops.clip(grey + (1 + strength * _each(values)) * (images - grey), 0, 255)


def solarize(images: Tensor, values: Tensor, strength: float) -> Tensor:
    """Tones above a threshold inverted; it lies in the upper `strength` of the range. One draw."""
    threshold = 255 * (1 - strength * (_each(values) + 1) / 2)
    return ops.where(images < threshold, images, 255 - images)


def equalize(images: Tensor, values: Tensor, strength: float) -> Tensor:
    """Each channel's tones spread evenly, a picture at a time."""
    height, width, channels = images.shape[1:]
    planes = ops.reshape(ops.transpose(images, (0, 3, 1, 2)), (-1, height * width))
    count = ops.shape(planes)[0]
    places = ops.arange(count, dtype="int32")[:, None] * 256 + ops.cast(ops.clip(planes, 0, 255), "int32")
    flat = ops.reshape(places, (-1,))
    histogram = ops.segment_sum(ops.ones_like(flat, dtype="float32"), flat, num_segments=count * 256)
    below = ops.cumsum(ops.reshape(histogram, (-1, 256)), 1)
    lowest = ops.min(ops.where(below > 0, below, height * width), 1, keepdims=True)
    spread = ops.round((below - lowest) * 255 / ops.maximum(height * width - lowest, 1))
    changed = ops.take(ops.reshape(spread, (-1,)), places)
    planes = ops.where(lowest < height * width, changed, planes)  # one tone has nothing to spread
    return ops.transpose(ops.reshape(planes, (-1, channels, height, width)), (0, 2, 3, 1))


def _each(values: Tensor) -> Tensor:
    return values[:, :1, None, None]


def _grid(images: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column of each pixel, (1, H, 1) and (1, 1, W), from -1 to 1."""
    height, width = images.shape[1], images.shape[2]
    return (
        ops.reshape(ops.linspace(-1.0, 1.0, height), (1, height, 1)),
        ops.reshape(ops.linspace(-1.0, 1.0, width), (1, 1, width)),
    )


def _sample(images: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """Bilinear samples at y and x, (N, H, W), where -1 and 1 are the border pixels."""
    height, width, channels = images.shape[1:]
    row = ops.clip((y + 1) / 2 * (height - 1), 0, height - 1)
    column = ops.clip((x + 1) / 2 * (width - 1), 0, width - 1)
    top, left = ops.floor(row), ops.floor(column)
    down, right = (row - top)[..., None], (column - left)[..., None]
    top, left = ops.cast(top, "int32"), ops.cast(left, "int32")
    bottom, end = ops.minimum(top + 1, height - 1), ops.minimum(left + 1, width - 1)
    flat = ops.reshape(images, (-1, channels))
    first = ops.arange(ops.shape(images)[0], dtype="int32")[:, None, None] * (height * width)

    def at(rows: Tensor, columns: Tensor) -> Tensor:
        return ops.take(flat, first + rows * width + columns, axis=0)

    above = at(top, left) * (1 - right) + at(top, end) * right
    beneath = at(bottom, left) * (1 - right) + at(bottom, end) * right
    return above * (1 - down) + beneath * down


def _weighted(images: Tensor, kernel: list[Any], axis: int) -> Tensor:
    """The sum of copies moved along `axis`, each times its weight; the border is mirrored."""
    radius, length = len(kernel) // 2, images.shape[axis]
    padding = [[0, 0] for _ in range(4)]
    padding[axis] = [radius, radius]
    padded = ops.pad(images, padding, mode="symmetric")
    total = None
    for place, weight in enumerate(kernel):
        moved = padded[:, place : place + length] if axis == 1 else padded[:, :, place : place + length]
        total = weight * moved if total is None else total + weight * moved
    return total
