"""Versions with what changed, the way back to each, export; disk space, rename and delete."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from core.data import shelf
from core.data.dataset import Dataset
from core.errors import FoveaError
from core.evaluate.renaming import rename_dataset
from core.train.runs import list_runs
from pages.explore_parts import export_version
from pages.shared import cached, edit_bar, edit_pending, state, telling
from pages.shared.cached import workspace
from pages.shared.gallery import page_of
from pages.shared.messages import ago, count, plain, show_error, size

A_PAGE = 10
MOST_ARCHIVES = 3


def show(dataset: Dataset) -> None:
    """Draw the versions of the data set, newest first, and what can be done with each and with all of it."""
    every = list(reversed(shelf.versions(workspace(), dataset.name)))
    runs = Counter(run.dataset for run in list_runs(workspace()))
    unsaved = edit_pending.of(dataset) is not None
    if unsaved and len(every) > 1:
        st.caption("Save or discard your changes, then you can go back.")
    for version in every[page_of(len(every), "explore_versions_page", A_PAGE)]:
        _version(version, every, dataset, runs[version.reference], unsaved)
    for job in export_version.ready(dataset)[:MOST_ARCHIVES]:
        export_version.link(job)
    with st.spinner("Counting the disk space"):
        used = cached.disk_bytes(dataset.name)
    outside = dataset.source["kind"] in ("folder", "manifest")
    where = " Its pictures may lie outside, in their own folder, and are not counted." if outside else ""
    st.caption(f"{plain(dataset.name)} takes {size(used)} of disk space in all its versions.{where}")
    with st.container(horizontal=True):
        if st.button("Rename", icon=":material/edit:", key="explore_rename"):
            _rename(dataset.name, state.opening())
        if st.button("Delete", icon=":material/delete:", key="explore_delete"):
            _delete(dataset.name, used, outside)


def _version(version: Dataset, every: list[Dataset], looked_at: Dataset, runs: int, unsaved: bool) -> None:
    newest = every[0]
    facts = [
        ago(version.created_at),
        count(version.images, "images", "image"),
        count(len(version.classes), "classes", "class"),
        *([f"{version.left_out:,} left out"] if version.left_out else []),
        *([f"used by {count(runs, 'runs', 'run')}"] if runs else []),
    ]
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"explore_v{version.version}"):
        with st.container(width="stretch", gap="xsmall"):
            here = " · shown" if version.version == looked_at.version and len(every) > 1 else ""
            st.markdown(f"**Version {version.version}**{here}  \n{plain(_sentence(version.change))}")
            st.caption(" · ".join(facts))
        if version == newest and len(every) > 1:
            if st.button("Undo", icon=":material/undo:", key="explore_undo", disabled=unsaved):
                edit_bar.undo_to(newest)
        elif version != newest and st.button(
            "Go back to this", icon=":material/history:", key=f"explore_back_{version.version}", disabled=unsaved
        ):
            edit_bar.undo_to(newest, version)
        if st.button("Export", icon=":material/archive:", key=f"explore_export_{version.version}"):
            export_version.open_export(version)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


@st.dialog("Rename")
def _rename(name: str, opening: int) -> None:
    with st.form("explore_rename_form", border=False):
        new_name = st.text_input("New name", name, max_chars=64, key=f"explore_new_name_{opening}").strip()
        if not st.form_submit_button("Rename", type="primary"):
            return
    try:
        if new_name != name:
            new_name = rename_dataset(workspace(), name, new_name)[-1].name
    except FoveaError as error:
        show_error(error)
        return
    state.set_parameter("data", new_name)
    st.rerun()


@st.dialog("Delete this data set?")
def _delete(name: str, used: int, outside: bool) -> None:
    runs = sum(run.dataset.rpartition("@")[0] == name for run in list_runs(workspace()))
    stay = "that learned from it stays, with its" if runs == 1 else "that learned from it stay, with their"
    kept = f" {count(runs, 'runs', 'run')} {stay} figures." if runs else ""
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
    telling.say(f"{name} is gone; {size(freed)} came free.")
    st.rerun()
