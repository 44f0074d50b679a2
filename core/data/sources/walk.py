"""All files below a folder: links inside it followed, each folder once, and every file accounted for."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from core.data.sources.listing import is_ignored
from core.errors import SourceError
from core.file_names import written


@dataclass
class Walked:
    """What lies below a folder. Paths are relative to it, as `core.file_names.written` writes them.

    Args:
        files: (path, file) of regular files, sorted by path.
        left_out: (path, reason) of what cannot be read as a file: links out, pipes, folders without permission.
        ignored: How many files are hidden or a system's own, those in hidden folders counted one by one.
    """

    files: list[tuple[str, Path]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    ignored: int = 0


def walk(folder: Path) -> Walked:
    """List what lies below `folder`.

    A link to a folder inside is followed after all folders were read where they are, so that each is read once; a
    link to a file inside is that file. What a link leads to outside is not read.

    Raises:
        SourceError: `folder` itself cannot be read.
    """
    walker = _Walker(folder)
    walker.read("", walker.inside)
    while walker.links:
        path, target = walker.links.pop(0)
        walker.read(path, target)
    walker.found.files.sort()
    return walker.found


class _Walker:
    def __init__(self, folder: Path) -> None:
        self.folder, self.inside, self.found = folder, os.path.realpath(folder), Walked()
        self.links: list[tuple[str, str]] = []  # links to folders inside, and those folders
        self._read_as: dict[str, str] = {}  # real folder: the path under which it is read

    def read(self, start: str, real_start: str) -> None:
        """Read the folder `start`, which is really at `real_start`, and those below it that are no links."""
        waiting = [(start, real_start)]
        while waiting:
            path, real = waiting.pop()
            if real in self._read_as:
                self._leave_out(path, f"It is read as {written(self._read_as[real]) or 'the folder itself'}.")
                continue
            self._read_as[real] = path
            try:
                with os.scandir(self.folder / path) as opened:
                    entries = list(opened)
            except OSError as error:
                if not path:
                    raise SourceError(f"{written(str(self.folder))} cannot be read ({error.strerror}).") from error
                self._leave_out(path, f"The folder cannot be read ({error.strerror}).")
                continue
            for entry in entries:
                if is_ignored(entry.name):
                    self.found.ignored += _files_in(entry)
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append((os.path.join(path, entry.name), os.path.join(real, entry.name)))
                else:
                    try:
                        self._take(os.path.join(path, entry.name), entry)
                    except OSError as error:  # it went, or may not be looked at
                        self._leave_out(os.path.join(path, entry.name), f"It cannot be read ({error.strerror}).")

    def _take(self, path: str, entry: os.DirEntry[str]) -> None:
        target = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
        if entry.is_symlink() and not os.path.exists(target):
            self._leave_out(path, f"It is a link to nothing ({written(target)}).")
        elif entry.is_symlink() and os.path.commonpath([target, self.inside]) != self.inside:
            where = f"out of {written(self.folder.name)}, to {written(target)}"
            self._leave_out(path, f"It is a link that leads {where}. Copy it there, or add that folder by itself.")
        elif os.path.isdir(target):
            self.links.append((path, target))
        elif os.path.isfile(target):
            self.found.files.append((written(path), Path(entry.path)))
        else:
            self._leave_out(path, "It is no regular file but a pipe, a socket or a device.")

    def _leave_out(self, path: str, reason: str) -> None:
        self.found.left_out.append((written(path), reason))


def _files_in(entry: os.DirEntry[str]) -> int:
    if not entry.is_dir(follow_symlinks=False):
        return 1
    count = 0
    for parent, folders, names in os.walk(entry.path):
        count += len(names) + sum(os.path.islink(os.path.join(parent, name)) for name in folders)
    return count
