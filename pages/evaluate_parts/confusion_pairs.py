"""The pairs of classes that are confused most, both directions in one bar; a click shows their images."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from core.evaluate.confusion import Pair, confused_pairs
from pages.evaluate_parts.asked import Answered
from pages.evaluate_parts.confusion_hand import Hand, Mark, chart_key, counts, mark, on_click
from pages.shared.charts import Palette, palette
from pages.shared.messages import count, percent

FEW, MANY = 15, 100
ROW_HEIGHT = 34
CHART = "pairs"


def show(answered: Answered, hand: Hand) -> None:
    """Bars of the pairs, longest first."""
    pairs = confused_pairs(counts(answered))
    if not pairs:
        st.info(
            f"No mistake on these {count(len(answered.table), 'images', 'image')}, so no class is confused with another."
        )
        return
    shown = pairs[:FEW]
    if len(pairs) > FEW:
        more = min(len(pairs), MANY)
        word = f"All {more} pairs" if more == len(pairs) else f"{more} of {len(pairs):,} pairs"
        if st.toggle(word, key="all_pairs", bind="query-params"):
            shown = pairs[:MANY]
    table = bars(shown, answered.evaluation.classes)
    drawn = mark(answered, CHART, str(len(shown)), hand)
    st.altair_chart(
        _chart(table, drawn, palette()),
        width="stretch",
        key=chart_key(answered, CHART, drawn),
        on_select=on_click(answered, CHART, drawn, both=True),
        selection_mode="cell",
        alt=f"The {len(shown)} most confused pairs of classes. The lists beside it choose a pair by keyboard.",
    )
    st.caption(
        "Each bar counts both directions: the stronger part is the first class named as the second. "
        "In percent: of the images of both classes. Click a bar to see its images."
    )


def bars(pairs: list[Pair], classes: tuple[str, ...]) -> pd.DataFrame:
    """Two rows a pair, one a direction: true, predicted (of the pair), pair, part, from, to, end, text, said."""
    lines = []
    for place, pair in enumerate(pairs):
        first, second = classes[pair.first], classes[pair.second]
        said = f"{first} as {second} {pair.there:,}, {second} as {first} {pair.back:,}"
        for part, start, end in (("there", 0, pair.there), ("back", pair.there, pair.mistakes)):
            lines.append(
                {
                    "place": place,
                    "true": first,
                    "predicted": second,
                    "part": part,
                    "from": start,
                    "to": end,
                    "end": pair.mistakes,
                    "text": f"{pair.there:,} + {pair.back:,}  ·  {percent(pair.share)}",
                    "share": percent(pair.share),
                    "said": said,
                    "name": f"{first}  →  {second}" if not pair.back else f"{first}  ↔  {second}",
                }
            )
    return pd.DataFrame(lines)


def _chart(table: pd.DataFrame, drawn: Mark, colours: Palette) -> alt.LayerChart:
    hand = drawn.hand
    chosen = alt.selection_point(
        name="cell",
        fields=["true", "predicted"],
        value=[{"true": hand.true, "predicted": hand.predicted}] if hand and hand.both else [],
        on="click",
        clear=False,
        empty=False,
    )
    rows = int(table["place"].max()) + 1
    y = alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0.62, paddingOuter=0.5))
    scale = alt.Scale(domain=[0, int(table["end"].max()) * 1.35], nice=False)
    base = alt.Chart(table).encode(
        y=y,
        tooltip=[
            alt.Tooltip("said:N", title="Images"),
            alt.Tooltip("share:N", title="Of the images of both"),
        ],
    )
    once = base.transform_filter("datum.part == 'there'")
    name = once.mark_text(aria=False, align="left", baseline="bottom", dy=-8, fontSize=12.5, limit=420).encode(
        x=alt.value(0),
        text="name:N",
        color=alt.condition(chosen, alt.value(colours.accent), alt.value(colours.text)),
    )
    bar = base.mark_bar(aria=False).encode(
        x=alt.X("from:Q", scale=scale, axis=None),
        x2="to:Q",
        color=alt.condition(chosen, alt.value(colours.accent), alt.value(colours.muted)),
        opacity=alt.Opacity("part:N", scale=alt.Scale(domain=["there", "back"], range=[0.9, 0.45]), legend=None),
    )
    # A bar is thin, and one of a single image short: the whole line takes the click.
    field = (
        once.mark_bar(cursor="pointer", opacity=0.001, height=ROW_HEIGHT - 2, yOffset=-7)
        .encode(x=alt.value(0), x2=alt.value("width"), description="said:N")
        .add_params(chosen)
    )
    text = once.mark_text(aria=False, align="left", dx=8, fontSize=12, color=colours.muted).encode(
        x=alt.X("end:Q", scale=scale), text="text:N"
    )
    return alt.layer(bar, name, text, field).properties(height=ROW_HEIGHT * rows + 12)
