"""Images by class and split; a click filters all below."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from core.data.dataset import SPLITS, Dataset
from pages.explore_parts import filters
from pages.explore_parts.filters import Choice
from pages.shared import state
from pages.shared.charts import palette
from pages.shared.messages import SPLIT_WORDS

MOST = 40
MOST_TILTED = 12
HEIGHT, TILTED_HEIGHT = 210, 290
PICK = "bar"


def show(dataset: Dataset, index: pd.DataFrame, choice: Choice) -> None:
    """Draw the bars of the largest classes, those of `choice` marked."""
    largest = sorted(dataset.classes, key=lambda label: -dataset.per_class[label])[:MOST]
    shown = [label for label in dataset.classes if label in set(largest)]
    key = f"explore_bars_{dataset.reference}_{state.get('explore_bars', 0)}"
    chart = _chart(_counts(index, shown), shown, state.once(f"{key}_marks", lambda: _marks(choice)))
    few = f" The {MOST} largest of {len(dataset.classes):,} are shown." if len(dataset.classes) > MOST else ""
    st.caption(f"Click a bar to see only its images.{few}")
    st.altair_chart(
        chart,
        width="stretch",
        key=key,
        on_select=lambda: _clicked(key),
        selection_mode=PICK,
        alt="Images by class and split",
    )


def _counts(index: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    counts = index.groupby(["label", "split"], observed=True).size().reset_index(name="images")
    counts = counts[counts["label"].isin(shown) & (counts["images"] > 0)]
    words = counts["split"].astype(str).map(SPLIT_WORDS)
    order = counts["split"].astype(str).map(SPLITS.index)
    return pd.DataFrame(
        {"class": counts["label"].astype(str), "split": words, "order": order, "images": counts["images"]}
    )


def _chart(counts: pd.DataFrame, shown: list[str], marks: list[dict[str, str]]) -> alt.Chart:
    colours = palette()
    pick = alt.selection_point(name=PICK, fields=["class", "split"], value=marks) if marks else _pick()
    tilted = max(map(len, shown)) * len(shown) > 90
    upright = len(shown) > MOST_TILTED  # tilted names of so many would run into each other on a narrow screen
    axis = alt.Axis(
        labelAngle=-90 if upright else -40 if tilted else 0,
        labelLimit=110,
        ticks=False,
        domain=False,
        labelOverlap="parity" if upright else False,
    )
    words = list(SPLIT_WORDS.values())
    ground = "#565c5e" if colours.dark else "#b4b9ba"
    return (
        alt.Chart(counts)
        .mark_bar(cornerRadius=1, cursor="pointer", stroke=colours.ground, strokeWidth=1)
        .encode(
            x=alt.X("class:N", sort=shown, title=None, axis=axis),
            y=alt.Y("images:Q", title=None, axis=alt.Axis(tickCount=4, domain=False, ticks=False, format=",d")),
            color=alt.Color(
                "split:N",
                scale=alt.Scale(domain=words, range=[colours.accent, colours.muted, ground]),
                legend=alt.Legend(title=None, orient="top", symbolType="square", offset=4, padding=0),
            ),
            order=alt.Order("order:Q"),
            opacity=alt.condition(pick, alt.value(1), alt.value(0.35)),
            tooltip=[
                alt.Tooltip("class:N", title="Class"),
                alt.Tooltip("split:N", title="Split"),
                alt.Tooltip("images:Q", title="Images", format=","),
            ],
        )
        .add_params(pick)
        .properties(height=TILTED_HEIGHT if tilted else HEIGHT, padding=0)
    )


def _pick() -> alt.Parameter:
    return alt.selection_point(name=PICK, fields=["class", "split"])


def _marks(choice: Choice) -> list[dict[str, str]]:
    """What the filters say, for bars that are drawn anew."""
    if not choice.classes:
        return []
    return [
        {"class": label, "split": SPLIT_WORDS[split]} for label in choice.classes for split in choice.splits or SPLITS
    ]


def _clicked(key: str) -> None:
    points = state.get(key, {}).get("selection", {}).get(PICK, [])
    by_word = {word: split for split, word in SPLIT_WORDS.items()}
    classes = dict.fromkeys(str(point["class"]) for point in points)
    splits = dict.fromkeys(by_word[point["split"]] for point in points)
    filters.choose(tuple(classes), tuple(splits))
