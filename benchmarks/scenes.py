"""Small photos to classify: in each, a cut of its class' photo beside three cuts of photos of no class.

Where the cut of the class lies, how large it is and what of the photo it shows is random, so no two are alike.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import originals
from benchmarks.mosaics import cut

SIDE = 224
CLASSES = 10
QUALITY = 92


def write(folder: Path, count: int, seed: int = 0) -> None:
    """Write `count` RGB JPEG files of 224 × 224, about 20 kB each, into ten class folders below `folder`."""
    photos = originals.wholes()
    for label in range(CLASSES):
        (folder / f"class{label}").mkdir(parents=True, exist_ok=True)

    def one(number: int) -> None:
        random = np.random.default_rng([seed, number])
        label = number % CLASSES
        path = folder / f"class{label}" / f"{number:05d}.jpg"
        _scene(photos[label], photos[CLASSES:], random).save(path, quality=QUALITY)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(count)))


def _scene(subject: Image.Image, others: list[Image.Image], random: np.random.Generator) -> Image.Image:
    across, down = (int(random.uniform(0.35, 0.65) * SIDE) for _ in range(2))
    corners = [(0, 0, across, down), (across, 0, SIDE, down), (0, down, across, SIDE), (across, down, SIDE, SIDE)]
    place = random.integers(4)
    whole = Image.new("RGB", (SIDE, SIDE))
    for number, (left, top, right, bottom) in enumerate(corners):
        photo = subject if number == place else others[random.integers(len(others))]
        whole.paste(cut(photo, (right - left, bottom - top), random), (left, top))
    return whole
