"""More pictures for a data set that is there: its next version. What was there stays as it was."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from core import images
from core.data import different, near, series, splits
from core.data.add import OnRead, move_into, no_matter, read_pictures, reading_of, splits_before
from core.data.columns import alike
from core.data.dataset import Dataset, find, read_raw_index, read_table
from core.data.publish import counts, fingerprint, publish
from core.data.scan import Scan
from core.data.sources import Listing, Picture, Reading, open_source
from core.data.sources.listing import free_paths
from core.errors import ConflictError
from core.progress import OnProgress, Progress, ShouldStop, never, no_progress
from core.workspace import Workspace, alive


def append(
    workspace: Workspace,
    base: Dataset,
    pictures: Sequence[Picture],
    change: str,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> Dataset:
    """Add pictures to the newest version of a data set.

    Only the new ones are read. Fovea keeps them, without metadata, wherever the old ones lie. Old images keep
    their splits; new ones are drawn so that each class has its share (`splits.assign`), groups stay on one side, numbered files of a series
    that is a group join it, and an exact copy follows its twin. If somebody saved a version meanwhile, that one is built upon: nothing is lost.

    Args:
        base: The data set; whichever version.
        pictures: The new ones, with labels of old classes or new. Those that cannot be read are left out.
        change: What to say of it in the list of versions.

    Returns:
        The next version. The old images come first in its index, in their order.

    Raises:
        SourceError: Not one of the pictures can be read.
        NotFoundError: The data set was deleted meanwhile.
        Stopped: `should_stop` said so. Nothing is left behind.
    """
    listing = Listing("files", "what was to be added", base.name, list(pictures))
    return append_listing(workspace, base, listing, change, on_progress, should_stop)


def append_source(
    workspace: Workspace,
    base: Dataset,
    source: str,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
    called: str = "",
    reading: Reading | None = None,
    below: Sequence[str] | None = None,
) -> Dataset:
    """As `append`, of all that a source holds: a known name, a folder, a .zip, a .npz or a .csv manifest.

    Args:
        called: The source's name for people, where its file has another: that of an upload.
        reading: How a folder or archive is read where there is a choice; by default as `base` was.
        below: The folders that it, and whatever a manifest names, must lie in; None is anywhere.
    """
    reading = reading_of(workspace, base.name, reading)
    with open_source(source, workspace.uploads, True, on_progress, should_stop, called, reading, below) as listing:
        change = f"Added more from {listing.location}"
        return append_listing(workspace, base, listing, change, on_progress, should_stop)


def append_listing(
    workspace: Workspace,
    base: Dataset,
    listing: Listing,
    change: str,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
    on_read: OnRead = no_matter,
) -> Dataset:
    """As `append`, of all that a source lists. A val or test split that the source names is kept.

    Args:
        on_read: Gets what the scan found of it.
    """
    listing = replace(listing, keep=True)
    with alive.working_in(workspace.dataset(base.name)):
        with alive.passing_folder(workspace.datasets, ".new-") as staging:
            found = read_pictures(listing, staging, base.size, on_progress, should_stop)
            on_read(found)
            on_progress(Progress("Saving", unit="files"))
            move_into(staging, find(workspace, base.name).folder(workspace).parent)
        os.sync()  # the pictures are on disk before a version names them
        while True:
            newest = find(workspace, base.name)
            index = _together(read_raw_index(workspace, newest), found.index)
            index["near"] = _near_copies(workspace, newest, index, len(found.index), on_progress)
            dataset, index, left_out = _next(workspace, newest, index, found, listing, change)
            try:
                return publish(workspace, dataset, index, left_out, after=newest)
            except ConflictError:
                continue  # somebody was faster: on top of theirs, then


def _together(old: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    found = found.assign(group=series.joined(found, old))
    old, found = alike(old, found.assign(path=free_paths(found["path"], old["path"])))
    return pd.concat([old, found], ignore_index=True)


def _next(
    workspace: Workspace,
    newest: Dataset,
    index: pd.DataFrame,
    found: Scan,
    listing: Listing,
    change: str,
) -> tuple[Dataset, pd.DataFrame, pd.DataFrame]:
    old = len(index) - len(found.index)
    index.loc[old:, "split"] = _draw_splits(workspace, newest, index, old, found.came)
    before = read_table(workspace, newest, "left_out.parquet")  # whatever columns it has
    left_out = pd.concat([before, found.left_out], ignore_index=True)
    dataset = replace(
        newest,
        **counts(index),
        channels=1 if all(map(images.is_grey, index["mode"].unique())) else 3,
        left_out=len(left_out),
        ignored=newest.ignored + listing.ignored,
        source={**newest.source, **{name: said for name, said in listing.read_as.items() if name == "garbled"}},
        fingerprint=fingerprint(index),
        change=change,
        naive_leaks={},  # of a split of all images at once, which this is not
        created_at=time.time(),
    )
    return dataset, index, left_out


def _near_copies(
    workspace: Workspace, dataset: Dataset, index: pd.DataFrame, new: int, on_progress: OnProgress
) -> pd.Series:
    known = index.get("near")
    judged = None if known is None else np.arange(len(index)) < len(index) - new
    folders = [workspace.dataset(dataset.name)]
    small = near.Small(near.tones_in(folders, index), near.colours_in(folders, index))
    return near.names_of(index, small, on_progress=on_progress, known=known, judged=judged)


def _draw_splits(
    workspace: Workspace, newest: Dataset, index: pd.DataFrame, old: int, came: list[str] | None
) -> list[str]:
    """The splits of the images of `index` from number `old` on, which are new."""
    # A picture in a folder of its owner's has the hash of its bytes with metadata, one that Fovea keeps without.
    other_hashes = index["sha256"].copy()
    if came is not None:
        other_hashes.iloc[old:] = came
    apart = different.apart(index, different.read(workspace, newest.name), newest.near_different)
    units = splits.units(apart, other_hashes)
    earlier = splits_before(workspace, newest.name)
    of_groups = index["group"].map(earlier).fillna(index["sha256"].map(earlier))
    said = index["split"].where(index["split"].isin(("val", "test"))).fillna(of_groups)
    said[:old] = index["split"][:old]
    heard = said.notna()
    known = dict(zip(units[heard][::-1], said[heard][::-1], strict=True))  # the old images' word is the last
    nothing_said = pd.Series("", index=index.index)
    return splits.assign(index["label"], units, nothing_said, newest.seed, known)[old:].tolist()
