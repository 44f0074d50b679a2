"""What several pages draw, and the colours that their charts share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd
import streamlit as st

from pages.shared.messages import percent

ROW_HEIGHT = 30
MUTED = {"light": "#6b7072", "dark": "#9ba1a3"}


@dataclass(frozen=True)
class Palette:
    """The colours of the visitor's theme.

    Args:
        accent: The one accent colour.
        text: As of the words on the page.
        muted: For what is there but not the point; passes WCAG AA as text.
        line: Borders and grids.
        ground: Behind everything.
        dark: Whether the theme is dark.
    """

    accent: str
    text: str
    muted: str
    line: str
    ground: str
    dark: bool


def palette() -> Palette:
    """The colours of the theme that this visitor sees."""
    kind = "dark" if st.context.theme.type == "dark" else "light"

    def colour(name: str) -> str:
        return str(st.get_option(f"theme.{kind}.{name}"))

    return Palette(
        colour("primaryColor"),
        colour("textColor"),
        MUTED[kind],
        colour("borderColor"),
        colour("backgroundColor"),
        kind == "dark",
    )


def probability_bars(top: Sequence[tuple[str, float]], key: str, true_class: str | None = None) -> None:
    """Bars of the likeliest classes, likeliest first; the first in the accent colour, `true_class` named so."""
    colours = palette()
    names = [name for name, _ in top]
    table = pd.DataFrame(
        {
            "class": names,
            "probability": [float(probability) for _, probability in top],
            "text": [percent(float(probability)) for _, probability in top],
            "first": [place == 0 for place in range(len(top))],
            "shown": [f"{name} (true)" if name == true_class else name for name in names],
        }
    )
    base = alt.Chart(table).encode(
        y=alt.Y(
            "shown:N",
            sort=None,
            title=None,
            axis=alt.Axis(
                labelColor=colours.text, labelFontSize=13, labelLimit=150, domain=False, ticks=False, labelPadding=8
            ),
        ),
        tooltip=[alt.Tooltip("class:N", title="Class"), alt.Tooltip("text:N", title="Probability")],
    )
    bars = base.mark_bar(cornerRadiusEnd=3, height=16).encode(
        x=alt.X("probability:Q", scale=alt.Scale(domain=[0, 1.18]), axis=None),
        color=alt.condition("datum.first", alt.value(colours.accent), alt.value(colours.muted)),
    )
    text = base.mark_text(align="left", dx=6, fontSize=13, color=colours.text).encode(x="probability:Q", text="text:N")
    st.altair_chart(
        (bars + text).properties(height=alt.Step(ROW_HEIGHT)),
        width="stretch",
        key=key,
        alt=", ".join(f"{name} {percent(float(probability))}" for name, probability in top),
    )
