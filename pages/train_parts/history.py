"""The table that compares runs; a row opens its run."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.train.presets import PRESETS
from core.train.runs import Run, list_runs
from core.workspace import queue
from pages.shared import state
from pages.shared.cached import workspace
from pages.shared.messages import duration, percent_with_interval

ROWS_SHOWN = 12


def show(run_id: str | None) -> None:
    """Draw all runs, newest first. `run_id` is the one in hand."""
    runs = list_runs(workspace())
    if not runs:
        return
    st.subheader("History", anchor=False)
    st.caption("Choose a row to open its run; click a column's head to sort.")
    statuses = {job.id: job.status for job in queue.list_jobs(workspace(), kind="train")}
    table = pd.DataFrame([_row(run, statuses.get(run.id, "")) for run in runs])
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"history_{run_id}",
        placeholder="–",
        height=37 + 35 * min(len(runs), ROWS_SHOWN),
        column_config={
            "Validation": st.column_config.NumberColumn("Validation accuracy", format="%.1f %%"),
            "Test": st.column_config.TextColumn("Test accuracy", help="With its 95 % interval."),
            "Images/s": st.column_config.NumberColumn(format="localized"),
            "Age": st.column_config.DatetimeColumn(format="distance"),
        },
    )
    chosen = [runs[row].id for row in event.selection.rows]
    if chosen and chosen[0] != run_id:
        state.set_parameter("run", chosen[0])
        st.rerun()


def _row(run: Run, status: str) -> dict[str, object]:
    figures = run.figures
    interval = figures.get("test_interval")
    rate = figures.get("images_per_second")
    accuracy = figures.get("val_accuracy")
    return {
        "Name": run.title,
        "Status": status.capitalize() or "–",
        "Data": run.dataset,
        "Recipe": PRESETS[run.config.preset].title if run.config.preset in PRESETS else "Own",
        "Epochs": figures.get("epochs", run.config.epochs),
        "Validation": accuracy * 100 if accuracy is not None else None,
        "Test": percent_with_interval(figures["test_accuracy"], interval) if interval else None,
        "Images/s": round(rate) if rate else None,
        "Duration": duration(figures["seconds"]) if "seconds" in figures else None,
        "Age": pd.Timestamp(run.created_at, unit="s", tz="UTC"),
    }
