"""The top of every page: title, one line that says what it is for, the thing in hand."""

from __future__ import annotations

import time
from typing import NoReturn

import streamlit as st

from core.data.dataset import Dataset, find
from core.data.shelf import list_datasets, versions
from core.errors import NotFoundError
from core.jobs.watch import look
from core.train import more_data
from core.train.runs import Run, find_run, list_runs, lost
from core.workspace import queue
from pages.shared import links, state, telling
from pages.shared.cached import workspace
from pages.shared.messages import percent, plain, show_error

STATUS_WORDS = {
    queue.DONE: "ended without saving one",
    queue.FAILED: "failed",
    queue.STOPPED: "was stopped before there was anything to keep",
    queue.INTERRUPTED: "was interrupted",
}


def header(title: str, line: str) -> None:
    """Title and purpose of a page, and what was just done, once."""
    st.title(title, anchor=False)
    st.caption(line)
    telling.tell()


def choose_dataset() -> Dataset | None:
    """The data set and version in hand, from the address (`data`) or chosen here; None if there is none at all."""
    names = [dataset.name for dataset in list_datasets(workspace())]
    if not names:
        return None
    wanted = state.parameter("data")
    _tell_of_gone("data")
    try:
        present = find(workspace(), wanted) if wanted else find(workspace(), names[0])
    except NotFoundError as error:
        _take_instead("data", find(workspace(), names[0]).reference, error)
    place = st.container(horizontal=True, key="dataset_in_hand")
    name = place.selectbox(
        "Data set",
        names,
        index=names.index(present.name),
        key=f"data_{present.reference}",
        label_visibility="collapsed",
    )
    every = [version.version for version in reversed(versions(workspace(), name))]
    number = present.version if present.version in every and name == present.name else every[0]
    if len(every) > 1:
        number = place.selectbox(
            "Version",
            every,
            index=every.index(number),
            format_func=lambda v: f"version {v}",
            key=f"version_{present.reference}",
            label_visibility="collapsed",
            width=130,
        )
    chosen = find(workspace(), f"{name}@{number}")
    state.set_parameter("data", chosen.reference)
    if every[0] > number:
        _lead_to_newest(name, every[0])
    return chosen


def _take_instead(name: str, other: str, error: NotFoundError) -> NoReturn:
    """Take another data set or run in hand than the one in the address, in a new run of the page: what was clicked in this one was
    meant for what is gone.
    """
    state.put(f"{name}_gone", error)
    state.set_parameter(name, other)
    st.rerun()


def _tell_of_gone(name: str) -> None:
    if error := state.get(f"{name}_gone", None):
        state.forget(f"{name}_gone")
        show_error(error)


def _lead_to_newest(name: str, version: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="earlier_version"):
        st.caption(f":material/history: An earlier version: version {version} is newer.", width="content")
        if st.button(f"Go to version {version}", type="tertiary", key="go_to_newest"):
            state.set_parameter("data", f"{name}@{version}")
            st.rerun()


def dataset_in_hand() -> Dataset | None:
    """The data set and version that `choose_dataset` had last, without drawing the choice."""
    wanted = state.parameter("data")
    try:
        return find(workspace(), wanted) if wanted else None
    except NotFoundError:
        return None


def choose_run(with_model: bool = True) -> Run | None:
    """The run in hand, from the address (`run`) or chosen here; None if there is none at all.

    Args:
        with_model: Offer only runs that have a model, beside the one in the address. Where no run has one,
            the newest comes back; `tell_without_model` says why it has none.
    """
    everything = list_runs(workspace())
    if not everything:
        return None
    useful = [run for run in everything if not with_model or "test_accuracy" in run.figures]
    present = (more_data.models(workspace(), useful) or useful or everything)[0]
    _tell_of_gone("run")
    if wanted := state.parameter("run"):
        try:
            present = find_run(workspace(), wanted)
        except NotFoundError as error:
            _take_instead("run", present.id, error)
    by_id = {run.id: run for run in everything if run in useful or run.id == present.id}
    ids = list(by_id)
    chosen = st.selectbox(
        "Run", ids, index=ids.index(present.id), format_func=lambda i: run_line(by_id[i]), key=f"run_{present.id}"
    )
    state.set_parameter("run", chosen)
    return by_id[chosen]


@st.fragment(run_every=2.0)
def tell_without_model(run: Run) -> None:
    """Say why `run` has no model (yet), and lead to its training. Draws the page anew once it has one."""
    run = find_run(workspace(), run.id)
    if said := lost(workspace(), run):
        st.warning(plain(said), icon=":material/warning:")
        return
    if "test_accuracy" in run.figures:
        st.rerun()
    try:
        job = queue.get(workspace(), run.id)
    except NotFoundError:
        st.info("This run has no model and its training is not known any more. Take another run.")
        return
    if job.status == queue.QUEUED:
        st.info("Its training waits in the queue. It can be used as soon as that has ended.")
    elif job.status == queue.RUNNING:
        view = look(workspace(), job)
        st.info(
            plain(
                f"Still training: {view.stage[:1].lower()}{view.stage[1:]}. It can be used as soon as that has ended."
            )
        )
    else:
        st.warning(plain(f"This training {STATUS_WORDS[job.status]}, so there is no model. {job.cause}".strip()))
    st.page_link(
        links.page("train"), label="Open its training", icon=":material/model_training:", query_params={"run": run.id}
    )


def run_line(run: Run) -> str:
    """A run in one line of plain text, with the figure by which runs are chosen.

    It names the moment and not how long ago that is: a choice whose words change while it is shown lets go of what is
    chosen (Streamlit keeps the words).
    """
    accuracy = percent(run.figures.get("val_accuracy"))
    moment = time.strftime("%d %b %H:%M", time.localtime(run.created_at))
    begun = "" if moment in run.title else f" · {moment}"
    return f"{run.title} · {run.dataset} · validation {accuracy}{begun}"
