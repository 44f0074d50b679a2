"""Home: what can I do, what is going on?"""

from __future__ import annotations

import streamlit as st

from core.data.shelf import list_datasets
from core.train.runs import list_runs
from core.workspace import queue
from pages.home_parts import machine, runs, start, steps
from pages.shared import frame
from pages.shared.cached import workspace

MOVING_SECONDS, STILL_SECONDS = 2.0, 10.0

frame.header("Home", "Teach a computer to tell images apart, and see how far to trust it.")

going_on = bool(queue.list_jobs(workspace(), statuses=(queue.QUEUED, queue.RUNNING)))


@st.fragment(run_every=MOVING_SECONDS if going_on else STILL_SECONDS)
def overview() -> None:
    """Steps and runs; drawn anew by itself, often while something runs."""
    datasets, trained = list_datasets(workspace()), list_runs(workspace())
    if not trained:
        start.show()
    steps.show(datasets, trained)
    if trained:
        st.subheader("Runs", anchor=False)
        runs.show(trained)


overview()
st.subheader("This machine", anchor=False)
machine.show()
