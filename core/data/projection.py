"""The map: every picture of a version as a point, those that look alike close together.

Principal components of the unit vectors (from their covariance, summed block by block, so that memory does not grow
with the pictures), exact neighbours in them, and t-SNE by interpolation on a grid (openTSNE), which takes time in
proportion to the pictures. The same vectors give the same map. docs/embeddings.md says why these.

Sources: van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008; Linderman et al., "Fast interpolation-based
t-SNE", 2019; Kobak and Berens, "The art of using t-SNE for single-cell transcriptomics", 2019 (start from the
components, learning rate of an eleventh of the points).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.dataset import Dataset, read_index
from core.data.embeddings import folder_of, read_embeddings
from core.data.packed import unique_hashes
from core.errors import DamagedError, NotFoundError, Stopped
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress
from core.workspace import Workspace
from core.workspace.atomic import read_arrays, write_with

COMPONENTS = 50
PERPLEXITY = 30
NEIGHBOURS = 10
BLOCK_ROWS = 4096
EARLY_STEPS, STEPS, STEPS_A_LOOK = 250, 500, 25
EARLY_EXAGGERATION = 12.0
FEW, SOME, MANY = 8, 2_000, 20_000
STOPPED = "Drawing the map was stopped. The embeddings are kept."


@dataclass(frozen=True)
class ImageMap:
    """A version's pictures as points, one an index row.

    Args:
        points: (N, 2) float32 in 0..1, x to the right and y upwards; NaN where a picture has no vector.
        neighbour_distance: (N,) float32, the mean distance to the `NEIGHBOURS` nearest other pictures, copies counted
            once, between the first `COMPONENTS` principal components of unit vectors; NaN where there is none.
    """

    points: np.ndarray
    neighbour_distance: np.ndarray


def map_file(workspace: Workspace, dataset: Dataset) -> Path:
    """Where the map of `dataset` is, whether it was made or not; versions with the same pictures share one."""
    hashes = unique_hashes(read_index(workspace, dataset, ["sha256"])["sha256"])[0]
    content = hashlib.sha256(hashes.tobytes()).hexdigest()[:12]
    return folder_of(workspace, dataset) / f"map-{content}.npz"


def read_map(workspace: Workspace, dataset: Dataset) -> ImageMap:
    """The map that `make_map` made.

    Raises:
        NotFoundError: It was not made yet.
        DamagedError: It is damaged.
    """
    path = map_file(workspace, dataset)
    if not path.exists():
        raise NotFoundError(f"{dataset.reference} has no map yet. Embed its images first.")
    _, _, rows = unique_hashes(read_index(workspace, dataset, ["sha256"])["sha256"])
    cure = f"Embed the images of {dataset.reference} again: it is made anew."
    return read_arrays(path, lambda made: ImageMap(made["points"][rows], made["neighbour_distance"][rows]), cure)


def make_map(
    workspace: Workspace,
    dataset: Dataset,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> ImageMap:
    """Make and keep the map of what is embedded of `dataset`; one that is there and whole is kept.

    Raises:
        Stopped: `should_stop` said so; nothing is left behind.
    """
    with contextlib.suppress(NotFoundError, DamagedError):
        return read_map(workspace, dataset)
    embeddings = read_embeddings(workspace, dataset)
    _, first, _ = unique_hashes(read_index(workspace, dataset, ["sha256"])["sha256"])
    places = embeddings.places[first]
    known = places >= 0
    points = np.full((len(first), 2), np.nan, np.float32)
    distance = np.full(len(first), np.nan, np.float32)
    if known.any():
        components = principal_components(embeddings.vectors, places[known], on_progress, should_stop)
        neighbours, distances = nearest_neighbours(components, on_progress, should_stop)
        near = distances[:, :NEIGHBOURS]
        distance[known] = near.mean(axis=1) if near.shape[1] else 0.0
        points[known] = to_unit_square(project(components, neighbours, distances, on_progress, should_stop))
    write_with(map_file(workspace, dataset), lambda new: np.savez(new, points=points, neighbour_distance=distance))
    return read_map(workspace, dataset)


def principal_components(
    vectors: np.ndarray,
    places: np.ndarray,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
    count: int = COMPONENTS,
) -> np.ndarray:
    """The first principal components of `vectors[places]`: (n, at most `count`) float32, strongest first.

    Args:
        vectors: (M, D) float16, read block by block.
        places: (n,) which of them.
    """
    n, length = len(places), vectors.shape[1]
    stage = Stage(on_progress, "Finding what differs", 2 * n)
    if n <= length:
        few = vectors[places].astype(np.float64)
        mean = few.mean(axis=0)
        axes = np.linalg.svd(few - mean, full_matrices=False)[2].T
        stage.step(n)
    else:
        total, square = np.zeros(length), np.zeros((length, length))
        for block in _blocks(vectors, places, stage, should_stop):
            total += block.sum(axis=0, dtype=np.float64)
            square += block.T @ block
        mean = total / n
        axes = np.linalg.eigh(square / n - np.outer(mean, mean))[1][:, ::-1]
    axes = axes[:, : min(count, n)]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])  # they come with any sign
    axes32, offset = axes.astype(np.float32), (mean @ axes).astype(np.float32)
    return np.concatenate([block @ axes32 - offset for block in _blocks(vectors, places, stage, should_stop)])


def nearest_neighbours(
    points: np.ndarray, on_progress: OnProgress = no_progress, should_stop: ShouldStop = never
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest other points of each point, nearest first.

    Args:
        points: (n, D) float32.

    Returns:
        Indices (n, k) int32 and Euclidean distances (n, k) float32; k is three times the perplexity, or n - 1.
    """
    from sklearn.neighbors import NearestNeighbors

    n = len(points)
    k = min(3 * PERPLEXITY, n - 1)
    indices, distances = np.empty((n, k), np.int32), np.empty((n, k), np.float32)
    if k == 0:
        return indices, distances
    search = NearestNeighbors(algorithm="brute").fit(points)
    stage = Stage(on_progress, "Finding neighbours", n)
    for start in range(0, n, BLOCK_ROWS):
        if should_stop():
            raise Stopped(STOPPED)
        block = points[start : start + BLOCK_ROWS]
        far, found = search.kneighbors(block, k + 1)
        own = found == np.arange(start, start + len(block))[:, None]
        own[~own.any(axis=1), -1] = True  # among many equal points, itself may not be
        found, far = (values[~own].reshape(len(block), k) for values in (found, far))
        indices[start : start + len(block)], distances[start : start + len(block)] = found, far
        stage.step(len(block))
    return indices, distances


