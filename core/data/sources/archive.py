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
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from core.data.sources.layout import Arranged, arrange
from core.data.sources.listing import Listing, Reading, is_ignored
from core.data.sources.manifest import of_export
from core.data.sources.zip_names import might_be, name_of
from core.errors import SourceError, Stopped
from core.images.beginning import HEAD_BYTES
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress

BLOCK_BYTES = 1 << 20
KEEP_FREE_BYTES = 1 << 30
ENTRY_BYTES, LIST_BYTES = 200, 1 << 20  # of the list of files, for each that may be there, and at least
LOCAL_HEAD_BYTES = 30  # before a file's data, its name not counted; APPNOTE 4.3.7
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, UnicodeDecodeError)


@dataclass(frozen=True)
class Limits:
    """What an archive may hold at most. Counted while unpacking; what the archive claims is not believed.

    Args:
        entries: Files in the archive.
        file_bytes: Bytes of one file.
        total_bytes: Bytes of all files.
        ratio: How many times the archive's own bytes all files may have, once they have more than `ratio_from_bytes`.
    """

    entries: int = 500_000
    file_bytes: int = 256 << 20
    total_bytes: int = 100 << 30
    ratio: int = 200
    ratio_from_bytes: int = 1 << 30

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
    reading: Reading | None = None,
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
    reading = reading or Reading()
    title = called or archive.name
    try:
        _check_list(title, archive, limits)
        with zipfile.ZipFile(archive) as opened:
            entries = _Entries(title, opened, limits, reading.zip_names)
            files = _unpack(title, opened, entries.wanted, into, limits, on_progress, should_stop)
    except BROKEN as error:
        raise SourceError(f"{title} is not a whole zip archive ({error}). Nothing was added.") from error
    arranged = arrange(files, reading.class_from)
    if not arranged.pictures:
        raise SourceError(
            f"{title} holds no pictures in class folders. Put each class's pictures into a folder of its name."
        )
    arranged, said = of_export(files, arranged)
    return Listing(
        "zip",
        title,
        Path(title).stem,
        arranged.pictures,
        left_out=arranged.left_out,
        ignored=entries.ignored,
        further=said,
        read_as={
            "class_from": reading.class_from or "path",
            **({"zip_names": reading.zip_names} if reading.zip_names else {}),
            **({"garbled": _garbled(entries.guessed, arranged)} if entries.guessed else {}),
        },
    )


def look_into(archive: Path, called: str = "", reading: Reading | None = None) -> tuple[_Entries, Arranged]:
    """What the archive says that it holds, not unpacked, and which class and split that names. Raises SourceError."""
    reading, title, limits = reading or Reading(), called or archive.name, Limits.from_environment()
    try:
        _check_list(title, archive, limits)
        with zipfile.ZipFile(archive) as opened:
            entries = _Entries(title, opened, limits, reading.zip_names)
            by_name = {Path(str(number)): entry for number, (_, entry) in enumerate(entries.wanted)}

            def begins(file: Path) -> bytes:
                with opened.open(by_name[file]) as source:
                    return source.read(HEAD_BYTES)

            files = [(name, file) for (name, _), file in zip(entries.wanted, by_name, strict=True)]
            return entries, arrange(files, reading.class_from, begins)
    except BROKEN as error:
        raise SourceError(f"{title} is not a whole zip archive ({error}).") from error


class _Entries:
    """The files of an archive: `wanted` are (name, entry), the others were `ignored`. Raises SourceError."""

    def __init__(self, title: str, opened: zipfile.ZipFile, limits: Limits, encoding: str) -> None:
        for entry in opened.infolist():
            if entry.is_dir():  # also one whose name only ends there for ZipFile, or a link that is called a folder
                _check(title, entry, name_of(entry, encoding)[0])
        files = [entry for entry in opened.infolist() if not entry.is_dir()]
        if len(files) > limits.entries:
            raise SourceError(
                f"{title} holds {len(files):,} files; the limit is {limits.entries:,} "
                "($FOVEA_MAX_ENTRIES). Unpack it and add the folder instead."
            )
        self.wanted: list[tuple[str, zipfile.ZipInfo]] = []
        self.guessed: dict[str, str] = {}  # names in an encoding that nobody says, and how they stand in the archive
        for entry in files:
            name, is_guess = name_of(entry, encoding)
            _check(title, entry, name)
            name = "/".join(
                part for part in name.split("/") if part not in ("", ".")
            )  # "./cat//1.png", as some write it
            if not any(map(is_ignored, name.split("/"))):
                self.wanted.append((name, entry))
                self.guessed |= {name: entry.orig_filename} if is_guess else {}
        self.ignored = len(files) - len(self.wanted)
        _check_apart(title, files)


