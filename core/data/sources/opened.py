"""Which folders of this machine somebody at another one may import from: those that `FOVEA_FOLDERS` lists, none by default."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Sequence
from pathlib import Path

from core import file_names
from core.errors import SourceError

FOLDERS = "FOVEA_FOLDERS"
SHOWN = 200  # characters of a name
NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR)


def typed(text: str, below: Sequence[str] | None = None) -> Path:
    """The path that a person typed, whether there is something or not; "~" is home.

    Args:
        below: The folders that it must lie in; None is anywhere.

    Raises:
        SourceError: It lies elsewhere, or no file can have that name, or the system lets nobody look.
    """
    path = file_names.find(text)
    with contextlib.suppress(RuntimeError):  # the home of nobody
        path = path.expanduser()
    shown = file_names.shown(file_names.written(text))
    try:
        check_below(path, below)
        os.stat(path)
    except ValueError:
        raise SourceError(f"{shown[:SHOWN]} cannot be the name of a file. Type another.") from None
    except OSError as error:
        if error.errno not in NOTHING_THERE:
            raise SourceError(f"{shown[:SHOWN]} cannot be looked at: {error.strerror}. Type another.") from None
    return path


def source_at(text: str, below: Sequence[str] | None = None, called: str = "") -> Path:
    """The same of what is to be a source.

    Args:
        called: Its name for people, where the file has another.

    Raises:
        SourceError: As `typed`, or it is neither a folder nor a regular file with something in it.
    """
    path = typed(text, below)
    shown = called or file_names.shown(path.name)[:SHOWN]
    if path.exists() and not (path.is_dir() or path.is_file()):
        raise SourceError(f"{shown} is no regular file but a pipe, a socket or a device.")
    if path.is_file() and not path.stat().st_size:  # also what the system only shows as a file, such as /proc/kmsg
        raise SourceError(f"{shown} is empty.")
    return path


def folders() -> tuple[str, ...]:
    """The folders that `FOVEA_FOLDERS` lists, separated as in PATH."""
    listed = os.environ.get(FOLDERS, "").split(os.pathsep)
    return tuple(os.path.realpath(Path(folder).expanduser()) for folder in listed if folder.strip())


def is_below(path: Path, below: Sequence[str] | None) -> bool:
    """Whether `path`, links followed, is one of the folders `below` or lies in one; None is anywhere."""
    return below is None or any(Path(os.path.realpath(path)).is_relative_to(folder) for folder in below)


def check_below(path: Path, below: Sequence[str] | None) -> None:
    """Refuse a path outside, the same whether there is something or not.

    Raises:
        SourceError: It is not in one of the folders `below`.
    """
    if not is_below(path, below):
        raise SourceError(
            f"{file_names.shown(str(path))[:SHOWN]} is not open to other machines. Open here: {', '.join(below or ()) or 'no folder'}. {FOLDERS} lists them."
        )
