"""The one click from nothing to a training."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import find
from core.errors import NotFoundError
from core.jobs import start as jobs
from core.train import runs
from core.train.presets import preset
from core.workspace import queue
from pages.shared import links, state
from pages.shared.cached import workspace

DATA = "mnist"
PRESET = "fast"
RUN_ID = "home_run"


def show() -> None:
    """Offer to train on handwritten digits, or to watch the training that is on its way."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(width="stretch"):
            st.markdown("**See it work first.** A network learns 70,000 handwritten digits on this machine.")
            st.caption("From here to a trained and evaluated model in about a minute. Nothing is downloaded.")
        on_its_way = run_on_its_way()
        if on_its_way:
            if st.button("Watch the training", type="primary"):
                links.go(links.page("train"), {"run": on_its_way})
        elif st.button("Train on handwritten digits", type="primary", icon=":material/play_arrow:"):
            links.go(links.page("train"), {"run": begin()})


def run_on_its_way() -> str | None:
    """The id of the run that an import in progress will begin, if there is one."""
    for job in queue.list_jobs(workspace(), "import", (queue.QUEUED, queue.RUNNING)):
        if wanted := job.payload.get("train"):
            return wanted["run"]
    return None


def begin() -> str:
    """Queue what leads to a trained model, and give back the run's id. A second click queues nothing more."""
    run_id = state.once(RUN_ID, lambda: runs.new_id(PRESET))
    try:
        dataset = find(workspace(), DATA)
    except NotFoundError:
        wanted = {"preset": PRESET, "run": run_id}
        jobs.start(workspace(), "import", f"import-{run_id}", source=DATA, title="MNIST", train=wanted)
    else:
        runs.create(workspace(), dataset, preset(PRESET).config, run_id)
        jobs.ensure_supervisor(workspace())
    state.forget(RUN_ID)
    return run_id
