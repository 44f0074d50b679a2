"""How far a job is, and the button that cancels it. For fragments that are drawn anew every second."""

from __future__ import annotations

import streamlit as st

from core.jobs.watch import look
from core.workspace import queue
from pages.shared.cached import workspace
from pages.shared.messages import duration, plain


def bar(job: queue.Job, what: str = "") -> None:
    """Draw how far the job is; `what` comes before its stage."""
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
