"""An address that names a run which an import is about to begin: one click led from no data to a training."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFoundError
from core.jobs.watch import look
from core.train.runs import find_run
from core.workspace import queue
from core.workspace.queue import Job
from pages.shared import job_progress, links
from pages.shared.cached import workspace
from pages.shared.messages import duration, plain


def show(run_id: str) -> bool:
    """Draw how far the import is that begins `run_id`; False if there is none."""
    job = _import_of(run_id)
    if job is None:
        return False
    if job.ended:
        _ended(job)
    else:
        _live(run_id)
    return True


def _import_of(run_id: str) -> Job | None:
    jobs = queue.list_jobs(workspace(), kind="import")
    return next((job for job in jobs if (job.payload.get("train") or {}).get("run") == run_id), None)


@st.fragment(run_every=1.0)
def _live(run_id: str) -> None:
    job = _import_of(run_id)
    if job is None or job.ended or _exists(run_id):
        st.rerun()
    job_progress.drawn(job.id)
    view = look(workspace(), job)
    st.subheader("First the images, then the training", anchor=False)
    left = f" · {duration(view.seconds_left)} left" if view.seconds_left is not None else ""
    st.progress(min(max(view.fraction or 0.0, 0.0), 1.0), f"{plain(view.stage)}{left}")
    st.caption("The training starts by itself as soon as the images are read. This page shows it then.")
    if st.button("Stop", icon=":material/stop:", key="stop_import"):
        queue.request_stop(workspace(), job.id)


def _ended(job: Job) -> None:
    if job.status == queue.STOPPED:
        st.info("The import was stopped, so no training began.", icon=":material/stop_circle:")
    elif job.status == queue.DONE:
        st.warning("The images are there; the training that they were for was deleted.", icon=":material/info:")
    else:
        st.error(plain(f"The images could not be imported, so no training began. {job.cause}"), icon=":material/error:")
    st.page_link(links.page("explore"), label="Add data", icon=":material/add_photo_alternate:")


def _exists(run_id: str) -> bool:
    try:
        return find_run(workspace(), run_id).id == run_id
    except NotFoundError:
        return False
