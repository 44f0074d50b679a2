"""Real pictures, all different: tiles of photos that never overlap, and drawings on white.

The photos are scikit-image's and scikit-learn's, which are wherever tests run, so that what is measured never depends on
what else a machine has; Tux Paint's photos and drawings come where somebody names their folder.
Tiles that show next to nothing (a night sky, a wall) are left out; so are photos that are out of focus themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageStat
from skimage import data
from sklearn.datasets import load_sample_image

PHOTOS = ("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
          "immunohistochemistry", "moon", "retina", "rocket")  # fmt: skip
ROUND = "retina"  # turned, a tile of its rim is another tile of it
SAMPLES = ("china.jpg", "flower.jpg")
BLURRED = ("mossy_log", "mudstone", "spiders_web", "sun_behind_leaves")
WIDTH, LEAST_SIDE = 213, 200
LEAST_CONTRAST = 7.0
WAYS = (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90)


def photos() -> list[Image.Image]:
    """The tiles as they are, and mirrored and turned as well, which makes other pictures of them: about 230."""
    named = _wholes()
    tiles = _worth_seeing(tile for whole in named.values() for tile in _tiles(whole))
    turning = _worth_seeing(tile for name, whole in named.items() if name != ROUND for tile in _tiles(whole))
    return [*tiles, *(tile.transpose(way) for way in WAYS for tile in turning)]


def wholes() -> list[Image.Image]:
    """The photos themselves."""
    return [*_wholes().values()]


def tuxpaint(folder: Path) -> list[Image.Image]:
    """Tiles of the photos of Tux Paint (Debian: tuxpaint-data, tuxpaint-stamps-default), and its stamps, on white.

    Args:
        folder: Where its `templates/` and `stamps/` are.
    """
    sharp = [path for path in sorted(folder.glob("templates/*.jpg")) if path.stem not in BLURRED]
    tiles = [tile for path in sharp for tile in _tiles(Image.open(path).convert("RGB"))]
    stamps = {stamp.tobytes(): stamp for stamp in _stamps(folder)}  # two stamps are the same picture
    return _worth_seeing([*tiles, *stamps.values()])


def _wholes() -> dict[str, Image.Image]:
    found = {name: Image.fromarray(getattr(data, name)()).convert("RGB") for name in PHOTOS}
    return found | {name: Image.fromarray(load_sample_image(name)) for name in SAMPLES}


def _stamps(folder: Path) -> Iterator[Image.Image]:
    for path in sorted(folder.glob("stamps/**/*.png")):
        with Image.open(path) as stamp:
            if min(stamp.size) >= LEAST_SIDE:
                clear = stamp.convert("RGBA")
                ground = Image.new("RGBA", clear.size, (255, 255, 255, 255))
                yield Image.alpha_composite(ground, clear).convert("RGB")


def _tiles(whole: Image.Image) -> Iterator[Image.Image]:
    for top in range(0, whole.height - LEAST_SIDE + 1, LEAST_SIDE):
        for left in range(0, whole.width - WIDTH + 1, WIDTH):
            yield whole.crop((left, top, left + WIDTH, top + LEAST_SIDE))


def _worth_seeing(pictures: Iterable[Image.Image]) -> list[Image.Image]:
    return [one for one in pictures if ImageStat.Stat(one.convert("L")).stddev[0] >= LEAST_CONTRAST]


def of_one_template(count: int, seed: int = 0, drawn: bool = False) -> list[Image.Image]:
    """Pictures that share all but a small mark somewhere: of a photographed scene, or of a drawn form.

    Light, contrast and noise differ a little from picture to picture.
    """
    chance = np.random.default_rng(seed)
    ground = _form() if drawn else Image.fromarray(data.coffee()).crop((100, 50, 100 + WIDTH, 50 + LEAST_SIDE))
    return [_marked(ground, chance) for _ in range(count)]


def _form() -> Image.Image:
    form = Image.new("RGB", (WIDTH, LEAST_SIDE), "white")
    pen = ImageDraw.Draw(form)
    pen.rounded_rectangle((6, 6, 206, 193), 14, outline="black", width=4)
    pen.rectangle((20, 20, 60, 50), fill=(180, 30, 30))
    pen.line((20, 170, 190, 170), fill="navy", width=3)
    return form


def _marked(ground: Image.Image, chance: np.random.Generator) -> Image.Image:
    picture = ground.copy()
    width, height = chance.integers(10, 19, 2)
    left, top = chance.integers(12, WIDTH - 12 - width), chance.integers(12, LEAST_SIDE - 12 - height)
    pen = ImageDraw.Draw(picture)
    draw = pen.ellipse if chance.integers(2) else pen.rectangle
    draw((left, top, left + width, top + height), fill=tuple(map(int, chance.integers(0, 256, 3))))
    light, shift = chance.uniform(0.93, 1.07), chance.uniform(-6, 6)
    tones = np.asarray(picture, np.float32) * light + shift + chance.normal(0, 3, (LEAST_SIDE, WIDTH, 1))
    return Image.fromarray(tones.clip(0, 255).round().astype(np.uint8))
