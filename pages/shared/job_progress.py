"""How far a job is, and the button that cancels it. For fragments that are drawn anew every second."""

from __future__ import annotations

import time

import streamlit as st

from core.jobs.watch import look
from core.workspace import queue
from pages.shared import state
from pages.shared.cached import workspace
from pages.shared.messages import duration, plain

DRAWN = "jobs_drawn"
STAYS_SECONDS = 6.0  # on the page, after it was last drawn: a dialog that was closed says nothing of it


def drawn(job_id: str) -> None:
    """The page shows how far the job is, by itself: the strip above leaves it out."""
    state.put(DRAWN, {**state.get(DRAWN, {}), job_id: time.monotonic()})


def is_drawn(job_id: str) -> bool:
    """Whether the page shows how far the job is."""
    return time.monotonic() - state.get(DRAWN, {}).get(job_id, float("-inf")) < STAYS_SECONDS


def forget_drawn() -> None:
    """The page is drawn from the start."""
    state.put(DRAWN, {})


def name_of(job: queue.Job) -> str:
    """What the job is about, in the words of whoever began it: of data that is added, the name that was given."""
    payload = job.payload
    if payload.get("append"):
        return f"{payload.get('source_name') or payload['source']} to {payload['name']}"
    keys = ("title", "name", "source_name", "file_name", "source")
    return next((str(payload[key]) for key in keys if payload.get(key)), job.id)


def bar(job: queue.Job, what: str = "") -> None:
    """Draw how far the job is; `what` comes before its stage."""
    drawn(job.id)
    view = look(workspace(), job)
    left = f" · {duration(view.seconds_left)} left" if view.seconds_left else ""
    words = f"{what} · {view.stage}{left}" if what else f"{view.stage}{left}"
    st.progress(min(max(view.fraction or 0.0, 0.0), 1.0), plain(words))


def cancel_button(job: queue.Job) -> None:
    """Draw the button; a click asks the job to stop."""
    stopping = queue.stop_requested(workspace(), job)
    if st.button("Cancelling" if stopping else "Cancel", disabled=stopping, key=f"cancel_{job.id}"):
        queue.request_stop(workspace(), job.id)
        st.rerun(scope="fragment")
