"""The newest runs as a table. A click anywhere on one leads to it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.jobs.watch import look
from core.train import more_data
from core.train.runs import Run
from core.workspace import queue
from pages.shared import links, state
from pages.shared.cached import val_interval, workspace
from pages.shared.messages import ago, percent, percent_with_interval, shortened

MOST = 12
DATA_LETTERS = 26  # as many as the column holds
COLUMNS = {
    "run": st.column_config.TextColumn("Run", width=170),
    "accuracy": st.column_config.TextColumn(
        "Validation accuracy",
        width=165,
        help="Share of the validation images it got right, with its widest 95 % interval: what to choose by. Test figures stand with each run alone.",
    ),
    "data": st.column_config.TextColumn("Data", width=200),
    "curve": st.column_config.LineChartColumn(
        "Its course",
        y_max=1,
        width=150,
        help="After each epoch, of a quick run at each strength, from its lowest to 100 %.",
    ),
    "status": st.column_config.TextColumn("Status", width="small"),
    "age": st.column_config.TextColumn("Started", width=120),
}


def show(runs: list[Run]) -> None:
    """Draw the newest of `runs`; those of learning curves stand with the run whose curve it is."""
    jobs = {job.id: job for job in queue.list_jobs(workspace(), "train")}
    shown = (more_data.without_curves(workspace(), runs) or runs)[:MOST]
    table = pd.DataFrame([_row(run, jobs.get(run.id)) for run in shown], columns=list(COLUMNS))
    key = f"home_runs_{state.get('home_runs_drawn', 0)}"
    chosen = st.dataframe(
        table,
        column_config=COLUMNS,
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        alt="The newest runs with their data, accuracy, curve, status and age",
    )
    st.caption("Click a run to open it.")
    if len(runs) > len(shown):
        st.page_link(links.page("train"), label=f"All {len(runs):,} runs", icon=":material/arrow_forward:")
    if cells := chosen["selection"]["cells"]:
        state.put("home_runs_drawn", state.get("home_runs_drawn", 0) + 1)  # coming back, none is chosen
        run = shown[cells[0][0]]
        page = links.page("evaluate") if "test_accuracy" in run.figures else links.page("train")
        links.go(page, {"run": run.id})


def _row(run: Run, job: queue.Job | None) -> dict[str, Any]:
    return {
        "run": run.title,
        "accuracy": _accuracy(run),
        "data": shortened(run.dataset, DATA_LETTERS),
        "curve": _curve(run, job),
        "status": job.status if job else "–",
        "age": ago(run.created_at),
    }


def _accuracy(run: Run) -> str:
    interval, accuracy = val_interval(run), run.figures.get("val_accuracy")
    return percent_with_interval(accuracy, interval) if accuracy is not None and interval else percent(accuracy)


def _curve(run: Run, job: queue.Job | None) -> list[float]:
    epochs = run.figures.get("history")
    if epochs is None:
        said = look(workspace(), job).training if job else None
        epochs = said["history"] if said else []
    return [epoch["val_accuracy"] for epoch in epochs if epoch["val_accuracy"] is not None]
