"""How good each class is: bars with intervals, worst first, the images of the mistakes, and a table."""

from __future__ import annotations

from typing import NamedTuple

import altair as alt
import pandas as pd
import streamlit as st

from core.evaluate.undefined import reason
from pages.evaluate_parts import pictures
from pages.evaluate_parts.asked import Answered
from pages.shared import state
from pages.shared.charts import Palette, palette
from pages.shared.messages import count, percent, percent_with_interval, plain

FEW = 30
NAMED = 5
BAR_HEIGHT = 26


class Figure(NamedTuple):
    """A figure of a class: its word, what it means, whether it is a share and so shown in percent, its digits else."""

    word: str
    meaning: str
    is_share: bool = False
    digits: int = 3

    def said(self, value: float) -> str:
        """As it is shown."""
        return percent(value) if self.is_share else f"{value:.{self.digits}f}"

    def said_with_interval(self, value: float, low: float, high: float) -> str:
        """As it is shown where there is room."""
        if self.is_share:
            return percent_with_interval(value, (low, high))
        return f"{self.said(value)} ({self.said(low)} to {self.said(high)})"


FIGURES = {
    "recall": Figure("Recall", "Of the images of this class, the share that is named so.", True),
    "precision": Figure("Precision", "Of the images named so, the share that is.", True),
    "f1": Figure("F1", "Harmonic mean of precision and recall."),
    "average_precision": Figure(
        "Average precision",
        "All images ranked by this class's probability: mean precision down to each image of the class. 1 ranks all of "
        "them first; guessing gets the share of the class.",
    ),
    "roc_auc": Figure(
        "ROC AUC",
        "How often an image of the class gets a higher probability of it than another image. Guessing gets 0.5.",
        digits=4,
    ),
}


def show(answered: Answered) -> None:
    """Bars left, the mistakes of the chosen class right, the table below."""
    table = pd.DataFrame(answered.evaluation.figures["per_class"])
    there = {name: figure for name, figure in FIGURES.items() if name in table}
    left, right = st.columns([6, 5], gap="large")
    with left:
        name = _choose(answered, list(there))
        ranked = _ranked(table, name)
        if ranked.empty:
            st.info(f"{there[name].word} is undefined for every class. {reason(name)}", icon=":material/info:")
        else:
            _bars(answered, ranked, name)
    with right:
        of_classes = ranked[ranked["support"] > 0]["class"].tolist()
        _missed(answered, of_classes or table["class"].tolist(), name)
    shown = pd.DataFrame({"class": table["class"]})
    for one, figure in there.items():
        shown[one] = [
            _in_table(value, interval, figure.digits)
            for value, interval in zip(table[one], table.get(f"{one}_ci95", [None] * len(table)), strict=True)
        ]
    shown["support"] = table["support"]
    order = table[name].astype(float).sort_values(na_position="last", kind="stable").index
    st.dataframe(
        shown.loc[order],
        hide_index=True,
        placeholder="—",
        column_config={
            "class": "Class",
            **{
                one: st.column_config.TextColumn(figure.word, help=f"{figure.meaning} With its 95 % interval.")
                for one, figure in there.items()
            },
            "support": st.column_config.NumberColumn(
                "Support", format="localized", help="How many images of this class were answered."
            ),
        },
    )
    for said in _undefined(table, list(there)):
        st.caption(plain(said))


def _undefined(table: pd.DataFrame, names: list[str]) -> list[str]:
    """Why some classes have a — in the table, a sentence a figure."""
    said = []
    for name in names:
        concerned = table.loc[table[name].isna(), "class"].tolist()
        if concerned:
            more = f" and {count(len(concerned) - NAMED, 'more')}" if len(concerned) > NAMED else ""
            listed = ", ".join(map(str, concerned[:NAMED]))
            said.append(f"— {FIGURES[name].word} of {listed}{more}: {reason(name)}")
    return said


def _in_table(value: float | None, interval: list[float] | None, digits: int) -> str | None:
    """With as many digits everywhere, so that the column sorts as text."""
    if value is None or pd.isna(value):
        return None
    between = f" ({interval[0]:.{digits}f} to {interval[1]:.{digits}f})" if interval else ""
    return f"{value:.{digits}f}{between}"


def _choose(answered: Answered, names: list[str]) -> str:
    wanted = state.here("figure")
    chosen = st.pills(
        "Figure",
        names,
        default=wanted if wanted in names else names[0],
        required=True,
        format_func=lambda name: FIGURES[name].word,
        key=f"figure_{answered.asked.key}",
        label_visibility="collapsed",
    )
    state.set_here("figure", chosen if chosen != names[0] else None)
    return str(chosen)


