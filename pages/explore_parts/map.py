"""Every image as a point, those that look alike close together; what is drawn around is shown as a gallery."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import SPLITS, Dataset
from core.data.projection import ImageMap, busiest_place, inside, nearest_first
from core.errors import DamagedError
from pages.explore_parts import embedding, filters, large_view, tiles
from pages.explore_parts.findings import Kind
from pages.explore_parts.scatter import PASSED_OVER, Group, Points, scatter
from pages.shared import cached, state
from pages.shared.addresses import small_urls
from pages.shared.charts import palette
from pages.shared.component import told
from pages.shared.messages import SPLIT_WORDS, count, show_error

LASSO = "explore_lasso"
COLOURS = (
    *("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951"),
    *("#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#7d8a1c"),
)
CLASS, SPLIT, FINDING = "Class", "Split", "Finding"


def show(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, found: list[Kind]) -> None:
    """Draw the map of `dataset`, the images at `rows` in colour, or the way to it."""
    try:
        made = cached.image_map(dataset.reference)
    except DamagedError as error:
        show_error(error)
        made = None
    if made is None:
        embedding.offer(dataset, "The map")
        return
    on_map, beside = st.columns(2, gap="medium")
    with on_map:
        clicked = _draw(dataset, index, rows, found, made)
    with beside:
        _chosen(dataset, index, rows, made)
    if clicked is not None:
        shown = np.union1d(rows, clicked)
        nearest = nearest_first(made.points[shown], int(np.searchsorted(shown, clicked)))
        large_view.open_at(dataset, index, shown[nearest], 0)


def _draw(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, found: list[Kind], made: ImageMap) -> int | None:
    kinds = [kind for kind in found if kind.has_files and not kind.of_left_out]
    choices = [CLASS, SPLIT, FINDING] if kinds else [CLASS, SPLIT]
    coloured = st.segmented_control(
        "Colour by", choices, default=CLASS, required=True, key="explore_map_colour", persist_state="session"
    )
    shown = np.zeros(len(index), bool)
    shown[rows] = True
    shown &= ~np.isnan(made.points[:, 0])
    codes, names = _groups(dataset, index, shown, coloured or CLASS, kinds)
    points = Points(
        places=made.points,
        codes=np.where(shown, codes, PASSED_OVER).astype(np.uint8),
        groups=_with_colours(codes[shown], made.points[shown], names, coloured or CLASS),
        coloured=coloured or CLASS,
        kinds=index["label"].cat.codes.to_numpy().astype(int) * 3 + _split_codes(index),
        classes=list(index["label"].cat.categories),
        splits=[SPLIT_WORDS[split] for split in SPLITS],
        pictures=small_urls(dataset.reference),
    )
    key = f"explore_map_{dataset.reference}"
    alt = (
        f"Map of {count(int(shown.sum()), 'images', 'image')}. Arrow keys move it, plus and minus zoom, "
        "Enter selects what is in view, Escape selects nothing."
    )
    return scatter(points, key, _lasso(dataset), lambda: _drawn(dataset, key), alt)


def _groups(
    dataset: Dataset, index: pd.DataFrame, shown: np.ndarray, coloured: str, kinds: list[Kind]
) -> tuple[np.ndarray, list[str]]:
    """The group of each image, (N,), and the groups' names; the last is for the rest where `COLOURS` are too few.

    Classes are those with most of the images that are `shown`.
    """
    if coloured == SPLIT:
        return _split_codes(index), [SPLIT_WORDS[split] for split in SPLITS]
    if coloured == FINDING:
        codes = np.full(len(index), min(len(kinds), len(COLOURS)))
        for place, kind in reversed(list(enumerate(kinds[: len(COLOURS)]))):
            codes[index["path"].isin(kind.paths).to_numpy()] = place
        return codes, [kind.title.partition(" ")[2] for kind in kinds[: len(COLOURS)]] + ["No finding"]
    labels = index["label"].cat
    counts = np.bincount(labels.codes[shown], minlength=len(labels.categories))
    largest = [int(place) for place in np.argsort(-counts, kind="stable")[: len(COLOURS)] if counts[place]]
    largest.sort(key=lambda place: dataset.classes.index(labels.categories[place]))
    of_category = np.full(len(counts), len(largest))
    of_category[largest] = np.arange(len(largest))
    others = int((counts > 0).sum()) - len(largest)
    rest = [f"{others:,} other {'classes' if others > 1 else 'class'}"] if others else []
    return of_category[labels.codes.to_numpy()], [*labels.categories[largest], *rest]


def _with_colours(codes: np.ndarray, points: np.ndarray, names: list[str], coloured: str) -> list[Group]:
    rest = "#6f7678" if palette().dark else "#a3a9ab"
    counts = np.bincount(codes, minlength=len(names))  # codes beyond the names are not shown
    groups = []
    for number, name in enumerate(names):
        is_rest = number == len(COLOURS) or (coloured == FINDING and number == len(names) - 1)
        named = coloured == CLASS and not is_rest and counts[number] > 0
        at = busiest_place(points[codes == number]) if named else None
        groups.append(Group(name, int(counts[number]), rest if is_rest else COLOURS[number], at))
    return groups


def _split_codes(index: pd.DataFrame) -> np.ndarray:
    splits = index["split"].cat
    return np.array([SPLITS.index(str(split)) for split in splits.categories])[splits.codes.to_numpy()]


def _chosen(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, made: ImageMap) -> None:
    """The gallery of what the lasso holds."""
    polygon = _lasso(dataset)
    if polygon is None:
        st.markdown("**Draw around points to see their images here.**")
        st.caption(
            "Points that lie close are images that look alike to a network; distances between far groups mean little. "
            "Hover to see an image, click to open it. An image among those of another class may have the wrong label. "
            "Shift and drag moves the map, the wheel zooms once the map was clicked, and *Select view* needs no mouse."
        )
        return
    chosen = rows[inside(made.points[rows], np.array(polygon))]
    if not len(chosen):
        st.markdown("No image lies in there. Draw around some points.")
        return
    tiles.show(dataset, index, chosen)


def _lasso(dataset: Dataset) -> list | None:
    of, polygon = state.get(LASSO, ("", None))
    return polygon if of == dataset.reference else None


def _drawn(dataset: Dataset, key: str) -> None:
    drawn = told(key).get("lasso") or {}
    state.put(LASSO, (dataset.reference, drawn.get("polygon")))
    state.put(filters.PAGE, 1)
