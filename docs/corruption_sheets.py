"""`python docs/corruption_sheets.py`: the contact sheets of docs/evaluation.md, a photo and a digit under every corruption."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from skimage import data

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from core.evaluate.corruptions import CORRUPTIONS, SEVERITIES, corrupt  # noqa: E402

LABEL, GAP, TILE = 96, 4, 96


def main() -> None:
    """Write them."""
    photo = Image.fromarray(data.chelsea()[:300, 60:360]).resize((224, 224))
    with np.load(PROJECT / "core/data/sources/bundled/mnist.npz") as mnist:
        digit = mnist["x_test"][0][..., None]
    for name, picture in (("photo", np.asarray(photo)), ("digit", digit)):
        sheet(picture).save(PROJECT / f"docs/pictures/corruptions-{name}.webp", quality=80, method=6)


def sheet(picture: np.ndarray) -> Image.Image:
    """A row a corruption: (H, W, C) uint8 as it is, then at severities 1 to 5; two such columns."""
    names = list(CORRUPTIONS)
    rows = -(-len(names) // 2)
    width = LABEL + (len(SEVERITIES) + 1) * (TILE + GAP)
    whole = Image.new("RGB", (2 * width, rows * (TILE + GAP)), "white")
    draw = ImageDraw.Draw(whole)
    for place, name in enumerate(names):
        left, top = place // rows * width, place % rows * (TILE + GAP)
        draw.text((left + 6, top + TILE // 2 - 6), CORRUPTIONS[name].title, fill="black", font_size=12)
        damaged = [picture, *(corrupt(picture[None], name, severity)[0] for severity in SEVERITIES)]
        for column, one in enumerate(damaged):
            image = Image.fromarray(one.squeeze()).convert("RGB")
            way = Image.Resampling.LANCZOS if image.width > TILE else Image.Resampling.NEAREST
            whole.paste(image.resize((TILE, TILE), way), (left + LABEL + column * (TILE + GAP), top))
    return whole


if __name__ == "__main__":
    main()