def _ranked(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The classes of which the figure is defined, worst first: class, value, low, high, support."""
    ranked = table[["class", "support"]].assign(value=table[name].astype(float))
    ends = table[f"{name}_ci95"] if f"{name}_ci95" in table else [None] * len(table)
    ranked["low"], ranked["high"] = zip(
        *(end if isinstance(end, list) else (value, value) for end, value in zip(ends, ranked["value"], strict=True)),
        strict=True,
    )
    return ranked.dropna(subset=["value"]).sort_values(["value", "support"], kind="stable")


def _bars(answered: Answered, table: pd.DataFrame, name: str) -> None:
    figure = FIGURES[name]
    st.markdown(f"**{figure.word} of each class, worst first**", help=figure.meaning)
    if len(table) > FEW and not st.toggle(f"All {len(table)} classes", key=f"every_{answered.asked.key}"):
        table = table.head(FEW)
    drawn = table.assign(
        text=[figure.said(value) for value in table["value"]],
        said=[figure.said_with_interval(one.value, one.low, one.high) for one in table.itertuples(index=False)],
    )
    key = f"bars_{answered.asked.key}_{name}_{len(drawn)}"
    st.altair_chart(
        _chart(drawn, figure, palette()),
        width="stretch",
        key=key,
        on_select=lambda: _clicked(answered, key),
        selection_mode="bar",
        alt=f"{figure.word} of {len(drawn)} classes with 95 % intervals; the table below has the figures.",
    )
    st.caption("The thin line is the 95 % interval. Click a bar to see its mistakes.")


def _chart(table: pd.DataFrame, figure: Figure, colours: Palette) -> alt.LayerChart:
    chosen = alt.selection_point(name="bar", fields=["class"], on="click", clear=False, empty=False)
    base = alt.Chart(table).encode(
        y=alt.Y(
            "class:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=120, ticks=False, domain=False, labelPadding=8, labelOverlap=False),
            scale=alt.Scale(paddingInner=0.3),
        ),
        tooltip=[
            alt.Tooltip("class:N", title="Class"),
            alt.Tooltip("said:N", title=f"{figure.word} (95 % interval)"),
            alt.Tooltip("support:Q", title="Images", format=","),
        ],
    )
    axis = alt.Axis(
        labelExpr="datum.value * 100 + ' %'" if figure.is_share else "datum.value",
        values=[0, 0.25, 0.5, 0.75, 1],
        title=None,
        gridColor=colours.line,
        domain=False,
    )
    scale = alt.Scale(domain=[0, 1.2], nice=False)
    bars = (
        base.mark_bar(cornerRadiusEnd=3, cursor="pointer")
        .encode(
            x=alt.X("value:Q", scale=scale, axis=axis),
            color=alt.condition(chosen, alt.value(colours.accent), alt.value(colours.muted)),
            opacity=alt.condition(chosen, alt.value(0.9), alt.value(0.45)),
        )
        .add_params(chosen)
    )
    whiskers = base.mark_rule(aria=False, color=colours.text, strokeWidth=1.5).encode(
        x=alt.X("low:Q", scale=scale), x2="high:Q"
    )
    text = base.mark_text(aria=False, align="left", dx=8, color=colours.text, fontSize=12).encode(
        x=alt.X("high:Q", scale=scale), text="text:N"
    )
    return alt.layer(bars, whiskers, text).properties(height=alt.Step(BAR_HEIGHT))


def _missed(answered: Answered, names: list[str], figure: str) -> None:
    """Images of the class that are named otherwise; for precision, those that are named so and are not."""
    key = f"class_{answered.asked.key}"
    if state.get(key, "") not in names:
        wanted = state.here("class")
        state.put(key, wanted if wanted in names else names[0])
    chosen = st.selectbox(
        "Class", names, key=key, on_change=lambda: state.set_here("class", state.get(key, "")), filter_mode="contains"
    )
    column, other = ("predicted", "label") if figure == "precision" else ("label", "predicted")
    table = answered.table
    concerned = table[table[column] == chosen]
    rows = concerned[concerned[other] != chosen].sort_values("probability", ascending=False, kind="stable")
    images = count(len(concerned), "images", "image")
    if figure == "precision":
        st.markdown(f"{count(len(rows))} of {images} named **{plain(chosen)}** are of another class")
    elif rows.empty:
        every, verb = ("The one image", "is") if len(concerned) == 1 else (f"All {images}", "are")
        st.markdown(f"{every} of **{plain(chosen)}** {verb} named right.")
    else:
        st.markdown(f"{count(len(rows))} of {images} of **{plain(chosen)}** missed")
    if not rows.empty:
        pictures.show(
            answered, rows, f"{figure}_{answered.asked.key}_{chosen}", captions=True, true_class=figure == "precision"
        )


def _clicked(answered: Answered, key: str) -> None:
    selected = state.get(key, {}).get("selection", {}).get("bar", [])
    if selected and "class" in selected[0]:
        state.put(f"class_{answered.asked.key}", selected[0]["class"])
        state.set_here("class", selected[0]["class"])
