"""Results by one column: its parts as dots with intervals beside all images, and the largest gap in words."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from core.evaluate.disparity import Disparity, Gap, Rate, disparity
from core.evaluate.shares import ENOUGH
from core.evaluate.slice_columns import CLASS, Column, Sliceable, span_of
from core.evaluate.slices import Slices
from pages.evaluate_parts.asked import Answered
from pages.shared import state
from pages.shared.charts import Palette, palette
from pages.shared.messages import percent, percent_with_interval, plain

ROW_HEIGHT, AXIS_HEIGHT = 28, 40
STEPS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)  # between the marks of the axis
MOST_MARKS = 6
EVERY_CLASS = "All classes"
RECALL, NO_ALARM = "Recall", "No false alarm"
HELP = {
    RECALL: "Of the images of this class, the share that is named so.",
    NO_ALARM: "Of the images of other classes, the share that is not named so.",
}


def show(answered: Answered, images: Sliceable, found: Slices) -> None:
    """The choice of a column, the gap in words, the dots, the table."""
    st.markdown("**Look by**")
    column, name, measure = _choices(answered, images, found)
    good, among = _measured(images, name, measure)
    if not among.any():
        st.info(f"No image here is of the class {plain(name)}.")
        return
    by = disparity(good, column, images.groups, among)
    overall = float(good[among].mean())
    if not by.rates:
        st.info("Nothing is known of these images here.")
        return
    nothing_found = name == EVERY_CLASS and column.name in found.columns and not found.found and not found.too_few
    was_found = any(one.column == column.key for one in found.found)
    st.markdown(gap_sentence(by, nothing_found, was_found))
    _bands(answered, by, overall, f"{column.key}_{name}_{measure}")
    if by.left:
        st.caption(f"The {len(by.rates)} largest of {len(by.rates) + by.left:,}.")
    if not images.has_pictures:
        st.caption("The data set was deleted since, so only what was kept with the answers can be looked by.")
    with st.expander("As a table"):
        st.dataframe(_table(by), hide_index=True)


def _choices(answered: Answered, images: Sliceable, found: Slices) -> tuple[Column, str, str]:
    by_key = {column.key: column for column in images.columns}
    usual = found.found[0].column if found.found else next((key for key in by_key if key != CLASS), CLASS)
    left, middle = st.columns(2)
    key = _kept(left, "Column", "by", list(by_key), usual, answered, lambda key: by_key[key].name)
    if key == CLASS:
        return by_key[key], EVERY_CLASS, ""
    name = _kept(middle, "Images of", "of", [EVERY_CLASS, *images.classes], EVERY_CLASS, answered, str)
    if name == EVERY_CLASS:
        return by_key[key], name, ""
    wanted = state.here("measure")
    widget = f"slice_measure_{answered.asked.key}"
    measure = st.segmented_control(
        "Measure",
        [RECALL, NO_ALARM],
        default=wanted if wanted in HELP else RECALL,
        required=True,
        key=f"{widget}_{wanted}",
    )
    state.set_here("measure", measure if measure != RECALL else None)
    st.caption(HELP[measure])
    return by_key[key], name, measure


def _kept(place, label, parameter, options, usual, answered, words):  # type: ignore[no-untyped-def]
    """A choice that is in the address."""
    wanted = state.here(parameter)
    there = wanted if wanted in options else usual
    chosen = place.selectbox(
        label,
        options,
        index=options.index(there if there in options else options[0]),
        format_func=words,
        key=f"slice_{parameter}_{answered.asked.key}_{there}",
        filter_mode="contains",
    )
    state.set_here(parameter, chosen if chosen != usual else None)
    return chosen


def _measured(images: Sliceable, name: str, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """(N,) bool which answers are good, (N,) bool which images count."""
    if name == EVERY_CLASS:
        return images.correct, np.ones(len(images.labels), bool)
    place = images.classes.index(name)
    of_class, named = images.labels == place, images.predicted == place
    return (named, of_class) if measure == RECALL else (~named, ~of_class)


def gap_sentence(by: Disparity, nothing_found: bool = False, was_found: bool = False) -> str:
    """The worst part, how far it is under the rest, and whether that could be chance, in Markdown.

    Args:
        nothing_found: Whether the search of all columns calls no slice worse than chance explains.
        was_found: Whether that search found a slice of this column.
    """
    gap = by.under_rest
    if gap is None:
        few = f": each takes {ENOUGH} that do not hang together" if by.by_group else ""
        return f"There are no two parts with enough images to compare{few}."
    worst = next(rate for rate in by.rates if rate.where == gap.worse)
    said = (
        f"{plain(worst.where[:1].upper() + worst.where[1:])}: "
        f"{percent_with_interval(worst.share, (worst.low, worst.high))}, {_points(gap)} under the rest"
    )
    among = (
        " For this column alone that is more than chance explains; of all columns together, one may look so by chance."
        if nothing_found
        else ""
    )
    chance = " That could be chance." if gap.may_be_chance else among
    if was_found:
        chance += " The search came upon this column: the intervals above allow for that, these do not."
    if by.largest is None or len(by.rates) < 3:
        return f"{said}.{chance}"
    also = ", which could be chance" if by.largest.may_be_chance and not gap.may_be_chance else ""
    return (
        f"{said}; {_points(by.largest)} under the best, {plain(by.largest.better)}{also}. The intervals allow for the "
        f"choice of the largest gap.{chance}"
    )


def _points(gap: Gap) -> str:
    return f"{gap.difference * 100:.1f} points ({gap.low * 100:.1f} to {gap.high * 100:.1f})".replace("-", "−")


def _table(by: Disparity) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Images": [rate.where for rate in by.rates],
            "Share": [percent_with_interval(rate.share, (rate.low, rate.high)) for rate in by.rates],
            "n": [rate.n for rate in by.rates],
        }
    )


def _bands(answered: Answered, by: Disparity, overall: float, look: str) -> None:
    drawn = pd.DataFrame(
        {
            "key": [rate.part.key for rate in by.rates],
            "part": [span_of(rate.part) for rate in by.rates],
            "share": [rate.share for rate in by.rates],
            "low": [rate.low for rate in by.rates],
            "high": [rate.high for rate in by.rates],
            "text": [percent(rate.share) for rate in by.rates],
            "said": [_said(rate) for rate in by.rates],
            "n": [rate.n for rate in by.rates],
            "overall": overall,
        }
    )
    key = f"bands_{answered.asked.key}_{look}"
    st.altair_chart(
        _chart(drawn, palette()),
        width="stretch",
        key=key,
        on_select=lambda: _clicked(key),
        selection_mode="band",
        alt=f"{len(drawn)} parts with 95 % intervals beside all of them, {percent(overall)}; the table has the figures.",
    )
    st.caption("The line is all of these images. Click a dot to see its images, mistakes first.")


def _said(rate: Rate) -> str:
    return f"{rate.where}: {percent_with_interval(rate.share, (rate.low, rate.high))}"


def _chart(table: pd.DataFrame, colours: Palette) -> alt.LayerChart:
    chosen = alt.selection_point(name="band", fields=["key"], on="click", clear=False, empty=False)
    lowest = float(table["low"].min())
    step = next((step for step in STEPS if (1 - lowest) / step <= MOST_MARKS), STEPS[-1])
    start = max(0.0, round(step * float(np.floor(lowest / step)), 3))
    scale = alt.Scale(domain=[start, 1.0 + 0.12 * (1.0 - start)], nice=False)
    axis = alt.Axis(
        labelExpr="round(datum.value * 1000) / 10 + ' %'",
        values=np.arange(start, 1 + step / 2, step).round(3).tolist(),
        title=None,
        gridColor=colours.line,
        domain=False,
    )
    base = alt.Chart(table).encode(
        y=alt.Y(
            "part:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=130, ticks=False, domain=False, labelPadding=8, labelOverlap=False),
            scale=alt.Scale(padding=0.8),
        ),
        tooltip=[alt.Tooltip("said:N", title="95 % interval"), alt.Tooltip("n:Q", title="Images", format=",")],
    )
    line = (
        alt.Chart(table.head(1))
        .mark_rule(color=colours.muted, strokeDash=[4, 3], strokeWidth=1.5, aria=False)
        .encode(x=alt.X("overall:Q", scale=scale, axis=axis))
    )
    whiskers = base.mark_rule(aria=False, color=colours.text, strokeWidth=1.5).encode(
        x=alt.X("low:Q", scale=scale), x2="high:Q"
    )
    dots = (
        base.mark_point(filled=True, cursor="pointer", opacity=1)
        .encode(
            x=alt.X("share:Q", scale=scale),
            color=alt.condition(chosen, alt.value(colours.accent), alt.value(colours.muted)),
            size=alt.condition(chosen, alt.value(190), alt.value(110)),
            description="said:N",
        )
        .add_params(chosen)
    )
    text = base.mark_text(aria=False, align="left", dx=8, color=colours.text, fontSize=12).encode(
        x=alt.X("high:Q", scale=scale), text="text:N"
    )
    return alt.layer(line, whiskers, dots, text).properties(height=ROW_HEIGHT * len(table) + AXIS_HEIGHT)


def _clicked(key: str) -> None:
    selected = state.get(key, {}).get("selection", {}).get("band", [])
    if selected and "key" in selected[0]:
        state.set_here("slice", selected[0]["key"])
