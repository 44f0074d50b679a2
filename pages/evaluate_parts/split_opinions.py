"""Where two runs part: the table of who is right, its images, and the classes in which they differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluate.evaluation import read_answer
from core.evaluate.paired import (
    BOTH_RIGHT,
    BOTH_WRONG,
    ONLY_REFERENCE,
    ONLY_RUN,
    Difference,
    Paired,
    names_for,
    places_of,
)
from pages.evaluate_parts import difference_chart, pictures
from pages.evaluate_parts.asked import Answered
from pages.shared import state
from pages.shared.addresses import thumbnail_url
from pages.shared.cached import workspace
from pages.shared.charts import probability_bars
from pages.shared.gallery import Tile, gallery, page_of
from pages.shared.messages import count, plain

EVERY_CLASS = ""
FEW = 30


def show(
    first: Answered, second: Answered, letter: str, joined: Paired, place: int, by_class: list[Difference]
) -> None:
    """Classes left, the table of who is right and its images right.

    Args:
        letter: What the second run is called; the first is A.
        joined: Of all runs that are compared; the first is in place 0, the second in `place`.
        by_class: The second beside the first in each of `joined.classes`.
    """
    key = f"{first.asked.key}_{second.asked.run.id}"
    left, right = st.columns([6, 5], gap="large")
    with right:
        name = _choose_class(joined, key)
        who, places = _choose_who(letter, joined, place, name, key)
        _images(first, second, letter, joined.rows[places], f"{key}_{who}_{name}")
    with left:
        _classes(letter, joined, by_class, key)


def _choose_class(joined: Paired, key: str) -> str:
    names = [EVERY_CLASS, *joined.classes]
    if state.get(f"of_{key}", None) not in names:
        wanted = state.here("class")
        state.put(f"of_{key}", wanted if wanted in names else EVERY_CLASS)
    return st.selectbox(
        "Images of",
        names,
        format_func=lambda name: name or "All classes",
        key=f"of_{key}",
        on_change=lambda: state.set_here("class", state.get(f"of_{key}", "") or None),
        filter_mode="contains",
    )


def _choose_who(letter: str, joined: Paired, place: int, name: str, key: str) -> tuple[str, list[int]]:
    """Draw the table; gives back what of it is chosen, and these places."""
    words = {
        BOTH_RIGHT: "Both right",
        ONLY_REFERENCE: "Only A right",
        ONLY_RUN: f"Only {letter} right",
        BOTH_WRONG: "Both wrong",
    }
    found = {who: places_of(joined, who, place) for who in words}
    if name:
        of_class = joined.classes.index(name)
        found = {who: places[joined.labels[places] == of_class] for who, places in found.items()}
    wanted = state.here("who")
    chosen = wanted if wanted in words else ONLY_RUN if len(found[ONLY_RUN]) else ONLY_REFERENCE
    for pair in ((BOTH_RIGHT, ONLY_REFERENCE), (ONLY_RUN, BOTH_WRONG)):
        for column, who in zip(st.columns(2, wrap=False), pair, strict=True):
            column.button(
                f"{words[who]}: **{count(len(found[who]))}**",
                key=f"{who}_{key}",
                type="primary" if who == chosen else "secondary",
                width="stretch",
                on_click=lambda who=who: state.set_here("who", who),
            )
    return chosen, found[chosen].tolist()


def _images(first: Answered, second: Answered, letter: str, rows: np.ndarray, key: str) -> None:
    if not len(rows):
        st.caption("No such image.")
        return
    part = rows[page_of(len(rows), f"page_{key}")]
    ours = first.table.set_index("row").loc[part]
    names = names_for(first.evaluation, second.evaluation)
    theirs = second.table.set_index("row").loc[part]
    theirs = theirs.assign(predicted=[names.get(name, name) for name in theirs["predicted"]])
    if first.asked.dataset is None:
        named = {"A": ours["predicted"].astype(str), letter: theirs["predicted"].astype(str)}
        st.dataframe(ours[["path", "label"]].assign(**named), hide_index=True)
        return
    tiles = [
        Tile(
            str(row),
            thumbnail_url(first.asked.dataset.name, our.sha256),
            f"{our.label} → A {our.predicted}, {letter} {their.predicted}",
        )
        for row, our, their in zip(part, ours.itertuples(), theirs.itertuples(), strict=True)
    ]
    clicked = gallery(tiles, f"tiles_{key}")
    if clicked is not None and int(clicked) in ours.index:
        pictures.open_large(first, int(clicked), rows, lambda row: _both(first, second, letter, row))


def _both(first: Answered, second: Answered, letter: str, row: int) -> None:
    label = str(first.table.loc[first.table["row"] == row, "label"].iloc[0])
    for name, answered in (("A", first), (letter, second)):
        st.markdown(f"**{name}**  {plain(answered.asked.run.title)}")
        names = names_for(first.evaluation, answered.evaluation)
        top = read_answer(workspace(), answered.asked.run, answered.evaluation, row, top=3)
        top = [(names.get(one, one), probability) for one, probability in top]
        probability_bars(top, f"both_{name}_{row}", true_class=label)


def _classes(letter: str, joined: Paired, by_class: list[Difference], key: str) -> None:
    st.markdown(f"**{letter} beside A in each class, worst first**")
    order = sorted(range(len(by_class)), key=lambda place: (by_class[place].difference, -by_class[place].images))
    shown = order
    if len(order) > FEW and not st.toggle(f"All {len(order)} classes", key=f"every_{key}"):
        shown = [*order[: FEW // 2], *order[-FEW // 2 :]]
        st.caption(f"The {FEW // 2} worst and the {FEW // 2} best.")
    chart = f"classes_{key}_{len(shown)}"
    difference_chart.draw(
        [joined.classes[place] for place in shown],
        [by_class[place] for place in shown],
        chart,
        f"Difference of recall in {len(shown)} classes with intervals; the table below has the figures.",
        lambda: _clicked(chart, key),
    )
    st.caption("Corrected for so many comparisons (Holm), intervals too. Click a dot to see the images of the class.")
    with st.expander("As a table"):
        st.dataframe(
            pd.DataFrame([_row(joined.classes[place], by_class[place]) for place in order]),
            hide_index=True,
            column_config={"p": st.column_config.NumberColumn("p, corrected", format="%.2g")},
        )


def _row(name: str, one: Difference) -> dict[str, object]:
    return {
        "Class": name,
        "Images": one.images,
        "Difference in points": difference_chart.said(one),
        "Only A right": one.only_reference,
        "Only the other": one.only_run,
        "p": one.p_adjusted,
        "Verdict": difference_chart.VERDICT_WORDS[one.verdict],
    }


def _clicked(chart: str, key: str) -> None:
    selected = state.get(chart, {}).get("selection", {}).get("line", [])
    if selected and "name" in selected[0]:
        state.put(f"of_{key}", selected[0]["name"])
        state.set_here("class", selected[0]["name"])
