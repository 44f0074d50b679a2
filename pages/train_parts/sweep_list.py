"""All sweeps as a table; a click on one opens it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.train import sweeps
from core.train.sweeps import Sweep
from pages.shared import state
from pages.shared.cached import workspace
from pages.train_parts import compare

MOST = 8


def show(sweep_id: str | None) -> None:
    """Draw the newest sweeps, newest first; nothing where there is none. `sweep_id` is the one in hand."""
    found = sweeps.list_sweeps(workspace())[:MOST]
    if not found or (len(found) == 1 and found[0].id == sweep_id):
        return
    st.subheader("Sweeps", anchor=False)
    event = st.dataframe(
        pd.DataFrame([_row(one) for one in found]),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        key=f"sweeps_{sweep_id}_{found[0].id}",
        placeholder="–",
        column_config={
            "Best": st.column_config.NumberColumn("Best validation accuracy", format="%.1f %%"),
            "Age": st.column_config.DatetimeColumn(format="distance"),
        },
    )
    if cells := event.selection.cells:
        chosen = found[cells[0][0]].id
        if chosen != sweep_id:
            compare.begin([])
            state.set_here("sweep", chosen)
            st.rerun()


def _row(sweep: Sweep) -> dict[str, object]:
    found = sweeps.results(workspace(), sweep)
    best = sweeps.best(found)
    return {
        "Name": sweep.title,
        "Data": sweep.dataset,
        "Runs": f"{sum(one.ended for one in found)} of {len(found)} ended",
        "Best": best.figures["val_accuracy"] * 100 if best else None,
        "Its settings": "–" if sweep.curve_of else sweeps.describe(best.values) if best else None,
        "Age": pd.Timestamp(sweep.created_at, unit="s", tz="UTC"),
    }
