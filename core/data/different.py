"""Pictures that look alike and are different things, because a person said so; kept for all versions of a data set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.workspace import Workspace
from core.workspace.atomic import read_json, write_json
from core.workspace.shape import fits

FILE = "different.json"


def read(workspace: Workspace, name: str) -> tuple[frozenset[str], ...]:
    """Groups of pictures of the data set `name`, by their sha256.

    Raises:
        DamagedError: The file is damaged.
    """
    path = workspace.dataset(name) / FILE
    try:
        return read_json(path, _from_json, "Delete it: only what was said to be different is lost.")
    except FileNotFoundError:
        return ()


def _from_json(value: Any) -> tuple[frozenset[str], ...]:
    if not fits(value, list[list[str]]):
        raise TypeError("it is no list of lists of names")
    return tuple(map(frozenset, value))


def said_at(workspace: Workspace, name: str) -> int:
    """When that last changed, in nanoseconds; 0 where nothing was ever said."""
    path = workspace.dataset(name) / FILE
    return path.stat().st_mtime_ns if path.exists() else 0


def say(workspace: Workspace, name: str, groups: Iterable[Iterable[str]], different: bool = True) -> None:
    """Keep that the pictures of each group, by their sha256, are different things; or, with False, that they are not."""
    said = dict.fromkeys(read(workspace, name))
    for group in map(frozenset, groups):
        said = {one: None for one in said if one != group} | ({group: None} if different else {})
    write_json(workspace.dataset(name) / FILE, [sorted(group) for group in said])
