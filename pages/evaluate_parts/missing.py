"""An evaluation that is not there yet: start it, watch it, cancel it."""

from __future__ import annotations

import streamlit as st

from core.jobs.start import new_job_id, start
from core.workspace import queue
from pages.evaluate_parts.asked import Asked, images_in
from pages.shared import job_progress, state
from pages.shared.cached import workspace
from pages.shared.messages import count, plain


def show(asked: Asked) -> None:
    """Say that there is none yet, and offer to make it."""
    job = _newest_job(asked)
    if job and not job.ended:
        _watch(job.id)
        return
    if job and job.status in (queue.FAILED, queue.INTERRUPTED):
        st.warning(plain(f"The evaluation did not succeed. {job.cause}"), icon=":material/info:")
    elif job and job.status == queue.STOPPED:
        st.caption("The evaluation was cancelled.")
    images = images_in(asked)
    if not images:
        deleted = f"{asked.reference} was deleted, and the run was not evaluated on this split of it before."
        empty = "There are no images in this split of a class that the run knows."
        st.info(plain(empty if asked.dataset else deleted))
        return
    st.write(f"Not evaluated on these {asked.split_word} images yet.")
    words = f"Evaluate on {count(images, asked.split_word + ' images', asked.split_word + ' image')}"
    if st.button(words, type="primary", key=f"evaluate_{asked.key}"):
        _start(asked)
        st.rerun()


def _start(asked: Asked) -> None:
    once = f"evaluate_job_{asked.key}"
    start(
        workspace(),
        "evaluate",
        state.once(once, lambda: new_job_id("evaluate")),
        run=asked.run.id,
        dataset=asked.reference,
        split=asked.split,
        title=f"{asked.run.title} on {asked.reference}, {asked.split_word}",
    )


@st.fragment(run_every=1.0)
def _watch(job_id: str) -> None:
    job = queue.get(workspace(), job_id)
    if job.ended:
        st.rerun()
    job_progress.bar(job)
    job_progress.cancel_button(job)


def _newest_job(asked: Asked) -> queue.Job | None:
    wanted = {"run": asked.run.id, "dataset": asked.reference, "split": asked.split}
    jobs = queue.list_jobs(workspace(), kind="evaluate")
    found = next((job for job in jobs if wanted.items() <= job.payload.items()), None)
    if found and found.ended:
        state.forget(f"evaluate_job_{asked.key}")  # the next start is another job
    return found
