"""Whether a process lives, told by a file lock that it holds and never by its process id.

The system drops the lock when the process ends, however it ends, and a reused id fools nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

LOCK_NAME = "alive.lock"


def hold(folder: Path, timeout_seconds: float = 10.0) -> FileLock:
    """Hold the lock of `folder` until the returned lock is released or this process ends.

    A reader of `is_alive` holds the lock for microseconds, hence the waiting time.

    Raises:
        filelock.Timeout: Another process holds it.
    """
    lock = FileLock(folder / LOCK_NAME, thread_local=False)  # the process holds it, whichever thread took it
    lock.acquire(timeout=timeout_seconds, poll_interval=0.02)
    return lock


def is_alive(folder: Path) -> bool:
    """Whether some process holds the lock of `folder`."""
    return is_held(folder / LOCK_NAME)


def is_held(path: Path) -> bool:
    """Whether some process holds the lock file `path`."""
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


@contextlib.contextmanager
def passing_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder below `parent` that vanishes when the block ends. Until then it `is_in_use`, as long as this process lives."""
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as name:
        opened = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(opened, fcntl.LOCK_SH)
            yield Path(name)
        finally:
            os.close(opened)


def is_in_use(folder: Path) -> bool:
    """Whether some process works in `folder`: it holds its lock, or it is a `passing_folder`."""
    if is_alive(folder):
        return True
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(opened)
    return False
