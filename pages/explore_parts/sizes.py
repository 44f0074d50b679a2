"""Widths, heights, colours and formats."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.explore_parts.large_view import MODES
from pages.shared.charts import palette
from pages.shared.messages import count, size

MOST_POINTS = 3000
BAR_HEIGHT = 26


def show(index: pd.DataFrame, rows: np.ndarray) -> None:
    """Draw the sizes of the pictures at `rows`."""
    if not len(rows):
        st.markdown("No image passes these filters.")
        return
    table = index.iloc[rows]
    st.markdown(_summary(table))
    sizes = table.groupby(["width", "height"], observed=True).size().reset_index(name="images")
    if len(sizes) > 1:
        _scatter(sizes)
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption("Colour")
        modes = table["mode"].value_counts()
        _bars(modes[modes > 0].rename(index=lambda mode: MODES.get(mode, mode)), "explore_modes")
    with right:
        st.caption("Format, by the ending of the name")
        _bars(_endings(table["path"]).value_counts(), "explore_formats")


def _summary(table: pd.DataFrame) -> str:
    bytes_each = size(float(table["size_bytes"].mean()))
    widths, heights = table["width"], table["height"]
    if widths.nunique() == 1 and heights.nunique() == 1:
        many = count(len(table), "images are", "image is")
        return f"All {many} **{widths.iloc[0]:,} × {heights.iloc[0]:,}** pixels; {bytes_each} each on average."
    return (
        f"**{widths.min():,} to {widths.max():,}** pixels wide, **{heights.min():,} to {heights.max():,}** high, "
        f"medians **{widths.median():,.0f}** and **{heights.median():,.0f}**; {bytes_each} each on average."
    )


def _scatter(sizes: pd.DataFrame) -> None:
    colours = palette()
    few = sizes.nlargest(MOST_POINTS, "images")
    scale = alt.Scale(type="log", nice=False, padding=16)
    axis = alt.Axis(tickCount=6, format=",d", grid=False)
    chart = (
        alt.Chart(few)
        .mark_circle(color=colours.accent, opacity=0.55)
        .encode(
            x=alt.X("width:Q", title="Width in pixels", scale=scale, axis=axis),
            y=alt.Y("height:Q", title="Height in pixels", scale=scale, axis=axis),
            size=alt.Size("images:Q", legend=None, scale=alt.Scale(range=[20, 500])),
            tooltip=[
                alt.Tooltip("width:Q", title="Width", format=","),
                alt.Tooltip("height:Q", title="Height", format=","),
                alt.Tooltip("images:Q", title="Images", format=","),
            ],
        )
        .properties(height=320)
    )
    st.altair_chart(chart, width="stretch", key="explore_sizes", alt="Width and height of the images")
    if len(sizes) > MOST_POINTS:
        st.caption(f"The {MOST_POINTS:,} most frequent of {len(sizes):,} sizes are shown.")


def _endings(paths: pd.Series) -> pd.Series:
    endings = paths.str.extract(r"\.([A-Za-z0-9]{1,5})$", expand=False).str.lower()
    return endings.fillna("none")


def _bars(counts: pd.Series, key: str) -> None:
    colours = palette()
    table = pd.DataFrame({"name": counts.index.astype(str), "images": counts.to_numpy()}).head(12)
    most = int(table["images"].max())
    base = alt.Chart(table).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=160, domain=False, ticks=False)),
        x=alt.X("images:Q", axis=None, scale=alt.Scale(domain=[0, most * 1.25])),
        tooltip=["name:N", alt.Tooltip("images:Q", format=",")],
    )
    bars = base.mark_bar(color=colours.accent, cornerRadiusEnd=2, height=14)
    text = base.mark_text(align="left", dx=5, color=colours.text).encode(text=alt.Text("images:Q", format=","))
    st.altair_chart((bars + text).properties(height=BAR_HEIGHT * len(table) + 16), width="stretch", key=key)
