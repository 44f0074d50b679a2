"""Why the image of the large view is a finding, the others of its group, and what can be done with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.data import mend
from core.data.checks import Issue
from core.data.dataset import Dataset
from pages.explore_parts import edit_findings
from pages.explore_parts.findings import Kind
from pages.shared import edit_pending
from pages.shared.addresses import thumbnail_url
from pages.shared.gallery import Tile, gallery
from pages.shared.messages import SPLIT_WORDS, plain

MOST = 24
MOST_LABELS = 4


def show(
    dataset: Dataset, index: pd.DataFrame, among: np.ndarray, row: int, finding: Kind
) -> tuple[np.ndarray, int] | None:
    """Draw the reason and the others of the group.

    Returns:
        Where one of these was just clicked: `among`, with it, and its place there.
    """
    issue = finding.of(index["path"].iloc[row])
    if issue is None:
        return None
    st.caption(plain(issue.message))
    if not finding.of_groups:
        return None
    group = np.flatnonzero(index["path"].isin(issue.images))
    others = group[group != row]
    now = edit_pending.as_it_will_be(dataset, index, others[:MOST])
    tiles = [
        Tile(str(other), thumbnail_url(dataset.name, sha256), f"{one.label} · {SPLIT_WORDS[one.split]}", one.mark)
        for other, sha256, one in zip(others[:MOST], index["sha256"].iloc[others[:MOST]], now, strict=True)
    ]
    clicked = gallery(tiles, key="explore_twins", size=112, captions=True)
    if edit_pending.can_edit(dataset):
        _actions(dataset, index, row, others, issue)
    if clicked is None:
        return None
    if int(clicked) not in among:
        among = np.append(among, int(clicked))
    return among, int(np.flatnonzero(among == int(clicked))[0])


def _actions(dataset: Dataset, index: pd.DataFrame, row: int, others: np.ndarray, issue: Issue) -> None:
    index, groups = edit_pending.with_changes(dataset, index, [issue.images])
    inside = index["path"].isin([path for group in groups for path in group]).to_numpy()
    with st.container(horizontal=True):
        can_differ = issue.kind in edit_findings.CAN_BE_DIFFERENT and edit_findings.of_several_files(index, groups)
        of_bursts = edit_findings.is_of_bursts(issue.kind, issue.severity)
        if can_differ and of_bursts:
            _different(dataset, index, issue)
        # all images of a series are worth keeping
        out = mend.keep_this(index, row, others[inside[others]]) if issue.kind != edit_findings.OF_SERIES else None
        if out and st.button("Keep this, leave the others out", icon=":material/filter_1:", key="explore_keep_this"):
            edit_pending.add(dataset, out)
            st.rerun(scope="fragment")
        if issue.kind == "two_labels":
            labels = sorted(set(index["label"][inside].astype(str)))
            for place, label in enumerate(labels[:MOST_LABELS] if len(labels) > 1 else []):
                edit = mend.keep_label(index, groups, label)
                if (
                    st.button(plain(f"All are {label}"), icon=":material/sell:", key=f"explore_all_are_{place}")
                    and edit
                ):
                    edit_findings.keep_label(dataset, index, groups, edit)
                    st.rerun(scope="fragment")
        if can_differ and not of_bursts:
            _different(dataset, index, issue)


def _different(dataset: Dataset, index: pd.DataFrame, issue: Issue) -> None:
    if st.button("Different things", icon=":material/call_split:", key="explore_different_one"):
        edit_findings.call_different(dataset, index, [issue.images])
        st.rerun()
