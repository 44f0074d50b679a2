"""How good each class is: bars with intervals, worst first, the images that were missed, and a table."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from pages.evaluate_parts import pictures
from pages.evaluate_parts.asked import Answered
from pages.shared import state
from pages.shared.charts import Palette, palette
from pages.shared.messages import count, percent, percent_with_interval, plain

FEW = 30
BAR_HEIGHT = 26


def show(answered: Answered) -> None:
    """Bars left, what was missed of the chosen class right, the table below."""
    table = _table(answered)
    with_images = table[table["support"] > 0].sort_values(["recall", "support"], kind="stable")
    left, right = st.columns([6, 5], gap="large")
    with left:
        _bars(answered, with_images)
    with right:
        _missed(answered, with_images["class"].tolist())
    st.dataframe(
        table.sort_values("recall", na_position="last", kind="stable")[
            ["class", "precision", "recall", "interval", "f1", "support"]
        ],
        hide_index=True,
        placeholder="–",
        column_config={
            "class": "Class",
            "precision": st.column_config.NumberColumn(
                "Precision", format="%.3f", help="Of the images named so, the share that is."
            ),
            "recall": st.column_config.NumberColumn(
                "Recall", format="%.3f", help="Of the images of this class, the share that is named so."
            ),
            "interval": st.column_config.TextColumn("Recall, 95 %", help="Wilson interval."),
            "f1": st.column_config.NumberColumn("F1", format="%.3f", help="Harmonic mean of precision and recall."),
            "support": st.column_config.NumberColumn(
                "Support", format="localized", help="How many images of this class were answered."
            ),
        },
    )


def _table(answered: Answered) -> pd.DataFrame:
    table = pd.DataFrame(answered.evaluation.figures["per_class"])
    intervals = [interval or (None, None) for interval in table["recall_ci95"]]
    table["low"] = [low for low, _ in intervals]
    table["high"] = [high for _, high in intervals]
    table["interval"] = [None if low is None else f"{low:.3f} to {high:.3f}" for low, high in intervals]
    return table.astype({"precision": float, "recall": float, "f1": float, "low": float, "high": float})


def _bars(answered: Answered, table: pd.DataFrame) -> None:
    st.markdown("**Recall of each class, worst first**")
    if len(table) > FEW and not st.toggle(f"All {len(table)} classes", key=f"every_{answered.asked.key}"):
        table = table.head(FEW)
    drawn = pd.DataFrame(
        {
            "class": table["class"],
            "recall": table["recall"],
            "low": table["low"],
            "high": table["high"],
            "text": [percent(recall) for recall in table["recall"]],
            "said": [percent_with_interval(one.recall, (one.low, one.high)) for one in table.itertuples(index=False)],
            "support": table["support"],
        }
    )
    key = f"bars_{answered.asked.key}_{len(drawn)}"
    st.altair_chart(
        _chart(drawn, palette()),
        width="stretch",
        key=key,
        on_select=lambda: _clicked(answered, key),
        selection_mode="bar",
        alt=f"Recall of {len(drawn)} classes with 95 % intervals; the table below has the figures.",
    )
    st.caption("The thin line is the 95 % interval. Click a bar to see what was missed.")


def _chart(table: pd.DataFrame, colours: Palette) -> alt.LayerChart:
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
            alt.Tooltip("said:N", title="Recall (95 % interval)"),
            alt.Tooltip("support:Q", title="Images", format=","),
        ],
    )
    axis = alt.Axis(
        labelExpr="datum.value * 100 + ' %'",
        values=[0, 0.25, 0.5, 0.75, 1],
        title=None,
        gridColor=colours.line,
        domain=False,
    )
    scale = alt.Scale(domain=[0, 1.2], nice=False)
    bars = (
        base.mark_bar(cornerRadiusEnd=3, cursor="pointer")
        .encode(
            x=alt.X("recall:Q", scale=scale, axis=axis),
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
    return alt.layer(bars, whiskers, text).properties(height=BAR_HEIGHT * len(table) + 30)


def _missed(answered: Answered, names: list[str]) -> None:
    key = f"class_{answered.asked.key}"
    if state.get(key, "") not in names:
        wanted = state.here("class")
        state.put(key, wanted if wanted in names else names[0])
    chosen = st.selectbox(
        "Class", names, key=key, on_change=lambda: state.set_here("class", state.get(key, "")), filter_mode="contains"
    )
    table = answered.table
    of_class = table[table["label"] == chosen]
    rows = of_class[of_class["predicted"] != chosen].sort_values("probability", ascending=False, kind="stable")
    if rows.empty:
        st.markdown(f"All {count(len(of_class), 'images', 'image')} of **{plain(chosen)}** are named right.")
        return
    st.markdown(f"{count(len(rows))} of {count(len(of_class), 'images', 'image')} of **{plain(chosen)}** missed")
    pictures.show(answered, rows, f"missed_{answered.asked.key}_{chosen}", captions=True, true_class=False)


def _clicked(answered: Answered, key: str) -> None:
    selected = state.get(key, {}).get("selection", {}).get("bar", [])
    if selected and "class" in selected[0]:
        state.put(f"class_{answered.asked.key}", selected[0]["class"])
        state.set_here("class", selected[0]["class"])
