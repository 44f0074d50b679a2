"""More like this: the images of the data set whose embeddings are nearest to one's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import Dataset
from pages.explore_parts import embedding
from pages.shared import cached
from pages.shared.addresses import thumbnail_url
from pages.shared.gallery import Tile, gallery
from pages.shared.messages import SPLIT_WORDS, percent

MOST = 24


def show(
    dataset: Dataset, index: pd.DataFrame, row: int, come_back: Callable[[], None]
) -> tuple[np.ndarray, int] | None:
    """Draw the switch and, where it is on, the images most like that at `row`.

    Args:
        come_back: Called before the page is drawn anew because the images are embedded now.

    Returns:
        Where one was just clicked: `row` and those like it, and the clicked one's place among them.
    """
    if not st.toggle("More like this", key="explore_alike"):
        return None
    embeddings = cached.embeddings(dataset.reference)
    if embeddings.places[row] < 0:
        embedding.offer(dataset, "Finding images like this", come_back)
        return None
    rows, similar = embeddings.nearest(row, MOST)
    label = index["label"].iloc[row]
    tiles = [
        Tile(
            str(number),
            thumbnail_url(dataset.name, sha256),
            f"{other} · {SPLIT_WORDS[split]} · {percent(max(float(likeness), 0.0), 0)} alike",
            "" if other == label else str(other).rpartition("/")[2],
        )
        for number, sha256, other, split, likeness in zip(
            rows, index["sha256"].iloc[rows], index["label"].iloc[rows], index["split"].iloc[rows], similar, strict=True
        )
    ]
    st.caption("Most alike first, by the cosine of their embeddings. A class is written where it is another.")
    clicked = gallery(tiles, key="explore_alike_tiles", size=72)
    if clicked is None:
        return None
    among = np.concatenate([[row], rows])
    return among, int(np.flatnonzero(among == int(clicked))[0])
