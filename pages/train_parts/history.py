"""The table of all runs: a click on one opens it, ticks on several compare them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.errors import FoveaError
from core.evaluate.resolution import of_choice, to_choose_from
from core.train.presets import PRESETS
from core.train.runs import Run, list_runs
from core.workspace import queue
from pages.shared import cached, state
from pages.shared.cached import workspace
from pages.shared.messages import duration, plain
from pages.train_parts import compare

ROWS_SHOWN = 12
TICKED = "history_ticked"


def show(run_id: str | None) -> None:
    """Draw all runs, newest first. `run_id` is the one in hand."""
    runs = list_runs(workspace())
    if not runs:
        return
    compared = compare.ids()
    before = compared or state.get(TICKED, [])
    with st.container(horizontal=True, vertical_alignment="center", key="history_head"):
        st.subheader("History", anchor=False, width="content")
        button = st.container(width="content")
    # Between button and table: the table's own tools lie over what is right above it.
    st.caption(
        "Click a run to open it, tick several to compare them, click a column's head to sort. Choose by validation "
        "accuracy: a run chosen by its test figures would look better than it is, so they stand with each run alone."
    )
    if said := _what_choosing_tells(runs, run_id):
        st.caption(plain(said))
    opened, ticked = _table(runs, before, f"history_{run_id}_{bool(compared)}_{len(runs)}_{runs[0].id}")
    ticked = [one for one in before if one in ticked] + [one for one in ticked if one not in before]
    state.put(TICKED, ticked)
    if opened and opened != run_id:
        compare.begin([])
        state.set_parameter("run", opened)
        st.rerun()
    if compared and ticked != compared:
        compare.begin(ticked)
        st.rerun()
    if not compared and len(ticked) > 1:
        is_too_many = len(ticked) > compare.MOST
        words = f"{compare.MOST} runs at most" if is_too_many else f"Compare {len(ticked)} runs"
        if button.button(words, icon=":material/compare_arrows:", type="primary", disabled=is_too_many, key="compare"):
            compare.begin(ticked)
            st.rerun()


def _what_choosing_tells(runs: Sequence[Run], run_id: str | None) -> str | None:
    """How far validation images rank the runs that somebody chooses among; None if well enough."""
    if (asked := to_choose_from(runs, run_id)) is None:
        return None
    reference, best = asked
    try:
        groups = cached.validation_groups(reference)
    except FoveaError:  # it was deleted, or its own page says what is wrong with it
        return None
    return of_choice(best, groups, reference) if len(groups) else None


def _table(runs: Sequence[Run], ticked: Sequence[str], key: str) -> tuple[str | None, list[str]]:
    """Draw it. Gives back the run whose row was clicked, if one was, and those that are ticked."""
    statuses = {job.id: job.status for job in queue.list_jobs(workspace(), kind="train")}
    # Streamlit knows rows by their place, and a new run moves them all: then comes another key, which begins with these.
    places = state.once(f"{key}_began", lambda: [place for place, run in enumerate(runs) if run.id in ticked])
    event = st.dataframe(
        pd.DataFrame([_row(run, statuses.get(run.id, "")) for run in runs]),
        hide_index=True,
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        selection_default={"selection": {"rows": places, "columns": [], "cells": []}},
        key=key,
        placeholder="–",
        height=37 + 35 * min(len(runs), ROWS_SHOWN),
        column_config={
            "Validation": st.column_config.NumberColumn("Validation accuracy", format="%.1f %%"),
            "Images/s": st.column_config.NumberColumn(format="localized"),
            "Age": st.column_config.DatetimeColumn(format="distance"),
        },
    )
    cells = event.selection.cells
    return runs[cells[0][0]].id if cells else None, [runs[row].id for row in event.selection.rows]


def _row(run: Run, status: str) -> dict[str, object]:
    figures = run.figures
    rate = figures.get("images_per_second")
    accuracy = figures.get("val_accuracy")
    return {
        "Name": run.title,
        "Status": status.capitalize() or "–",
        "Data": run.dataset,
        "Recipe": PRESETS[run.config.preset].title if run.config.preset in PRESETS else "Own",
        "Epochs": None if run.config.trainable == "head" else figures.get("epochs", run.config.epochs),
        "Validation": accuracy * 100 if accuracy is not None else None,
        "Images/s": round(rate) if rate else None,
        "Duration": duration(figures["seconds"]) if "seconds" in figures else None,
        "Age": pd.Timestamp(run.created_at, unit="s", tz="UTC"),
    }
