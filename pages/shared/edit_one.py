"""Changing the one image of the large view."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.data.collect import BURST
from core.data.dataset import SPLITS, Dataset
from core.data.edits import LeaveOut, PutBack, Relabel, names_of
from pages.shared import edit_pending, state
from pages.shared.messages import SPLIT_WORDS, count


def show(dataset: Dataset, index: pd.DataFrame, row: int) -> None:
    """Draw class, split and Leave out of the image at `row`. What is chosen waits to be saved."""
    (now,) = edit_pending.as_it_will_be(dataset, index, np.array([row]))
    classes = edit_pending.classes(dataset)
    label_key, split_key = (f"explore_{what}_{dataset.reference}_{row}" for what in ("label", "split"))
    state.put(label_key, now.label)  # whatever was last chosen here, undone or not
    state.put(split_key, now.split)
    st.selectbox(
        "Class",
        classes if now.label in classes else [*classes, now.label],
        accept_new_options=True,
        key=label_key,
        on_change=_relabel,
        args=(dataset, index, row, label_key, now.label),
    )
    st.segmented_control(
        "Split",
        SPLITS,
        format_func=SPLIT_WORDS.__getitem__,
        required=True,
        key=split_key,
        on_change=_move,
        args=(dataset, index, row, split_key, now.split),
    )
    with_them = state.get("explore_with_them", 0)
    if with_them:
        state.forget("explore_with_them")
        st.caption(f"{count(with_them, 'images', 'image')} of its group will move too.")
    what, icon, kind = (
        ("Put back", ":material/visibility:", PutBack)
        if now.left_out
        else ("Leave out", ":material/visibility_off:", LeaveOut)
    )
    if st.button(what, icon=icon, key="explore_leave_one"):
        edit_pending.add(dataset, kind(tuple(names_of(index, [row]))))
        st.rerun(scope="fragment")
    if now.mark:
        _offer_to_the_rest(dataset, index, row, now)
        st.caption("Changed, not saved. Save above, on the page.")


def _offer_to_the_rest(dataset: Dataset, index: pd.DataFrame, row: int, now: edit_pending.Now) -> None:
    """The new class, or to leave out, for all of its burst or group: they were recorded, or named, in one go."""
    group, old = (str(index[name].iloc[row]) for name in ("group", "label"))
    if not group or (now.label == old and not now.left_out):
        return
    rows = np.flatnonzero((index["group"] == group).to_numpy())
    for_now = zip(rows.tolist(), edit_pending.as_it_will_be(dataset, index, rows), strict=True)
    rest = [at for at, one in for_now if not one.left_out and (now.left_out or one.label == old)]
    of_what = "burst" if group.startswith(BURST) else "group"
    words = (
        f"The other {len(rest):,} images of its {of_what} too"
        if len(rest) > 1
        else f"The other one of its {of_what} too"
    )
    if rest and st.button(words, icon=":material/burst_mode:", key="explore_rest_of_group"):
        names = tuple(names_of(index, rest))
        edit_pending.add(dataset, LeaveOut(names) if now.left_out else Relabel(names, now.label))
        st.rerun(scope="fragment")


def _relabel(dataset: Dataset, index: pd.DataFrame, row: int, key: str, before: str) -> None:
    label = (state.get(key, "") or "").strip()
    if label and label != before:
        edit_pending.add(dataset, Relabel(tuple(names_of(index, [row])), label))


def _move(dataset: Dataset, index: pd.DataFrame, row: int, key: str, before: str) -> None:
    split = state.get(key, "")
    if split and split != before:
        state.put("explore_with_them", edit_pending.move(dataset, index, np.array([row]), split))
