"""What people call a run or a sweep on the command line: its id, its name as pages show it, or how its id begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from core.errors import NotFoundError
from core.workspace.atomic import read_json
from core.workspace.paths import is_name


class Named(Protocol):
    """What has an id, and a title: its name, or what it is called where nobody named it."""

    @property
    def id(self) -> str: ...  # noqa: D102

    @property
    def title(self) -> str: ...  # noqa: D102


Thing = TypeVar("Thing", bound=Named)


def meant(everything: Sequence[Thing], wanted: str, kind: str, folder: Path, build: Callable[[Any], Thing]) -> Thing:
    """The one of that id, of that title, or of an id that begins so, if there is exactly one.

    Args:
        everything: Newest first.
        kind: What they are, for messages: "run".
        folder: Where each has a folder, with a JSON file of that kind, of which `build` makes one.

    Raises:
        NotFoundError: There is none, or more than one.
        DamagedError: There is one of that id, and its file is damaged.
    """
    for same in (
        [one for one in everything if one.id == wanted],
        [one for one in everything if one.title == wanted],
        [one for one in everything if wanted and one.id.startswith(wanted)],
    ):
        if len(same) == 1:
            return same[0]
        if same:
            raise NotFoundError(f"{wanted!r} means {len(same)} {kind}s: {', '.join(one.id for one in same[:5])}.")
    file = folder / wanted / f"{kind}.json"
    if is_name(wanted) and file.exists():
        read_json(file, build)  # one that is whole is just being made: it is there once the catalogue has it
    newest = f" The newest is {everything[0].id}." if everything else " There are none yet."
    raise NotFoundError(f"There is no {kind} {wanted!r}.{newest}")
