"""Images of other things, and how many of them a `quick` run calls unlike its training images.

Half of the photos are classes, of tiles that do not overlap; a fifth of their tiles is the test split. The tiles of the other
half are other things, and so are faces and digits. Then five digits, and five others. Beside it: the plain distance
to the nearest, and the top probability, each with the same share of false alarms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from benchmarks import originals
from benchmarks.options import Options
from core import images
from core.inference.embedder import SIZE, SMALL_SIZE, Embedder
from core.predict import novelty, pretrained
from core.workspace import Workspace

SIDE = 120  # of a tile
FEWEST_TILES = 6  # of a photo that is a class
DRAWS = 10
TEST_SHARE = 0.2
BLOCK = 64
MOST_ALARMS, LEAST_CAUGHT = 0.07, 0.8
Sides = dict[str, Callable[[np.ndarray], np.ndarray]]


@dataclass(frozen=True)
class Told:
    """How many of some images were called unlike.

    Args:
        case: What was taught, and what was asked about.
        share: In 0..1, the mean of all draws.
        beside: The same by other means.
        least, most: The bars.
    """

    case: str
    share: float
    beside: dict[str, float]
    least: float = 0.0
    most: float = 1.0

    @property
    def met(self) -> bool:
        """Whether it is within the bars."""
        return self.least <= self.share <= self.most

    def line(self) -> str:
        """It in words."""
        others = "  ".join(f"{name} {share * 100:5.1f} %" for name, share in self.beside.items())
        bar = f"≥ {self.least * 100:g} %" if self.least else f"≤ {self.most * 100:g} %" if self.most < 1 else "no bar"
        return f"{self.case:34} {self.share * 100:5.1f} %  {others}  {bar}  {'met' if self.met else 'MISSED'}"

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**asdict(self), "met": self.met}


def compare(options: Options) -> list[Told]:
    """False alarms, and what is caught."""
    embedder = Embedder(pretrained.efficientnet_lite0(Workspace.open(options.folder / "unlike")))
    tiles, photos = _tiles()
    faces = [Image.fromarray(np.uint8(face * 255)) for face in data.lfw_subset()[:100]]
    digits = load_digits()
    drawn = [Image.fromarray(np.uint8(digit * 255 / 16)) for digit in digits.images[:1000]]
    vectors = embed(embedder, tiles, SIZE)
    others = {"faces": embed(embedder, faces, SIZE), "digits": embed(embedder, drawn[:200], SIZE)}
    found = measure("photos", vectors, photos, others, True)
    others = {"tiles of photos": embed(embedder, tiles, SMALL_SIZE), "faces": embed(embedder, faces, SMALL_SIZE)}
    return found + measure("digits", embed(embedder, drawn, SMALL_SIZE), digits.target[:1000], others, False)


def measure(
    name: str, vectors: np.ndarray, labels: np.ndarray, others: dict[str, np.ndarray], near_has_bar: bool
) -> list[Told]:
    """Teach half of the classes, drawn `DRAWS` times, and ask about their test images, the other half and `others`.

    Args:
        near_has_bar: Whether the other half is so unlike that the bar stands for it too.
    """
    shares: list[dict[str, dict[str, float]]] = []
    for seed in range(DRAWS):
        random = np.random.default_rng(seed)
        classes = random.permutation([one for one in np.unique(labels) if (labels == one).sum() >= FEWEST_TILES])
        taught = np.isin(labels, classes[: len(classes) // 2])
        rows = random.permutation(np.flatnonzero(taught))
        test, rows = rows[: int(len(rows) * TEST_SHARE)], rows[int(len(rows) * TEST_SHARE) :]
        asked = {"its own test images": vectors[test], f"other {name}": vectors[~taught], **others}
        sides = _sides(vectors[rows], labels[rows])
        shares.append(
            {what: {side: float(tell(seen).mean()) for side, tell in sides.items()} for what, seen in asked.items()}
        )
    told = []
    for what in shares[0]:
        mean = {side: float(np.mean([one[what][side] for one in shares])) for side in shares[0][what]}
        least = LEAST_CAUGHT if what in others or (near_has_bar and what.startswith("other ")) else 0.0
        most = MOST_ALARMS if what.startswith("its own") else 1.0
        told.append(Told(f"{name}: {what}", mean.pop("Fovea"), mean, least, most))
    return told


def embed(embedder: Embedder, pictures: list[Image.Image], size: int) -> np.ndarray:
    """(N, 1280) float32 unit vectors."""
    blocks = [pictures[start : start + BLOCK] for start in range(0, len(pictures), BLOCK)]
    return np.concatenate([embedder.embed(np.stack([images.fit(one, size, 3) for one in block])) for block in blocks])


def _sides(taught: np.ndarray, labels: np.ndarray) -> Sides:
    """What calls (N, D) vectors unlike, (N,) bool: Fovea, and others that leave one out as it does."""
    kept = novelty.fit(taught, np.arange(len(taught)))
    assert kept is not None
    model = LogisticRegression(C=100.0, max_iter=300)
    fold = np.random.default_rng(0).permutation(len(taught)) % 5
    doubt = np.empty(len(taught))
    for part in range(5):
        model.fit(taught[fold != part], labels[fold != part])
        doubt[fold == part] = -model.predict_proba(taught[fold == part]).max(1)
    model.fit(taught, labels)
    far, doubtful = _limit(kept.usual), _limit(doubt)
    return {
        "Fovea": lambda seen: kept.distances(seen) > 1,
        "distance alone": lambda seen: 1 - np.sort(seen @ taught.T, axis=1)[:, -novelty.NEIGHBOURS :].mean(1) > far,
        "top probability": lambda seen: -model.predict_proba(seen).max(1) > doubtful,
    }


def _limit(scores: np.ndarray) -> float:
    return float(np.quantile(scores, 1 - novelty.FALSE_ALARMS, method="higher"))


def _tiles() -> tuple[list[Image.Image], np.ndarray]:
    tiles: list[Image.Image] = []
    photos: list[int] = []
    for number, whole in enumerate(originals.wholes()):
        for top in range(0, whole.height - SIDE + 1, SIDE):
            for left in range(0, whole.width - SIDE + 1, SIDE):
                tiles.append(whole.crop((left, top, left + SIDE, top + SIDE)))
                photos.append(number)
    return tiles, np.array(photos)
