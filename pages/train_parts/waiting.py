"""What runs and what waits, in its order; each can be stopped, and what waits can go earlier or later."""

from __future__ import annotations

import contextlib

import streamlit as st

from core.errors import InputError
from core.jobs.watch import look
from core.workspace import queue
from core.workspace.queue import Job
from pages.shared import job_progress, state
from pages.shared.cached import workspace
from pages.shared.messages import duration, plain
from pages.shared.strip import WORDS
from pages.train_parts.run_parts import BADGES, CALM_CSS, STOPPING, status_of

MOST = 6  # that are shown before somebody asks for all
# place, icon, words for screen readers
MOVES = (
    ("first", ":material/vertical_align_top:", "Move to the front"),
    ("up", ":material/arrow_upward:", "Move up"),
    ("down", ":material/arrow_downward:", "Move down"),
)
# The arrows' words are for screen readers.
CSS = """<style>
[class*="st-key-move_"] [data-testid="stMarkdownContainer"] { position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); }
[class*="st-key-buttons_"] { flex-wrap: nowrap; flex-shrink: 0; }
</style>"""


@st.fragment(run_every=2.0)
def show(run_id: str | None) -> None:
    """Draw the queue in its order; nothing where it is empty. The run in hand is there only while it waits."""
    running = queue.list_jobs(workspace(), statuses=(queue.RUNNING,))
    lanes = [queue.waiting(workspace(), lane) for lane in (queue.HEAVY, queue.LIGHT)]
    jobs = [*reversed(running), *lanes[0], *lanes[1]]
    if not any(_is_shown(job, run_id) for job in jobs):
        return
    st.html(CALM_CSS + CSS)
    st.subheader("Queue", anchor=False)
    ends = {lane[0].id: "first" for lane in lanes if lane}, {lane[-1].id: "last" for lane in lanes if lane}
    shown = [(place, job) for place, job in enumerate(jobs, 1) if _is_shown(job, run_id)]
    is_long = len(shown) > MOST + 1
    for place, job in shown if not is_long or state.get("whole_queue", False) else shown[:MOST]:
        _draw(place, job, job.id == run_id, job.id in ends[0], job.id in ends[1])
    if is_long:
        is_whole = state.get("whole_queue", False)
        if st.button("Show the first only" if is_whole else f"Show all {len(shown):,}", key="queue_length"):
            state.put("whole_queue", not is_whole)
            st.rerun(scope="fragment")


def _is_shown(job: Job, run_id: str | None) -> bool:
    return job.id != run_id or job.status == queue.QUEUED


def _draw(place: int, job: Job, in_hand: bool, is_first: bool, is_last: bool) -> None:
    status = status_of(job)
    icon, colour = BADGES[status]
    with (
        st.container(border=True, key=f"job_{job.id}"),
        st.container(horizontal=True, vertical_alignment="center", gap="small"),
    ):
        st.badge(status.capitalize(), icon=icon, color=colour)
        st.markdown(f"{place}. {_in_words(job, in_hand)}", width="stretch")
        key = f"buttons_{job.id}"
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key=key):
            _draw_buttons(job, status, in_hand, is_first, is_last)


def _draw_buttons(job: Job, status: str, in_hand: bool, is_first: bool, is_last: bool) -> None:
    if status == queue.QUEUED and not (is_first and is_last):
        _draw_moves(job, is_first, is_last)
    if in_hand:  # its panel has the rest
        return
    if job.kind == "train" and st.button("Open", key=f"open_{job.id}"):
        state.set_parameter("run", job.id)
        st.rerun()
    if st.button("Stop", key=f"stop_{job.id}", icon=":material/stop:", disabled=status == STOPPING):
        queue.request_stop(workspace(), job.id)
        st.rerun()


def _in_words(job: Job, in_hand: bool) -> str:
    words = f"{WORDS.get(job.kind, job.kind)} **{plain(job_progress.name_of(job))}**"
    if in_hand:
        return f"{words}, this run"
    if job.status == queue.QUEUED:
        return words
    view = look(workspace(), job)
    left = f" · {duration(view.seconds_left)} left" if view.seconds_left is not None else ""
    return f"{words} · {plain(view.stage)}{left}"


def _draw_moves(job: Job, is_first: bool, is_last: bool) -> None:
    for to, icon, words in MOVES:
        is_there = is_last if to == "down" else is_first
        if st.button(words, key=f"move_{to}_{job.id}", icon=icon, type="tertiary", help=words, disabled=is_there):
            with contextlib.suppress(InputError):  # it has begun meanwhile, as the page shows next
                queue.move(workspace(), job.id, to)
            st.rerun(scope="fragment")
