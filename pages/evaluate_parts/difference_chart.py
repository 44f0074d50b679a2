"""Differences as dots with intervals on lines around zero: runs beside a reference, or classes."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import pandas as pd
import streamlit as st

from core.evaluate.paired import BETTER, NO_EVIDENCE, WORSE, Difference
from pages.shared.charts import palette

ROW_HEIGHT = 30
VERDICT_WORDS = {BETTER: "Better", NO_EVIDENCE: "No evidence", WORSE: "Worse"}


def points(share: float, digits: int = 1) -> str:
    """0.012 -> "+1.2"; a difference of accuracies in points."""
    text = f"{share * 100:+.{digits}f}"
    return text if float(text) else f"{0:.{digits}f}"


def digits_of(difference: Difference) -> int:
    """How many digits mean something."""
    low, high = difference.interval
    return 1 if high - low > 0.006 else 2


def said(difference: Difference) -> str:
    """ "+1.2 points (+0.3 to +2.1)"."""
    digits = digits_of(difference)
    low, high = difference.interval
    return f"{points(difference.difference, digits)} points ({points(low, digits)} to {points(high, digits)})"


def draw(
    names: list[str],
    differences: list[Difference],
    key: str,
    alt_text: str,
    on_click: Callable[[], None] | None = None,
) -> None:
    """Draw one line a difference, in their order. A click selects `name` in the selection "line"."""
    table = pd.DataFrame(
        {
            "name": names,
            "difference": [one.difference for one in differences],
            "low": [one.interval[0] for one in differences],
            "high": [one.interval[1] for one in differences],
            "verdict": [VERDICT_WORDS[one.verdict] for one in differences],
            "said": [said(one) for one in differences],
            "images": [one.images for one in differences],
        }
    )
    st.altair_chart(
        _chart(table, is_clickable=on_click is not None),
        width="stretch",
        key=key,
        on_select=on_click or "ignore",
        selection_mode="line" if on_click else None,
        alt=alt_text,
    )


def _chart(table: pd.DataFrame, is_clickable: bool) -> alt.LayerChart:
    colours = palette()
    reach = max(float(table[["low", "high"]].abs().to_numpy().max()) * 1.08, 0.002)
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    axis = alt.Axis(
        labelExpr="datum.value == 0 ? '0' : format(datum.value * 100, '+.2~f')",
        title="points of accuracy",
        titleColor=colours.muted,
        titleFontWeight="normal",
        tickCount=6,
        grid=False,
        domainColor=colours.line,
        tickColor=colours.line,
    )
    base = alt.Chart(table).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=150, ticks=False, domain=False, labelPadding=8, labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Which"),
            alt.Tooltip("said:N", title="Difference (interval)"),
            alt.Tooltip("verdict:N", title="Verdict"),
            alt.Tooltip("images:Q", title="Images", format=","),
        ],
    )
    zero = alt.Chart(table.head(1)).mark_rule(aria=False, color=colours.muted, strokeDash=[3, 3])
    zero = zero.encode(x=alt.X("zero:Q", scale=scale, axis=axis)).transform_calculate(zero="0")
    domain = list(VERDICT_WORDS.values())
    legend = alt.Legend(title=None, orient="bottom", symbolSize=90)
    colour = alt.Color(
        "verdict:N",
        scale=alt.Scale(domain=domain, range=[colours.accent, colours.muted, colours.text]),
        legend=legend,
    )
    whiskers = base.mark_rule(aria=False, strokeWidth=2.5).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", color=colour
    )
    dots = base.mark_point(filled=True, size=120, opacity=1, cursor="pointer" if is_clickable else "default").encode(
        x=alt.X("difference:Q", scale=scale),
        color=colour,
        shape=alt.Shape(
            "verdict:N",
            scale=alt.Scale(domain=domain, range=["triangle-right", "circle", "triangle-left"]),
            legend=legend,
        ),
        description="said:N",
    )
    if is_clickable:
        dots = dots.add_params(alt.selection_point("line", fields=["name"], on="click", clear=False))
    return alt.layer(zero, whiskers, dots).properties(height=ROW_HEIGHT * len(table) + 125)
