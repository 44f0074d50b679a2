"""Every answer as a table, and all of them with all probabilities as a CSV."""

from __future__ import annotations

import streamlit as st

from core.evaluate.evaluation import shown_predictions
from core.spreadsheet import safe_csv
from pages.evaluate_parts.asked import Answered
from pages.shared.cached import workspace
from pages.shared.messages import count

NOT_IN_CSV = ["row", "group", "unit", "sha256", "file"]
CSV_NAMES = {"label": "true_class"}  # beside "predicted", and the probability of each class as p_<class>


def show(answered: Answered) -> None:
    """The download, then the table."""
    table = answered.table
    run = answered.asked.run
    name = f"{run.name or run.id} {answered.asked.reference} {answered.asked.split}.csv"
    place = workspace()
    st.download_button(
        f"Download {count(len(table), 'predictions', 'prediction')} as CSV",
        lambda: csv_of(answered, place),
        name,
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        help="Path, true class, answer, and the probability of every class.",
        key=f"csv_{answered.asked.key}",
    )
    shown = table[["path", "label", "predicted", "probability"]].assign(
        probability=table["probability"] * 100, right=table["label"].astype(str) == table["predicted"].astype(str)
    )
    st.dataframe(
        shown,
        hide_index=True,
        height=520,
        column_config={
            "path": st.column_config.TextColumn("Image", width="large"),
            "label": "True class",
            "predicted": "Predicted",
            "probability": st.column_config.ProgressColumn(
                "Probability", format="%.1f %%", min_value=0, max_value=100, color="primary"
            ),
            "right": st.column_config.CheckboxColumn("Right"),
        },
    )


def csv_of(answered: Answered, workspace_: object) -> bytes:
    """All predictions as CSV, safe in a spreadsheet."""
    table = shown_predictions(workspace_, answered.asked.run, answered.evaluation)  # type: ignore[arg-type]
    return safe_csv(table.drop(columns=NOT_IN_CSV, errors="ignore").rename(columns=CSV_NAMES))
