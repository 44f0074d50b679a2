"""The import that is under way, or how it ended."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFoundError
from core.jobs.watch import look
from core.workspace import queue
from pages.shared import state
from pages.shared.cached import workspace
from pages.shared.messages import count, duration, plain

PARAMETER = "import"
UNFINISHED = (queue.QUEUED, queue.RUNNING)


def show() -> None:
    """Draw the import in the address, else the newest that runs; nothing where there is none."""
    job = _in_hand()
    if job is None:
        return
    if not job.ended:
        _watch(job.id)
    elif job.status == queue.DONE:
        state.set_parameter(PARAMETER, None)
        state.set_parameter("data", job.result["dataset"])
        st.toast(plain(_what_came(job)), icon=":material/check:")
    else:
        _failed(job)


def _in_hand() -> queue.Job | None:
    if wanted := state.parameter(PARAMETER):
        try:
            return queue.get(workspace(), wanted)
        except NotFoundError:
            state.set_parameter(PARAMETER, None)
    running = queue.list_jobs(workspace(), "import", UNFINISHED)
    return running[0] if running else None


@st.fragment(run_every=1.0)
def _watch(job_id: str) -> None:
    job = queue.get(workspace(), job_id)
    if job.ended:
        state.set_parameter(PARAMETER, job_id)
        st.rerun()
    view = look(workspace(), job)
    left = f" · {duration(view.seconds_left)} left" if view.seconds_left is not None else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            text = f"Adding {plain(source_of(job))} · {view.stage}{left}"
            st.progress(min(max(view.fraction or 0.0, 0.0), 1.0), text)
        stopping = queue.stop_requested(workspace(), job)
        if st.button("Cancelling" if stopping else "Cancel", key="import_cancel", disabled=stopping):
            queue.request_stop(workspace(), job_id)
            st.rerun(scope="fragment")


def _failed(job: queue.Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            name = plain(source_of(job))
            if job.status == queue.STOPPED:
                st.info(f"Adding {name} was cancelled. Nothing was added.", icon=":material/info:")
            else:
                st.error(f"{name} could not be added. {plain(job.cause)}", icon=":material/error:")
        if st.button("Dismiss", key="import_dismiss"):
            state.set_parameter(PARAMETER, None)
            st.rerun()


def source_of(job: queue.Job) -> str:
    """What the import is of, in the words of whoever began it."""
    return str(job.payload.get("source_name") or job.payload.get("title") or job.payload["source"])


def _what_came(job: queue.Job) -> str:
    images = count(job.result["images"], "images", "image")
    left = job.result["left_out"]
    also = f", {count(left, 'files', 'file')} left out" if left else ""
    return f"{job.result['dataset']} is here: {images}{also}."
