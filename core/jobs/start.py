"""Making sure that a supervisor lives, and queueing the jobs that pages and commands ask for."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.jobs import presence
from core.workspace import Workspace, alive, queue

PROJECT = Path(__file__).parents[2]
WITHOUT_SUPERVISOR_SECONDS = 10.0


def ensure_supervisor(workspace: Workspace) -> None:
    """Start a supervisor. If one lives, the new one waits a little for its end, then goes.

    It is detached: it outlives the process that called this.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])}
    with (workspace.root / "supervisor.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "core.jobs.supervisor", "--workspace", str(workspace.root)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )


def supervisor_lives(workspace: Workspace) -> bool:
    """Whether a process serves the workspace's queue."""
    return alive.is_held(workspace.root / "supervisor.lock")


def start(workspace: Workspace, kind: str, job_id: str | None = None, **payload: Any) -> queue.Job:
    """Queue a light job and see to it that it is started. A `job_id` that is there already is not queued again."""
    job = queue.submit(workspace, queue.Job(job_id or new_job_id(kind), kind, queue.LIGHT, payload))
    ensure_supervisor(workspace)
    return job


def see_to(workspace: Workspace, job: queue.Job) -> None:
    """Start a supervisor for a job that waits for long without one: the first may have ended as it began."""
    for_long = not 0 <= time.time() - job.queued_at <= WITHOUT_SUPERVISOR_SECONDS  # or the clock was set back
    waits = job.status == queue.QUEUED and for_long
    if waits and not supervisor_lives(workspace):
        ensure_supervisor(workspace)


def new_job_id(kind: str) -> str:
    """An id that nobody has."""
    return f"{kind}-{secrets.token_hex(6)}"


def wake(workspace: Workspace) -> None:
    """Start a supervisor if jobs wait or run and none lives: after a restart of the machine, say."""
    if queue.list_jobs(workspace, statuses=(queue.QUEUED, queue.RUNNING)) and not supervisor_lives(workspace):
        ensure_supervisor(workspace)


def keeps_warm() -> bool:
    """Whether processes that have imported TensorFlow wait for work; not where the environment says FOVEA_WARM=0."""
    return os.environ.get("FOVEA_WARM") != "0"


@contextlib.contextmanager
def kept_warm(workspace: Workspace) -> Iterator[None]:
    """While the block runs, a supervisor lives and a process waits that has imported what a training needs.

    Not where nothing is kept warm (`keeps_warm`).
    """
    if not keeps_warm():
        yield
        return
    with presence.announced(workspace):
        ensure_supervisor(workspace)
        yield
