"""Pictures that look alike and are different things, because a person said so; kept for all versions of a data set."""

from __future__ import annotations

import json
from collections.abc import Iterable

from core.errors import InputError
from core.workspace import Workspace
from core.workspace.atomic import write_json

FILE = "different.json"


def read(workspace: Workspace, name: str) -> tuple[frozenset[str], ...]:
    """Groups of pictures of the data set `name`, by their sha256.

    Raises:
        InputError: The file is damaged.
    """
    path = workspace.dataset(name) / FILE
    try:
        return tuple(frozenset(map(str, group)) for group in json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path} is damaged ({error}). Delete it: only what was said to be different is lost."
        ) from error


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
