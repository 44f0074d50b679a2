"""Real pictures, all different: tiles of photos that never overlap, and drawings on white where Tux Paint is installed.

Tiles that show next to nothing (a night sky, a wall) are left out; so are photos that are out of focus themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageStat
from skimage import data
from sklearn.datasets import load_sample_image

PHOTOS = ("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
          "immunohistochemistry", "moon", "retina", "rocket")  # fmt: skip
SAMPLES = ("china.jpg", "flower.jpg")
TUXPAINT = Path("/usr/share/tuxpaint")
BLURRED = ("mossy_log", "mudstone", "spiders_web", "sun_behind_leaves")
LEAST_SIDE = 200
LEAST_CONTRAST = 7.0


def photos(width: int = 213, height: int = LEAST_SIDE) -> list[Image.Image]:
    """Tiles of scikit-image's and scikit-learn's photos, and of Tux Paint's where they are: about 265, else 100."""
    tiles = [tile for whole in wholes() for tile in _tiles(whole, width, height)]
    return [tile for tile in tiles if ImageStat.Stat(tile.convert("L")).stddev[0] >= LEAST_CONTRAST]


def wholes() -> list[Image.Image]:
    """The photos themselves."""
    found = [Image.fromarray(getattr(data, name)()).convert("RGB") for name in PHOTOS]
    found += [Image.fromarray(load_sample_image(name)) for name in SAMPLES]
    return [*found, *(Image.open(path).convert("RGB") for path in _templates())]


def stamps() -> list[Image.Image]:
    """Tux Paint's stamps of 200 pixels or more, on white; none where it is not installed."""
    found = {}
    for path in sorted(TUXPAINT.glob("stamps/**/*.png")):
        with Image.open(path) as stamp:
            if min(stamp.size) >= LEAST_SIDE:
                clear = stamp.convert("RGBA")
                ground = Image.new("RGBA", clear.size, (255, 255, 255, 255))
                plain = Image.alpha_composite(ground, clear).convert("RGB")
                found[plain.tobytes()] = plain  # two stamps are the same picture
    return [one for one in found.values() if ImageStat.Stat(one.convert("L")).stddev[0] >= LEAST_CONTRAST]


def _templates() -> list[Path]:
    return [path for path in sorted(TUXPAINT.glob("templates/*.jpg")) if path.stem not in BLURRED]


def _tiles(whole: Image.Image, width: int, height: int) -> Iterator[Image.Image]:
    for top in range(0, whole.height - height + 1, height):
        for left in range(0, whole.width - width + 1, width):
            yield whole.crop((left, top, left + width, top + height))
