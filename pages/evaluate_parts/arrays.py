"""Answers as arrays, of the images in hand and of the run's validation split, with the temperature that is in use."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.evaluate import calibrated, validated
from core.evaluate.answers import Answers
from core.evaluate.evaluation import evaluation_folder
from core.jobs import calibrating
from core.train.runs import Run
from core.workspace import queue
from pages.evaluate_parts.asked import Answered
from pages.shared import cached, job_progress
from pages.shared.cached import workspace
from pages.shared.messages import plain


def in_hand(answered: Answered, temperature: float) -> Answers:
    """What the run answered to the images in hand, in the order of `answered.table`. Shared: do not change it."""
    return cached.calibrated_answers(*place(answered), temperature)


def calibrated_by(answered: Answered, temperature: float) -> Answered:
    """The same with the probabilities that this temperature gives, on tiles and in the large view."""
    sure = in_hand(answered, temperature).probabilities.max(1)
    return replace(answered, table=answered.table.assign(probability=sure), temperature=temperature)


def place(answered: Answered) -> tuple[str, str, str, float]:
    """What tells this evaluation from all others: run, reference, split, when it was made."""
    asked = answered.asked
    return asked.run.id, asked.reference, asked.split, _made_at(asked.run, asked.reference, asked.split)


def of_validation(run: Run, temperature: float) -> Answers | None:
    """What the run answered to its own validation images; None if that is not kept. Shared: do not change it."""
    try:
        made_at = _made_at(run, run.dataset, calibrated.SPLIT)
    except FileNotFoundError:
        return None
    return cached.calibrated_answers(run.id, run.dataset, calibrated.SPLIT, made_at, temperature)


def answer_validation(run: Run) -> None:
    """Have the validation images answered and the temperature fitted, as every training does at its end, and show how far that is;
    or why it cannot be.
    """
    if why_not := validated.hindrance(workspace(), run):
        st.info(plain(why_not), icon=":material/info:")
        return
    job = calibrating.find_job(workspace(), run)
    if job is None or job.status == queue.DONE:  # of an earlier Fovea, or what was kept is gone since
        job = calibrating.begin(workspace(), run)
    if not job.ended:
        st.write("Decisions and the temperature are chosen on the run's validation images, which it answers now.")
        _watch(job.id)
        return
    if job.status == queue.STOPPED:
        st.caption("Answering the validation images was cancelled.")
    else:
        st.warning(plain(f"The validation images could not be answered. {job.cause}"), icon=":material/info:")
    st.button(
        "Try again", icon=":material/tune:", key=f"fit_{run.id}", on_click=calibrating.begin, args=(workspace(), run)
    )


@st.fragment(run_every=1.0)
def _watch(job_id: str) -> None:
    job = queue.get(workspace(), job_id)
    if job.ended:
        st.rerun()
    job_progress.bar(job)
    job_progress.cancel_button(job)


def _made_at(run: Run, reference: str, split: str) -> float:
    return (evaluation_folder(workspace(), run, reference, split) / "metrics.json").stat().st_mtime
