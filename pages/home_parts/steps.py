"""Data, Train, Evaluate, Try it: what is there now, and one button each."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.data.dataset import Dataset
from core.evaluate.untested import no_image_of
from core.train import more_data
from core.train.runs import Run
from core.workspace import queue
from pages.shared import links, recorded
from pages.shared.cached import accuracy_doubt, workspace
from pages.shared.messages import count, percent_with_interval, plain


@dataclass(frozen=True)
class Step:
    """One card.

    Args:
        title, icon: What it is called.
        now: What is there, as Markdown.
        button: What its button says.
        page: Where the button leads.
        parameters: The address's parameters there.
        ready: Whether there is something to do it with.
    """

    title: str
    icon: str
    now: str
    button: str
    page: str
    parameters: dict[str, str]
    ready: bool = True


def show(datasets: list[Dataset], runs: list[Run]) -> None:
    """Draw the four cards; the next step's button is the strong one, once there is a run or data."""
    newest = next(iter(more_data.models(workspace(), runs)), None)
    steps = [_data(datasets), _train(datasets, runs), _evaluate(newest), _try(newest)]
    next_step = "Try it" if newest else "Train" if datasets and runs else ""
    with st.grid(4, min_column_width=190, row_height="content"):
        for number, step in enumerate(steps, 1):
            _card(number, step, strong=step.title == next_step)


def _card(number: int, step: Step, strong: bool) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"{step.icon} **{number} · {step.title}**")
        with st.container(height="stretch"):
            st.markdown(step.now)
        kind = "primary" if strong else "secondary"
        if st.button(step.button, key=f"step_{step.title}", type=kind, width="stretch", disabled=not step.ready):
            links.go(step.page, step.parameters)


def _data(datasets: list[Dataset]) -> Step:
    page, icon = links.page("explore"), ":material/photo_library:"
    images = sum(dataset.images for dataset in datasets)
    now = f"{count(len(datasets), 'data sets', 'data set')} with {count(images, 'images', 'image')}."
    token, waiting = recorded.unsaved()
    if waiting:
        told = recorded.told(waiting)
        now = f"{now} **{told}**" if datasets else f"**{told}**"
        return Step("Data", icon, now, "Go on with them", page, {"collect": token})
    if not datasets:
        now = "No images yet. Bring a folder or a zip of class folders, record with a webcam, or take a known set."
        return Step("Data", icon, now, "Add your images", page, {"add": "own"})
    newest = max(datasets, key=lambda dataset: dataset.created_at)
    return Step("Data", icon, now, "Look at them", page, {"data": newest.reference})


def _train(datasets: list[Dataset], runs: list[Run]) -> Step:
    active = queue.list_jobs(workspace(), "train", (queue.QUEUED, queue.RUNNING))
    page, icon = links.page("train"), ":material/model_training:"
    if active:
        waiting = sum(job.status == queue.QUEUED for job in active)
        going = len(active) - waiting
        parts = [f"{going} training now" if going else "", f"{waiting} waiting" if waiting else ""]
        return Step("Train", icon, ", ".join(filter(None, parts)) + ".", "Watch it", page, {"run": active[-1].id})
    if not datasets:
        return Step("Train", icon, "Needs data first. A recipe and one click begin it.", "Train", page, {}, ready=False)
    newest = max(datasets, key=lambda dataset: dataset.created_at)
    now = f"{count(len(runs), 'runs', 'run')} so far." if runs else "Nothing trained yet. Choose a recipe and start."
    return Step("Train", icon, now, "Train a model", page, {"data": newest.reference})


def _evaluate(newest: Run | None) -> Step:
    page, icon = links.page("evaluate"), ":material/query_stats:"
    if newest is None:
        now = "How good is it, how sure are we, where does it fail? Comes after a training."
        return Step("Evaluate", icon, now, "Evaluate", page, {}, ready=False)
    figures = newest.figures
    right = percent_with_interval(figures["test_accuracy"], figures["test_interval"])
    doubt, lacks = accuracy_doubt(newest), no_image_of(figures.get("untested", []))
    but = (f", {plain(doubt)}" if doubt else "") + (f"; {plain(lacks)}" if lacks else "")
    now = f"The newest model gets **{right}** of its test images right{but}."
    return Step("Evaluate", icon, now, "See where it fails", page, {"run": newest.id})


def _try(newest: Run | None) -> Step:
    page, icon = links.page("classify"), ":material/photo_camera:"
    if newest is None:
        return Step(
            "Try it", icon, "Upload a picture or use the camera, once a model is there.", "Try it", page, {}, False
        )
    now = f"Show “{plain(newest.title)}” a picture of your own."
    return Step("Try it", icon, now, "Try it", page, {"run": newest.id})
