"""Edits that nobody has saved yet, kept on disk so that a refresh of the page loses none.

    drafts/<token>.json    the version that the edits are of, and the edits

Who knows the token has the draft: a page keeps it in its address. What nobody touches for a month is removed
(core/workspace/sweep.py).
"""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.data.dataset import Dataset, find
from core.data.edits import Edit, from_json, to_json
from core.errors import DamagedError, NotFoundError
from core.workspace import Workspace
from core.workspace.atomic import read_json, write_json

CURE = (
    "The changes in it, which were not saved, are lost unless you put it back from a copy; the next change begins anew."
)
TOKEN = re.compile(r"[0-9a-f]{32}")
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Draft:
    """Edits that are not saved.

    Args:
        base: The version that they are of.
        edits: In the order in which they were made.
    """

    base: Dataset
    edits: tuple[Edit, ...] = ()


def new_token() -> str:
    """What a draft is known by, and cannot be guessed."""
    return secrets.token_hex(16)


def file_of(workspace: Workspace, token: str) -> Path:
    """Where the draft `token` is, or would be."""
    return workspace.root / "drafts" / f"{token if TOKEN.fullmatch(token) else 'none'}.json"


def read(workspace: Workspace, token: str) -> Draft | None:
    """The draft; None where there is none, or where its version is gone.

    Raises:
        DamagedError: Its file is damaged.
    """
    try:
        name, made_at, edits = read_json(file_of(workspace, token), _from_json, CURE)
        base = find(workspace, name)
    except (OSError, NotFoundError):
        return None
    return Draft(base, edits) if edits and made_at == base.created_at else None


def _from_json(value: Any) -> tuple[str, float, tuple[Edit, ...]]:
    return str(value["base"]), value["made_at"], tuple(map(from_json, value["edits"]))


def change(workspace: Workspace, token: str, base: Dataset, to: Callable[[tuple[Edit, ...]], tuple[Edit, ...]]) -> None:
    """Put what `to` makes of the edits in their place: two tabs with one draft lose nothing of each other. A damaged draft gives way.

    Args:
        base: The version that they are of, where there is no draft yet.

    Raises:
        OSError: The disk is full or may not be written.
    """
    with _one_at_a_time:
        there = Draft(base)
        with contextlib.suppress(DamagedError):
            there = read(workspace, token) or there
        edits = to(there.edits)
        if not edits:
            discard(workspace, token)
            return
        of = {"base": there.base.reference, "made_at": there.base.created_at}
        write_json(file_of(workspace, token), of | {"edits": [to_json(edit) for edit in edits]})


def rename_data(workspace: Workspace, name: str, new_name: str) -> None:
    """Let the drafts of the data set `name` say that it is `new_name` now. A damaged one stays as it is: whoever reads it is told."""
    with _one_at_a_time:
        for file in (workspace.root / "drafts").glob("*.json"):
            with contextlib.suppress(OSError, DamagedError):
                value, base = read_json(file, lambda value: (value, str(value["base"])))
                if base.rpartition("@")[0] == name:
                    write_json(file, {**value, "base": f"{new_name}@{base.rpartition('@')[2]}"})


def discard(workspace: Workspace, token: str) -> None:
    """Let go of the draft."""
    file_of(workspace, token).unlink(missing_ok=True)
