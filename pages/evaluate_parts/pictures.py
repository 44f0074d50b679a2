"""Answered images as tiles, and one of them large."""

from __future__ import annotations

import io

import pandas as pd
import streamlit as st
from PIL import Image

from core.errors import FoveaError
from core.evaluate.evaluation import read_answer
from pages.evaluate_parts.asked import Answered
from pages.shared.cached import workspace
from pages.shared.charts import probability_bars
from pages.shared.gallery import Tile, gallery, page_of
from pages.shared.messages import percent, plain
from pages.shared.pictures import crisp
from pages.shared.routes import render, thumbnail_url


def show(
    answered: Answered,
    rows: pd.DataFrame,
    key: str,
    tile_size: int = 92,
    captions: bool = False,
    true_class: bool = True,
) -> None:
    """Draw the images of `rows` (some of `answered.table`) as tiles, in their order; a tile opens it large.

    Args:
        captions: Show captions always, not only on hover.
        true_class: Name the true class in the caption.
    """
    if answered.asked.dataset is None:
        _names_only(rows)
        return
    part = rows.iloc[page_of(len(rows), f"page_{key}")]
    name = answered.asked.dataset.name
    tiles = [
        Tile(
            str(row.row),
            thumbnail_url(name, row.sha256),
            f"{row.label if true_class else ''} → {row.predicted} · {percent(row.probability)}".strip(),
            "" if captions else percent(row.probability, 0),
        )
        for row in part.itertuples()
    ]
    clicked = gallery(tiles, f"tiles_{key}", tile_size, captions)
    if clicked is not None:
        open_large(answered, int(clicked))


def open_large(answered: Answered, row: int) -> None:
    """Open one image large, by its row in the data set's index."""
    found = answered.table[answered.table["row"] == row]
    if not found.empty:
        one = found.iloc[0]
        st.dialog(plain(f"{one['label']} → {one['predicted']}"), width="medium")(_large)(answered, one)


def _large(answered: Answered, one: pd.Series) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        try:
            data, _ = render(workspace(), answered.asked.reference, int(one["row"]))
        except FoveaError as error:
            st.info(plain(str(error)))
        else:
            st.image(crisp(Image.open(io.BytesIO(data))), width="stretch", alt=str(one["path"]))
    with right:
        right_word = "It is right" if one["label"] == one["predicted"] else "It is wrong"
        st.markdown(
            f"{right_word}: a **{plain(str(one['label']))}**, named **{plain(str(one['predicted']))}** "
            f"with {percent(one['probability'])}."
        )
        top = read_answer(
            workspace(), answered.asked.run, answered.evaluation, int(one["row"]), temperature=answered.temperature
        )
        probability_bars(top, f"large_{one['row']}", true_class=str(one["label"]))
        st.caption(plain(str(one["path"])))


def _names_only(rows: pd.DataFrame) -> None:
    st.dataframe(
        rows[["path", "label", "predicted", "probability"]].rename(columns={"label": "true_class"}),
        hide_index=True,
        column_config={"probability": st.column_config.NumberColumn(format="percent")},
    )
