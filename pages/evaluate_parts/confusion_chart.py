"""A confusion matrix as a chart of cells that can be clicked."""

from __future__ import annotations

import altair as alt
import pandas as pd

from pages.evaluate_parts.confusion_cells import WITH_TEXT
from pages.shared.charts import Palette

LABELLED = 60


def heat(
    table: pd.DataFrame, rows: list[str], columns: list[str], start: list[tuple[str, str]], colours: Palette
) -> alt.LayerChart:
    """Cells as `confusion_cells` gives them, with names where they can be read. The selection `cell` has true and predicted.

    Args:
        start: The cells that are marked at first.
    """
    most = max(len(rows), len(columns))
    longest = max(map(len, columns))
    axis = alt.Axis(
        labels=most <= LABELLED, ticks=False, domain=False, labelLimit=110, labelOverlap=False,
        labelFlush=False,
        labelBound=False, labelPadding=6,
        titlePadding=10, titleColor=colours.muted, titleFontWeight="normal",
    )  # fmt: skip
    across = axis.copy()
    across.orient, across.labelAngle = "top", 0 if longest * most < 60 else -90 if most > 12 or longest > 8 else -45
    padding = 0.05 if most <= WITH_TEXT else 0.0
    scale = alt.Scale(paddingInner=padding, paddingOuter=padding / 2)
    cell = alt.selection_point(
        name="cell",
        fields=["true", "predicted"],
        value=[{"true": true, "predicted": predicted} for true, predicted in start],
        on="click",
        clear=False,
        empty=False,
    )
    base = alt.Chart(table).encode(
        x=alt.X("predicted:N", sort=columns, scale=_all_of(scale, columns), axis=across, title="Named"),
        y=alt.Y("true:N", sort=rows, scale=_all_of(scale, rows), axis=axis, title="True class"),
        description="said:N",
        tooltip=[
            alt.Tooltip("true:N", title="True class"),
            alt.Tooltip("predicted:N", title="Named"),
            alt.Tooltip("count:Q", title="Images", format=","),
            alt.Tooltip("by_row:Q", title="Share of true class", format=".1%"),
            alt.Tooltip("by_column:Q", title="Share of all named so", format=".1%"),
        ],
    )
    marks = (
        base.mark_rect(cursor="pointer", cornerRadius=3 if padding else 0)
        .encode(
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=["right", "mistake"], range=[colours.muted, colours.accent]),
                legend=None,
            ),
            fillOpacity=alt.Opacity("opacity:Q", scale=None, legend=None),
            stroke=alt.condition(cell, alt.value(colours.text), alt.value("transparent")),
            strokeWidth=alt.value(2),
        )
        .add_params(cell)
    )
    if most > WITH_TEXT:
        return alt.layer(marks).properties(height=600).configure_view(stroke=colours.line)
    text = base.mark_text(aria=False, fontSize=13 if most <= 12 else 11, color=colours.text).encode(text="text:N")
    return alt.layer(marks, text).properties(height=min(40 * len(rows) + 60, 560))


def _all_of(scale: alt.Scale, names: list[str]) -> alt.Scale:
    """Names without a cell keep their place."""
    whole = scale.copy()
    whole.domain = names
    return whole
