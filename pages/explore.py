"""Explore: what is in this data, and what is wrong with it?"""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from pages.explore_parts import (
    add_data,
    bars,
    collect,
    edit_classes,
    edit_findings,
    filters,
    findings,
    importing,
    large_view,
    left_out,
    limits,
    map,
    sizes,
    tiles,
    versions,
)
from pages.shared import cached, edit_bar, edit_pending, frame
from pages.shared.messages import count

frame.header("Explore", "What is in this data, and what is wrong with it?")
importing.show()


def main() -> None:
    """The data set in hand, or the way to one; or what is recorded with the webcam."""
    collect.open_if_asked(frame.dataset_in_hand())
    if token := collect.in_hand():
        collect.show(token, frame.dataset_in_hand())
        return
    collect.offer()
    add_data.open_if_asked(frame.dataset_in_hand())
    if importing.makes_new_set():
        if frame.dataset_in_hand() and st.button("Look at another data set meanwhile", key="look_elsewhere"):
            importing.look_elsewhere()
        return
    with st.container(horizontal=True):
        with st.container(width="stretch"):
            dataset = frame.choose_dataset()
        if dataset:
            with st.container(horizontal=True, width="content"):
                actions(dataset)
    if dataset:
        importing.lead_on(dataset)
        show(dataset)
    elif not importing.under_way():
        empty()
    elif st.button("Add data", icon=":material/add:"):
        add_data.open_doors()


def actions(dataset: Dataset) -> None:
    """What can be done with all of the data set."""
    if st.button("Record", icon=":material/videocam:"):
        collect.open_webcam(dataset.name)
    if edit_pending.can_edit(dataset) and st.button("Classes", icon=":material/sell:"):
        edit_classes.open_classes(dataset)
    if st.button("Add data", icon=":material/add:"):
        add_data.open_doors(dataset)


def empty() -> None:
    """There is no data at all."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown("**No images yet**", width="content")
        st.caption(
            "Bring a folder or a zip with one folder of pictures for each class, record with a webcam, or take a known set.",
            width="content",
        )
        if st.button("Add data", type="primary", icon=":material/add:"):
            add_data.open_doors()
        st.space("small")


def show(dataset: Dataset) -> None:
    """Everything about one version of a data set."""
    edit_bar.show(dataset)
    with st.spinner("Reading the list of images"):
        index = cached.index(dataset.reference)
        thresholds = limits.read()
        found = findings.kinds(cached.issues(dataset.reference, thresholds))
    above = st.expander(" · ".join(figures(dataset, found)), icon=":material/bar_chart:", key="explore_by_class")
    choice = filters.show(dataset, found, thresholds)
    rows = filters.matching(index, choice)
    edit_findings.show(dataset, index, rows, choice.finding)
    with above:
        bars.show(dataset, index, choice)
        if told := findings.kept_together(dataset):
            st.caption(f":material/call_split: {told}")
    large_view.open_if_asked(dataset, index, rows)

    names = [
        "Gallery",
        "Map",
        "Sizes",
        f"Left out ({count(dataset.left_out)})" if dataset.left_out else "Left out",
        "Versions",
    ]
    gallery, image_map, size, left, version = st.tabs(names, key=f"explore_tabs_{dataset.name}", on_change="rerun")
    if gallery.open:
        with gallery:
            tiles.show(dataset, index, rows, choice.finding)
    if image_map.open:
        with image_map:
            map.show(dataset, index, rows, found)
    if size.open:
        with size:
            sizes.show(index, rows)
    if left.open:
        with left:
            left_out.show(dataset)
    if version.open:
        with version:
            versions.show(dataset)


def figures(dataset: Dataset, found: list[findings.Kind]) -> list[str]:
    """What the data set holds, in a line: pictures come first on this page."""
    counted = [
        (dataset.images, "images", "image"),
        (len(dataset.classes), "classes", "class"),
        (sum(kind.count for kind in found), "findings", "finding"),  # as the chips below count them
    ]
    return [f"**{number:,}** {one if number == 1 else many}" for number, many, one in counted]


main()
