"""The import that is under way, or how it ended; also the saving of pictures that came one by one.

Whoever began one and looked at another page meanwhile finds what came in hand when they are back.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.data.dataset import Dataset
from core.jobs.start import ensure_supervisor
from core.train.runs import list_runs
from core.workspace import queue
from pages.shared import cached, job_progress, links, state
from pages.shared.cached import workspace
from pages.shared.messages import count, plain

PARAMETER = "import"
BEGUN_WITH = "import_begun_with"  # the data that was in hand
SAVED = "import_saved"  # what this visitor recorded and saved last
MOST = 3
KINDS = ("import", "collect")
UNFINISHED = (queue.QUEUED, queue.RUNNING)


def begun(job: queue.Job) -> None:
    """Watch `job`, which this visitor just began."""
    state.put(BEGUN_WITH, state.here("data"))
    state.set_parameter(PARAMETER, job.id)
    st.rerun()


def show() -> None:
    """Draw the imports that run, and how the one in the address ended."""
    in_hand = _in_hand()
    for job in under_way()[:MOST]:
        _watch(job.id)
    if in_hand is None or not in_hand.ended:
        return
    if in_hand.status == queue.DONE:
        link_followed = not state.here(PARAMETER) and state.here("data") not in (None, state.get(BEGUN_WITH, None))
        state.set_parameter(PARAMETER, None)
        if not link_followed:
            state.set_parameter("data", in_hand.result["dataset"])
        st.toast(plain(_what_came(in_hand)), icon=":material/check:")
        if in_hand.payload.get("source") == "webcam":
            state.put(SAVED, in_hand.result["dataset"])
    else:
        _failed(in_hand)


def lead_on(dataset: Dataset) -> None:
    """Say what comes next, where the data set is what this visitor just recorded, until it is trained on."""
    if state.get(SAVED, "") != dataset.reference:
        return
    if any(run.dataset == dataset.reference for run in list_runs(workspace())):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        if len(dataset.classes) < 2:
            st.markdown("Saved. A classifier needs two classes: record another one.", width="stretch")
            return
        st.markdown("Saved. Look through the images, then train on them.", width="stretch")
        query = {"data": dataset.reference}
        st.page_link(links.page("train"), label="Train", icon=":material/model_training:", query_params=query)


def under_way() -> list[queue.Job]:
    """The imports that wait or run, newest first."""
    return [job for job in queue.list_jobs(workspace(), statuses=UNFINISHED) if job.kind in KINDS]


def makes_new_set() -> bool:
    """Whether this visitor waits for a data set that is made of pictures which came one by one."""
    job = _in_hand()
    return job is not None and job.kind == "collect" and not job.ended and not job.payload.get("dataset")


def look_elsewhere() -> None:
    """Wait no more for what is under way; it goes on, and opens when it is there."""
    state.set_parameter(PARAMETER, None)
    st.rerun()


def _in_hand() -> queue.Job | None:
    wanted = state.parameter(PARAMETER)
    job = cached.job_of(wanted, KINDS)
    if wanted and job is None:
        state.set_parameter(PARAMETER, None)
    return job


@st.fragment(run_every=1.0)
def _watch(job_id: str) -> None:
    job = queue.get(workspace(), job_id)
    if job.ended:
        if state.parameter(PARAMETER) is None:
            state.set_parameter(PARAMETER, job_id)
        st.rerun()
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            job_progress.bar(job, f"Adding {job_progress.name_of(job)}")
        job_progress.cancel_button(job)


def _failed(job: queue.Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            name = plain(job_progress.name_of(job))
            if job.status == queue.STOPPED:
                st.info(f"Adding {name} was cancelled. Nothing was added.", icon=":material/info:")
            else:
                st.error(f"Adding {name} failed. {plain(job.cause)}", icon=":material/error:")
        if (
            (job.kind, job.status) == ("import", queue.INTERRUPTED)
            and Path(job.payload["source"]).exists()
            and st.button("Go on", icon=":material/resume:", key="import_go_on")
        ):
            queue.requeue(workspace(), job.id)
            ensure_supervisor(workspace())
            st.rerun()
        if st.button("Dismiss", key="import_dismiss"):
            state.set_parameter(PARAMETER, None)
            st.rerun()


def _what_came(job: queue.Job) -> str:
    images = count(job.result["images"], "images", "image")
    left, added = job.result["left_out"], job.result.get("added", job.result["images"])
    new = f", {added:,} of them new" if added < job.result["images"] else ""
    also = f", {count(left, 'files', 'file')} left out" if left else ""
    return f"{job.result['dataset']} is here: {images}{new}{also}."
