"""The gallery, page by page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import Dataset
from pages.explore_parts import edit_selection, filters, large_view, left_out
from pages.explore_parts.findings import Kind
from pages.shared import edit_pending, state
from pages.shared.addresses import thumbnail_url
from pages.shared.gallery import Tile, gallery, pager
from pages.shared.messages import SPLIT_WORDS, count

A_PAGE = 120


def show(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, finding: Kind | None = None) -> None:
    """Draw one page of the pictures at `rows`; a click opens one, or selects it where `Select` is on.

    Args:
        finding: What they were chosen by: its groups of copies are framed, with class and split on each tile.
    """
    if finding and finding.of_left_out:
        left_out.of_import(dataset)
        return
    if not len(rows):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("No image passes these filters.", width="content")
            st.button("Clear the filters", on_click=filters.clear)
        return
    groups = _groups(index, rows, finding)
    starts = _starts(len(rows), groups)
    pages = len(starts)
    if state.get(filters.PAGE, 1) > pages:  # images of the last page were left out, say
        state.put(filters.PAGE, pages)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        told = st.empty()
        selecting = edit_selection.switch(dataset)
        size = st.slider(
            "Tile size", 40, 240, 88, 8, key="explore_tile", width=84, persist_state="session",
            label_visibility="collapsed",
        )  # fmt: skip
        number = pager(pages, filters.PAGE, bind="query-params") if pages > 1 else 1
    first, end = starts[number - 1], (*starts, len(rows))[number]
    shown = rows[first:end]
    told.markdown(_told(first, len(shown), len(rows), len(set(groups))), width="content")
    if selecting:
        edit_selection.bar(dataset, index, shown, rows)
    clicked = gallery(
        _tiles(dataset, index, shown, groups[first:end]),
        key="explore_gallery",
        size=size,
        captions=bool(groups),
        selection=edit_selection.selection(dataset, shown) if selecting else None,
    )
    if clicked is not None:
        large_view.open_at(dataset, index, rows, int(np.flatnonzero(rows == int(clicked))[0]), finding)


def _starts(images: int, groups: list[str]) -> list[int]:
    """Where each page starts: every `A_PAGE` images, later where that would cut a group that is no larger than a page."""
    starts = [0]
    for place in range(images):
        is_inside = bool(groups) and place > 0 and groups[place] == groups[place - 1]
        if place - starts[-1] >= A_PAGE * (2 if is_inside else 1):
            starts.append(place)
    return starts


def _told(first: int, shown: int, every: int, groups: int) -> str:
    inside = f" in {count(groups, 'groups', 'group')}" if groups else ""
    if shown == every:
        return count(every, "images", "image") + inside
    return f"{first + 1:,} to {first + shown:,} of {count(every, 'images')}{inside}"


def _groups(index: pd.DataFrame, rows: np.ndarray, finding: Kind | None) -> list[str]:
    """The number of the finding that each image stands in; empty where images stand for themselves."""
    if finding is None or not finding.of_groups:
        return []
    return [str(finding.paths[path]) for path in index["path"].iloc[rows]]


def _tiles(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, groups: list[str]) -> list[Tile]:
    now = edit_pending.as_it_will_be(dataset, index, rows)
    return [
        Tile(str(row), thumbnail_url(dataset.name, sha256), f"{one.label} · {SPLIT_WORDS[one.split]}", one.mark, group)
        for row, sha256, one, group in zip(
            rows, index["sha256"].iloc[rows], now, groups or [""] * len(rows), strict=True
        )
    ]
