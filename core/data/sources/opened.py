"""Which folders of this machine somebody at another one may import from: those that `FOVEA_FOLDERS` lists, none by default."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from core.errors import SourceError

FOLDERS = "FOVEA_FOLDERS"


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
            f"{path} is not open to other machines. Open here: {', '.join(below or ()) or 'no folder'}. {FOLDERS} lists them."
        )
