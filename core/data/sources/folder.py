"""A folder of class folders, also with train / val / test above them."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from core.data.sources.listing import SPLIT_NAMES, Listing, Picture, is_ignored
from core.errors import SourceError


def read_folder(folder: Path, keep: bool = False) -> Listing:
    """List the class folders in `folder`. A nested class is named by its path ("birds/owl").

    Raises:
        SourceError: It is no folder, cannot be read, or holds no picture in a class folder.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} is not a folder.")
    files, left_out, ignored = _walk(folder)
    pictures, without_class = arrange(files)
    left_out += without_class
    if not pictures:
        raise SourceError(
            f"{folder} holds no pictures in class folders. Put each class's pictures into a folder of its name."
        )
    return Listing("folder", str(folder), folder.name, pictures, keep=keep, left_out=left_out, ignored=ignored)


def arrange(files: Iterable[tuple[str, Path]]) -> tuple[list[Picture], list[tuple[str, str]]]:
    """Give each (path in the source, file) the class and split that its folders name.

    Returns:
        The pictures, sorted by path, and (path, reason) of the files that lie in no class folder.
    """
    parted = sorted((unicodedata.normalize("NFC", path), path, file) for path, file in files)
    tops = {path.split("/")[0].lower() for path, _, _ in parted if "/" in path}
    has_splits = bool(tops) and tops <= set(SPLIT_NAMES)
    pictures, without_class = [], []
    for path, original, file in parted:
        *folders, _ = path.split("/")
        split = SPLIT_NAMES[folders.pop(0).lower()] if has_splits and folders else ""
        if folders:
            pictures.append(Picture(original, "/".join(folders), file, split))
        else:
            without_class.append((original, "It is in no class folder."))
    return pictures, without_class


def _walk(folder: Path) -> tuple[list[tuple[str, Path]], list[tuple[str, str]], int]:
    files: list[tuple[str, Path]] = []
    left_out: list[tuple[str, str]] = []
    ignored = 0

    def refuse(error: OSError) -> None:
        raise SourceError(f"{error.filename} cannot be read ({error.strerror}).") from error

    for parent, folders, names in os.walk(folder, onerror=refuse):
        ignored += sum(map(is_ignored, folders)) + sum(map(is_ignored, names))
        folders[:] = sorted(name for name in folders if not is_ignored(name))
        for name in names:
            if is_ignored(name):
                continue
            file = Path(parent, name)
            path = file.relative_to(folder).as_posix()
            if not file.is_file():
                left_out.append(
                    (path.encode("utf-8", "replace").decode(), "It is no regular file, or a link to nothing.")
                )
            elif not path.isprintable() and any(0xD800 <= ord(letter) <= 0xDFFF for letter in path):
                shown = path.encode("utf-8", "replace").decode()
                left_out.append((shown, "Its name is not valid UTF-8. Rename it."))
            else:
                files.append((path, file))
    return files, left_out, ignored
