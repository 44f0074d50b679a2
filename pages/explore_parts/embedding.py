"""Whether a version's images are embedded; if not, the way to it, and how far it is."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.data.dataset import Dataset
from core.jobs import embedding
from core.workspace import queue
from pages.shared import cached, job_progress
from pages.shared.cached import workspace
from pages.shared.messages import count, plain

UNDER_WAY = (queue.QUEUED, queue.RUNNING)


def offer(dataset: Dataset, what: str, before_rerun: Callable[[], None] = lambda: None) -> None:
    """Say what embeddings are good for and what they cost here, with a button; or how far the work is.

    Args:
        what: What needs them, as the sentence's beginning: "The map".
        before_rerun: Called when the work has ended, before the page is drawn anew.
    """
    job = embedding.find_job(workspace(), dataset)
    if job and job.status in UNDER_WAY:
        _watch(job.id, before_rerun)
        return
    missing = cached.embeddings(dataset.reference).missing
    with st.container(border=True, gap="small"):
        if job and job.status in (queue.FAILED, queue.INTERRUPTED):
            st.error(f"The images could not be embedded. {plain(job.cause)}", icon=":material/error:")
        st.markdown(_cost(dataset, missing, what))
        st.caption(
            "An embedding is what a network that knows 1,000 kinds of things sees in an image, as 1,280 numbers: "
            "images that look alike to it lie close together. It runs on this machine, beside your work."
        )
        words = f"Embed {count(missing, 'images', 'image')}" if missing else "Draw the map"
        st.button(
            words,
            type="primary",
            icon=":material/scatter_plot:",
            key=f"embed_{what}",
            on_click=embedding.begin,
            args=(workspace(), dataset),
        )


def _cost(dataset: Dataset, missing: int, what: str) -> str:
    seconds = embedding.expected_seconds(workspace(), dataset, missing)
    about = "less than a minute" if seconds < 60 else f"about {count(round(seconds / 60), 'minutes', 'minute')}"
    if not missing:
        return f"{what} is not drawn yet; the images are embedded: {about} here."
    done = dataset.images - missing
    kept = f" {count(done, 'images are', 'image is')} embedded already." if done else ""
    return f"{what} needs an embedding of each image: {about} here.{kept}"


@st.fragment(run_every=1.0)
def _watch(job_id: str, before_rerun: Callable[[], None]) -> None:
    job = queue.get(workspace(), job_id)
    if job.ended:
        before_rerun()
        st.rerun()
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            job_progress.bar(job)
        job_progress.cancel_button(job)
