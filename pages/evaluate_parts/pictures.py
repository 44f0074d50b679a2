"""Answered images as tiles, and one of them large."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import Dataset
from core.evaluate.evaluation import read_answer
from pages.evaluate_parts.asked import Answered
from pages.shared import cached, edit_one, edit_pending, large_view, links
from pages.shared.addresses import picture_url, thumbnail_url
from pages.shared.cached import workspace
from pages.shared.charts import probability_bars
from pages.shared.gallery import Tile, gallery, page_of
from pages.shared.messages import percent, plain

AT = "evaluate_at"
HEIGHT = 380


def show(
    answered: Answered,
    rows: pd.DataFrame,
    key: str,
    tile_size: int = 92,
    captions: bool = False,
    true_class: bool = True,
    said: Callable[[int], None] | None = None,
) -> None:
    """Draw the images of `rows` (some of `answered.table`) as tiles, in their order; a tile opens it large.

    Args:
        captions: Show captions always, not only on hover.
        true_class: Name the true class in the caption.
        said: As of `open_large`.
    """
    if answered.asked.dataset is None:
        _names_only(rows)
        return
    part = rows.iloc[page_of(len(rows), f"page_{key}")]
    dataset = answered.asked.dataset
    marks = edit_pending.marks(dataset, cached.index(dataset.reference), part["row"].to_numpy())
    tiles = [
        Tile(
            str(row.row),
            thumbnail_url(dataset.name, row.sha256),
            f"{row.label if true_class else ''} → {row.predicted} · {percent(row.probability)}".strip(),
            mark or ("" if captions else percent(row.probability, 0)),
        )
        for row, mark in zip(part.itertuples(), marks, strict=True)
    ]
    clicked = gallery(tiles, f"tiles_{key}", tile_size, captions)
    if clicked is not None:
        open_large(answered, int(clicked), rows["row"].to_numpy(), said)


def open_large(answered: Answered, row: int, among: np.ndarray, said: Callable[[int], None] | None = None) -> None:
    """Open one image large, by its row in the data set's index; previous and next go through the rows `among`.

    Args:
        said: Draws beside the image at a row what is to be said of it; by default what the run answered.
    """
    places = np.flatnonzero(among == row)
    if len(places):
        large_view.begin(AT, int(places[0]))
        _large(answered, among, said or (lambda row: answer(answered, row)))


@st.dialog("Image", width="large", on_dismiss="rerun")
def _large(answered: Answered, among: np.ndarray, said: Callable[[int], None]) -> None:
    asked, dataset = answered.asked, answered.asked.dataset
    assert dataset is not None  # without pictures there are no tiles
    row = int(among[large_view.position(AT, len(among))])
    one = answered.table[answered.table["row"] == row].iloc[0]
    picture, beside = st.columns([5, 4], gap="medium")
    with picture:
        src = picture_url(asked.reference, row, one["sha256"])
        large_view.picture("evaluate_large", src, f"{one['path']}, {one['label']}", HEIGHT)
        st.caption(plain(str(one["path"])))
    with beside:
        said(row)
        _edit(dataset, row)
    large_view.steps(AT, len(among))


def _edit(dataset: Dataset, row: int) -> None:
    """Change the image where changes are made: in the newest version, which may be a later one than `dataset`."""
    target, (there,) = edit_pending.where_edited(dataset, cached.index(dataset.reference), np.array([row]))
    if there is None:
        st.caption(f"Edits go to version {target.version}, the newest, which does not have this image any more.")
        target, there = dataset, row
    else:
        if target != dataset:
            st.caption(f"Edits go to version {target.version}, the newest. This is how the image is there.")
        edit_one.show(target, cached.index(target.reference), there)
    st.page_link(
        links.page("explore"),
        label="Open in Explore",
        icon=":material/photo_library:",
        query_params={"data": target.reference, "image": str(there)},
    )


def answer(answered: Answered, row: int, decided: str = "") -> None:
    """Draw what the run answered to the image at a row, and its likeliest classes.

    Args:
        decided: What a decision makes of the answer, in Markdown; it then stands first.
    """
    one = answered.table[answered.table["row"] == row].iloc[0]
    named, sure, is_right = plain(str(one["predicted"])), percent(one["probability"]), one["label"] == one["predicted"]
    if decided:
        st.markdown(decided)
        st.markdown(f"The likeliest class is **{named}** with {sure}, which is {'right' if is_right else 'wrong'}.")
    else:
        st.markdown(
            f"It is {'right' if is_right else 'wrong'}: **{plain(str(one['label']))}**, named **{named}** with {sure}."
        )
    top = read_answer(workspace(), answered.asked.run, answered.evaluation, row, temperature=answered.temperature)
    probability_bars(top, f"large_{row}", true_class=str(one["label"]))


def _names_only(rows: pd.DataFrame) -> None:
    st.dataframe(
        rows[["path", "label", "predicted", "probability"]].rename(columns={"label": "true_class"}),
        hide_index=True,
        column_config={"probability": st.column_config.NumberColumn(format="percent")},
    )
