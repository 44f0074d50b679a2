"""Selecting images of the gallery, on this page or all that match, and what can be done with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import SPLITS, Dataset
from core.data.edits import LeaveOut, Relabel, names_of
from pages.shared import edit_pending, state, telling
from pages.shared.gallery import Selection
from pages.shared.messages import SPLIT_WORDS, count, plain

SWITCH, SELECTED, SET = "explore_select", "explore_selected", "explore_selected_set"


def switch(dataset: Dataset) -> bool:
    """Draw the switch between looking and selecting; gives back whether a click selects."""
    can = edit_pending.can_edit(dataset)
    help = "Select several, to relabel them, move them or leave them out. Shift selects a range, Ctrl+A the page."
    older = "This is an earlier version. Choose the newest to change it, or go back to this one under Versions."
    on = st.toggle("Select", key=SWITCH, help=help if can else older, disabled=not can)
    return on and can


def is_on(dataset: Dataset) -> bool:
    """Whether a click selects."""
    return bool(state.get(SWITCH, False)) and edit_pending.can_edit(dataset)


def selection(dataset: Dataset, rows: np.ndarray) -> Selection:
    """What of these tiles is selected."""
    page = {str(row) for row in rows}

    def changed(ids: set[str]) -> None:
        others = selected(dataset) - {int(row) for row in page}
        state.put(SELECTED, (dataset.reference, others | {int(row) for row in ids & page}))

    first_and_last = f"{rows[0]}-{rows[-1]}-{len(rows)}"
    revision = f"{dataset.reference}-{dataset.created_at}-{first_and_last}-{state.get(SET, 0)}"
    chosen = selected(dataset)
    return Selection({str(row) for row in rows if int(row) in chosen}, revision, changed)


def selected(dataset: Dataset) -> set[int]:
    """The selected rows of this version."""
    reference, rows = state.get(SELECTED, ("", set()))
    return rows if reference == dataset.reference else set()


def select(dataset: Dataset, rows: np.ndarray) -> None:
    """Select these rows and no others."""
    state.put(SELECTED, (dataset.reference, {int(row) for row in rows}))
    state.put(SET, state.get(SET, 0) + 1)


def bar(dataset: Dataset, index: pd.DataFrame, shown: np.ndarray, rows: np.ndarray) -> None:
    """Draw how many are selected, what more can be, and what can be done with them."""
    chosen = np.array(sorted(selected(dataset)), int)
    nothing = not len(chosen)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="explore_selection"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            hidden = len(np.setdiff1d(chosen, rows))
            unseen = f", {hidden:,} of them not among these" if hidden else ""
            st.markdown(f"**{count(len(chosen))} selected**{unseen}", width="content")
            if len(rows) > len(shown):
                page = np.union1d(chosen, shown)
                st.button("Select page", key="explore_select_page", on_click=select, args=(dataset, page))
            every = f"Select all {len(rows):,} that match"
            st.button(every, key="explore_select_all", on_click=select, args=(dataset, rows))
            st.button("Clear", key="explore_select_none", on_click=select, args=(dataset, chosen[:0]), disabled=nothing)
        with st.container(horizontal=True, width="content"):
            if st.button("Relabel", icon=":material/sell:", key="explore_relabel", disabled=nothing):
                _relabel(dataset, index, chosen, state.opening())
            if st.button("Move to split", icon=":material/call_split:", key="explore_move", disabled=nothing):
                _move(dataset, index, chosen, state.opening())
            if st.button("Leave out", icon=":material/visibility_off:", key="explore_leave_out", disabled=nothing):
                edit_pending.add(dataset, LeaveOut(tuple(names_of(index, chosen))))
                _done(dataset)


@st.dialog("Relabel")
def _relabel(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, opening: int) -> None:
    label = st.selectbox(
        "Class",
        edit_pending.classes(dataset),
        index=None,
        placeholder="Choose a class, or type a new one",
        accept_new_options=True,
        key=f"explore_relabel_to_{opening}",
    )
    chosen = bool(label and label.strip())
    button = plain(f"Relabel {count(len(rows), 'images', 'image')}" + (f" to {label}" if label else ""))
    if st.button(button, type="primary", disabled=not chosen, key="explore_relabel_now"):
        edit_pending.add(dataset, Relabel(tuple(names_of(index, rows)), str(label)))
        _done(dataset)


@st.dialog("Move to split")
def _move(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, opening: int) -> None:
    st.caption("Copies of a picture, and images of one group, go together.")
    split = st.segmented_control(
        "Split",
        SPLITS,
        format_func=SPLIT_WORDS.__getitem__,
        required=True,
        default=SPLITS[0],
        key=f"explore_move_to_{opening}",
    )
    button = f"Move {count(len(rows), 'images', 'image')} to {SPLIT_WORDS[split]}"
    if st.button(button, type="primary", key="explore_move_now"):
        if with_them := edit_pending.move(dataset, index, rows, split):
            telling.say(f"{count(with_them, 'images', 'image')} more, of the same groups, will move too.")
        _done(dataset)


def _done(dataset: Dataset) -> None:
    select(dataset, np.array([], int))
    st.rerun()