def _check_list(title: str, archive: Path, limits: Limits) -> None:
    """Refuse an archive whose list of files is longer than those of so many files are: ZipFile makes nine times its bytes of it."""
    with archive.open("rb") as file:
        ending = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # where ZipFile reads how long it is
    list_bytes = ending[5] if ending else 0
    if list_bytes > max(limits.entries * ENTRY_BYTES, LIST_BYTES):
        raise SourceError(
            f"{title} has a list of files of {list_bytes / 1e6:,.0f} MB; the limit is {limits.entries:,} files "
            "($FOVEA_MAX_ENTRIES). Unpack it and add the folder instead."
        )


def _garbled(guessed: dict[str, str], arranged: Arranged) -> dict[str, Any]:
    """A name whose encoding nobody says, that of a class where one is so, and what it might be."""
    of_classes = [one for one in arranged.pictures if one.path in guessed and not one.label.isascii()]
    names = [guessed[one.path] for one in of_classes] or list(guessed.values())
    return {"read_as": of_classes[0].label if of_classes else next(iter(guessed)), "might_be": might_be(names)}


def _check(title: str, entry: zipfile.ZipInfo, read_as: str) -> None:
    # orig_filename: ZipFile cuts names at NUL and turns the system's separator into "/".
    name = entry.orig_filename
    if ".." in read_as.split("/") or read_as.startswith("/") or re.match(r"[A-Za-z]:", name) or "\0" in name:
        raise SourceError(f"{title} holds {name!r}, a name that leads outside. Nothing was added.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise SourceError(f"{title} holds the link {name!r}; links are not followed. Nothing was added.")
    if entry.flag_bits & 1:
        raise SourceError(f"{title} is encrypted ({name!r}). Unpack it and add the folder instead.")


def _check_apart(title: str, files: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive in which one piece of data stands for several files: it holds far more than it has."""
    ordered = sorted(files, key=lambda entry: entry.header_offset)
    for one, following in pairwise(ordered):
        if one.header_offset + LOCAL_HEAD_BYTES + one.compress_size > following.header_offset:
            raise SourceError(
                f"{title} holds {one.orig_filename!r} and {following.orig_filename!r} in the same place. Nothing was added."
            )


def _unpack(
    title: str,
    opened: zipfile.ZipFile,
    entries: list[tuple[str, zipfile.ZipInfo]],
    into: Path,
    limits: Limits,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> list[tuple[str, Path]]:
    stage = Stage(on_progress, "Unpacking", len(entries), "files")
    room = min(limits.total_bytes, shutil.disk_usage(into).free - KEEP_FREE_BYTES)
    fair = max(limits.ratio * Path(str(opened.filename)).stat().st_size, limits.ratio_from_bytes)
    files = []
    for number, (name, entry) in enumerate(entries):
        if should_stop():
            raise Stopped("Unpacking was stopped. Nothing was added.")
        target = into / f"{number:08d}"
        written = 0
        with opened.open(entry) as source, target.open("wb") as file:
            while block := _read(source):
                written += len(block)
                if written > limits.file_bytes:
                    raise SourceError(
                        f"{name!r} in {title} unpacks to more than {limits.file_bytes >> 20} MB. Nothing was added."
                    )
                if written > fair:
                    raise SourceError(
                        f"{title} unpacks to more than {limits.ratio} times its size, as no archive of pictures does. "
                        "Nothing was added. Unpack it and add the folder instead."
                    )
                if written > room:
                    raise SourceError(
                        f"{title} unpacks to more than the limit of {limits.total_bytes / (1 << 30):g} GB "
                        "($FOVEA_MAX_UNPACKED_GB) or than the disk has free. Nothing was added."
                    )
                file.write(block)
        room -= written
        fair -= written
        files.append((name, target))
        stage.step()
    return files


def _read(source: IO[bytes]) -> bytes:
    try:
        return source.read(BLOCK_BYTES)
    except OSError as error:
        if error.errno is not None:  # of the disk; bzip2 raises one without a number for data that is damaged
            raise
        raise zipfile.BadZipFile(str(error)) from error
