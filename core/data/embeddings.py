"""What a network sees in each picture of a data set, as unit vectors on disk, by the picture's hash.

    datasets/<name>/embeddings/efficientnet_lite0-<size>/      size: the side in pixels at which they were embedded
                               efficientnet_lite0-blocks-<size>/      of another `Features`, which only a last layer learns from
        hashes.txt           sha256 of each picture, one a line
        vectors.f16          its vector, 1,280 float16, in the same order
        map-<content>.npz    what core.data.projection made of a version's pictures

Both files only grow, vectors before their hashes, so a process that was killed leaves at most a tail that is cut off
before the next one writes. All versions of a data set share them: an edit embeds only pictures that are new.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from core.data.dataset import Dataset, picture_file, read_index, read_picture
from core.data.packed import HASH_DTYPE, Packed, check_room, unique_hashes
from core.errors import DamagedError, ImageError, Stopped
from core.images import REDUCING_GAP, load
from core.inference.embedder import LAST, BlocksEmbedder, Embedder, Features
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress
from core.workspace import Workspace
from core.workspace.alive import working_in

VECTORS, HASHES = "vectors.f16", "hashes.txt"
LINE = np.dtype([("hash", HASH_DTYPE), ("end", "S1")])
BLOCK = 64
READ_ROWS = 256  # as float32 they stay in the processor's cache
WAIT_SECONDS = 0.2
LOOKED_AT, NEARLY = 64, 0.01  # rows, of which most must have vectors of about length 1
STOPPED = "Embedding was stopped. What is done is kept."


@dataclass(frozen=True)
class Embedded:
    """What one call of `embed` did.

    Args:
        images: How many distinct pictures got a vector.
        unreadable: (path, reason) of pictures that cannot be read any more; they have none.
    """

    images: int
    unreadable: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Embeddings:
    """The vectors of one version's pictures.

    Args:
        vectors: (M, features.length) float16 memory map of unit vectors; those of other versions are among them.
        places: (N,) int64; `vectors[places[i]]` is of index row i; -1 where it has none.
    """

    vectors: np.ndarray
    places: np.ndarray

    @property
    def missing(self) -> int:
        """How many index rows have no vector."""
        return int((self.places < 0).sum())

    def lacks(self, rows: np.ndarray) -> bool:
        """Whether any of these index rows has no vector."""
        return bool((self.places[rows] < 0).any())

    def nearest(self, row: int, count: int = 24) -> tuple[np.ndarray, np.ndarray]:
        """The pictures most like that of index row `row`, by cosine similarity, one row for each distinct picture.

        Returns:
            Index rows (k,) int64, most alike first, and their similarities (k,) float32, 1 at most; k is `count` or
            as many as there are. Copies of the picture itself are not among them. Empty if it has no vector.
        """
        own = self.places[row]
        if own < 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        similar = similarities(self.vectors, np.asarray(self.vectors[own], np.float32))
        places, rows = np.unique(self.places, return_index=True)  # the first row of each distinct picture
        keep = (places >= 0) & (places != own)
        places, rows = places[keep], rows[keep]
        similar = similar[places]
        top = np.argpartition(-similar, min(count, len(similar)) - 1)[:count] if len(similar) else np.empty(0, int)
        top = top[np.lexsort((rows[top], -similar[top]))]
        return rows[top], similar[top]


def folder_of(workspace: Workspace, dataset: Dataset, features: Features = LAST) -> Path:
    """Where the embeddings of `dataset` are; its other versions share them, unless their images are of another size."""
    return (
        workspace.dataset(dataset.name)
        / "embeddings"
        / f"{features.name}-{features.size_for(dataset.size)}-{REDUCING_GAP}"
    )


def embedded_rows(workspace: Workspace, dataset: Dataset, features: Features = LAST) -> int:
    """How many vectors there are where those of `dataset` are, of all versions."""
    return _whole_rows(folder_of(workspace, dataset, features), features)


def similarities(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Dot products of (M, D) float16 `vectors` with (D,) float32 `query`, block by block: (M,) float32."""
    out = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), READ_ROWS):
        block = vectors[start : start + READ_ROWS].astype(np.float32)
        out[start : start + READ_ROWS] = block @ query
    return out


