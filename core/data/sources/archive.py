"""A .zip of class folders, unpacked under names of our own, so that its names can do no harm."""

from __future__ import annotations

import lzma
import os
import re
import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.data.sources.folder import arrange
from core.data.sources.listing import SPLIT_NAMES, Listing, is_ignored
from core.errors import SourceError, Stopped
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress

BLOCK_BYTES = 1 << 20
KEEP_FREE_BYTES = 1 << 30
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")


@dataclass(frozen=True)
class Limits:
    """What an archive may hold at most. Counted while unpacking; what the archive claims is not believed.

    Args:
        entries: Files in the archive.
        file_bytes: Bytes of one file.
        total_bytes: Bytes of all files.
    """

    entries: int = 500_000
    file_bytes: int = 256 << 20
    total_bytes: int = 100 << 30

    @classmethod
    def from_environment(cls) -> Limits:
        """The limits, with $FOVEA_MAX_ENTRIES and $FOVEA_MAX_UNPACKED_GB in place of the defaults."""
        default = cls()
        return cls(
            entries=int(os.environ.get("FOVEA_MAX_ENTRIES", default.entries)),
            total_bytes=int(float(os.environ.get("FOVEA_MAX_UNPACKED_GB", default.total_bytes >> 30)) * (1 << 30)),
        )


def read_zip(
    archive: Path,
    into: Path,
    limits: Limits | None = None,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
    called: str = "",
) -> Listing:
    """Unpack `archive` into the empty folder `into` and list its class folders.

    Args:
        called: Its name for people, where the file has another.

    Raises:
        SourceError: It is no zip, cut off, encrypted, damaged, over a limit, holds a link or a name
            that climbs out, or no picture in a class folder.
        Stopped: `should_stop` said so.
    """
    limits = limits or Limits.from_environment()
    title = called or archive.name
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            if len(entries) > limits.entries:
                raise SourceError(
                    f"{title} holds {len(entries):,} files; the limit is {limits.entries:,} "
                    "($FOVEA_MAX_ENTRIES). Unpack it and add the folder instead."
                )
            for entry in entries:
                _check(title, entry)
            wanted = [entry for entry in entries if not any(map(is_ignored, _with_slashes(entry).split("/")))]
            files = _unpack(title, opened, wanted, into, limits, on_progress, should_stop)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
        raise SourceError(f"{title} is not a whole zip archive ({error}). Nothing was added.") from error
    pictures, left_out = arrange(_without_wrapper(files))
    if not pictures:
        raise SourceError(
            f"{title} holds no pictures in class folders. Put each class's pictures into a folder of its name."
        )
    return Listing(
        "zip",
        title,
        Path(title).stem,
        pictures,
        left_out=left_out,
        ignored=len(entries) - len(wanted),
    )


def _check(title: str, entry: zipfile.ZipInfo) -> None:
    # orig_filename: ZipFile cuts names at NUL and turns the system's separator into "/".
    name = entry.orig_filename
    parts = re.split(r"[/\\]", name)
    if ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or "\0" in name:
        raise SourceError(f"{title} holds {name!r}, a name that leads outside. Nothing was added.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise SourceError(f"{title} holds the link {name!r}; links are not followed. Nothing was added.")
    if entry.flag_bits & 1:
        raise SourceError(f"{title} is encrypted ({name!r}). Unpack it and add the folder instead.")


def _with_slashes(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/")  # some of Windows' tools write the other one


def _unpack(
    title: str,
    opened: zipfile.ZipFile,
    entries: list[zipfile.ZipInfo],
    into: Path,
    limits: Limits,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> list[tuple[str, Path]]:
    stage = Stage(on_progress, "Unpacking", len(entries), "files")
    room = min(limits.total_bytes, shutil.disk_usage(into).free - KEEP_FREE_BYTES)
    files = []
    for number, entry in enumerate(entries):
        if should_stop():
            raise Stopped("Unpacking was stopped. Nothing was added.")
        target = into / f"{number:08d}"
        written = 0
        with opened.open(entry) as source, target.open("wb") as file:
            while block := _read(source):
                written += len(block)
                if written > limits.file_bytes:
                    raise SourceError(
                        f"{entry.filename!r} in {title} unpacks to more than {limits.file_bytes >> 20} MB. "
                        "Nothing was added."
                    )
                if written > room:
                    raise SourceError(
                        f"{title} unpacks to more than the limit of {limits.total_bytes / (1 << 30):g} GB "
                        "($FOVEA_MAX_UNPACKED_GB) or than the disk has free. Nothing was added."
                    )
                file.write(block)
        room -= written
        files.append((_with_slashes(entry), target))
        stage.step()
    return files


def _read(source: IO[bytes]) -> bytes:
    try:
        return source.read(BLOCK_BYTES)
    except OSError as error:
        if error.errno is not None:  # of the disk; bzip2 raises one without a number for data that is damaged
            raise
        raise zipfile.BadZipFile(str(error)) from error


def _without_wrapper(files: list[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Names without the one folder that many archives wrap everything in, a licence or a read-me beside the classes."""
    tops = {path.split("/")[0].lower() for path, _ in files if "/" in path}
    beside = [path for path, _ in files if path.count("/") < 2]
    has_pictures = any(path.lower().endswith(PICTURE_SUFFIXES) for path in beside)
    if len(tops) == 1 and not tops <= set(SPLIT_NAMES) and len(beside) < len(files) and not has_pictures:
        return [(path.partition("/")[2] or path, file) for path, file in files]
    return files
