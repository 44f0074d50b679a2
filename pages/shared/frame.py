"""The top of every page: title, one line that says what it is for, the thing in hand."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset, find
from core.data.shelf import list_datasets, versions
from core.errors import NotFoundError
from core.train.runs import Run, find_run, list_runs
from pages.shared import state
from pages.shared.cached import workspace
from pages.shared.messages import ago, percent, plain, show_error


def header(title: str, line: str) -> None:
    """Title and purpose of a page."""
    st.title(title, anchor=False)
    st.caption(line)


def choose_dataset() -> Dataset | None:
    """The data set and version in hand, from the address (`data`) or chosen here; None if there is none at all."""
    names = [dataset.name for dataset in list_datasets(workspace())]
    if not names:
        return None
    wanted = state.parameter("data")
    try:
        present = find(workspace(), wanted) if wanted else find(workspace(), names[0])
    except NotFoundError as error:
        show_error(error)
        present = find(workspace(), names[0])
    columns = st.columns([3, 2, 5])
    name = columns[0].selectbox("Data set", names, index=names.index(present.name), key=f"data_{present.reference}")
    every = [version.version for version in reversed(versions(workspace(), name))]
    number = present.version if present.version in every and name == present.name else every[0]
    if len(every) > 1:
        number = columns[1].selectbox(
            "Version", every, index=every.index(number), format_func=lambda v: f"version {v}", key=f"version_{name}"
        )
    chosen = find(workspace(), f"{name}@{number}")
    state.set_parameter("data", chosen.reference)
    return chosen


def choose_run(with_model: bool = True) -> Run | None:
    """The run in hand, from the address (`run`) or chosen here; None if there is none (with a model)."""
    runs = [run for run in list_runs(workspace()) if not with_model or "test_accuracy" in run.figures]
    if not runs:
        return None
    wanted = state.parameter("run")
    present = runs[0]
    if wanted:
        try:
            found = find_run(workspace(), wanted)
            present = next((run for run in runs if run.id == found.id), runs[0])
            if present.id != found.id:
                st.info(plain(f"{found.title} has no model yet; this is {present.title}."))
        except NotFoundError as error:
            show_error(error)
    ids = [run.id for run in runs]
    by_id = {run.id: run for run in runs}
    chosen = st.selectbox(
        "Run", ids, index=ids.index(present.id), format_func=lambda i: run_line(by_id[i]), key=f"run_{present.id}"
    )
    state.set_parameter("run", chosen)
    return by_id[chosen]


def run_line(run: Run) -> str:
    """A run in one line of plain text."""
    accuracy = percent(run.figures.get("test_accuracy"), 2)
    return f"{run.title} · {run.dataset} · {accuracy} · {ago(run.created_at)}"
