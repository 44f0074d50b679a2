"""A version as one .zip: class folders below train, val and test, or one folder; a manifest.csv beside them says it all.

Pictures go out without metadata. Names come from strangers, so every name in the archive is made anew, of safe parts.
"""

from __future__ import annotations

import hashlib
import shutil
import unicodedata
import zipfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from core.data.columns import names_in
from core.data.dataset import UNFIT, Dataset, picture_file, read_index
from core.data.sources.listing import is_ignored
from core.data.sources.manifest import EXPORTED, MANIFEST
from core.data.strip import without_metadata
from core.errors import ImageError, InputError, Stopped
from core.file_names import without_bytes
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress
from core.spreadsheet import safe_csv
from core.workspace import Workspace
from core.workspace.alive import working_in
from core.workspace.atomic import write_with

FORMATS = {
    "folders": "One folder a class, below train, val and test, and manifest.csv with groups and further columns.",
    "manifest": "The same table, manifest.csv, and all pictures in one folder beside it.",
}
KEEP_FREE_BYTES = 256 << 20
LONGEST_BYTES = 180  # of one part of a name; file systems take 255
READABLE = 0o644 << 16


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Args:
        dataset: `name@version`.
        format: A key of `FORMATS`.
        path: The archive.
        bytes: Its size.
        images: How many images it holds.
        renamed: Classes whose name is no safe folder, with the folder that they got.
    """

    dataset: str
    format: str
    path: str
    bytes: int
    images: int
    renamed: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)


def export_data(
    workspace: Workspace,
    dataset: Dataset,
    target: Path,
    format: str = "folders",
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> Exported:
    """Write `dataset` to the archive `target`, picture by picture; it appears when it is whole.

    Raises:
        InputError: There is no such format, or the disk has no room.
        ImageError: A picture's file has gone or changed since it was added.
        Stopped: `should_stop` said so. Nothing is left behind.
    """
    if format not in FORMATS:
        raise InputError(f"There is no format {format!r}; there are {', '.join(FORMATS)}.")
    free = shutil.disk_usage(next(there for there in target.absolute().parents if there.is_dir())).free
    if dataset.size_bytes + KEEP_FREE_BYTES > free:
        raise InputError(
            f"The archive takes about {dataset.size_bytes / 1e6:,.1f} MB, {KEEP_FREE_BYTES / 1e6:,.0f} MB must stay free, and the "
            f"disk has {free / 1e6:,.1f} MB free. Free some space."
        )
    folders = safe_folders(dataset.classes)

    def write(new: Path) -> None:
        with zipfile.ZipFile(new, "w", zipfile.ZIP_STORED) as archive:  # pictures are compressed already
            _fill(archive, _Pictures(workspace, dataset, on_progress, should_stop), folders, format)

    with working_in(workspace.dataset(dataset.name)):
        write_with(target, write)
    renamed = {label: folder for label, folder in folders.items() if folder != label} if format == "folders" else {}
    return Exported(dataset.reference, format, str(target), target.stat().st_size, dataset.images, renamed)


def safe_folders(classes: tuple[str, ...]) -> dict[str, str]:
    """A folder for each class: its own name where that is safe, so that an import gives it back. No two share one."""
    plain = {label: "/".join(map(safe_part, label.split("/"))) for label in classes}
    taken = {label for label, folder in plain.items() if folder == label}
    folders = {}
    for label, folder in plain.items():
        name, number = folder, 2
        while name != label and name in taken:
            name, number = f"{folder}-{number}", number + 1
        taken.add(name)
        folders[label] = name
    return folders


def safe_part(part: str) -> str:
    """One part of a path that leads nowhere, is not hidden, and that file systems take: `part` itself where it is so."""
    safe = "".join("_" if letter in "/\\" or unicodedata.category(letter) in UNFIT else letter for letter in part)
    safe = f"_{safe}" if not safe.strip() or is_ignored(safe) else safe
    if len(safe.encode()) > LONGEST_BYTES:
        short = safe.encode()[: LONGEST_BYTES - 9].decode(errors="ignore")
        safe = f"{short}-{hashlib.sha256(safe.encode()).hexdigest()[:8]}"
    return safe


class _Pictures:
    """Goes through the rows of a version once, with the bytes of each picture."""

    def __init__(
        self, workspace: Workspace, dataset: Dataset, on_progress: OnProgress, should_stop: ShouldStop
    ) -> None:
        self._workspace, self._dataset, self._should_stop = workspace, dataset, should_stop
        index = read_index(workspace, dataset)
        self.further = index[list(names_in(index))].rename(columns=names_in(index))
        self.rows: list[Any] = list(index.drop(columns=list(names_in(index))).itertuples(index=False))
        self._stage = Stage(on_progress, "Writing images", len(self.rows))

    def read(self, row: Any) -> tuple[bytes, str]:
        """A picture without metadata, and the suffix of its format."""
        if self._should_stop():
            raise Stopped("The export was stopped. Nothing was written.")
        self._stage.step()
        try:
            data = picture_file(self._workspace, self._dataset, row.file).read_bytes()
        except OSError as error:
            raise ImageError(
                f"{row.path} cannot be read ({error.strerror}). Put it back, or leave it out and export again."
            ) from error
        if hashlib.sha256(data).hexdigest() != row.sha256:
            raise ImageError(f"{row.path} has changed since it was added. Add the data again, then export that.")
        return without_metadata(data, row.path)


class _Names:
    """Gives each picture a name that no other has, not even one that differs only in case."""

    def __init__(self, folders: list[str]) -> None:
        parts = [PurePosixPath(folder) for folder in folders]
        self._taken = {str(one).casefold() for path in parts for one in (path, *path.parents)}
        self._tried: Counter[str] = Counter()

    def make(self, folder: str, path: str, suffix: str) -> str:
        """A name in `folder`, after the last part of `path`."""
        stem = safe_part(PurePosixPath(without_bytes(path).replace("\\", "/")).stem)
        first = name = f"{folder}/{stem}{suffix}"
        while name.casefold() in self._taken:
            self._tried[first.casefold()] += 1
            name = f"{folder}/{stem}-{self._tried[first.casefold()] + 1}{suffix}"
        self._taken.add(name.casefold())
        return name


def _fill(archive: zipfile.ZipFile, pictures: _Pictures, folders: dict[str, str], format: str) -> None:
    rows = pictures.rows
    places = ["images" if format == "manifest" else f"{row.split}/{folders[row.label]}" for row in rows]
    names, table = _Names([*places, MANIFEST]), []
    written: dict[Any, str] = {}  # a table names a file that stands under two classes twice; folders hold it twice
    for number, (row, place) in enumerate(zip(rows, places, strict=True)):
        data, suffix = pictures.read(row)
        key = (row.path, row.sha256) if format == "manifest" else number
        if key not in written:
            written[key] = names.make(place, row.path, suffix)
            archive.writestr(_entry(written[key]), data)
        table.append([written[key], row.label, row.split, row.group, row.path])
    own = pd.DataFrame(table, columns=EXPORTED, dtype=str)
    archive.writestr(_entry(MANIFEST), safe_csv(_with_further(own, pictures.further)))


def _with_further(own: pd.DataFrame, further: pd.DataFrame) -> pd.DataFrame:
    """The manifest with its further columns behind; one that is called as Fovea's `source` stands in its place."""
    if "source" not in further:
        return pd.concat([own, further], axis=1)
    return pd.concat([own[["path", "label"]], further, own[["split", "group"]]], axis=1)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # dated 1980, so that the same version gives the same archive
    entry.external_attr = READABLE
    return entry
