"""Whether an image is unlike those that a run learnt from, by the embeddings of these images.

How far an image is, is the mean cosine distance to its three nearest among those (Sun et al., "Out-of-distribution
detection with deep nearest neighbors", ICML 2022), over the square root of what is usual among these three: half way from
that distance to how much thinner it is around the image than around its neighbours (LOF: Breunig et al., SIGMOD 2000),
because one limit of distance for all fits no data in which one class is dense and another is not. It is unlike them from
a threshold on that one in twenty of their own kind reaches: each of them was left out in turn, with all that hangs together
with it, and compared with the rest. The embedding learnt from none of them, so that is a fair test. docs/embeddings.md has figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.workspace.atomic import read_arrays, write_with

FILE_NAME = "novelty.npz"
NEIGHBOURS = 3
FALSE_ALARMS = 0.05
FEWEST = 20  # of fewer, not even the farthest is one in twenty
MOST = 3000  # 8 MB; more tell little more, and comparing each with each takes a second
TINY = 1e-6


@dataclass(frozen=True)
class Novelty:
    """What images are compared with.

    Args:
        vectors: (M, D) float32 unit vectors of images that the run learnt from or was chosen by.
        usual: (M,) float32, the distance of each to its nearest.
        threshold: How far an image may be.
    """

    vectors: np.ndarray
    usual: np.ndarray
    threshold: float

    def distances(self, vectors: np.ndarray) -> np.ndarray:
        """How far images are from what was taught, (N,) float64; above 1 they are unlike it.

        Args:
            vectors: (N, D) float32 unit vectors.
        """
        distance, nearest = _nearest(vectors @ self.vectors.T)
        return _weighed(distance, self.usual[nearest]) / self.threshold


def fit(vectors: np.ndarray, units: np.ndarray) -> Novelty | None:
    """Learn what is usual; None where there are too few images that do not hang together.

    Args:
        vectors: (N, D) float32 unit vectors, of a network that did not learn from these images.
        units: (N,) equal where images hang together: copies, near copies, one group.
    """
    kept = np.sort(np.random.default_rng(0).permutation(len(vectors))[:MOST])
    vectors, units = vectors[kept], units[kept]
    if len(np.unique(units)) <= max(FEWEST, NEIGHBOURS):
        return None
    similar = vectors @ vectors.T
    similar[units[:, None] == units[None, :]] = -np.inf
    usual, nearest = _nearest(similar)
    alone = np.isinf(usual)  # next to all images are of its unit
    if alone.any():
        usual[alone] = np.median(usual[~alone]) if not alone.all() else np.inf
    threshold = _threshold(_weighed(usual, usual[nearest])[~alone], units[~alone])
    return None if threshold is None else Novelty(vectors, usual.astype(np.float32), threshold)


def why_not(trainable: str, figures: dict[str, Any]) -> str:
    """Why a run that keeps nothing to compare with cannot tell what is unlike its data, after "it cannot tell: ".

    Args:
        trainable: Of its config.
        figures: Of the run; `independent` is how many of its training and validation images do not hang together.
    """
    if trainable != "head":
        return "only Quick runs, which learn the last layer alone, can"
    it_takes = (
        f"it takes more than {FEWEST} training and validation images that do not hang together (a burst counts as one)"
    )
    independent = figures.get("independent")
    if independent is None:
        return f"{it_takes}, and a run of this Fovea"
    return f"{it_takes}, and it had {independent:,}"


def _threshold(distances: np.ndarray, units: np.ndarray) -> float | None:
    """What an image of a new unit is above with a chance of `FALSE_ALARMS` at most; None where no distance is.

    As of conformal prediction, where each unit weighs as much as any other and as the new one, whose place is not known
    (Y. Lee, R. Barber & R. Willett, "Distribution-free inference with hierarchical data", arXiv:2306.06342).
    """
    _, of_image, sizes = np.unique(units, return_inverse=True, return_counts=True)
    order = np.argsort(distances, kind="stable")
    below = np.cumsum(1 / sizes[of_image][order])
    place = int(np.searchsorted(below, (len(sizes) + 1) * (1 - FALSE_ALARMS) - TINY))
    return float(distances[order[place]]) if place < len(order) else None


def write(folder: Path, novelty: Novelty | None) -> None:
    """Keep it in a run's folder, in the place of an earlier one."""
    path = folder / FILE_NAME
    if novelty is None:
        path.unlink(missing_ok=True)
        return

    def save(new: Path) -> None:
        half = novelty.vectors.astype(np.float16)
        with new.open("wb") as file:
            np.savez(file, vectors=half, usual=novelty.usual, threshold=np.float64(novelty.threshold))

    write_with(path, save)


def find(folder: Path) -> Novelty | None:
    """What a run's folder keeps; None where it keeps none.

    Raises:
        DamagedError: The file is damaged.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return None
    cure = (
        "Restore it, or delete it: the run answers without it, and says of no image that it is unlike what was taught."
    )
    return read_arrays(
        path, lambda of: Novelty(of["vectors"].astype(np.float32), of["usual"], float(of["threshold"])), cure
    )


def _nearest(similar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) mean distances to the nearest, and (N, NEIGHBOURS) which they are, of (N, M) cosine similarities."""
    places = np.argpartition(-similar, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    return np.maximum(1 - np.take_along_axis(similar, places, axis=1).mean(1), TINY), places


def _weighed(distance: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """(N,) distances over the square root of what is usual there, (N, NEIGHBOURS)."""
    return distance.astype(np.float64) / np.sqrt(usual.mean(1, dtype=np.float64))
