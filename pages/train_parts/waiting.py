"""What runs and what waits, each with Stop."""

from __future__ import annotations

import streamlit as st

from core.jobs.watch import look
from core.workspace import queue
from core.workspace.queue import Job
from pages.shared import state
from pages.shared.cached import workspace
from pages.shared.messages import duration, plain
from pages.shared.strip import WORDS
from pages.train_parts.panel import BADGES, STOPPING, status_of


@st.fragment(run_every=2.0)
def show(run_id: str | None) -> None:
    """Draw the queue in its order, without the run in hand; nothing where it is empty."""
    jobs = queue.list_jobs(workspace(), statuses=(queue.QUEUED, queue.RUNNING))
    jobs = [job for job in reversed(jobs) if job.id != run_id]
    if not jobs:
        return
    st.subheader("Queue", anchor=False)
    jobs.sort(key=lambda job: job.status == queue.QUEUED)
    for place, job in enumerate(jobs, 1):
        _draw(place, job)


def _draw(place: int, job: Job) -> None:
    status = status_of(job)
    icon, colour = BADGES[status]
    view = look(workspace(), job)
    left = f" · {duration(view.seconds_left)} left" if view.seconds_left is not None else ""
    name = job.payload.get("title") or job.payload.get("name") or job.payload.get("source_name") or job.id
    with st.container(border=True, key=f"job_{job.id}"), st.container(horizontal=True, vertical_alignment="center"):
        st.badge(status.capitalize(), icon=icon, color=colour)
        words = f"{WORDS.get(job.kind, job.kind)} **{plain(str(name))}**"
        st.markdown(f"{place}. {words} · {plain(view.stage)}{left}" if status != queue.QUEUED else f"{place}. {words}")
        if job.kind == "train" and st.button("Open", key=f"open_{job.id}"):
            state.set_parameter("run", job.id)
            st.rerun()
        if st.button("Stop", key=f"stop_{job.id}", icon=":material/stop:", disabled=status == STOPPING):
            queue.request_stop(workspace(), job.id)
            st.rerun()
