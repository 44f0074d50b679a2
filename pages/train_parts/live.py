"""A run that waits or goes on: how far it is, and Stop."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFoundError
from core.jobs.watch import View, history, look
from core.train import runs
from core.train.moments import STRENGTH, most
from core.train.runs import Run
from core.workspace import queue
from core.workspace.queue import Job
from pages.shared import job_progress
from pages.shared.cached import devices, workspace
from pages.shared.messages import count, duration, memory_used, percent, plain
from pages.train_parts import last_layer, run_parts
from pages.train_parts.run_parts import CALM_CSS, STOPPING, status_of


@st.fragment(run_every=1.0)
def show(run_id: str) -> None:
    """Draw a run that waits or goes on, anew every second."""
    try:
        run = runs.find_run(workspace(), run_id)
        job = run_parts.job_of(run)
    except NotFoundError:  # somebody deleted it
        st.rerun()
    if job is None or job.ended:
        st.rerun()
    st.html(CALM_CSS)
    job_progress.drawn(job.id)
    view = look(workspace(), job)
    status = status_of(job)
    since = f"{'waiting' if job.started_at is None else 'running'} for {duration(job.seconds)}"
    with st.container(horizontal=True, vertical_alignment="center", key="live_head"):
        run_parts.title(run, status, since)
        if st.button("Stop", icon=":material/stop:", key="stop", disabled=status == STOPPING):
            queue.request_stop(workspace(), run_id)
            st.rerun()
        run_parts.new_training()
    _progress(run, view, status)
    if view.training or status == queue.RUNNING:
        _live_figures(run, view)
    epochs = history(workspace(), view)
    if epochs or view.training:
        moment = view.training if view.is_learning else None
        run_parts.draw_curves(run, job, epochs, run.config.epochs or 1, moment, "live")
    run_parts.log(run, job, expanded=False)


def _progress(run: Run, view: View, status: str) -> None:
    if status == queue.QUEUED:
        ahead = _ahead_of(view.job)
        words = "It starts next." if not ahead else f"{count(ahead, 'trainings', 'training')} before it."
        st.info(f"Waiting in the queue. {words}", icon=":material/hourglass_top:")
        return
    if status == STOPPING:
        kept = (
            "what is embedded is kept"
            if run.config.trainable == "head" and not view.training
            else "the best weights are kept, and what there is gets evaluated"
        )
        st.info(f"Stopping: {kept}.", icon=":material/stop_circle:")
    moment = view.training
    named = last_layer.names(run.config)
    if moment and named and view.is_learning:
        at = f"{last_layer.place(named, moment['epoch'])}, {moment['epoch']} of {most(len(named), STRENGTH)}"
        st.progress(_share(view.fraction), f"Learning the last layer: {at}")
    elif moment and view.is_learning:
        left = f" · {duration(view.seconds_left)} left" if view.seconds_left is not None else ""
        st.progress(_share(view.fraction), f"Whole run: {percent(view.fraction, 0)}{left}")
        steps = f"{moment['step']:,} of {moment['steps']:,} steps"
        st.progress(_share(view.unit_fraction), f"{view.stage}: {steps}")
    else:
        left = f" · {duration(view.seconds_left)} left" if view.seconds_left else ""
        st.progress(_share(view.unit_fraction), f"{plain(view.stage)}{left}")


def _share(fraction: float | None) -> float:
    return min(max(fraction or 0.0, 0.0), 1.0)


def _ahead_of(job: Job) -> int:
    running = [other for other in queue.list_jobs(workspace(), statuses=(queue.RUNNING,)) if other.lane == job.lane]
    waiting = queue.waiting(workspace(), job.lane)
    return len(running) + sum(other.turn < job.turn for other in waiting)


def _live_figures(run: Run, view: View) -> None:
    moment = view.training or {}
    rate = view.per_second
    unit = "strength" if last_layer.names(run.config) else "epoch"
    machine = devices()
    memory = machine["cpu"]
    figures = [
        ("Images a second", count(round(rate)) if rate else "–", ""),
        ("Time left", duration(view.seconds_left), ""),
        ("Memory of the machine", memory_used(memory["memory_used_mb"], memory["memory_mb"]), ""),
    ]
    figures += [
        (f"Memory of GPU {gpu['index']}", memory_used(gpu["memory_used_mb"], gpu["memory_mb"]), "")
        for gpu in machine["gpus"]
        if gpu["memory_mb"]
    ]
    if moment.get("accuracy") is not None:
        figures.append(("Train accuracy", percent(moment["accuracy"]), f"this {unit}"))
    if moment.get("history"):
        figures.append(("Validation accuracy", percent(moment["history"][-1]["val_accuracy"]), f"last {unit}"))
    run_parts.figures(figures)
