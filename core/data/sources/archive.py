"""A .zip of class folders, unpacked under names of our own, so that its names can do no harm."""

from __future__ import annotations

import contextlib
import errno
import lzma
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from core import file_names
from core.data.limits import Limits
from core.data.sources.layout import Arranged
from core.data.sources.listing import Listing, Reading, is_ignored
from core.data.sources.manifest import arrange_with_table
from core.data.sources.zip_names import might_be, name_of
from core.errors import SourceError, Stopped
from core.images.beginning import HEAD_BYTES
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress

BLOCK_BYTES = 1 << 20
OUTLINE_BYTES = 32 << 20  # of one file, in the server
KEEP_FREE_BYTES = 1 << 30
ENTRY_BYTES, LIST_BYTES = 200, 1 << 20  # of the list of files, for each that may be there, and at least
DRIVE = re.compile("[A-Za-z]:")
LOCAL_HEAD_BYTES = 30  # before a file's data, its name not counted; APPNOTE 4.3.7
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, LookupError, OverflowError, RuntimeError, ValueError,
)  # fmt: skip


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
    title = called or file_names.written(archive.name)
    with _opened(title, archive, limits) as opened:
        entries = _Entries(title, opened, limits, reading.zip_names)
        files = _unpack(title, opened, entries.wanted, into, limits, on_progress, should_stop)
    arranged, further = arrange_with_table(files, reading.class_from or "path")
    if not arranged.pictures:
        raise SourceError(
            f"{title} holds no pictures in class folders. Put each class's pictures into a folder of its name."
        )
    return Listing(
        "zip",
        title,
        Path(title).stem,
        arranged.pictures,
        left_out=entries.left_out + arranged.left_out,
        ignored=entries.ignored,
        further=further,
        read_as={
            "class_from": reading.class_from or "path",
            **({"zip_names": reading.zip_names} if reading.zip_names else {}),
            **({"garbled": _garbled(entries.guessed, arranged)} if entries.guessed else {}),
        },
    )


def look_into(archive: Path, called: str = "", reading: Reading | None = None) -> tuple[_Entries, Arranged]:
    """What the archive says that it holds, not unpacked, and which class and split that names. Raises SourceError."""
    reading, title, limits = reading or Reading(), called or file_names.written(archive.name), Limits.from_environment()
    with _opened(title, archive, limits) as opened:
        entries = _Entries(title, opened, limits, reading.zip_names)
        by_name = {Path(str(number)): entry for number, (_, entry) in enumerate(entries.wanted)}

        def first(file: Path, most: int) -> bytes:
            return next(_blocks(title, opened, by_name[file], min(most, OUTLINE_BYTES)), b"")

        files = [(name, file) for (name, _), file in zip(entries.wanted, by_name, strict=True)]
        class_from = reading.class_from or "path"
        return entries, arrange_with_table(files, class_from, lambda file: first(file, HEAD_BYTES), first)[0]


@contextlib.contextmanager
def _opened(title: str, archive: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """The archive, once its list of files is one that `limits` allow. Raises SourceError."""
    with _whole(title):
        _check_list(title, archive, limits)
        opened = zipfile.ZipFile(archive)
    with opened:
        yield opened


def _blocks(title: str, opened: zipfile.ZipFile, entry: zipfile.ZipInfo, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """The bytes of an entry, `size` at a time. Raises SourceError where they are not those that were put in."""
    with _whole(title), opened.open(entry) as source:
        while block := source.read(size):
            yield block


@contextlib.contextmanager
def _whole(title: str) -> Iterator[None]:
    """Whatever zipfile, and what unpacks for it, raises of an archive that is damaged, as a SourceError; not what the disk does."""
    try:
        yield
    except (*BROKEN, OSError) as error:
        of_disk = isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)
        if (
            of_disk
        ):  # bzip2 raises one without a number for damaged data, and a place before the file's begin is invalid
            raise
        raise SourceError(f"{title} is not a whole zip archive ({error}). Nothing was added.") from error


class _Entries:
    """The files of an archive: `wanted` are (name, entry), the others were `left_out` or `ignored`. Raises SourceError."""

    def __init__(self, title: str, opened: zipfile.ZipFile, limits: Limits, encoding: str) -> None:
        files: list[zipfile.ZipInfo] = []
        self.left_out: list[tuple[str, str]] = []
        for entry in opened.infolist():
            if not entry.filename:  # is_dir looks at its last letter
                raise SourceError(f"{title} holds a file without a name. Nothing was added.")
            if not entry.is_dir():
                files.append(entry)
                continue
            name = name_of(entry, encoding)[0]
            _check(
                title, entry, name
            )  # its name may only end there for ZipFile, or it is a link that is called a folder
            if entry.file_size:
                self.left_out.append((name, "It is called a folder and holds data, so nobody can tell what it is."))
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
    if (
        ".." in read_as.split("/")
        or read_as.startswith("/")
        or DRIVE.match(name)
        or DRIVE.match(read_as)
        or "\0" in name + read_as
    ):
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
        with target.open("wb") as file:
            for block in _blocks(title, opened, entry):
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
