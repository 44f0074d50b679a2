"""The images of the cell in hand, and two lists that choose it by keyboard."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.evaluate_parts import pictures
from pages.evaluate_parts.asked import Answered
from pages.evaluate_parts.confusion_hand import Hand, take
from pages.shared import state
from pages.shared.messages import count, plain

SUREST, LEAST = "Surest first", "Least sure first"


def show(answered: Answered, hand: Hand) -> None:
    """The lists, how many images there are, and the images."""
    _lists(answered, hand)
    rows = rows_of(answered.table, hand)
    st.markdown(_said(rows, hand))
    if not len(rows):
        return
    usual = LEAST if hand.true == hand.predicted else SUREST
    order = st.segmented_control(
        "Order of images",
        [SUREST, LEAST],
        default=usual,
        required=True,
        key="images_right" if usual == LEAST else "images",
        bind="query-params",
        label_visibility="collapsed",
    )
    rows = rows.sort_values("probability", ascending=order == LEAST, kind="stable")
    name = f"cell_{answered.asked.key}_{hand.true}_{hand.predicted}_{hand.both}"
    pictures.show(answered, rows, name)


def rows_of(table: pd.DataFrame, hand: Hand) -> pd.DataFrame:
    """Those of the answered images that are in the cell, or in both cells of the pair."""
    chosen = (table["label"] == hand.true) & (table["predicted"] == hand.predicted)
    if hand.both:
        chosen |= (table["label"] == hand.predicted) & (table["predicted"] == hand.true)
    return table[chosen]


def _said(rows: pd.DataFrame, hand: Hand) -> str:
    true, predicted = f"**{plain(hand.true)}**", f"**{plain(hand.predicted)}**"
    if hand.both:
        there = int((rows["label"] == hand.true).sum())
        return (
            f"{count(there, 'images', 'image')} of {true}, named {predicted}; {len(rows) - there:,} the other way round"
        )
    named = "named right" if hand.true == hand.predicted else f"named {predicted}"
    return f"{count(len(rows), 'images', 'image')} of {true}, {named}"


def _lists(answered: Answered, hand: Hand) -> None:
    classes, key = answered.evaluation.classes, answered.asked.key
    names = {"true": f"true_{key}", "predicted": f"predicted_{key}", "both": f"both_{key}"}
    for field, name in names.items():
        state.put(name, getattr(hand, field))

    def listed() -> None:
        true, predicted = state.get(names["true"], hand.true), state.get(names["predicted"], hand.predicted)
        take(answered, Hand(true, predicted, bool(state.get(names["both"], False))))

    columns = st.columns(2, wrap=False)
    for column, field, label in zip(columns, ("true", "predicted"), ("True class", "Named"), strict=True):
        column.selectbox(label, classes, key=names[field], on_change=listed, filter_mode="contains")
    st.toggle(
        "And the other way round",
        key=names["both"],
        on_change=listed,
        disabled=hand.true == hand.predicted,
        help="Also the images of the second class that were named as the first.",
    )
