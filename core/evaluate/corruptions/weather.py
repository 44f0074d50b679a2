"""Weather and light. All functions take (N, H, W, C) float32 pictures in 0..1 and give back the same, perhaps beyond 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.evaluate.corruptions import ice
from core.evaluate.corruptions.drawing import normals, uniforms
from core.evaluate.corruptions.sampling import enlarging, smeared

Draws = Sequence[np.random.Generator]
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


def snow(
    images: np.ndarray,
    mean: float,
    deviation: float,
    flake: float,
    least: float,
    radius: float,
    length: float,
    kept: float,
    draws: Draws,
) -> np.ndarray:
    """Flakes that fall before a whitened picture.

    Args:
        mean, deviation: Of the normal noise that flakes are made of.
        flake: How much it is enlarged.
        least: What is below this is no flake.
        radius, length: The flakes are smeared downwards, as by `smeared`, in pixels.
        kept: Share of the picture that is not whitened.
    """
    size = images.shape[1]
    grow = enlarging(size, flake)
    angles = (uniforms(draws) * 0.5 + 0.25) * math.pi
    noise = mean + deviation * normals(draws, (grow.shape[1],) * 2)
    layer = grow @ noise @ grow.T
    layer = np.clip(np.where(layer < least, 0, layer), 0, 1)[..., None]
    layer = smeared(layer, radius, length, angles)
    grey = images if images.shape[3] == 1 else (images @ LUMINANCE)[..., None]
    whitened = kept * images + (1 - kept) * np.maximum(images, grey * 1.5 + 0.5)
    return whitened + layer + layer[:, ::-1, ::-1]


def frost(images: np.ndarray, kept: float, ice_share: float, magnified: float, draws: Draws) -> np.ndarray:
    """Ice crystals on the window.

    Args:
        kept: What the picture is multiplied with.
        ice_share: What the ice is multiplied with before it is added.
        magnified: How much the ice's own 896 pixels are enlarged, below 1 reduced.
    """
    whole = ice.sheet(magnified)
    size = images.shape[1]
    places = (uniforms(draws, (2,)) * (len(whole) - size)).astype(int)
    turns = (uniforms(draws) * 8).astype(int)
    cuts = [whole[row : row + size, column : column + size] for row, column in places]
    cuts = [np.rot90(cut[:, :: 1 if turn < 4 else -1], turn % 4) for cut, turn in zip(cuts, turns, strict=True)]
    tint = ice.TINT if images.shape[3] == 3 else np.ones(1, np.float32)
    return kept * images + ice_share * np.stack(cuts)[..., None] * tint


def fog(images: np.ndarray, amount: float, decay: float, draws: Draws) -> np.ndarray:
    """A bank of fog, a random fractal, over the picture, whose range of tones is kept."""
    brightest = images.max((1, 2, 3), keepdims=True)
    bank = plasma(draws, images.shape[1], decay)[..., None]
    return (images + amount * bank) * brightest / (brightest + amount)


def plasma(draws: Draws, size: int, decay: float) -> np.ndarray:
    """(N, size, size) float32 landscapes, the lowest point of the whole map 0 and the highest 1, by midpoint displacement.

    Source: A. Fournier, D. Fussell, L. Carpenter, "Computer rendering of stochastic models", CACM 25 (1982).

    Args:
        decay: By the square of this, displacements shrink from one scale to the next.
    """
    side = 1 << math.ceil(math.log2(size))
    random = uniforms(draws, (side, side)) * 2 - 1
    heights = np.zeros_like(random)
    step, rough = side, 1.0
    while step > 1:
        half = step // 2
        corners = heights[:, ::step, ::step]
        across, down = np.roll(corners, -1, 2), np.roll(corners, -1, 1)
        middles = (corners + across + down + np.roll(down, -1, 2)) / 4 + rough * random[:, half::step, half::step]
        heights[:, half::step, half::step] = middles
        above = (corners + across + middles + np.roll(middles, 1, 1)) / 4
        beside = (corners + down + middles + np.roll(middles, 1, 2)) / 4
        heights[:, ::step, half::step] = above + rough * random[:, ::step, half::step]
        heights[:, half::step, ::step] = beside + rough * random[:, half::step, ::step]
        step, rough = half, rough / decay**2
    heights -= heights.min((1, 2), keepdims=True)
    return (heights / heights.max((1, 2), keepdims=True))[:, :size, :size]


def brightness(images: np.ndarray, more: float, draws: Draws) -> np.ndarray:
    """The value of hue, saturation and value raised by `more`, to 1 at most."""
    value = images.max(3, keepdims=True)
    raised = np.minimum(value + np.float32(more), 1)
    return np.where(value > 0, images * (raised / np.maximum(value, 1e-6)), raised)
