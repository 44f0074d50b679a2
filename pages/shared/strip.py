"""The thin strip on every page: what runs anywhere, how far it is, and a way there."""

from __future__ import annotations

import streamlit as st

from core.jobs.watch import View, look
from core.workspace import queue, room
from pages.shared import job_progress, links
from pages.shared.cached import workspace
from pages.shared.messages import NO_BREAK, duration, plain, size

WORDS = {
    "train": "Training",
    "import": "Import",
    "collect": "Adding",
    "evaluate": "Evaluation",
    "calibrate": "Calibration",
    "robustness": "Robustness",
    "export_data": "Export",
    "embed": "Map of",
    "find_rate": "Looking for",
}
MOST = 3
EVERY_SECONDS = 2.0


def show(page: str) -> None:
    """Draw a line for each job, those that run first; nothing where nothing runs. A page shows its own job itself.

    Args:
        page: The page that it is drawn on. Each has a strip of its own, which ends with it (`navigation`).
    """

    def strip() -> None:
        _lines()

    strip.__qualname__ = f"strip on {page}"  # what Streamlit tells fragments apart by
    st.fragment(strip, run_every=EVERY_SECONDS)()


def _lines() -> None:
    free = room.little_left(workspace())
    if free is not None:
        text = f"The disk of the workspace is full: {size(free)} are free. {room.CURE}"
        st.warning(plain(text), icon=":material/hard_disk:")
    running = queue.list_jobs(workspace(), statuses=(queue.RUNNING, queue.QUEUED))
    running = sorted(
        (job for job in running if not job_progress.is_drawn(job.id)), key=lambda job: job.status == queue.QUEUED
    )
    for job in running[:MOST]:
        _line(look(workspace(), job))
    if len(running) > MOST:
        st.caption(f"and {len(running) - MOST} more")


def _line(view: View) -> None:
    job = view.job
    left = f"{duration(view.seconds_left)} left".replace(" ", NO_BREAK) if view.seconds_left is not None else ""
    text = f"{WORDS.get(job.kind, job.kind)} {plain(job_progress.name_of(job))} · {' · '.join(filter(None, (view.stage, left)))}"
    line = st.container(horizontal=True, vertical_alignment="center")
    line.progress(min(max(view.fraction or 0.0, 0.0), 1.0), text)
    if job.kind == "train":
        line.page_link(links.page("train"), label="Open", query_params={"run": job.id})
    elif job.kind == "robustness":
        query = {"run": job.payload["run"], "data": job.payload["dataset"], "split": job.payload["split"]}
        line.page_link(links.page("evaluate"), label="Open", query_params={**query, "tab": "Robustness"})
    elif job.kind in ("import", "collect"):
        line.page_link(links.page("explore"), label="Open", query_params={"import": job.id})
    elif job.kind == "find_rate":
        line.page_link(links.page("train"), label="Open", query_params={"data": job.payload["dataset"], "rate": job.id})
    elif job.kind == "embed":
        line.page_link(links.page("explore"), label="Open", query_params={"data": job.payload["dataset"]})
