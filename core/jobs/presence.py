"""Whether the app is up: each server holds a shared lock on app.lock, which the system drops when it ends."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator

from core.workspace import Workspace

LOCK_NAME = "app.lock"


@contextlib.contextmanager
def announced(workspace: Workspace) -> Iterator[None]:
    """While the block runs, `is_up` is true for everybody. Any number of servers may be up."""
    with (workspace.root / LOCK_NAME).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def is_up(workspace: Workspace) -> bool:
    """Whether a server is up that wants the next training to begin at once."""
    with (workspace.root / LOCK_NAME).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
