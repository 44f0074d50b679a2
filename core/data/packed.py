"""The packed array: every picture of a data set at one size, as one uint8 memory map on disk."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.dataset import Dataset, picture_file, read_index, read_picture
from core.data.shelf import versions
from core.errors import ImageError, InputError, Stopped
from core.images import REDUCING_GAP, Fit, load
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress
from core.workspace import Workspace
from core.workspace.atomic import mapped, write_with

KEEP_FREE_BYTES = 256 << 20
HASH_DTYPE = "S64"
COPY_ROWS = 64


@dataclass(frozen=True)
class PackRecipe:
    """How pictures are packed: `size` pixels square, 1 or 3 `channels`, fitted by `fit`."""

    size: int
    channels: int
    fit: Fit = "crop"

    def key(self, hashes: np.ndarray) -> str:
        """The name of the files for the pictures of these sorted hashes: (N,) bytes of length 64."""
        content = hashlib.sha256(hashes.tobytes()).hexdigest()[:12]
        return f"{self.size}x{self.size}x{self.channels}-{self.fit}-{REDUCING_GAP}-{content}"

    def needed_bytes(self, images: int) -> int:
        """Bytes on disk for that many pictures."""
        return math.prod(self.shape(images))

    def shape(self, images: int) -> tuple[int, int, int, int]:
        """Of that many pictures."""
        return images, self.size, self.size, self.channels

    def mapped(self, path: Path, images: int) -> np.ndarray | None:
        """That many pictures in a file, as a memory map; None where it holds no such array: it is made again."""
        found = mapped(path)
        return found if found is not None and (found.dtype, found.shape) == (np.uint8, self.shape(images)) else None


@dataclass(frozen=True)
class Packed:
    """Pictures to read by index row.

    Args:
        images: (M, size, size, channels) uint8 memory map, one row a distinct picture; it may hold more of them.
        rows: (N,) int64; `images[rows[i]]` is the picture of index row i.
    """

    images: np.ndarray
    rows: np.ndarray

    def take(self, index_rows: np.ndarray) -> np.ndarray:
        """(n, size, size, channels) uint8 pictures of these index rows, in this order, in memory."""
        return self.images[self.rows[index_rows]]


def pack(
    workspace: Workspace,
    dataset: Dataset,
    recipe: PackRecipe,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> Packed:
    """The packed pictures of `dataset`, from the cache or made now with one thread a core.

    Raises:
        InputError: The disk has no room for it.
        ImageError: A picture changed or went since it was scanned.
        Stopped: `should_stop` said so; nothing is left behind.
    """
    index = read_index(workspace, dataset, ["sha256", "file"])
    hashes, first, rows = unique_hashes(index["sha256"])
    folder = workspace.dataset(dataset.name) / "packed"
    path = folder / f"{recipe.key(hashes)}.npy"
    images = recipe.mapped(path, len(hashes))
    if images is None:
        if there := _among_more(workspace, dataset, recipe, index["sha256"]):
            return there
        check_room(folder, recipe.needed_bytes(len(hashes)))
        files = [picture_file(workspace, dataset, file) for file in index["file"].iloc[first]]
        wanted = list(zip(files, index["sha256"].iloc[first], strict=True))
        try:
            write_with(path, lambda new: _fill(new, wanted, recipe, on_progress, should_stop))
        except ImageError as error:
            raise ImageError(f"{dataset.reference}: {error}") from error
        images = np.load(path, mmap_mode="r", allow_pickle=False)
    return Packed(images, rows)


def _among_more(workspace: Workspace, dataset: Dataset, recipe: PackRecipe, sha256: pd.Series) -> Packed | None:
    """The pictures in what was packed of a version that has more: where images are left out, nothing is packed anew."""
    wanted = sha256.to_numpy(dtype=HASH_DTYPE)
    for version in reversed(versions(workspace, dataset.name)):
        hashes = unique_hashes(read_index(workspace, version, ["sha256"])["sha256"])[0]
        images = recipe.mapped(workspace.dataset(dataset.name) / "packed" / f"{recipe.key(hashes)}.npy", len(hashes))
        if images is not None and np.isin(wanted, hashes).all():
            return Packed(images, np.searchsorted(hashes, wanted))
    return None


def unique_hashes(sha256: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sorted distinct hashes (M,), the first index row of each (M,), and each index row's place (N,)."""
    return np.unique(sha256.to_numpy(dtype=HASH_DTYPE), return_index=True, return_inverse=True)


def save(folder: Path, recipe: PackRecipe, sha256: pd.Series, images: np.ndarray) -> None:
    """Keep `images` (N, size, size, channels) uint8, one an index row, as what `pack` would make."""
    hashes, first, _ = unique_hashes(sha256)
    shape = recipe.shape(len(hashes))

    def write(new: Path) -> None:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        with new.open("wb") as file:  # in one go from start to end: twice as fast as through a memory map
            np.lib.format.write_array_header_1_0(file, header)
            for start in range(0, len(first), COPY_ROWS):
                file.write(np.ascontiguousarray(images[first[start : start + COPY_ROWS]]).data)

    write_with(folder / f"{recipe.key(hashes)}.npy", write)


def check_room(folder: Path, needed_bytes: int) -> None:
    """Raise InputError if the disk of `folder` has no room for that much more."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if needed_bytes + KEEP_FREE_BYTES > free:
        raise InputError(
            f"The packed pictures take {needed_bytes / 1e9:.1f} GB and the disk has {free / 1e9:.1f} GB free. "
            "Take a smaller image size, or free some space."
        )


def _fill(
    new: Path, files: list[tuple[Path, str]], recipe: PackRecipe, on_progress: OnProgress, should_stop: ShouldStop
) -> None:
    shape = recipe.shape(len(files))
    out = np.lib.format.open_memmap(new, mode="w+", dtype=np.uint8, shape=shape)
    stage = Stage(on_progress, "Packing images", len(files))

    def one(position: int) -> None:
        file, sha256 = files[position]
        out[position] = load(read_picture(file, sha256), recipe.size, recipe.channels, recipe.fit, file.name)

    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        for start in range(0, len(files), 256):
            if should_stop():
                raise Stopped("Packing was stopped.")
            block = range(start, min(start + 256, len(files)))
            list(pool.map(one, block))
            stage.step(len(block))
    out.flush()
