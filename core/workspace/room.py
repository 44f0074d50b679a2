"""A disk that is full or may not be written, and what stands in a file's place: what is said of it, for pages, commands and jobs alike."""

from __future__ import annotations

import errno
import shutil
import sqlite3

from core.workspace.paths import Workspace

IN_WORDS = ("No space left on device", "disk is full")  # of HDF5 and of SQLite
FULL = (errno.ENOSPC, errno.EDQUOT)
NOT_WRITABLE = (errno.EACCES, errno.EROFS, errno.EPERM)
IN_THE_WAY = "Put back what was there, or take it away."  # a folder for a file, a file for a folder, a link to itself
CURES = {
    errno.EISDIR: IN_THE_WAY,
    errno.ENOTDIR: IN_THE_WAY,
    errno.ELOOP: IN_THE_WAY,
    errno.ENAMETOOLONG: "Choose a shorter name.",
}
CATALOGUE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
PRIMARY = 0xFF  # the part of SQLite's codes that names the kind of error
LITTLE_BYTES = 64 << 20
CURE = "Make room: delete data sets, runs or other files. Nothing that was there is lost."


def is_disk_full(error: BaseException) -> bool:
    """Whether `error` is the system's, HDF5's or SQLite's way to say that the disk, or the user's share of it, is full."""
    is_of_the_system = isinstance(error, OSError) and error.errno in FULL
    return is_of_the_system or any(words in str(error) for words in IN_WORDS)


def is_not_writable(error: BaseException) -> bool:
    """Whether `error` says that a file or folder may only be read."""
    return isinstance(error, OSError) and error.errno in NOT_WRITABLE


def is_of_the_catalogue(error: BaseException) -> bool:
    """Whether SQLite could not write a file: on a full disk it cannot even open its own, and calls that an I/O error."""
    return (
        isinstance(error, sqlite3.OperationalError) and (getattr(error, "sqlite_errorcode", 0) & PRIMARY) in CATALOGUE
    )


def said(error: BaseException, cure: str = CURE, and_then: str = "") -> str | None:
    """What is wrong with the disk and what to do, `and_then` once it can be written; None for an error of another kind."""
    where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
    if is_disk_full(error):
        return f"The disk is full{where}. {cure}"
    if is_not_writable(error):
        what, why = getattr(error, "filename", "") or "A file", getattr(error, "strerror", "")
        if getattr(error, "errno", 0) == errno.EROFS:
            return f"{what} cannot be written ({why}). Make it writable{and_then}."
        return f"{what} may not be read or written by this user ({why}). Allow it{and_then}."
    if isinstance(error, OSError) and error.errno in CURES and error.filename:
        return f"{error.filename} is not what belongs there ({error.strerror}). {CURES[error.errno]}"
    if is_of_the_catalogue(error):
        return (
            f"The catalogue of the workspace cannot be written ({error}): its disk is full or may only be read. {cure}"
        )
    return None


def little_left(workspace: Workspace) -> int | None:
    """Bytes that are free on the workspace's disk, where that is next to nothing; else None."""
    free = shutil.disk_usage(workspace.root).free
    return free if free < LITTLE_BYTES else None
