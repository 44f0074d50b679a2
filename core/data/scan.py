"""Every picture decoded once, in parallel: facts, hashes, looks, a thumbnail, packed pixels, a reason if it is bad."""

from __future__ import annotations

import hashlib
import io
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from PIL import Image

from core import images
from core.data import alikeness, staging
from core.data.looks import LEAST_SIDE, LOOKS, looks_of, looks_of_array
from core.data.packed import PackRecipe
from core.data.phash import SIDE, phash, tones_of
from core.data.sources import Arrays, Listing, Picture
from core.data.strip import without_metadata
from core.errors import ImageError, Stopped
from core.file_names import written
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress

BLOCK = 4  # few, so that Stop is soon heard
AHEAD = 32
ARRAY_BLOCK = 1024
SAMPLE = 64
IN_MEMORY_BYTES = 512 << 20
SMALL = 96
COLUMNS = ["path", "label", "split", "group", "width", "height", "mode", "size_bytes", "sha256", "phash", "file", "modified_at",
           *LOOKS, "metadata"]  # fmt: skip
TONES_IN_MEMORY_BYTES = 64 << 20
COLOURS_IN_MEMORY_BYTES = 128 << 20

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Scan:
    """What a scan found.

    Args:
        index: One row a readable picture: `COLUMNS`, `split` and `group` as the source said, and its further columns.
        left_out: One row a bad file: `path`, `reason`.
        channels: 1 if all pictures are grey, else 3.
        size: The square size that suits the pictures.
        packed: (N, size, size, channels) uint8, one an index row, or None where the first pictures
            misled about what suits the rest.
        tones: (N, 32, 32) uint8, one an index row: small grey pictures, to compare them by.
        colours: (N, 64, 64, 3) uint8, likewise; None where they are many, or tiny: the thumbnails show them, more slowly.
        came: The sha256 of each file as it came, one an index row, metadata and all; None where it is that of the index.
    """

    index: pd.DataFrame
    left_out: pd.DataFrame
    channels: int
    size: int
    packed: np.ndarray | None
    tones: np.ndarray
    colours: np.ndarray | None = None
    came: list[str] | None = None


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
        into: A folder of `core.data.staging`, which gets images/, thumbnails/ and, where pictures are many, scan.npy and tones.npy.
        pack_size: The size to pack for; by default what suits the pictures.

    Raises:
        Stopped: `should_stop` said so.
    """
    if listing.arrays is not None:
        found = _scan_arrays(listing.arrays, into, pack_size, on_progress, should_stop)
        return replace(found, left_out=_left_out_table(listing.left_out))
    return _scan_files(listing, into, pack_size, on_progress, should_stop)


def suitable_size(widths: np.ndarray, heights: np.ndarray) -> int:
    """The square size for pictures of these sizes: their own if they are small, else `SMALL`."""
    return int(min(np.median(np.minimum(widths, heights)), SMALL))


def _scan_files(
    listing: Listing, into: Path, pack_size: int | None, on_progress: OnProgress, should_stop: ShouldStop
) -> Scan:
    pictures = listing.pictures
    recipe = _guess_recipe(pictures, pack_size)
    goes_on = staging.is_kept(into)
    shapes = recipe.shape(len(pictures)), (len(pictures), SIDE, SIDE)
    results = staging.read_parts(into, shapes) if goes_on else []
    packed = _room_for(shapes[0], into / "scan.npy", 0 if goes_on else IN_MEMORY_BYTES)
    tones = _room_for(shapes[1], into / "tones.npy", 0 if goes_on else TONES_IN_MEMORY_BYTES)
    shape = (len(pictures), alikeness.SIDE, alikeness.SIDE, 3)
    colours = None if goes_on or math.prod(shape) > COLOURS_IN_MEMORY_BYTES else np.zeros(shape, np.uint8)
    stage = Stage(on_progress, "Reading images", len(pictures))
    stage.step(len(results))

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
        thumbnails = [row.pop("thumbnail") for row in rows]
        greys = [image if image.mode == "L" else image.convert("L") for image in thumbnails]
        small = [tones_of(grey) for grey in greys]
        looks = looks_of(greys, [min(row["width"], row["height"]) for row in rows])
        for row, perceptual, look in zip(rows, phash(small), looks.tolist(), strict=True):
            row |= {"phash": perceptual, **dict(zip(LOOKS, look, strict=True))}
        good = (position for position, row in zip(positions, found, strict=True) if isinstance(row, dict))
        for position, grey, thumbnail in zip(good, small, thumbnails, strict=True):
            tones[position] = grey
            if colours is not None:
                colours[position] = alikeness.colours_of(thumbnail)
        return found

    start = len(results)
    blocks = [range(len(pictures))[first : first + BLOCK] for first in range(start, len(pictures), BLOCK)]
    # one more than there are cores: while one waits for the interpreter or the disk, the others decode
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        for found in chain.from_iterable(_in_order(pool, some, blocks, AHEAD, should_stop)):
            results.append(found)
            stage.step()
            if goes_on and len(results) % staging.PART == 0:
                staging.write_part(into, results, (packed, tones))
    good = [position for position, found in enumerate(results) if isinstance(found, dict)]
    rows = [found for found in results if isinstance(found, dict)]
    left_out = [*listing.left_out, *(found for found in results if not isinstance(found, dict))]
    index = pd.DataFrame(rows, columns=COLUMNS)
    if listing.further is not None:
        index = pd.concat([index, listing.further.iloc[good].reset_index(drop=True)], axis=1)
    channels = 1 if rows and all(images.is_grey(row["mode"]) for row in rows) else 3
    size = suitable_size(index["width"].to_numpy(), index["height"].to_numpy()) if rows else recipe.size
    fits = channels == recipe.channels and size == (recipe.size if pack_size is None else size)
    whole = len(good) == len(packed)
    kept = (packed if whole else packed[good]) if fits and rows else None
    if not whole:
        tones, colours = tones[good], None if colours is None else colours[good]
    came = [str(row.get("came", row["sha256"])) for row in rows] if listing.keep else None
    return Scan(index, _left_out_table(left_out), channels, size, kept, tones, colours, came)


def _room_for(shape: tuple[int, ...], path: Path, in_memory_bytes: int = IN_MEMORY_BYTES) -> np.ndarray:
    """uint8 of `shape` to fill: in memory where it is small, else on disk, where it may be from before."""
    if math.prod(shape) <= in_memory_bytes:
        return np.zeros(shape, np.uint8)
    if path.exists():
        return np.lib.format.open_memmap(path, mode="r+")
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)


def _read(picture: Picture, keep: bool, into: Path, recipe: PackRecipe) -> tuple[dict, np.ndarray]:
    try:
        modified_at = 0.0 if keep else picture.file.stat().st_mtime
    except OSError as error:
        raise ImageError(f"{picture.path} cannot be read ({error.strerror}).") from error
    data = images.read_file(picture.file, picture.path)
    came = hashlib.sha256(data).hexdigest() if keep else ""
    with images.BUDGET.held():
        image = images.decode(data, picture.path, at_least=images.enough_for(recipe.size))
        pixels = images.fit(image, recipe.size, recipe.channels, recipe.fit)
        small = images.thumbnail(image)
    file = written(str(picture.file))
    if keep:
        data, suffix = without_metadata(data, picture.path)
    sha256 = hashlib.sha256(data).hexdigest()
    if keep:
        file = f"images/{sha256[:2]}/{sha256}{suffix}"
        _put(into / file, data)
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
        "came": came,
        "file": file,
        "modified_at": modified_at,
        "metadata": ",".join(image.info["metadata"]),
        "thumbnail": small,  # looked at with others of its block
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
    tones = _room_for((len(pictures), SIDE, SIDE), into / "tones.npy", TONES_IN_MEMORY_BYTES)
    looks = np.empty((len(pictures), len(LOOKS)), np.float32)
    # "spawn", because the caller may have threads
    context = get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=_end_with, initargs=(os.getpid(),)) as pool:
        for found, small, look in _in_order(pool, _read_block, blocks, 2 * (os.cpu_count() or 1), should_stop):
            rows = slice(len(facts), len(facts) + len(found))
            tones[rows], looks[rows] = small, look
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
    index["modified_at"] = 0.0
    index[list(LOOKS)] = looks
    index["metadata"] = ""
    as_is = width == height == size
    packed = pictures.reshape(len(pictures), height, width, channels) if as_is and pack_size in (None, size) else None
    return Scan(index, _left_out_table([]), channels, size, packed, tones)


def _read_block(block: tuple[np.ndarray, Path]) -> tuple[list[tuple[str, str, int]], np.ndarray, np.ndarray]:
    arrays, into = block
    pictures = [images.from_array(array) for array in arrays]
    facts, greys = [], []
    for image in pictures:
        out = io.BytesIO()
        image.save(out, "PNG", compress_level=1)
        data = out.getvalue()
        sha256 = hashlib.sha256(data).hexdigest()
        _put(into / f"images/{sha256[:2]}/{sha256}.png", data)
        small = image
        if max(image.size) > images.THUMBNAIL_SIZE:
            small = images.thumbnail(image)
            _put_thumbnail(into, sha256, small)
        greys.append(small if small.mode == "L" else small.convert("L"))
        facts.append((sha256, len(data)))
    tones = np.stack([tones_of(grey) for grey in greys])
    side = min(arrays.shape[1:3])
    tiny = side < LEAST_SIDE
    looks = (
        looks_of_array(np.stack([np.asarray(grey) for grey in greys])) if tiny else looks_of(greys, [side] * len(greys))
    )
    hashes = phash(tones)
    return [(sha256, hash_, size) for (sha256, size), hash_ in zip(facts, hashes, strict=True)], tones, looks


def _end_with(parent: int) -> None:
    """Let a worker end soon after its parent was killed: it waits for work from a queue that it holds open itself."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _guess_recipe(pictures: list[Picture], pack_size: int | None) -> PackRecipe:
    """What will suit the pictures, told by the headers of some of them."""
    step = max(len(pictures) // SAMPLE, 1)
    sizes, grey = [], []
    for picture in pictures[::step]:
        try:
            with images.opened(images.read_file(picture.file)) as image:
                sizes.append(image.size)
                grey.append(images.is_grey(image.mode))
        except (*images.BROKEN, ImageError, Image.DecompressionBombError):
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
