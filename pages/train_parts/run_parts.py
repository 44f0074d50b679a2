"""What a running and an ended run have in common: title with its status, figures, curves, log."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from core.errors import NotFoundError
from core.jobs.watch import course, log_tail, told
from core.train.presets import PRESETS
from core.train.runs import Run
from core.workspace import queue
from core.workspace.queue import Job
from pages.shared import links, state
from pages.shared.cached import workspace
from pages.shared.messages import plain
from pages.train_parts import curves, last_layer

STOPPING = "stopping"
LINES_SHOWN = 14
BADGES = {
    queue.QUEUED: (":material/hourglass_top:", "gray"),
    queue.RUNNING: (":material/play_circle:", "primary"),
    STOPPING: (":material/stop_circle:", "gray"),
    queue.DONE: (":material/check_circle:", "green"),
    queue.FAILED: (":material/error:", "red"),
    queue.STOPPED: (":material/stop_circle:", "gray"),
    queue.INTERRUPTED: (":material/power_off:", "orange"),
}
# What is drawn anew every second is never faded out meanwhile.
CALM_CSS = "<style>[data-stale='true'] { opacity: 1 !important; }</style>"
FIGURES_CSS = """<style>
.figures { display: flex; flex-wrap: wrap; gap: 6px 36px; margin: 0 !important; padding: 0 !important; }
.figures div { min-width: 0; } .figures dt { font-size: 13px; opacity: .75; font-weight: 400; }
.figures dd { margin: 0; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.35; }
.figures small { font-size: 13px; font-weight: 400; opacity: .75; }
</style>"""


def status_of(job: Job) -> str:
    """The job's status, or "stopping" where it was asked to stop and has not yet."""
    if job.status == queue.RUNNING and queue.stop_requested(workspace(), job):
        return STOPPING
    return job.status


def job_of(run: Run) -> Job | None:
    """The run's job; None if nothing is known of it."""
    try:
        return queue.get(workspace(), run.id)
    except NotFoundError:
        return None


def title(run: Run, status: str, since: str) -> None:
    """Name, status, data and recipe of a run."""
    icon, colour = BADGES[status]
    recipe = PRESETS[run.config.preset].title if run.config.preset in PRESETS else "own settings"
    with st.container(gap="small"):
        st.subheader(plain(run.title), anchor=False)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(status.capitalize(), icon=icon, color=colour)
            st.caption(f"{plain(run.dataset)} · {recipe} · {since}", width="content")
            if run.sweep:
                st.page_link(
                    links.page("train"),
                    label="Its sweep",
                    icon=":material/grid_view:",
                    query_params={"sweep": run.sweep},
                    width="content",
                )


def new_training() -> None:
    """The way from a run back to the form."""
    if st.button("New training", icon=":material/add:", key="new_training"):
        state.set_here("run", None)
        st.rerun()


def figures(figures: Sequence[tuple[str, str, str]]) -> None:
    """(label, value, what more) each, as a quiet row."""
    parts = (
        f"<div><dt>{html.escape(label)}</dt><dd>{html.escape(value)} <small>{html.escape(more)}</small></dd></div>"
        for label, value, more in figures
    )
    st.html(f'{FIGURES_CSS}<dl class="figures">{"".join(parts)}</dl>')


def draw_curves(run: Run, job: Job | None, epochs: list[dict], places: int, moment: dict | None, key: str) -> None:
    """Loss and accuracy of a run; nothing where they are no curve."""
    named = last_layer.names(run.config)
    if named and len(named) == 1:
        return  # a single strength is no curve
    within = course(workspace(), job) if job and not named and places <= curves.FEW_EPOCHS else []
    curves.draw(epochs, places, None if named else moment, key, named, within)


def log(run: Run, job: Job, expanded: bool) -> None:
    """What the job did, and what it printed, on demand."""
    log = st.expander("Log", icon=":material/notes:", key=f"log_{expanded}", expanded=expanded, on_change="rerun")
    if not log.open:
        return
    with log:
        lines = told(workspace(), job, run.figures.get("history", ()))
        if lines:
            st.code(
                "\n".join(lines), language=None, wrap_lines=True, height=320 if len(lines) > LINES_SHOWN else "content"
            )
        else:
            st.caption("It has not said anything.")
        if (printed := log_tail(workspace(), job)) and st.toggle(
            "All that the process printed", expanded, key="printed"
        ):
            st.code(printed, language=None, wrap_lines=True, height=320)