def read_embeddings(workspace: Workspace, dataset: Dataset, features: Features = LAST) -> Embeddings:
    """What there is of the vectors of `dataset`; all of its `places` may be -1."""
    there, vectors = _read(folder_of(workspace, dataset, features), features)
    wanted = read_index(workspace, dataset, ["sha256"])["sha256"].to_numpy(dtype=HASH_DTYPE)
    return Embeddings(vectors, _places(there, wanted))


def embed(
    workspace: Workspace,
    dataset: Dataset,
    embedder: Embedder | BlocksEmbedder,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
    rows: np.ndarray | None = None,
    packed: Packed | None = None,
    features: Features = LAST,
) -> Embedded:
    """Embed the pictures of `dataset` that have no vector yet, in bounded memory. What is done stays done.

    Args:
        rows: Index rows of those that are wanted; all by default.
        packed: The pictures, cropped to the size at which they are embedded, where they need not be read again.
        features: What `embedder` gives.

    Raises:
        InputError: The disk has no room for it.
        Stopped: `should_stop` said so; the next call goes on there.
    """
    folder, size = folder_of(workspace, dataset, features), features.size_for(dataset.size)
    index = read_index(
        workspace, dataset, ["path", "sha256", "file"]
    )  # before a folder is made where there is no data set
    index = index if rows is None else index.loc[rows]
    folder.mkdir(parents=True, exist_ok=True)
    with working_in(workspace.dataset(dataset.name)), _sole_writer(folder, should_stop):
        _cut_tail(folder, features)
        hashes, first, _ = unique_hashes(index["sha256"])
        new = _places(_read(folder, features)[0], hashes) < 0
        hashes, index = hashes[new], index.iloc[first[new]]
        check_room(folder, len(hashes) * sum(_row_bytes(features).values()))
        unreadable = []
        stage = Stage(on_progress, "Embedding images", len(hashes))
        for start, read in _read_ahead(_readers(workspace, dataset, index, size, packed)):
            if should_stop():
                raise Stopped(STOPPED)
            good = {place: pixels for place, pixels in enumerate(read) if isinstance(pixels, np.ndarray)}
            if good:
                _append(folder, hashes[start + np.array(list(good))], embedder.embed(np.stack(list(good.values()))))
            for place, error in enumerate(read):
                if isinstance(error, ImageError):
                    unreadable.append((str(index["path"].iloc[start + place]), str(error)))
            stage.step(len(read))
    return Embedded(len(hashes) - len(unreadable), tuple(unreadable))


def _readers(
    workspace: Workspace, dataset: Dataset, index: pd.DataFrame, size: int, packed: Packed | None
) -> list[Callable[[], np.ndarray | ImageError]]:
    """What reads each picture of `index`, (size, size, 3) uint8."""
    if packed is not None:
        return [partial(_take, packed, row) for row in index.index]
    paths = (picture_file(workspace, dataset, file) for file in index["file"])
    return [partial(_load, path, sha256, size) for path, sha256 in zip(paths, index["sha256"], strict=True)]


def _read_ahead(
    readers: list[Callable[[], np.ndarray | ImageError]],
) -> Iterator[tuple[int, list[np.ndarray | ImageError]]]:
    """Blocks of pictures in order, with where each begins; one block is read while another is worked on."""
    waiting: deque[tuple[int, list[Future]]] = deque()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for start in range(0, len(readers), BLOCK):
                waiting.append((start, [pool.submit(reader) for reader in readers[start : start + BLOCK]]))
                if len(waiting) > 1:
                    first, futures = waiting.popleft()
                    yield first, [future.result() for future in futures]
            for first, futures in waiting:
                yield first, [future.result() for future in futures]
        finally:
            pool.shutdown(cancel_futures=True)


