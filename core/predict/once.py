"""What is made once a machine and kept for all its workspaces, in a process of its own, because making it takes TensorFlow.

A module that can be run (`python -m MODULE PATH …`) makes the file or folder PATH, whole or not at all.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from core.errors import FoveaError, Stopped
from core.inference.embedder import cache_folder
from core.progress import ShouldStop, never
from core.workspace import Workspace

PROJECT = Path(__file__).parents[2]
LOOK_EVERY_SECONDS = 0.1


def find(workspace: Workspace, name: str) -> Path:
    """Where `name` is, or where it would be made: in the machine's cache, or in the workspace where that is read-only."""
    kept = workspace.root / "cache" / name
    return kept if kept.exists() else cache_folder() / name


class Making:
    """Something that is there, or in the making.

    Args:
        path: Where it is.
        process: What makes it; None where it was there.
    """

    def __init__(self, path: Path, process: subprocess.Popen[bytes] | None) -> None:
        self.path, self._process = path, process

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to wait for."""
        return self._process is None or self._process.poll() is not None

    def wait(self, should_stop: ShouldStop = never) -> Path:
        """Where it is, as soon as it is there.

        Raises:
            Stopped: `should_stop` said so.
            FoveaError: It could not be made.
        """
        while not self.is_done:
            if should_stop():
                raise Stopped("Preparing the network was stopped.")
            time.sleep(LOOK_EVERY_SECONDS)
        if self._process and self._process.returncode:
            code = self._process.returncode
            raise FoveaError(f"The network could not be prepared (code {code}). The log has the details.")
        return self.path


@contextlib.contextmanager
def making(workspace: Workspace, name: str, module: str, *arguments: str) -> Iterator[Making]:
    """Begin to make `name` if it is not there; go on meanwhile. The process ends with the block, if not before.

    Any number of processes may ask at once; `module` sees to it that one makes it.

    Args:
        module: What to run, with the path to be made and these `arguments`.
    """
    path = find(workspace, name)
    if path.exists():
        yield Making(path, None)
        return
    if not _is_writable(path.parent):
        path = workspace.root / "cache" / name
        path.parent.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", module, str(path), *arguments],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield Making(path, process)
    finally:
        process.kill()
        process.wait()


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
