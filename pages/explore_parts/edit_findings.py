"""From a finding of copies to the changes that mend it, which wait to be saved."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.data.dataset import Dataset
from core.data.mend import keep_on_one_side, keep_one
from pages.explore_parts import edit_pending, telling
from pages.explore_parts.findings import Kind
from pages.shared.messages import count

OF_COPIES = ("exact_duplicates", "near_duplicates", "split_leak")  # kinds whose findings are groups of copies


def show(dataset: Dataset, index: pd.DataFrame, finding: Kind | None) -> None:
    """Draw what mends `finding`, where something can."""
    if finding is None or finding.issues[0].kind not in OF_COPIES or not edit_pending.can_edit(dataset):
        return
    groups = [issue.images for issue in finding.issues if len(issue.images) > 1]
    inside = index[index["path"].isin({path for group in groups for path in group}).to_numpy()]
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Keep one of each, leave the rest out", icon=":material/filter_1:", key="explore_keep_one"):
            _keep_one(dataset, index, groups)
        if inside["split"].nunique() > 1 and st.button(
            "Keep them on one side", icon=":material/call_split:", key="explore_one_side"
        ):
            _keep_on_one_side(dataset, index, groups)


def _keep_one(dataset: Dataset, index: pd.DataFrame, groups: list[tuple[str, ...]]) -> None:
    edit, passed_over = keep_one(index, groups)
    if edit:
        edit_pending.add(dataset, edit)
    if passed_over:
        many = count(passed_over, "groups have", "group has")
        telling.say(f"{many} several labels. Only you can say which is right: select the others and leave them out.")
    st.rerun()


def _keep_on_one_side(dataset: Dataset, index: pd.DataFrame, groups: list[tuple[str, ...]]) -> None:
    if moves := keep_on_one_side(index, groups):
        edit_pending.add(dataset, *moves)
    else:
        telling.say("Each group is on one side already.")
    st.rerun()
