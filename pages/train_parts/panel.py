"""One run, wherever it stands. Everything is read from its folder and the queue."""

from __future__ import annotations

from core.errors import NotFoundError
from core.train import runs
from pages.shared import state
from pages.shared.cached import workspace
from pages.shared.messages import show_error
from pages.train_parts import about, ended, live, pending, run_parts


def show(run_id: str) -> None:
    """Draw the run of that id, or the import that is about to begin it."""
    try:
        run = runs.find_run(workspace(), run_id)
    except NotFoundError as error:
        if not pending.show(run_id):
            show_error(error)
        run_parts.new_training()
        return
    state.set_parameter("run", run.id)
    job = run_parts.job_of(run)
    if job and not job.ended:
        live.show(run.id)
    else:
        ended.show(run, job)
    about.show(run, job)
