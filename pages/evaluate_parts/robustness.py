"""How often it is right on damaged pictures: nothing measured yet, under way, measured, and what was found."""

from __future__ import annotations

import time

import streamlit as st

from core.errors import NotFoundError
from core.evaluate.conditions import CORRUPTION
from core.evaluate.robustness import Robustness, result_file
from core.jobs.robustness import KIND
from core.workspace import queue
from pages.evaluate_parts import (
    robustness_ask,
    robustness_classes,
    robustness_curves,
    robustness_grid,
    robustness_heat,
)
from pages.evaluate_parts.asked import Answered, Asked
from pages.shared import cached, job_progress, state
from pages.shared.cached import workspace
from pages.shared.messages import count, percent, percent_with_interval, plain, show_error

LOOK_AGAIN_SECONDS = 10.0


def show(answered: Answered) -> None:
    """What is known, and a way to know more."""
    asked = answered.asked
    job = _newest_job(asked)
    made_at = _made_at(asked)
    running = job is not None and not job.ended
    if job and running:
        _watch(job.id, asked, made_at, time.monotonic())
    elif job and job.status in (queue.FAILED, queue.INTERRUPTED):
        st.warning(plain(f"The measurement did not succeed. {job.cause}"), icon=":material/info:")
    elif job and job.status == queue.STOPPED:
        st.caption("The measurement was cancelled. What was found by then is kept.")
    if made_at is not None:
        try:
            found, table = cached.robustness(asked.run.id, asked.reference, asked.split, made_at)
        except NotFoundError as error:
            show_error(error)
            made_at = None
    if made_at is not None:
        _sentence(found, running)
        robustness_grid.show(answered, found, table, made_at)
        robustness_heat.show(answered, found, table)
        robustness_curves.show(answered, found)
        robustness_classes.show(answered, found, table)
    if running:
        return
    if made_at is None:
        st.write(
            "How often is it right on pictures that are noisy, blurred, snowed on, badly compressed, turned, or changed to "
            "mislead it? Fifteen kinds of damage at five severities, on images drawn from these."
        )
        robustness_ask.show(asked)
    else:
        with st.expander("Measure again"):
            robustness_ask.show(asked)


def _sentence(found: Robustness, running: bool) -> None:
    clean, mean_error = found.clean, found.mean_error
    right = percent_with_interval(clean.accuracy, clean.accuracy_ci95)
    if mean_error is None:
        st.subheader(f"Of {count(clean.n, 'clean images')} it names {right} right.", anchor=False)
    else:
        kinds = len({point.name for point in found.of(CORRUPTION)})
        st.subheader(
            f"On damaged pictures it is wrong {_with_interval(mean_error, found.mean_error_ci95)} of the time, on the same {count(clean.n, 'clean ones')} "
            f"{percent(1 - clean.accuracy)}.",
            anchor=False,
        )
        said = f"Clean: {right} right. Damaged: the plain mean error of {kinds} kinds of damage, each severity counting the same."
        st.caption(said)
    if not found.complete and not running:
        st.caption("Not all that was asked for was measured.")
    if found.note:
        st.caption(plain(found.note))


def _with_interval(share: float, interval: tuple[float, float] | None) -> str:
    return percent_with_interval(share, interval) if interval else percent(share)


@st.fragment(run_every=1.0)
def _watch(job_id: str, asked: Asked, made_at: int | None, drawn_at: float) -> None:
    job = queue.get(workspace(), job_id)
    news = _made_at(asked) != made_at and time.monotonic() - drawn_at > LOOK_AGAIN_SECONDS
    if job.ended or news:
        st.rerun()
    job_progress.bar(job)
    job_progress.cancel_button(job)


def _made_at(asked: Asked) -> int | None:
    path = result_file(workspace(), asked.run, asked.reference, asked.split)
    return path.stat().st_mtime_ns if path.exists() else None


def _newest_job(asked: Asked) -> queue.Job | None:
    wanted = {"run": asked.run.id, "dataset": asked.reference, "split": asked.split}
    jobs = queue.list_jobs(workspace(), kind=KIND)
    found = next((job for job in jobs if wanted.items() <= job.payload.items()), None)
    if found and found.ended:
        state.forget(robustness_ask.once_name(asked))  # the next start is another job
    return found
