"""Writing a version to an archive, as a job, and fetching it."""

from __future__ import annotations

import streamlit as st

from core.data import shelf
from core.data.dataset import Dataset
from core.data.export_data import FORMATS
from core.errors import NotFoundError
from core.jobs import start as jobs
from core.jobs.exporting_data import KIND, archive_of
from core.workspace import queue
from pages.shared import job_progress, state
from pages.shared.addresses import export_url
from pages.shared.cached import workspace
from pages.shared.messages import count, plain, size

JOB = "explore_export_id"
TITLES = {"folders": "Class folders", "manifest": "Table with pictures"}


def open_export(dataset: Dataset) -> None:
    """Open the dialog that exports this version."""
    state.put(JOB, jobs.new_job_id(KIND))
    _dialog(dataset)


@st.dialog("Export")
def _dialog(dataset: Dataset) -> None:
    st.markdown(
        f"{plain(dataset.name)}, version {dataset.version}: {count(dataset.images, 'images', 'image')}, "
        f"about {size(dataset.size_bytes)}. Place, time and camera are taken out of the pictures."
    )
    job_id = state.get(JOB, "")
    try:
        queue.get(workspace(), job_id)
    except NotFoundError:
        _choose(dataset, job_id)
    else:
        _watch(job_id)


def _choose(dataset: Dataset, job_id: str) -> None:
    format = st.radio(
        "As",
        list(FORMATS),
        format_func=TITLES.__getitem__,
        captions=list(FORMATS.values()),
        key="explore_export_format",
    )
    if st.button("Write the .zip", type="primary", icon=":material/archive:", key="explore_export_now"):
        file_name = f"{dataset.name}-v{dataset.version}{'' if format == 'folders' else '-manifest'}.zip"
        jobs.start(
            workspace(),
            KIND,
            job_id,
            dataset=dataset.reference,
            fingerprint=dataset.fingerprint,
            format=format,
            file_name=file_name,
        )
        st.rerun(scope="fragment")


@st.fragment(run_every=1.0)
def _watch(job_id: str) -> None:
    job = queue.get(workspace(), job_id)
    if job.ended:
        _ended(job)
        return
    job_progress.bar(job)
    if st.button("Cancel", key="explore_export_cancel", disabled=queue.stop_requested(workspace(), job)):
        queue.request_stop(workspace(), job_id)


def _ended(job: queue.Job) -> None:
    if job.status == queue.STOPPED:
        st.info("The export was cancelled. Nothing was written.", icon=":material/info:")
    elif job.status != queue.DONE:
        st.error(f"It could not be exported. {plain(job.cause)}", icon=":material/error:")
    else:
        link(job)
        for label, folder in job.result["renamed"].items():
            st.caption(f"The class {plain(label)} is the folder {plain(folder)}: its name is no safe one for a folder.")


def ready(dataset: Dataset) -> list[queue.Job]:
    """The archives of the data set that can be fetched, newest first."""
    done = queue.list_jobs(workspace(), KIND, (queue.DONE,))
    every = {one.reference: one.fingerprint for one in shelf.versions(workspace(), dataset.name)}
    mine = [job for job in done if every.get(job.payload["dataset"]) == job.payload.get("fingerprint")]
    return [job for job in mine if archive_of(workspace(), job).exists()]


def link(job: queue.Job) -> None:
    """Draw the link that fetches an archive."""
    text = plain(f"Download {job.payload['file_name']} ({size(job.result['bytes'])})")
    st.link_button(text, export_url(job.id), type="primary", icon=":material/download:")
