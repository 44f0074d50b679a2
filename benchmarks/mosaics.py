"""As many different JPEG files of 640 × 480 as wanted, each of four cuts of real photos.

`photos.write` gives cuts of six photos, and among thousands of those many are near copies of each other.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import originals

WIDTH, HEIGHT = 640, 480
CLASSES = 4
QUALITY = 90


def write(folder: Path, count: int, seed: int = 0) -> None:
    """Write `count` RGB JPEG files, about 90 kB each, into class folders below `folder`, one thread a core."""
    photos = originals.wholes()
    for label in range(CLASSES):
        (folder / f"class{label}").mkdir(parents=True, exist_ok=True)

    def one(number: int) -> None:
        random = np.random.default_rng([seed, number])
        path = folder / f"class{number % CLASSES}" / f"{number:06d}.jpg"
        _mosaic(photos, random).save(path, quality=QUALITY)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(one, range(count)):
            pass


def _mosaic(photos: list[Image.Image], random: np.random.Generator) -> Image.Image:
    across, down = int(random.uniform(0.3, 0.7) * WIDTH), int(random.uniform(0.3, 0.7) * HEIGHT)
    whole = Image.new("RGB", (WIDTH, HEIGHT))
    for left, right in ((0, across), (across, WIDTH)):
        for top, bottom in ((0, down), (down, HEIGHT)):
            photo = photos[random.integers(len(photos))]
            whole.paste(cut(photo, (right - left, bottom - top), random), (left, top))
    return whole


def cut(photo: Image.Image, size: tuple[int, int], random: np.random.Generator) -> Image.Image:
    """A random cut of the photo, mirrored or not, at the wanted size."""
    share = random.uniform(0.4, 1) * min(photo.width / size[0], photo.height / size[1])
    width, height = size[0] * share, size[1] * share
    left, top = random.uniform(0, photo.width - width), random.uniform(0, photo.height - height)
    cut = photo.resize(size, Image.Resampling.BILINEAR, box=(left, top, left + width, top + height))
    return cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else cut
