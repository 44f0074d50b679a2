"""Real photos of scikit-image and scikit-learn, cut and turned into as many different JPEG files as wanted."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

WIDTH, HEIGHT = 1024, 768
CLASSES = 4
QUALITY = 90
GRAIN = 4.0  # standard deviation of a camera's noise, of 255: enlarged photos are smoother than a camera's


def write(folder: Path, count: int, seed: int = 0) -> None:
    """Write `count` RGB JPEG files of 1024 × 768, about 250 kB each, into class folders below `folder`."""
    originals = [Image.fromarray(array).convert("RGB") for array in _originals()]
    grain = np.random.default_rng(seed).normal(0, GRAIN, (2 * HEIGHT, 2 * WIDTH, 1)).round().astype(np.int16)
    for label in range(CLASSES):
        (folder / f"class{label}").mkdir(parents=True, exist_ok=True)

    def one(number: int) -> None:
        random = np.random.default_rng([seed, number])
        photo = _vary(originals[number % len(originals)], random)
        top, left = random.integers(0, HEIGHT), random.integers(0, WIDTH)
        noisy = np.asarray(photo, np.int16) + grain[top : top + HEIGHT, left : left + WIDTH]
        path = folder / f"class{number % CLASSES}" / f"{number:05d}.jpg"
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=QUALITY)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(count)))


def _originals() -> list[np.ndarray]:
    ours = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket()]
    return [*ours, load_sample_image("china.jpg"), load_sample_image("flower.jpg")]


def _vary(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    """A random cut of at least two thirds of the photo, mirrored or not, at full size."""
    widest = min(photo.width, photo.height * WIDTH / HEIGHT)
    width = random.uniform(2 / 3, 1) * widest
    height = width * HEIGHT / WIDTH
    left, top = random.uniform(0, photo.width - width), random.uniform(0, photo.height - height)
    cut = photo.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box=(left, top, left + width, top + height))
    return cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else cut
