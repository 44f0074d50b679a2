"""A sheet of ice flowers, as frost grows on a window: ferns of straight crystals over a fractal haze. No photograph is in it."""

from __future__ import annotations

import functools
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 896
SEED = 1903
FERNS = 800
TURN = math.radians(60)  # the angles of ice
TINT = np.array([0.86, 0.95, 1.0], np.float32)


@functools.lru_cache(maxsize=4)
def sheet(magnified: float) -> np.ndarray:
    """(S, S) float32 in 0..1, S being `SIDE` times `magnified`; always the same one. Shared: do not change it."""
    whole = _sheet()
    side = max(round(SIDE * magnified), 1)
    resized = Image.fromarray(whole).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(resized, np.float32) / 255


@functools.lru_cache(maxsize=1)
def _sheet() -> np.ndarray:
    """(SIDE, SIDE) uint8."""
    random = np.random.default_rng(SEED)
    near = Image.new("L", (SIDE, SIDE))
    far = Image.new("L", (SIDE, SIDE))
    for number in range(FERNS):
        _grow(ImageDraw.Draw(near if number % 2 else far), random)
    crystals = np.maximum(
        np.asarray(near.filter(ImageFilter.GaussianBlur(0.6)), np.float32),
        0.8 * np.asarray(far.filter(ImageFilter.GaussianBlur(1.6)), np.float32),
    )
    glow = np.asarray(near.filter(ImageFilter.GaussianBlur(7)), np.float32)
    haze = _haze(random)
    grain = random.normal(0, 5, (SIDE, SIDE))
    return np.clip(
        0.75 * crystals * (0.4 + 0.8 * haze) + 0.35 * glow * haze + 130 * haze**1.5 + grain + 10, 0, 255
    ).astype(np.uint8)


def _grow(draw: ImageDraw.ImageDraw, random: np.random.Generator) -> None:
    """One fern: a bent stem, branches at 60 degrees, twigs at 60 degrees on these, all tapering."""
    place, angle = random.uniform(0, SIDE, 2), random.uniform(0, 2 * math.pi)
    steps, step = int(random.integers(12, 46)), random.uniform(3, 6)
    bend, light = random.normal(0, 0.03), random.uniform(90, 230)
    for number in range(steps):
        angle += bend + random.normal(0, 0.05)
        end = place + step * np.array([math.cos(angle), math.sin(angle)])
        left = 1 - number / steps
        _line(draw, place, end, light, 2 if left > 0.6 else 1)
        for side in (-TURN, TURN):
            _branch(
                draw, place, angle + side, 52 * left * random.uniform(0.3, 1), light * random.uniform(0.5, 1), random
            )
        place = end


def _branch(
    draw: ImageDraw.ImageDraw,
    place: np.ndarray,
    angle: float,
    length: float,
    light: float,
    random: np.random.Generator,
) -> None:
    along = np.array([math.cos(angle), math.sin(angle)])
    _line(draw, place, place + length * along, light, 1)
    for distance in np.arange(5, length, random.uniform(5, 9)):
        for side in (-TURN, TURN):
            twig = 0.3 * (length - distance) * random.uniform(0.4, 1)
            towards = np.array([math.cos(angle + side), math.sin(angle + side)])
            start = place + distance * along
            _line(draw, start, start + twig * towards, light * 0.8, 1)


def _line(draw: ImageDraw.ImageDraw, start: np.ndarray, end: np.ndarray, light: float, width: int) -> None:
    draw.line([*start.tolist(), *end.tolist()], fill=int(light), width=width)


def _haze(random: np.random.Generator) -> np.ndarray:
    """(SIDE, SIDE) float32 from 0 to 1: noise of all scales, the coarse strongest."""
    total = np.zeros((SIDE, SIDE), np.float32)
    for cells in (3, 6, 12, 24, 48, 96, 192):
        noise = Image.fromarray(random.random((cells, cells), np.float32))
        total += np.asarray(noise.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) / cells**0.8
    total -= total.min()
    return total / total.max()
