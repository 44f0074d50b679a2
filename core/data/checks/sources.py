"""Pictures that stay in a folder of their owner's: whether they are still those that were added."""

from __future__ import annotations

import hashlib
import os

from core import file_names
from core.data.checks.issue import Issue, Subject


def changed(subject: Subject) -> list[Issue]:
    """Files that went, or whose size or time, and then whose content, is another than when they were added."""
    index = subject.index
    outside = index["file"].str.startswith("/").to_numpy()
    if not outside.any():
        return []
    table = index[outside]
    times = table["modified_at"] if subject.has("modified_at") else table["size_bytes"] * 0.0
    columns = (table["path"], table["file"], table["size_bytes"], times, table["sha256"])
    paths = tuple(path for path, *facts in zip(*columns, strict=True) if not _is_as_before(*facts))
    if not paths:
        return []
    few = "1 picture is" if len(paths) == 1 else f"{len(paths):,} pictures are"
    message = (
        f"{few} gone or not the same any more in the source folder. Put the old files back, or add the folder again: "
        "that makes the next version."
    )
    return [Issue("changed", "error", paths, message)]


def _is_as_before(file: str, size_bytes: int, modified_at: float, sha256: str) -> bool:
    try:
        now = os.stat(path := file_names.find(file))
        if now.st_size != size_bytes:
            return False
        if now.st_mtime == modified_at:
            return True
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == sha256
    except OSError:
        return False
