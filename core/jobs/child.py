"""`python -m core.jobs.child --workspace DIR JOB`: one job in a process of its own.

It holds the lock of the job's folder from its first moment to its last, so that everybody can tell
whether it lives, and records how it ended before it lets go.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from typing import Any

from filelock import Timeout

from core.errors import FoveaError, InputError, Stopped
from core.jobs.context import Context
from core.jobs.kinds import KINDS
from core.workspace import Workspace, alive, events, queue


def main() -> int:
    """Run the job that the command line names. Exit 0 unless Fovea is at fault."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workspace", required=True)
    parser.add_argument("job")
    arguments = parser.parse_args()
    workspace = Workspace.open(arguments.workspace)
    job = queue.get(workspace, arguments.job)
    try:
        lock = alive.hold(job.folder(workspace))
    except Timeout:
        print(f"Another process already runs {job.id}.", file=sys.stderr)
        return 0
    with lock:
        job = queue.get(workspace, job.id)
        if job.status != queue.RUNNING:  # it was given up before this process came up
            return 0
        return _run(Context(workspace, job))


def _run(context: Context) -> int:
    job, workspace = context.job, context.workspace
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    context.tell("started", pid=os.getpid())
    result: dict[str, Any] = {}
    status, cause, code = queue.DONE, "", 0
    try:
        result = importlib.import_module(KINDS[job.kind]).run(context) or {}
        if result.pop("stopped", False):
            status = queue.STOPPED
    except Stopped as stop:
        status, cause = queue.STOPPED, str(stop)
    except InputError as error:
        status, cause = queue.FAILED, str(error)
    except FoveaError as error:
        status, cause, code = queue.FAILED, str(error), 1
    except Exception as error:  # noqa: BLE001  the last line: whatever happened is recorded, with its trace
        traceback.print_exc()
        status, cause, code = queue.FAILED, in_words(error), 1
    events.append(context.folder, "ended", status=status, cause=cause)
    queue.finish(workspace, job.id, status, cause, result)
    return code


def in_words(error: BaseException) -> str:
    """The cause of an unforeseen failure, and what to do."""
    kind, text = type(error).__name__, str(error)
    if isinstance(error, MemoryError) or kind == "ResourceExhaustedError" or "RESOURCE_EXHAUSTED" in text:
        return "The memory is full. Take a smaller batch or image size, or end other work."
    if isinstance(error, OSError) and error.errno == 28:
        return f"The disk is full ({error.filename}). Free some space and resume; the last checkpoint is whole."
    if isinstance(error, OSError) and error.errno in (13, 30):
        return f"{error.filename} cannot be written ({error.strerror}). Make it writable and resume."
    first = text.strip().splitlines()[0] if text.strip() else "no message"
    return f"Something in Fovea went wrong ({kind}: {first}). The log has the details."


if __name__ == "__main__":
    sys.exit(main())
