"""Loss and accuracy by epoch: train and validation differ in colour, dash and shape."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from core.rounding import significant
from pages.shared.charts import palette
from pages.shared.messages import percent
from pages.train_parts import last_layer

TRAIN, VALIDATION = "Train", "Validation"
HEIGHT = 300
WORDS_ABOVE = 6  # pixels: which epoch is kept is written above the plot, where no line is
FEW_EPOCHS = 3  # of so few there would be hardly a line: their parts are drawn


def best_epoch(history: Sequence[dict[str, Any]]) -> int | None:
    """The epoch of the lowest validation loss, from 1; None where none was finished."""
    return min(history, key=lambda epoch: epoch["val_loss"])["epoch"] if history else None


def draw(
    history: Sequence[dict[str, Any]],
    epochs: int,
    moment: dict[str, Any] | None,
    key: str,
    named: Sequence[str] | None = None,
    course: Sequence[dict[str, float]] = (),
) -> None:
    """Two charts on the same axis of epochs, or of strengths where `last_layer.names` gives some.

    Args:
        history: Finished epochs.
        epochs: Where the axis ends.
        moment: The running epoch's step, steps, loss and accuracy; None where none runs.
        named: What `last_layer.names` gives.
        course: Of few epochs, what `core.jobs.watch.course` gives: training within them instead of their means.
    """
    left, right = st.columns(2)
    with left:
        _draw_one(history, epochs, moment, "loss", "Loss", ".3~g", f"{key}_loss", named, course)
    with right:
        _draw_one(history, epochs, moment, "accuracy", "Accuracy", ".1~%", f"{key}_accuracy", named, course)


def _draw_one(
    history: Sequence[dict[str, Any]],
    epochs: int,
    moment: dict[str, Any] | None,
    figure: str,
    title: str,
    number: str,
    key: str,
    named: Sequence[str] | None,
    course: Sequence[dict[str, float]],
) -> None:
    best = best_epoch(history)
    st.markdown(f"**{title}**")
    # Data apart from the specification: a second later only the data differ, and the chart moves on without blinking.
    st.vega_lite_chart(
        _table(history, moment, figure, best, named, course),
        _chart(figure, title, number, epochs, best, named).to_dict(),
        width="stretch",
        height=HEIGHT,
        key=key,
        alt=_in_words(history, figure, title, best, named),
    )


def _chart(
    figure: str, title: str, number: str, epochs: int, best: int | None, named: Sequence[str] | None
) -> alt.LayerChart:
    colours = palette()
    unit = "strength" if named else "epoch"
    words_of_ticks = alt.Undefined if named is None else f"({json.dumps(named)})[datum.value - 1] || ''"
    domain = [VALIDATION, TRAIN]
    legend = alt.Legend(title=None, orient="bottom", symbolSize=70, symbolStrokeWidth=2)
    base = alt.Chart().encode(
        x=alt.X(
            "epoch:Q",
            title=unit,
            scale=alt.Scale(domain=[0.5, epochs + 0.5] if named else [0, epochs], nice=False),
            axis=alt.Axis(tickMinStep=1, format="d", grid=False, tickCount=min(epochs, 10), labelExpr=words_of_ticks),
        ),
        y=alt.Y(
            "value:Q",
            title=None,
            scale=alt.Scale(zero=True) if figure == "loss" else alt.Scale(zero=False, domainMax=1, nice=True),
            axis=alt.Axis(format=number, tickCount=5),
        ),
        color=alt.Color(
            "series:N", scale=alt.Scale(domain=domain, range=[colours.accent, colours.muted]), legend=legend
        ),
        tooltip=[
            alt.Tooltip("series:N", title="Images"),
            alt.Tooltip("name:N", title="Strength") if named else alt.Tooltip("epoch:Q", title="Epoch", format=".3~g"),
            alt.Tooltip("value:Q", title=title, format=".4g" if figure == "loss" else ".2%"),
        ],
    )
    lines = base.mark_line(strokeWidth=2).encode(
        strokeDash=alt.StrokeDash("series:N", scale=alt.Scale(domain=domain, range=[[1, 0], [5, 4]]), legend=legend)
    )
    points = (
        base.transform_filter("datum.mark")
        .mark_point(filled=True, size=46, opacity=1)
        .encode(shape=alt.Shape("series:N", scale=alt.Scale(domain=domain, range=["circle", "diamond"]), legend=legend))
    )
    of_best = alt.Chart().transform_filter("datum.best").encode(x="epoch:Q")
    share = ((best or 0) - 0.5 * bool(named)) / epochs
    words = of_best.mark_text(
        align="left" if share < 1 / 3 else "right" if share > 2 / 3 else "center",  # inside of 400 pixels
        baseline="bottom",
        color=colours.muted,
        fontSize=12,
    ).encode(y=alt.value(-WORDS_ABOVE), text="words:N")
    rule = of_best.mark_rule(strokeDash=[2, 3], color=colours.muted)
    return (rule + lines + points + words).properties(padding={"right": 12, "left": 0, "top": 4, "bottom": 0})


def _table(
    history: Sequence[dict[str, Any]],
    moment: dict[str, Any] | None,
    figure: str,
    best: int | None,
    named: Sequence[str] | None,
    course: Sequence[dict[str, float]],
) -> pd.DataFrame:
    rows: list[tuple[float, str, float, bool, bool]] = []
    for part in course:
        rows.append((part["epoch"], TRAIN, part[figure], False, False))
    for epoch in history:
        if not course:
            rows.append((epoch["epoch"], TRAIN, epoch[figure], False, True))
        rows.append((epoch["epoch"], VALIDATION, epoch[f"val_{figure}"], epoch["epoch"] == best, True))
    if not course and moment and moment[figure] is not None and moment["epoch"] > len(history):
        rows.append((moment["epoch"] - 1 + moment["step"] / moment["steps"], TRAIN, moment[figure], False, True))
    table = pd.DataFrame(rows, columns=["epoch", "series", "value", "best", "mark"]).astype(
        {"epoch": float, "value": float}
    )
    if named:
        table["name"] = [named[int(epoch) - 1] for epoch in table["epoch"]]
    return table.assign(words=f"kept: {last_layer.place(named, best)}, lowest loss" if best else "")


def _in_words(
    history: Sequence[dict[str, Any]], figure: str, title: str, best: int | None, named: Sequence[str] | None
) -> str:
    unit = "strength" if named else "epoch"
    if best is None:
        return f"{title} by {unit}: no {unit} has ended yet"
    value = history[best - 1][f"val_{figure}"]
    shown = percent(value) if figure == "accuracy" else significant(value, 3)
    best_one = f"kept, of the lowest validation loss, is {last_layer.place(named, best)}, validation {title} {shown}"
    return f"{title} by {unit}: {len(history)} {'were tried' if named else 'epochs have ended'}; {best_one}"
