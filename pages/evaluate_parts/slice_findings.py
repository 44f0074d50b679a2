"""Slices that do worse than chance would explain: a sentence, an interval and the way to the images for each."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from core.evaluate.shares import ENOUGH
from core.evaluate.slice_columns import CLASS
from core.evaluate.slices import TOO_FEW, Found, Slices, allowance
from pages.evaluate_parts.asked import Answered
from pages.shared import state
from pages.shared.charts import palette
from pages.shared.messages import count, percent, percent_with_interval, plain

SHOWN = 4


def show(answered: Answered, found: Slices) -> None:
    """The findings, the clearest first, or why there is none."""
    if not found.found:
        st.markdown(none_found(found))
        return
    st.markdown(
        f"**{count(len(found.found), 'kinds of images do', 'kind of images does')} worse than chance would explain**"
    )
    every = len(found.found) <= SHOWN or st.toggle(f"All {len(found.found)}", key=f"all_slices_{answered.asked.key}")
    shown = found.found if every else found.found[:SHOWN]
    floor = min(one.accuracy_ci95[0] for one in shown)
    for place, one in enumerate(shown):
        with st.container(border=True):
            st.markdown(sentence(one))
            _interval(one, floor, f"found_{answered.asked.key}_{place}")
            st.caption(plain(about(one)))
            st.button(
                f"Show its {count(one.n, 'images', 'image')}",
                key=f"show_{answered.asked.key}_{place}",
                on_click=state.set_here,
                args=("slice", one.key),
            )
    looked = f"{found.looked_at:,} slices of {count(len(found.columns), 'columns', 'column')} were looked at"
    alone = " Images of one group counted as one." if found.by_group else ""
    st.caption(
        f"{looked}; where nothing differs, any at all would be found one time in twenty.{alone} {allowance(found.looked_at)}"
    )


def none_found(found: Slices) -> str:
    """Why there is no finding, and what could have been found."""
    if found.too_few:
        return f"Too few images to look for slices that do worse: it takes {TOO_FEW}."
    if found.too_few_groups:
        return (
            f"Too few separate images to look for slices that do worse: those that hang together count as one, so that the "
            f"{count(found.n, 'images')} count as {found.independent:,}; it takes {ENOUGH}."
        )
    if found.accuracy == 1:
        return f"All {count(found.n, 'images')} are named right, so none does worse than others."
    if found.typical_gap is None:
        could = "with so few images or mistakes, none could show"
    else:
        could = f"with {found.typical_n:,} images, one would show from about {found.typical_gap * 100:.0f} points on"
    return (
        f"No slice does worse than chance would explain. {found.looked_at:,} slices of {count(len(found.columns), 'columns', 'column')} "
        f"were looked at; {could}."
    )


def sentence(one: Found) -> str:
    """How bad a slice is, in Markdown."""
    where = plain(one.where[:1].upper() + one.where[1:])
    low, high = one.difference_ci95
    points = f"{one.difference * 100:.1f} points ({low * 100:.1f} to {high * 100:.1f})".replace("-", "−")
    return f"**{where}**: {percent_with_interval(one.accuracy, one.accuracy_ci95)} right, {points} under the rest."


def about(one: Found) -> str:
    """What a slice is made of, and whether its classes explain it, in plain text."""
    said = [f"{count(one.n, 'images')}; the chance of such a find where nothing differs: {max(one.p, 0.001):.3f}."]
    if one.difference_ci95[0] <= 0:
        said.append("The interval reaches to no gap at all: this may be the one find in twenty.")
    more = [(name, here) for name, here, everywhere in one.classes if here > 1.5 * everywhere and here > 0.1]
    if more and one.column != CLASS:
        made = ", ".join(f"{name} {percent(here, 0)}" for name, here in more)
        said.append(f"Classes that it has more of than all images do: {made}.")
    if one.within_difference is not None and one.holds_within_classes:
        said.append(f"Also {one.within_difference * 100:.1f} points under images of the same classes elsewhere.")
    elif one.within_difference is not None:
        said.append("Its classes may be all that is hard: it is not surely worse than the same classes elsewhere.")
    return " ".join(said)


def _interval(one: Found, floor: float, key: str) -> None:
    colours = palette()
    scale = alt.Scale(domain=[max(0.0, floor - 0.05 * (1 - floor)), 1.0], nice=False)
    said = f"{percent_with_interval(one.accuracy, one.accuracy_ci95)}; the rest {percent(one.rest_accuracy)}"
    table = pd.DataFrame(
        {
            "accuracy": [one.accuracy],
            "low": [one.accuracy_ci95[0]],
            "high": [one.accuracy_ci95[1]],
            "rest": [one.rest_accuracy],
            "said": [said],
            "word": ["the rest"],
        }
    )
    axis = alt.Axis(
        labelExpr="round(datum.value * 100) + ' %'", title=None, grid=False, tickCount=4, domainColor=colours.line
    )
    base = alt.Chart(table).encode(y=alt.value(20), tooltip=[alt.Tooltip("said:N", title="Accuracy")])
    whisker = base.mark_rule(color=colours.accent, strokeWidth=3).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q"
    )
    dot = base.mark_point(color=colours.accent, filled=True, size=80, opacity=1).encode(
        x=alt.X("accuracy:Q", scale=scale)
    )
    rest = base.mark_tick(color=colours.muted, thickness=2, size=18).encode(x=alt.X("rest:Q", scale=scale))
    word = base.mark_text(color=colours.muted, dy=-15, fontSize=11, align="right").encode(
        x=alt.X("rest:Q", scale=scale), text="word:N"
    )
    st.altair_chart((whisker + dot + rest + word).properties(height=74), width="stretch", key=key, alt=said)
