"""The job that fits a run's temperature on its validation split. payload: run, title.

A run has one such job, by its id, so that two clicks or two people begin it once.
"""

from __future__ import annotations

from typing import Any

from core.errors import NotFoundError
from core.evaluate.recalibration import calibrate
from core.jobs import start as jobs
from core.jobs.context import Context
from core.train.runs import Run, find_run
from core.workspace import Workspace, queue

KIND = "calibrate"


def run(context: Context) -> dict[str, Any]:
    """Evaluate the validation split if that is not kept, fit, keep."""
    trained = find_run(context.workspace, context.job.payload["run"])
    calibration, gone = calibrate(context.workspace, trained, context.on_progress, context.should_stop)
    return {"run": trained.id, **calibration.to_json(), "warning": gone or None}


def find_job(workspace: Workspace, trained: Run) -> queue.Job | None:
    """The job of this run, if it was ever begun."""
    try:
        return queue.get(workspace, _job_id(trained))
    except NotFoundError:
        return None


def begin(workspace: Workspace, trained: Run) -> queue.Job:
    """Queue the job of this run, once more if it has ended, and see to it that it is started."""
    payload = {"run": trained.id, "title": trained.title}
    job = jobs.start(workspace, KIND, _job_id(trained), **payload)
    if job.ended:
        job = queue.requeue(workspace, job.id, **payload)
        jobs.ensure_supervisor(workspace)
    return job


def _job_id(trained: Run) -> str:
    return f"{KIND}-{trained.id}"
