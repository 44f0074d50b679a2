"""Starting the process of a job, and telling how one ended that could not say so itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from core.jobs.places import Place
from core.workspace import Workspace, queue

WITHOUT_MEMORY = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)


def spawn(workspace: Workspace, job: queue.Job, place: Place) -> subprocess.Popen[bytes]:
    """Start the process of one job, detached, with its output in log.txt."""
    with (job.folder(workspace) / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "core.jobs.child", "--workspace", str(workspace.root), job.id],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment(place),
        )


def spawn_warm(workspace: Workspace, place: Place) -> subprocess.Popen[bytes]:
    """Start a process that imports what a training needs and waits for the id of a job on its standard input."""
    return subprocess.Popen(
        [sys.executable, "-m", "core.jobs.child", "--workspace", str(workspace.root)],
        stdin=subprocess.PIPE,
        start_new_session=True,
        env=environment(place),
    )


def environment(place: Place) -> dict[str, str]:
    """The environment of a job's process."""
    return {"TF_CPP_MIN_LOG_LEVEL": "2", **os.environ, "PYTHONUNBUFFERED": "1", **place.environment}


def how_it_ended(code: int) -> str:
    """Why a process that recorded no end of its own is gone, in words."""
    if code == -signal.SIGKILL:
        return "Its process was killed (signal 9), by somebody or by the system because the memory was full."
    if code < 0:
        said = f"Its process was ended by signal {-code} ({signal.strsignal(-code) or 'unknown'})."
        if -code in WITHOUT_MEMORY:
            said += " TensorFlow ends so where it may not take more memory: take a smaller batch or image size, or raise the limit."
        return said
    return f"Its process ended with code {code} before it was done. The log has the details."
