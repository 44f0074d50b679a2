"""Files that were left out, with reasons, and images that a person left out, which can be put back."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.data.dataset import LEFT_OUT_BY_HAND, Dataset
from core.data.edit import left_out_by_hand
from core.data.edits import PutBack, names_of
from core.spreadsheet import safe_csv
from pages.shared import cached, edit_pending
from pages.shared.addresses import thumbnail_url
from pages.shared.cached import workspace
from pages.shared.gallery import Tile, gallery, page_of
from pages.shared.messages import SPLIT_WORDS, count

A_PAGE = 120
COLUMNS = {
    "path": st.column_config.TextColumn("File", width="medium"),
    "reason": st.column_config.TextColumn("Why it was left out", width="large"),
}


def show(dataset: Dataset) -> None:
    """Draw what people left out, and the table of what the import left out."""
    st.caption(_accounts(dataset))
    table = cached.left_out(dataset.reference)
    by_hand = table["reason"] == LEFT_OUT_BY_HAND
    if by_hand.any():
        _by_hand(dataset)
        table = table[~by_hand]
        if table.empty:
            return
    if table.empty:
        st.markdown("Every file could be read. Nothing was left out.")
        return
    _files(dataset, table)


def of_import(dataset: Dataset) -> None:
    """Draw the table of what the import left out, in the place of its images."""
    st.markdown("These files are not in the data set, so there are no images of them.")
    table = cached.left_out(dataset.reference)
    _files(dataset, table[table["reason"] != LEFT_OUT_BY_HAND])


def _files(dataset: Dataset, table: pd.DataFrame) -> None:
    st.dataframe(table, column_config=COLUMNS, hide_index=True, alt="Files that were left out, with reasons")
    st.download_button(
        "Download as CSV",
        lambda: safe_csv(table),
        file_name=f"{dataset.name}-left-out.csv",
        mime="text/csv",
        icon=":material/download:",
    )


def _accounts(dataset: Dataset) -> str:
    """That every file is accounted for: those seen are those taken, left out and ignored."""
    ignored = (
        f", {count(dataset.ignored, 'hidden or system files', 'hidden or system file')} ignored"
        if dataset.ignored
        else ""
    )
    return f"{count(dataset.files_seen, 'files', 'file')} seen: {dataset.images:,} taken, {dataset.left_out:,} left out{ignored}."


def _by_hand(dataset: Dataset) -> None:
    images = left_out_by_hand(workspace(), dataset)
    there = edit_pending.of(dataset)
    coming = {name for one in there.edits if isinstance(one, PutBack) for name in one.images} if there else set()
    names = names_of(images)
    waiting = tuple(name for name in names if name not in coming)
    can_edit = edit_pending.can_edit(dataset)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(
            f"**{count(len(images), 'images', 'image')} left out by hand.** Click one to put it back.", width="content"
        )
        if can_edit and waiting and st.button(f"Put all {len(waiting):,} back", key="explore_put_back"):
            edit_pending.add(dataset, PutBack(waiting))
            st.rerun()
    part = page_of(len(images), "explore_left_out_page", A_PAGE)
    shown = list(zip(images.iloc[part].itertuples(), names[part], strict=True))
    tiles = [
        Tile(
            str(part.start + place),
            thumbnail_url(dataset.name, row.sha256),
            f"{row.label} · {SPLIT_WORDS[row.split]} · {row.path}",
            "put back" if name in coming else "",
        )
        for place, (row, name) in enumerate(shown)
    ]
    clicked = gallery(tiles, "explore_left_out")
    if clicked is not None and can_edit and (name := names[int(clicked)]) not in coming:
        edit_pending.add(dataset, PutBack((name,)))
        st.rerun()
