"""`python -m core.jobs.child --workspace DIR [JOB]`: one job in a process of its own.

It holds the lock of the job's folder from its first moment to its last, so that everybody can tell
whether it lives, and records how it ended before it lets go. Without JOB it is a warm child: it imports
what a training needs, then becomes the job whose id comes on its standard input, or ends with that.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from filelock import FileLock, Timeout

from core.errors import FoveaError, InputError, Stopped
from core.jobs import places
from core.jobs.context import Context
from core.jobs.kinds import KINDS
from core.progress import Progress
from core.workspace import Workspace, alive, events, queue, room

A_TRAINING_NEEDS = (
    "core.jobs.training",
    "core.train.loop",
    "core.train.head",
    "core.predict.export",
    "pyarrow.dataset",
    "pyarrow.parquet",
)
ROOM_BYTES = 256 << 10


def main() -> int:
    """Run the job that the command line or standard input names. Exit 0 unless Fovea is at fault."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workspace", required=True)
    parser.add_argument("job", nargs="?")
    arguments = parser.parse_args()
    workspace = Workspace.open(arguments.workspace)
    begun = _begin(workspace, arguments.job) if arguments.job else _wait(workspace)
    if begun is None:
        return 0
    context, lock = begun
    with lock:
        return _run(context)


def _begin(workspace: Workspace, job_id: str, is_warm: bool = False) -> tuple[Context, FileLock] | None:
    """Take the job's lock and say so; None where it is not this process's any more."""
    job = queue.get(workspace, job_id)
    try:
        lock = alive.hold(job.folder(workspace))
    except Timeout:
        print(f"Another process already runs {job.id}.", file=sys.stderr)
        return None
    job = queue.get(workspace, job.id)
    if job.status != queue.RUNNING:  # it was given up before this process came up
        return None
    if is_warm:
        _speak_into(workspace, job)
    context = Context(workspace, job)
    context.tell("started", pid=os.getpid(), device=places.here(), warm=is_warm)
    return context, lock


def _wait(workspace: Workspace) -> tuple[Context, FileLock] | None:
    """Import what a training needs, and begin the job that the supervisor names.

    A thread listens, so that a job that comes in the middle of the imports is begun, and seen to be, at once.
    """
    ready = Event()

    def listen() -> tuple[Context, FileLock] | None:
        job_id = sys.stdin.readline().strip()
        if not job_id:
            os._exit(0)  # the supervisor is gone; nothing is lost in the middle of an import
        begun = _begin(workspace, job_id, is_warm=True)
        if begun and not ready.is_set():
            begun[0].on_progress(Progress("Starting TensorFlow"))
        return begun

    with ThreadPoolExecutor(1) as listener:
        heard = listener.submit(listen)
        try:
            for module in A_TRAINING_NEEDS:
                importlib.import_module(module)
        except Exception:  # noqa: BLE001  the job will meet it again, and record it
            traceback.print_exc()
        ready.set()
        return heard.result()


def _speak_into(workspace: Workspace, job: queue.Job) -> None:
    """Let all that this process prints from now on, in any language, go to the job's log."""
    with (job.folder(workspace) / "log.txt").open("ab") as log, open(os.devnull, "rb") as nothing:
        for theirs, ours in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(theirs.fileno(), ours)


def _run(context: Context) -> int:
    job, workspace = context.job, context.workspace
    result: dict[str, Any] = {}
    status, cause, fault = queue.DONE, "", ""
    reserve = context.folder / ".room"
    try:
        reserve.write_bytes(bytes(ROOM_BYTES))  # kept for the last words, should the disk be full by then
        result = importlib.import_module(KINDS[job.kind]).run(context) or {}
        if result.pop("stopped", False):
            status = queue.STOPPED
    except Stopped as stop:
        status, cause = queue.STOPPED, str(stop)
    except Exception as error:  # noqa: BLE001  the last line: whatever happened is recorded, with its trace
        status, cause, fault = queue.FAILED, in_words(error), whose_fault(error)
        if fault == queue.FOVEA:
            traceback.print_exc()
    reserve.unlink(missing_ok=True)
    events.append(context.folder, "ended", status=status, cause=cause)
    queue.finish(workspace, job.id, status, cause, result, fault)
    return int(fault == queue.FOVEA)


def whose_fault(error: BaseException) -> str:
    """ "input", which what was asked for and what the machine has room for count as, or "fovea"."""
    is_input = isinstance(error, InputError) or _is_memory_full(error) or room.said(error)
    return queue.INPUT if is_input else queue.FOVEA


def in_words(error: BaseException) -> str:
    """The cause of a failure, and what to do."""
    if isinstance(error, FoveaError):
        return str(error)
    if _is_memory_full(error):
        return "The memory is full. Take a smaller batch or image size, or end other work."
    if of_the_disk := room.said(error, "Free some space and resume; the last checkpoint is whole.", " and resume"):
        return of_the_disk
    text = str(error).strip()
    first = text.splitlines()[0] if text else "no message"
    return f"Something in Fovea went wrong ({type(error).__name__}: {first}). The log has the details."


def _is_memory_full(error: BaseException) -> bool:
    is_named_so = type(error).__name__ == "ResourceExhaustedError" or "RESOURCE_EXHAUSTED" in str(error)
    return isinstance(error, MemoryError) or is_named_so


if __name__ == "__main__":
    sys.exit(main())
