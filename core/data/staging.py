"""Where an import puts what it has read, before it is a version. One that was cut off goes on there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from filelock import Timeout

from core.data.sources import Listing
from core.workspace import Workspace, alive
from core.workspace.atomic import mapped, read_json, write_bytes

PREFIX = ".import-"
PART = 1_000  # results in one file; a multiple of the scan's blocks
ENOUGH = 2_000  # pictures; reading fewer anew takes seconds
STAYS = ("folder", "manifest")  # sources whose files are there the next time

Found = dict[str, Any] | tuple[str, str]  # the index row of a picture, or its path and why it was left out


@contextlib.contextmanager
def staging(workspace: Workspace, listing: Listing, pack_size: int | None) -> Iterator[Path]:
    """A folder beside the data sets that vanishes when the block ends, however it ends.

    Only where the process is killed does it stay, and the next import of the same files, unchanged, gets it again with
    what is in it (`is_kept` says whether that may be). After a day it is swept.
    """
    if listing.kind in STAYS and len(listing.pictures) >= ENOUGH:
        folder = workspace.datasets / f"{PREFIX}{_key(listing, pack_size)}"
        folder.mkdir(exist_ok=True)
        try:
            lock = alive.hold(folder, timeout_seconds=0)
        except Timeout:
            pass  # another process reads the same; this one reads for itself
        else:
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                lock.release()
            return
    with alive.passing_folder(workspace.datasets, ".new-") as passing:
        yield passing


def is_kept(folder: Path) -> bool:
    """Whether `folder` is one that another process may go on with."""
    return folder.name.startswith(PREFIX)


def write_part(folder: Path, results: list[Found], arrays: tuple[np.ndarray, ...]) -> None:
    """Write the last `PART` results to disk, once all that they are about is there."""
    for array in arrays:
        if isinstance(array, np.memmap):
            array.flush()
    os.sync()  # pictures and thumbnails too
    number = len(results) // PART - 1
    text = json.dumps(results[-PART:])
    write_bytes(folder / f"part-{number:06d}.json", text.encode())


def read_parts(folder: Path, shapes: tuple[tuple[int, ...], ...]) -> list[Found]:
    """What a process that was cut off had found, in order; nothing where its arrays are not there whole."""
    results: list[Found] = []
    for name, shape in zip(("scan.npy", "tones.npy"), shapes, strict=True):
        array = mapped(folder / name)
        if array is None or array.shape != shape:
            for path in (folder / name, *folder.glob("part-*.json")):
                path.unlink(missing_ok=True)
            return []
    while (path := folder / f"part-{len(results) // PART:06d}.json").exists():
        results += read_json(path, lambda part: [one if isinstance(one, dict) else _left_out(*one) for one in part])
    return results


def _left_out(path: str, reason: str) -> tuple[str, str]:
    return path, reason


def _key(listing: Listing, pack_size: int | None) -> str:
    digest = hashlib.sha256(repr((listing.kind, listing.location, listing.keep, pack_size)).encode())
    for picture in listing.pictures:
        with contextlib.suppress(OSError):
            facts = picture.file.stat()
            line = (picture.path, picture.label, picture.split, picture.group, facts.st_size, facts.st_mtime_ns)
            digest.update(repr(line).encode())
    return digest.hexdigest()[:16]
