"""Accuracy over how far pictures are turned, shifted, scaled, and over the budget of attacks."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from core.evaluate.conditions import ATTACK, ATTACKS, MOVE
from core.evaluate.moves import MOVES
from core.evaluate.robustness import Point, Robustness
from pages.evaluate_parts.asked import Answered
from pages.shared.charts import Palette, palette
from pages.shared.messages import percent_with_interval

HEIGHT = 230
UNITS = {"rotation": "Degrees", "shift": "Percent of the side", "scale": "Times"}


def show(answered: Answered, found: Robustness) -> None:
    """A curve for each that was measured, two beside each other."""
    curves: list[tuple[str, str, pd.DataFrame]] = []
    for name, move in MOVES.items():
        points = [point for point in found.of(MOVE) if point.name == name]
        if points:
            shown = 100 if name == "shift" else 1
            curves.append((move.title, UNITS[name], _table(points, found.clean, move.still, shown, name)))
    attacks = found.of(ATTACK)
    if attacks:
        tables = [
            _table([point for point in attacks if point.name == name], found.clean, 0, 1, title)
            for name, title in ATTACKS.items()
        ]
        curves.append(("Attacked", "Budget in 1/255", pd.concat(tables, ignore_index=True)))
    if not curves:
        return
    st.markdown("**How far it holds**")
    colours = palette()
    for first in range(0, len(curves), 2):
        for column, (title, unit, table) in zip(st.columns(2, gap="large"), curves[first : first + 2], strict=False):
            worst = table.loc[table["accuracy"].idxmin()]
            column.altair_chart(
                _chart(table, title, unit, colours),
                width="stretch",
                key=f"curve_{title}_{answered.asked.key}",
                alt=f"{title}: accuracy over {unit.lower()}, lowest {worst['said']} at {worst['amount']:g}.",
            )
    if attacks:
        st.caption(
            "The bars are 95 % intervals. FGSM takes one step, PGD ten; a budget of 8 changes each value by 8 of 255 at most. "
            "What misled with a smaller budget counts for a larger one."
        )


def _table(points: list[Point], clean: Point, still: float, shown: float, line: str) -> pd.DataFrame:
    amounts = [still * shown, *(point.amount * shown for point in points)]
    every = [clean, *points]
    table = pd.DataFrame(
        {
            "line": line,
            "amount": amounts,
            "accuracy": [point.accuracy for point in every],
            "low": [point.accuracy_ci95[0] for point in every],
            "high": [point.accuracy_ci95[1] for point in every],
            "said": [percent_with_interval(point.accuracy, point.accuracy_ci95) for point in every],
        }
    )
    return table.sort_values("amount", ignore_index=True)


def _chart(table: pd.DataFrame, title: str, unit: str, colours: Palette) -> alt.LayerChart:
    lines = list(dict.fromkeys(table["line"]))
    several = len(lines) > 1
    scale = alt.Scale(type="log", nice=False) if title == "Scaled" else alt.Scale(nice=False, zero=False)
    base = alt.Chart(table).encode(
        x=alt.X(
            "amount:Q",
            title=unit,
            scale=scale,
            axis=alt.Axis(
                grid=False,
                titleColor=colours.muted,
                tickCount=7,
                **({"values": [0.5, 0.7, 1, 1.5, 2]} if title == "Scaled" else {}),
            ),
        ),
        y=alt.Y(
            "accuracy:Q",
            title=None,
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(
                labelExpr="datum.value * 100 + ' %'",
                values=[0, 0.25, 0.5, 0.75, 1],
                gridColor=colours.line,
                domain=False,
            ),
        ),
        color=alt.Color("line:N", scale=alt.Scale(domain=lines, range=[colours.accent, colours.muted]), legend=None),
        tooltip=[
            *([alt.Tooltip("line:N", title="Attack")] if several else []),
            alt.Tooltip("amount:Q", title=unit),
            alt.Tooltip("said:N", title="Accuracy (95 % interval)"),
        ],
    )
    marks = [
        base.mark_rule(strokeWidth=1.5).encode(y="low:Q", y2="high:Q"),
        base.mark_line(strokeWidth=2).encode(
            strokeDash=alt.StrokeDash("line:N", scale=alt.Scale(domain=lines, range=[[1, 0], [5, 3]]), legend=None)
        ),
        base.mark_point(filled=True, size=40, opacity=1).encode(
            shape=alt.Shape("line:N", scale=alt.Scale(domain=lines, range=["circle", "square"]), legend=None)
        ),
    ]
    if several:
        ends = table[table["amount"] == table["amount"].max()]
        for line, below in zip(lines, (-12, 14), strict=True):  # the lines often lie upon each other
            text = base.mark_text(align="right", dx=-2, dy=below, fontSize=12, fontWeight=600)
            marks.append(text.encode(text="line:N").properties(data=ends[ends["line"] == line]))
    return alt.layer(*marks).properties(height=HEIGHT, title=alt.Title(title, anchor="start", fontSize=13))
