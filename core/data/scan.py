"""Every picture decoded once, in parallel: facts, hashes, a thumbnail, packed pixels, a reason if it is bad."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from PIL import Image

from core import images
from core.data.packed import PackRecipe
from core.data.phash import phash, tones_of
from core.data.sources import Arrays, Listing, Picture
from core.data.strip import without_metadata
from core.errors import ImageError, Stopped
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress

BLOCK = 4  # few, so that Stop is soon heard
AHEAD = 32
ARRAY_BLOCK = 1024
SAMPLE = 64
IN_MEMORY_BYTES = 512 << 20
SMALL = 96
COLUMNS = ["path", "label", "split", "group", "width", "height", "mode", "size_bytes", "sha256", "phash", "file"]

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Scan:
    """What a scan found.

    Args:
        index: One row a readable picture: `COLUMNS`; `split` and `group` as the source said.
        left_out: One row a bad file: `path`, `reason`.
        channels: 1 if all pictures are grey, else 3.
        size: The square size that suits the pictures.
        packed: (N, size, size, channels) uint8, one an index row, or None where the first pictures
            misled about what suits the rest.
    """

    index: pd.DataFrame
    left_out: pd.DataFrame
    channels: int
    size: int
    packed: np.ndarray | None


def scan(
    listing: Listing,
    into: Path,
    pack_size: int | None = None,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> Scan:
    """Read every picture of `listing` and write thumbnails (and pictures that Fovea keeps) below `into`.

    Threads decode files, because Pillow's decoders let go of the interpreter lock; processes take
    arrays of small pictures, where there is little else than the interpreter.

    Args:
        into: A folder that gets images/, thumbnails/ and, where the packed pixels are many, scan.npy.
        pack_size: The size to pack for; by default what suits the pictures.

    Raises:
        Stopped: `should_stop` said so.
    """
    if listing.arrays is not None:
        return _scan_arrays(listing.arrays, into, pack_size, on_progress, should_stop)
    return _scan_files(listing, into, pack_size, on_progress, should_stop)


def suitable_size(widths: np.ndarray, heights: np.ndarray) -> int:
    """The square size for pictures of these sizes: their own if they are small, else `SMALL`."""
    return int(min(np.median(np.minimum(widths, heights)), SMALL))


def _scan_files(
    listing: Listing, into: Path, pack_size: int | None, on_progress: OnProgress, should_stop: ShouldStop
) -> Scan:
    pictures = listing.pictures
    recipe = _guess_recipe(pictures, pack_size)
    packed = _room_for(len(pictures), recipe, into / "scan.npy")
    stage = Stage(on_progress, "Reading images", len(pictures))

    def one(position: int) -> dict | tuple[str, str]:
        try:
            row, pixels = _read(pictures[position], listing.keep, into, recipe)
        except ImageError as error:
            return pictures[position].path, str(error)
        packed[position] = pixels
        return row

    def some(positions: range) -> list[dict | tuple[str, str]]:
        found = [one(position) for position in positions]
        rows = [row for row in found if isinstance(row, dict)]
        for row, perceptual in zip(rows, phash([row["phash"] for row in rows]), strict=True):
            row["phash"] = perceptual
        return found

    blocks = [range(len(pictures))[start : start + BLOCK] for start in range(0, len(pictures), BLOCK)]
    rows, good, left_out = [], [], list(listing.left_out)
    # one more than there are cores: while one waits for the interpreter or the disk, the others decode
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        for position, found in enumerate(chain.from_iterable(_in_order(pool, some, blocks, AHEAD, should_stop))):
            if isinstance(found, dict):
                rows.append(found)
                good.append(position)
            else:
                left_out.append(found)
            stage.step()
    index = pd.DataFrame(rows, columns=COLUMNS)
    channels = 1 if rows and all(images.is_grey(row["mode"]) for row in rows) else 3
    size = suitable_size(index["width"].to_numpy(), index["height"].to_numpy()) if rows else recipe.size
    fits = channels == recipe.channels and size == (recipe.size if pack_size is None else size)
    kept = (packed if len(good) == len(packed) else packed[good]) if fits and rows else None
    return Scan(index, _left_out_table(left_out), channels, size, kept)


def _room_for(pictures: int, recipe: PackRecipe, path: Path) -> np.ndarray:
    """(pictures, size, size, channels) uint8 to fill: in memory where it is small, else on disk."""
    shape = (pictures, recipe.size, recipe.size, recipe.channels)
    if recipe.needed_bytes(pictures) <= IN_MEMORY_BYTES:
        return np.zeros(shape, np.uint8)
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)


def _read(picture: Picture, keep: bool, into: Path, recipe: PackRecipe) -> tuple[dict, np.ndarray]:
    try:
        data = picture.file.read_bytes()
    except OSError as error:
        raise ImageError(f"{picture.path} cannot be read ({error.strerror}).") from error
    image = images.decode(data, picture.path, at_least=recipe.size)
    pixels = images.fit(image, recipe.size, recipe.channels, recipe.fit)
    file = str(picture.file)
    if keep:
        data, suffix = without_metadata(data)
    sha256 = hashlib.sha256(data).hexdigest()
    if keep:
        file = f"images/{sha256[:2]}/{sha256}{suffix}"
        _put(into / file, data)
    small = images.thumbnail(image)
    _put_thumbnail(into, sha256, small)
    width, height = image.info["original_size"]
    row = {
        "path": picture.path,
        "label": picture.label,
        "split": picture.split,
        "group": picture.group,
        "width": width,
        "height": height,
        "mode": image.info["original_mode"],
        "size_bytes": len(data),
        "sha256": sha256,
        "phash": tones_of(small),  # hashed with others of its block
        "file": file,
    }
    return row, pixels


def _scan_arrays(
    arrays: Arrays, into: Path, pack_size: int | None, on_progress: OnProgress, should_stop: ShouldStop
) -> Scan:
    pictures = arrays.images
    height, width = pictures.shape[1:3]
    channels = 1 if pictures.ndim == 3 else 3
    size = suitable_size(np.array([width]), np.array([height]))
    stage = Stage(on_progress, "Reading images", len(pictures))
    starts = range(0, len(pictures), ARRAY_BLOCK)
    blocks = ((pictures[start : start + ARRAY_BLOCK], into) for start in starts)
    facts: list[tuple[str, str, int]] = []
    # "spawn", because the caller may have threads
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for found in _in_order(pool, _read_block, blocks, 2 * (os.cpu_count() or 1), should_stop):
            facts += found
            stage.step(len(found))
    index = pd.DataFrame(
        {
            "path": arrays.paths,
            "label": arrays.labels,
            "split": arrays.splits,
            "group": "",
            "width": width,
            "height": height,
            "mode": "L" if channels == 1 else "RGB",
            "size_bytes": [size_bytes for _, _, size_bytes in facts],
            "sha256": [sha256 for sha256, _, _ in facts],
            "phash": [phash for _, phash, _ in facts],
        }
    )
    index["file"] = "images/" + index["sha256"].str[:2] + "/" + index["sha256"] + ".png"
    as_is = width == height == size
    packed = pictures.reshape(len(pictures), height, width, channels) if as_is and pack_size in (None, size) else None
    return Scan(index, _left_out_table([]), channels, size, packed)


def _read_block(block: tuple[np.ndarray, Path]) -> list[tuple[str, str, int]]:
    arrays, into = block
    pictures = [images.from_array(array) for array in arrays]
    facts = []
    for image, perceptual in zip(pictures, phash([tones_of(image) for image in pictures]), strict=True):
        out = io.BytesIO()
        image.save(out, "PNG", compress_level=1)
        data = out.getvalue()
        sha256 = hashlib.sha256(data).hexdigest()
        _put(into / f"images/{sha256[:2]}/{sha256}.png", data)
        if max(image.size) > images.THUMBNAIL_SIZE:
            _put_thumbnail(into, sha256, images.thumbnail(image))
        facts.append((sha256, perceptual, len(data)))
    return facts


def _guess_recipe(pictures: list[Picture], pack_size: int | None) -> PackRecipe:
    """What will suit the pictures, told by the headers of some of them."""
    step = max(len(pictures) // SAMPLE, 1)
    sizes, grey = [], []
    for picture in pictures[::step]:
        try:
            with Image.open(picture.file, formats=images.DECODERS) as image:
                sizes.append(image.size)
                grey.append(images.is_grey(image.mode))
        except (*images.BROKEN, Image.DecompressionBombError):
            continue
    if not sizes:
        return PackRecipe(pack_size or SMALL, 3)
    widths, heights = np.array(sizes).T
    return PackRecipe(pack_size or suitable_size(widths, heights), 1 if all(grey) else 3)


def _put(path: Path, data: bytes) -> None:
    # The caller's folder becomes visible only when it is whole; no temporary name is needed here.
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _put_thumbnail(into: Path, sha256: str, small: Image.Image) -> None:
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85)
    _put(into / "thumbnails" / sha256[:2] / f"{sha256}.jpg", out.getvalue())


def _left_out_table(left_out: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(left_out, columns=["path", "reason"], dtype=str)


def _in_order(
    pool: Executor,
    work: Callable[[Item], Result],
    items: Iterable[Item],
    ahead: int,
    should_stop: ShouldStop,
) -> Iterator[Result]:
    """Results in the order of `items`, with at most `ahead` of them in hand at a time."""
    waiting = []
    try:
        for item in items:
            _stop_if(should_stop)
            waiting.append(pool.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.pop(0).result()
        while waiting:
            _stop_if(should_stop)
            yield waiting.pop(0).result()
    finally:
        for future in waiting:
            future.cancel()


def _stop_if(should_stop: ShouldStop) -> None:
    if should_stop():
        raise Stopped("Reading was stopped. Nothing was added.")