def project(
    components: np.ndarray,
    neighbours: np.ndarray,
    distances: np.ndarray,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> np.ndarray:
    """t-SNE of points whose neighbours are known: (n, 2) float32. Fewer than `FEW` points are two components.

    Args:
        components: (n, D) float32 principal components, strongest first.
        neighbours, distances: As `nearest_neighbours` gives them.
    """
    n = len(components)
    start = np.zeros((n, 2))
    start[:, : min(2, components.shape[1])] = components[:, :2]
    if n < FEW:
        return start.astype(np.float32)
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    # its threads wait for each other some thousand times: with few points they only get in each other's way
    threads = (os.cpu_count() or 1) if n > MANY else 1
    stage = Stage(on_progress, "Drawing the map", EARLY_STEPS + STEPS, "steps")

    def look(step: int, error: float, points: np.ndarray) -> bool:
        stage.step(STEPS_A_LOOK)
        return should_stop()

    affinities = PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(neighbours, distances),
        perplexity=min(PERPLEXITY, (n - 1) / 3),
        n_jobs=threads,
    )
    embedding = TSNEEmbedding(
        start / max(start[:, 0].std(), 1e-12) * 1e-4,
        affinities,
        negative_gradient_method="fft" if n > SOME else "bh",
        random_state=0,
        n_jobs=threads,
        callbacks=look,
        callbacks_every_iters=STEPS_A_LOOK,
    )
    for steps, exaggeration, momentum in ((EARLY_STEPS, EARLY_EXAGGERATION, 0.5), (STEPS, 1.0, 0.8)):
        embedding = embedding.optimize(steps, exaggeration=exaggeration, momentum=momentum)
        if should_stop():
            raise Stopped(STOPPED)
    return np.asarray(embedding, np.float32)


def to_unit_square(points: np.ndarray) -> np.ndarray:
    """(n, 2) points moved and scaled, the same in both directions, so that they fill 0..1 and stand in its middle."""
    low, high = points.min(axis=0), points.max(axis=0)
    return ((points - (low + high) / 2) / max(float((high - low).max()), 1e-12) + 0.5).astype(np.float32)


def nearest_first(points: np.ndarray, place: int) -> np.ndarray:
    """(N,) int64: the points from the nearest to `points[place]`, itself first, to the farthest; those nowhere last."""
    away = np.square(points - points[place]).sum(1)
    away[place] = -1.0
    return np.argsort(away, kind="stable")


def inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Which of (n, 2) `points` are inside a (k, 2) `polygon` by the even-odd rule: (n,) bool. NaN is nowhere."""
    held = np.zeros(len(points), bool)
    x, y = points[:, 0], points[:, 1]
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, 1, axis=0), strict=True):
        if ay != by:
            held ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return held & ~np.isnan(x)


def busiest_place(points: np.ndarray, cells: int = 24) -> tuple[float, float]:
    """Where on the map most of (n, 2) `points` are: the middle of those in the fullest of `cells` × `cells` squares."""
    column, row = np.clip((points * cells).astype(int), 0, cells - 1).T
    square = row * cells + column
    x, y = points[square == np.bincount(square).argmax()].mean(axis=0)
    return float(x), float(y)


def _blocks(vectors: np.ndarray, places: np.ndarray, stage: Stage, should_stop: ShouldStop):  # type: ignore[no-untyped-def]
    for start in range(0, len(places), BLOCK_ROWS):
        if should_stop():
            raise Stopped(STOPPED)
        block = vectors[places[start : start + BLOCK_ROWS]].astype(np.float32)
        yield block
        stage.step(len(block))
