"""What a person points at -> a `Listing` of pictures with labels, not yet read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core import file_names
from core.data.sources.archive import read_zip
from core.data.sources.folder import read_folder
from core.data.sources.known import KNOWN, Known, read_known
from core.data.sources.listing import Arrays, Listing, Picture, Reading
from core.data.sources.manifest import read_manifest
from core.data.sources.npz import read_npz
from core.data.sources.opened import source_at
from core.errors import SourceError
from core.progress import OnProgress, ShouldStop, never, no_progress
from core.workspace import alive

__all__ = ["KNOWN", "Arrays", "Known", "Listing", "Picture", "Reading", "open_source"]


@contextlib.contextmanager
def open_source(
    source: str,
    scratch: Path,
    keep: bool = False,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
    called: str = "",
    reading: Reading | None = None,
    below: Sequence[str] | None = None,
) -> Iterator[Listing]:
    """List what `source` holds. Files that had to be unpacked vanish when the block ends.

    Args:
        source: A name in `KNOWN`, a folder, a .zip, a .npz or a .csv or .tsv manifest.
        scratch: A folder on the disk that the data set will lie on.
        keep: Take the files of a folder in instead of reading them where they are.
        called: The name for people of an archive or array file, where the file has another.
        reading: How a folder or archive is read where there is a choice.
        below: The folders that it, and whatever a manifest names, must lie in; None is anywhere.

    Raises:
        SourceError: It is none of these, or not a whole one, or lies elsewhere.
    """
    with _opened(source, scratch, keep, on_progress, should_stop, called, reading, below) as listing:
        said = {"group_by_name": True} if reading and reading.group_by_name else {}
        yield replace(listing, read_as={**listing.read_as, **said})


@contextlib.contextmanager
def _opened(
    source: str,
    scratch: Path,
    keep: bool,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    called: str,
    reading: Reading | None,
    below: Sequence[str] | None,
) -> Iterator[Listing]:
    if not source.strip():
        raise SourceError(f"No source was named. It is a folder, a .zip, a .npz, a .csv, or one of {', '.join(KNOWN)}.")
    if source in KNOWN and not Path(source).exists():
        yield read_known(source, on_progress)
        return
    path = source_at(source, below, called)
    if not path.exists():
        raise SourceError(f"There is nothing at {file_names.written(source)}. Known sets are {', '.join(KNOWN)}.")
    elif path.is_dir():
        yield read_folder(path.resolve(), keep, reading)
    elif path.suffix.lower() == ".zip":
        with alive.passing_folder(scratch, ".unpack-") as into:
            yield read_zip(path, into, None, on_progress, should_stop, called, reading)
    elif path.suffix.lower() == ".npz":
        yield read_npz(path, called)
    elif path.suffix.lower() in (".csv", ".tsv"):
        yield read_manifest(path.resolve(), below)
    else:
        raise SourceError(
            f"{file_names.written(path.name)} is no source; Fovea takes a folder, a .zip, a .npz or a .csv manifest."
        )
