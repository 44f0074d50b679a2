"""Versions, disk space, rename and delete."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.data import shelf
from core.data.dataset import Dataset
from core.errors import FoveaError
from core.train.runs import list_runs
from pages.shared import cached, state
from pages.shared.cached import workspace
from pages.shared.messages import ago, count, plain, show_error, size

TOLD = "explore_told"
COLUMNS = {
    "version": st.column_config.NumberColumn("Version", width="small", format="%d"),
    "change": st.column_config.TextColumn("What changed", width="large"),
    "images": st.column_config.NumberColumn("Images", format="localized"),
    "classes": st.column_config.NumberColumn("Classes", format="localized"),
    "left_out": st.column_config.NumberColumn("Left out", format="localized"),
    "made": st.column_config.TextColumn("Made"),
}


def tell() -> None:
    """Say what the last deletion did, once."""
    if told := state.get(TOLD, ""):
        st.toast(plain(told), icon=":material/check:")
        state.forget(TOLD)


def show(dataset: Dataset) -> None:
    """Draw the versions of the data set, and what can be done with all of it."""
    every = shelf.versions(workspace(), dataset.name)
    st.dataframe(
        pd.DataFrame(map(_row, reversed(every)), columns=list(COLUMNS)),
        column_config=COLUMNS,
        hide_index=True,
        alt="Versions of the data set",
    )
    with st.spinner("Counting the disk space"):
        used = cached.disk_bytes(dataset.name)
    outside = dataset.source["kind"] in ("folder", "manifest")
    where = " Its pictures may lie outside, in their own folder, and are not counted." if outside else ""
    st.caption(f"{plain(dataset.name)} takes {size(used)} of disk space in all its versions.{where}")
    with st.container(horizontal=True):
        if st.button("Rename", icon=":material/edit:", key="explore_rename"):
            _rename(dataset.name)
        if st.button("Delete", icon=":material/delete:", key="explore_delete"):
            _delete(dataset.name, used, outside)


def _row(version: Dataset) -> dict[str, object]:
    return {
        "version": version.version,
        "change": version.change,
        "images": version.images,
        "classes": len(version.classes),
        "left_out": version.left_out,
        "made": ago(version.created_at),
    }


@st.dialog("Rename")
def _rename(name: str) -> None:
    with st.form("explore_rename_form", border=False):
        new_name = st.text_input("New name", name, max_chars=64, key=f"explore_new_name_{name}").strip()
        if not st.form_submit_button("Rename", type="primary"):
            return
    try:
        if new_name != name:
            shelf.rename(workspace(), name, new_name)
    except FoveaError as error:
        show_error(error)
        return
    state.set_parameter("data", new_name)
    st.rerun()


@st.dialog("Delete this data set?")
def _delete(name: str, used: int, outside: bool) -> None:
    runs = sum(run.dataset.rpartition("@")[0] == name for run in list_runs(workspace()))
    kept = f" {count(runs, 'runs', 'run')} that learned from it stay, with their figures." if runs else ""
    still = " Pictures in their own folder stay there." if outside else ""
    st.markdown(f"**{plain(name)}** goes with all its versions, and {size(used)} come free.{still}{kept}")
    st.markdown("This cannot be undone.")
    if not st.button(plain(f"Delete {name} and free {size(used)}"), type="primary", key="explore_delete_now"):
        return
    try:
        with st.spinner("Deleting"):
            freed = shelf.delete(workspace(), name)
    except FoveaError as error:
        show_error(error)
        return
    state.set_parameter("data", None)
    state.put(TOLD, f"{name} is gone; {size(freed)} came free.")
    st.rerun()
