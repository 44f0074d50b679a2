"""`python -m core.jobs.supervisor --workspace DIR`: starts the jobs of a workspace, one child each.

There is one a workspace (a file lock says so). It imports no TensorFlow, outlives tab and server, and
ends when nothing is queued or running. Heavy jobs go one at a time, light ones beside them.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time

from filelock import FileLock, Timeout

from core.workspace import Workspace, queue

LANES = {queue.HEAVY: 1, queue.LIGHT: 2}
LOOK_EVERY_SECONDS = 0.1
LINGER_SECONDS = 3.0
WAIT_FOR_OTHER_SECONDS = 10.0


class Supervisor:
    """Knows its children; everything else is in the catalogue.

    Args:
        workspace: Whose jobs it starts.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def serve(self) -> None:
        """Start jobs until there are none for `LINGER_SECONDS`."""
        idle_since = time.monotonic()
        while time.monotonic() - idle_since < LINGER_SECONDS:
            self._bury()
            queue.reconcile(self._workspace)
            running = queue.list_jobs(self._workspace, statuses=(queue.RUNNING,))
            started = self._start(running)
            if running or started or self._children:
                idle_since = time.monotonic()
            time.sleep(LOOK_EVERY_SECONDS)

    def _start(self, running: list[queue.Job]) -> bool:
        started = False
        for lane, most in LANES.items():
            busy = sum(job.lane == lane for job in running)
            while busy < most and (job := queue.claim(self._workspace, lane)):
                self._children[job.id] = spawn(self._workspace, job)
                busy, started = busy + 1, True
        return started

    def _bury(self) -> None:
        """Record the end of children that could not do so themselves."""
        for job_id, child in list(self._children.items()):
            code = child.poll()
            if code is None:
                continue
            del self._children[job_id]
            queue.finish(self._workspace, job_id, queue.INTERRUPTED, how_it_ended(code))


def spawn(workspace: Workspace, job: queue.Job) -> subprocess.Popen[bytes]:
    """Start the process of one job, detached, with its output in log.txt."""
    with (job.folder(workspace) / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "core.jobs.child", "--workspace", str(workspace.root), job.id],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )


def how_it_ended(code: int) -> str:
    """Why a process that recorded no end of its own is gone, in words."""
    if code == -signal.SIGKILL:
        return "Its process was killed (signal 9), by somebody or by the system because the memory was full."
    if code < 0:
        return f"Its process was ended by signal {-code} ({signal.Signals(-code).name})."
    return f"Its process ended with code {code} before it was done. The log has the details."


def main() -> int:
    """Serve the workspace that the command line names, unless another process does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workspace", required=True)
    workspace = Workspace.open(parser.parse_args().workspace)
    lock = FileLock(workspace.root / "supervisor.lock")
    try:
        # The other one may be about to end; then this one goes on.
        lock.acquire(timeout=WAIT_FOR_OTHER_SECONDS, poll_interval=0.1)
    except Timeout:
        return 0
    with lock:
        Supervisor(workspace).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
