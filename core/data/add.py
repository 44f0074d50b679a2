"""Source -> scan -> splits -> a version on disk."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock

from core.data import different, near, packed, series, splits
from core.data.dataset import Dataset, read_index, read_left_out
from core.data.publish import counts, fingerprint, publish
from core.data.scan import Scan, scan
from core.data.shelf import versions
from core.data.sources import KNOWN, Listing, Reading, open_source
from core.data.sources.listing import PICTURE_SUFFIXES
from core.data.sources.opened import typed
from core.data.staging import staging
from core.errors import SourceError
from core.progress import OnProgress, Progress, ShouldStop, never, no_progress
from core.workspace import Workspace
from core.workspace.atomic import remove_folder
from core.workspace.paths import check_name, cut_name

SEED = 0
MOVED = ("images", "thumbnails", "packed")
OnRead = Callable[[Scan], None]


def no_matter(found: Scan) -> None:
    """Hears what was found, and does nothing."""


def add(
    workspace: Workspace,
    source: str,
    name: str | None = None,
    keep: bool = False,
    pack_size: int | None = None,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
    called: str = "",
    reading: Reading | None = None,
    below: Sequence[str] | None = None,
) -> Dataset:
    """Make a data set of `source`, or its next version, or give back the version that holds the same.

    Args:
        source: A known name, a folder, a .zip, a .npz or a .csv manifest.
        name: What to call it; by default after the source.
        keep: Take the files of a folder in; otherwise they stay where they are and must not change.
        called: The source's name for people, where its file has another: that of an upload.
        reading: How a folder or archive is read where there is a choice; by default as the data set `name` was.
        pack_size: Also pack the pictures at this size; by default at the size that suits them.
        below: The folders that the source, and whatever a manifest names, must lie in; None is anywhere.

    Raises:
        SourceError: Nothing in it can become a data set. Nothing is left behind.
        Stopped: `should_stop` said so. Nothing is left behind.
    """
    name = check_name(name) if name else None
    reading = reading_of(workspace, name or usual_name(source), reading)
    with open_source(source, workspace.uploads, keep, on_progress, should_stop, called, reading, below) as listing:
        return add_listing(workspace, listing, name, pack_size, on_progress, should_stop)


def add_listing(
    workspace: Workspace,
    listing: Listing,
    name: str | None = None,
    pack_size: int | None = None,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
    on_read: OnRead = no_matter,
) -> Dataset:
    """As `add`, of a source that was listed already.

    Args:
        on_read: Gets what the scan found; a version that holds the same may have left out other files.
    """
    name = check_name(name or name_after(listing.name))
    # writing waits for the disk, comparing and splitting do not
    with staging(workspace, listing, pack_size) as folder, ThreadPoolExecutor(1) as pool:
        found = read_pictures(listing, folder, pack_size, on_progress, should_stop)
        on_read(found)
        if listing.read_as.get("group_by_name") and (earlier := versions(workspace, name)):
            # a series that has grown to most of its class is one all the same
            found.index["group"] = series.joined(found.index, read_index(workspace, earlier[-1]))
        packing = pool.submit(save_packed, found, folder, pack_size)
        found.index["near"] = near_copies(found, folder, on_progress, should_stop)
        on_progress(Progress("Saving", unit="files"))
        with FileLock(workspace.root / "add.lock"):  # of two who add the same, the second finds the first one's
            newest = next(reversed(versions(workspace, name)), None)
            all_of_them = newest is not None and newest.near_different
            apart = different.apart(found.index, different.read(workspace, name), all_of_them)
            dataset = _describe(name, listing, found, splits_before(workspace, name), apart, all_of_them)
            there = _same_content(workspace, dataset, found)
            packing.result()
            return there or _save(workspace, dataset, found, folder)


def read_pictures(
    listing: Listing, into: Path, pack_size: int | None, on_progress: OnProgress, should_stop: ShouldStop
) -> Scan:
    """Scan `listing` into the folder `into`. Raises SourceError if not one picture of it can be read."""
    found = scan(listing, into, pack_size, on_progress, should_stop)
    if found.index.empty:
        reason = found.left_out["reason"].iloc[0] if len(found.left_out) else "It is empty."
        raise SourceError(f"Not one picture of {listing.location} can be read. The first: {reason}")
    if listing.read_as.get("group_by_name"):
        found.index["group"] = found.index["group"].where(found.index["group"] != "", series.named(found.index))
    return found


def reading_of(workspace: Workspace, name: str | None, asked: Reading | None = None) -> Reading:
    """How a source is read that is added to the data set `name`: as it was read before, where nobody asks for else."""
    asked, there = asked or Reading(), versions(workspace, name) if name and workspace.dataset(name).exists() else []
    before = there[-1].source if there else {}
    return Reading(
        asked.class_from or before.get("class_from", ""),
        asked.zip_names or before.get("zip_names", ""),
        _by_name(before) if asked.group_by_name is None else asked.group_by_name,
    )


def _by_name(source: dict[str, Any]) -> bool:
    return bool(source.get("group_by_name", False))


def usual_name(source: str) -> str:
    """What a data set of `source` is called where nobody says."""
    path = typed(source)
    return name_after(source if source in KNOWN else path.name if path.is_dir() else path.stem)


def name_after(text: str) -> str:
    """A usable name for a data set, made of what its source is called."""
    return cut_name(text) or "images"


def near_copies(
    found: Scan, folder: Path, on_progress: OnProgress = no_progress, should_stop: ShouldStop = never
) -> pd.Series:
    """(N,) for each image the name of the near copies that it is one of, "" where it has none.

    Args:
        found: What the scan of them gave.
        folder: Where it wrote thumbnails and pictures.
    """
    colours = near.colours_in([folder], found.index) if found.colours is None else found.colours.__getitem__
    small = near.Small(found.tones.__getitem__, colours)
    return near.names_of(found.index, small, on_progress=on_progress, should_stop=should_stop)


def splits_before(workspace: Workspace, name: str) -> dict[str, str]:
    """The split of every picture, by its sha256, and group in the versions that there are; the newest says it."""
    before: dict[str, str] = {}
    for version in versions(workspace, name):
        index = read_index(workspace, version, ["sha256", "group", "split"])
        for column in ("group", "sha256"):
            before |= dict(zip(index[column], index["split"], strict=True))
    before.pop("", None)
    return before


def _describe(
    name: str, listing: Listing, found: Scan, before: dict[str, str], apart: pd.DataFrame, near_different: bool
) -> Dataset:
    index = found.index
    content = fingerprint(index)  # of the splits that the source names: those of Fovea follow from the rest
    of_source = index["split"]
    index["split"] = splits.part(apart, SEED, before)
    return Dataset(
        name=name,
        version=0,
        channels=found.channels,
        size=found.size,
        left_out=len(found.left_out),
        ignored=listing.ignored,
        source={"kind": listing.kind, "location": listing.location, **listing.read_as},
        fingerprint=content,
        change=f"Added from {listing.location}",
        split_by="source" if _source_has_splits(listing) else "fovea",
        created_at=time.time(),
        seed=SEED,
        naive_leaks=splits.naive_leaks(apart.assign(split=index["split"]), of_source, SEED),
        near_different=near_different,
        **counts(index),
    )


def _source_has_splits(listing: Listing) -> bool:
    named = listing.arrays.splits if listing.arrays else (picture.split for picture in listing.pictures)
    return any(split in ("val", "test") for split in named)


def _same_content(workspace: Workspace, dataset: Dataset, found: Scan) -> Dataset | None:
    left_out = _pictures_left_out(found.left_out)
    for version in reversed(versions(workspace, dataset.name)):  # an undone edit made the newest of them
        if _by_name(version.source) != _by_name(dataset.source):
            return None  # what is asked for otherwise than in the newest is to be remembered
        if (
            version.fingerprint == dataset.fingerprint
            and _pictures_left_out(read_left_out(workspace, version)) == left_out
        ):
            return version
    return None


def _pictures_left_out(left_out: pd.DataFrame) -> list[str]:
    return sorted(path for path in left_out["path"] if path.lower().endswith(PICTURE_SUFFIXES))


def save_packed(found: Scan, folder: Path, pack_size: int | None = None) -> None:
    """Write the pictures that the scan packed, if it did, beside the others in `folder`."""
    if found.packed is not None:
        recipe = packed.PackRecipe(pack_size or found.size, found.channels)
        packed.save(folder / "packed", recipe, found.index["sha256"], found.packed)


def _save(workspace: Workspace, dataset: Dataset, found: Scan, read: Path) -> Dataset:
    folder = workspace.dataset(dataset.name)
    is_first = not folder.exists()
    try:
        folder.mkdir(exist_ok=True)
        move_into(read, folder)
        os.sync()  # the pictures are on disk before a version names them
        return publish(workspace, dataset, found.index, found.left_out)
    except BaseException:
        if is_first and not any(folder.glob("v*/dataset.json")):
            remove_folder(folder)
        raise


def move_into(read: Path, folder: Path) -> None:
    """Move the pictures that a scan read, and what it made of them, into the data set's folder."""
    for name in MOVED:
        if (read / name).exists():
            (folder / name).mkdir(exist_ok=True)
            _move(read / name, folder / name)


def _move(source: Path, target: Path) -> None:
    """Move what `source` holds into `target`; a folder that is not there yet in one step."""
    for entry in sorted(source.iterdir()):
        place = target / entry.name
        if entry.is_dir() and place.exists():
            _move(entry, place)
        elif not place.exists():
            os.replace(entry, place)