def _load(file: Path, sha256: str, size: int) -> np.ndarray | ImageError:
    try:
        return load(read_picture(file, sha256), size, 3, name=file.name)
    except ImageError as error:
        return error


def _take(packed: Packed, row: int) -> np.ndarray:
    picture = packed.take(np.array([row]))[0]
    return np.broadcast_to(picture, (*picture.shape[:2], 3))  # a grey one is embedded as its like in RGB


def _append(folder: Path, hashes: np.ndarray, vectors: np.ndarray) -> None:
    lines = np.zeros(len(hashes), LINE)
    lines["hash"], lines["end"] = hashes, b"\n"
    for name, data in ((VECTORS, vectors.astype("<f2")), (HASHES, lines)):
        with (folder / name).open("ab") as file:
            file.write(data.tobytes())
            file.flush()
            os.fsync(file.fileno())


def _read(folder: Path, features: Features) -> tuple[np.ndarray, np.ndarray]:
    """Hashes (M,) and their vectors (M, features.length) float16, of what is whole."""
    rows, width = _whole_rows(folder, features), features.length
    if not rows:
        return np.empty(0, HASH_DTYPE), np.empty((0, width), np.float16)
    hashes = np.fromfile(folder / HASHES, LINE, rows)["hash"]
    return hashes, _vectors(folder, rows, features)


def _row_bytes(features: Features) -> dict[str, int]:
    return {VECTORS: features.length * 2, HASHES: LINE.itemsize}


def _whole_rows(folder: Path, features: Features) -> int:
    """How many are there whole; none where what stands in the files is something else, so that all are made again."""
    for name in (VECTORS, HASHES):
        if os.path.lexists(folder / name) and not (folder / name).is_file():
            raise DamagedError(f"{folder / name} is no file of Fovea's. Delete it: the images are embedded again.")
    paths = ((folder / name, size_bytes) for name, size_bytes in _row_bytes(features).items())
    rows = min(path.stat().st_size // size_bytes if path.exists() else 0 for path, size_bytes in paths)
    if not rows:
        return 0
    some = np.linspace(0, rows - 1, min(rows, LOOKED_AT)).astype(int)
    lines, vectors = np.memmap(folder / HASHES, LINE, "r", shape=rows), _vectors(folder, rows, features)
    with np.errstate(all="ignore"):  # of noise
        length = np.linalg.norm(vectors[some].astype(np.float32), axis=1)
    for name, good in ((HASHES, lines["end"][some] == b"\n"), (VECTORS, np.abs(length - 1) < NEARLY)):
        if good.mean() < 1 / 2:
            logging.getLogger(__name__).warning(
                "%s is damaged: what is embedded in it is lost. Embed the images again.", folder / name
            )
            return 0
    return rows


def _vectors(folder: Path, rows: int, features: Features) -> np.ndarray:
    return np.memmap(folder / VECTORS, "<f2", "r", shape=(rows, features.length))


def _cut_tail(folder: Path, features: Features) -> None:
    rows = _whole_rows(folder, features)
    for name, size_bytes in _row_bytes(features).items():
        if (folder / name).exists():
            os.truncate(folder / name, rows * size_bytes)


def _places(there: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Where in `there` each of `wanted` is, (N,) int64; -1 where it is not."""
    if not len(there):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(there)
    places = order[np.minimum(np.searchsorted(there, wanted, sorter=order), len(there) - 1)]
    return np.where(there[places] == wanted, places, -1)


@contextlib.contextmanager
def _sole_writer(folder: Path, should_stop: ShouldStop) -> Iterator[None]:
    """Wait until nobody else appends."""
    lock = FileLock(folder / "writer.lock")
    while True:
        try:
            with lock.acquire(timeout=WAIT_SECONDS):
                yield
                return
        except Timeout:
            if should_stop():
                raise Stopped(STOPPED) from None
