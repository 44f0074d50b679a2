"""Real pictures, all different: tiles of photos that never overlap, and drawings on white where Tux Paint is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

PHOTOS = ("astronaut", "brick", "camera", "cell", "chelsea", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
          "immunohistochemistry", "moon", "retina", "rocket")  # fmt: skip
SAMPLES = ("china.jpg", "flower.jpg")
TUXPAINT = Path("/usr/share/tuxpaint")
LEAST_SIDE = 200


def photos(width: int = 213, height: int = LEAST_SIDE) -> list[Image.Image]:
    """Tiles of scikit-image's and scikit-learn's photos, and of Tux Paint's where they are: about 370, else 117."""
    wholes = [Image.fromarray(getattr(data, name)()).convert("RGB") for name in PHOTOS]
    wholes += [Image.fromarray(load_sample_image(name)) for name in SAMPLES]
    wholes += [Image.open(path).convert("RGB") for path in sorted(TUXPAINT.glob("templates/*.jpg"))]
    return [tile for whole in wholes for tile in _tiles(whole, width, height)]


def stamps() -> list[Image.Image]:
    """Tux Paint's stamps of 200 pixels or more, on white; none where it is not installed."""
    found = []
    for path in sorted(TUXPAINT.glob("stamps/**/*.png")):
        with Image.open(path) as stamp:
            if min(stamp.size) >= LEAST_SIDE:
                clear = stamp.convert("RGBA")
                ground = Image.new("RGBA", clear.size, (255, 255, 255, 255))
                found.append(Image.alpha_composite(ground, clear).convert("RGB"))
    return found


def _tiles(whole: Image.Image, width: int, height: int) -> Iterator[Image.Image]:
    for top in range(0, whole.height - height + 1, height):
        for left in range(0, whole.width - width + 1, width):
            yield whole.crop((left, top, left + width, top + height))
