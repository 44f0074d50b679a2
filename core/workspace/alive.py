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

from core.errors import InputError

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
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as name, working_in(Path(name)):
        yield Path(name)


@contextlib.contextmanager
def working_in(*folders: Path) -> Iterator[None]:
    """While the block runs, and this process lives, the `folders` are in use: nobody gives them another name or removes them."""
    with contextlib.ExitStack() as held:
        for folder in folders:
            with contextlib.suppress(OSError):  # it is missing, which whoever looks into it is told
                held.enter_context(_locked(folder, fcntl.LOCK_SH))
        yield


@contextlib.contextmanager
def alone_with(folder: Path) -> Iterator[None]:
    """For a block that gives `folder` another name or removes it.

    Raises:
        InputError: Some process is `working_in` it.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(_locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise InputError(
                f"{folder.name} is in use: a command works on it. Wait for its end, or stop it."
            ) from error
        except OSError:  # it is missing, or on a disk of another machine that knows no such lock
            pass
        yield


@contextlib.contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, how)
        yield
    finally:
        fcntl.flock(opened, fcntl.LOCK_UN)  # closing would not do it for a process that was forked meanwhile
        os.close(opened)


def is_in_use(folder: Path) -> bool:
    """Whether some process works in `folder`: it holds its lock, or it is a `passing_folder`."""
    if is_alive(folder):
        return True
    try:
        with alone_with(folder):
            return False
    except InputError:
        return True
