"""Accuracy of each class under each corruption, the worst first; and what can be downloaded."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evaluate.conditions import CORRUPTION
from core.evaluate.corruptions import CORRUPTIONS
from core.evaluate.robustness import Robustness, by_class
from core.spreadsheet import safe_csv
from pages.evaluate_parts.asked import Answered
from pages.shared.messages import count

FEW = 30


def show(answered: Answered, found: Robustness, table: pd.DataFrame) -> None:
    """The table, and two files."""
    key = answered.asked.key
    classes = pd.DataFrame()
    if found.of(CORRUPTION):
        classes = by_class(table)
        classes = classes[[name for name in CORRUPTIONS if name in classes]]
        classes.insert(0, "mean", classes.mean(axis=1))
        classes = classes.sort_values("mean", kind="stable")
        st.markdown("**By class, worst first**")
        shown = classes
        if len(classes) > FEW and not st.toggle(f"All {count(len(classes), 'classes')}", key=f"robust_all_{key}"):
            shown = classes.head(FEW)
        titles = {"mean": "Mean", **{name: CORRUPTIONS[name].title for name in classes if name in CORRUPTIONS}}
        st.dataframe(
            (shown * 100).rename_axis("class").reset_index(),
            hide_index=True,
            placeholder="–",
            column_config={
                "class": st.column_config.TextColumn("Class", pinned=True),
                **{name: st.column_config.NumberColumn(title, format="%.0f %%") for name, title in titles.items()},
            },
        )
        st.caption("The share that is named right, over all severities.")
    stem = f"{answered.asked.run.name or answered.asked.run.id} {found.dataset} {found.split} robustness"
    with st.container(horizontal=True):
        _download("By condition", f"{stem}.csv", _points(found), f"robust_csv_{key}")
        if len(classes):
            _download(
                "By class",
                f"{stem} by class.csv",
                classes.rename_axis("true_class").reset_index(),
                f"robust_classes_csv_{key}",
            )


def _download(label: str, name: str, table: pd.DataFrame, key: str) -> None:
    st.download_button(
        f"{label} as CSV",
        lambda: safe_csv(table),
        name,
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=key,
    )


def _points(found: Robustness) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "kind": point.kind,
                "name": point.name,
                "amount": point.amount,
                "images": point.n,
                "right": point.right,
                "accuracy": point.accuracy,
                "low": point.accuracy_ci95[0],
                "high": point.accuracy_ci95[1],
            }
            for point in found.points
        ]
    )
