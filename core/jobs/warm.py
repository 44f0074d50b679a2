"""The warm child: a process that has imported what a training needs and waits for the job it becomes.

It belongs to the supervisor, which starts it while the app is up, hands it the next training and starts
another later. Until it has a job it ends with the supervisor; from then on it is a child like all others.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from pathlib import Path

import psutil

from core.jobs.places import Place
from core.jobs.spawn import spawn_warm
from core.workspace import Workspace, queue

PROJECT = Path(__file__).parents[2]
PAUSE_SECONDS = 10.0  # between two, and before the first, when the server itself starts
WANTED_PAUSE_SECONDS = 1.0
SETTLED_SECONDS = 30.0
NEEDS_BYTES = 2 << 30
LEAST_BYTES = 1 << 30
LOOK_AT_CODE_SECONDS = 2.0


class WarmChild:
    """One waiting process or none.

    Args:
        workspace: Whose jobs it may become.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._process: subprocess.Popen[bytes] | None = None
        self._place = Place()
        self._last_at = time.monotonic()
        self._code = Code()

    @property
    def pid(self) -> int | None:
        """The process's id, if one waits."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def place(self) -> Place | None:
        """Where the job that it becomes will run; None where none waits."""
        return self._place if self.pid else None

    def keep(self, free: list[Place], busy: dict[Place, float], is_wanted: bool = False) -> None:
        """See to it that one waits, where and while that serves; call it often.

        On two cores the import would slow a training down, so it waits until one has settled, which a short one never
        does; not where another training is queued, for which the import has to be done anyway, and beside this one it
        costs less. On a machine that is short of memory none is kept.

        Args:
            free: Places that have no training.
            busy: When the training of the others began, seconds since 1970.
            is_wanted: Whether a training is queued that will need one.
        """
        memory = psutil.virtual_memory().available
        if self.pid:
            if memory < LEAST_BYTES or self._code.changed():
                self.end()
            return
        settled = [
            place for place, since in busy.items() if is_wanted or not 0 <= time.time() - since < SETTLED_SECONDS
        ]
        too_soon = time.monotonic() - self._last_at < (WANTED_PAUSE_SECONDS if is_wanted else PAUSE_SECONDS)
        if too_soon or memory < NEEDS_BYTES or not (free or settled):
            return
        self.end()
        self._code = Code()
        self._place = (free or settled)[0]
        self._process = spawn_warm(self._workspace, self._place)
        self._last_at = time.monotonic()

    def become(self, job: queue.Job, place: Place) -> subprocess.Popen[bytes] | None:
        """Make it the process of `job`, which is then the caller's; None where none waits for that place.

        One that began before the code was changed is not used.
        """
        if self.place != place or self._code.changed(now=True):
            return None
        child = self._process
        assert child and child.stdin
        try:
            child.stdin.write(f"{job.id}\n".encode())
            child.stdin.close()
        except OSError:  # it was killed just now
            self.end()
            return None
        self._process = None
        return child

    def end(self) -> None:
        """End the process, if one waits."""
        if self._process:
            self._process.kill()
            self._process.wait()
            if self._process.stdin:
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
            self._process = None


class Code:
    """Whether Fovea's own code on disk was changed since this object was made."""

    def __init__(self) -> None:
        self._then = _newest()
        self._looked_at = time.monotonic()
        self._changed = False

    def changed(self, now: bool = False) -> bool:
        """Whether it was; looks at the disk every few seconds, or `now`."""
        if not self._changed and (now or time.monotonic() - self._looked_at >= LOOK_AT_CODE_SECONDS):
            self._looked_at = time.monotonic()
            self._changed = _newest() != self._then
        return self._changed


def _newest() -> tuple[int, int]:
    """How many files of code there are, and when the newest was written."""
    files = [path for room in ("core", "models") for path in (PROJECT / room).rglob("*.py")]
    return len(files), max(path.stat().st_mtime_ns for path in files)
