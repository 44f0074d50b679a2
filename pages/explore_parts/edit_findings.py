"""From a finding to the changes that mend it, which wait to be saved, or to the word that it is none."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.data import different, mend
from core.data.dataset import Dataset, read_index
from core.data.edits import Edit, Move
from pages.explore_parts import add_data
from pages.explore_parts.findings import Kind
from pages.shared import edit_pending, telling
from pages.shared.cached import workspace
from pages.shared.messages import count, plain

Groups = Sequence[tuple[str, ...]]
OF_COPIES = ("exact_duplicates", "near_duplicates", "split_leak")
CAN_BE_DIFFERENT = ("near_duplicates", "two_labels")
OF_IMAGES = ("changed", "too_dark", "too_bright", "blurry", "uniform", "odd_size", "odd_shape", "outlier")
OF_CLASSES = ("missing_in_split", "class_size", "class_imbalance", "few_test_images")


def show(dataset: Dataset, index: pd.DataFrame, finding: Kind | None) -> None:
    """Draw what mends `finding`, where something can."""
    if not edit_pending.can_edit(dataset):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if finding is not None:
            kind, groups = finding.issues[0].kind, finding.groups
            if kind in OF_COPIES:
                _of_copies(dataset, index, groups)
            if kind == "two_labels":
                _of_two_labels(dataset, index, groups)
            unlike = of_several_files(index, groups) if kind in CAN_BE_DIFFERENT else []
            if unlike and st.button("They are different things", icon=":material/call_split:", key="explore_different"):
                call_different(dataset, index, unlike)
                st.rerun()
            if kind in OF_IMAGES and st.button(
                f"Leave all {finding.count:,} out", icon=":material/visibility_off:", key="explore_leave_found"
            ):
                _add(dataset, mend.leave_out(index, groups))
            if kind in OF_CLASSES and st.button("Add images", icon=":material/add:", key="explore_add_found"):
                add_data.open_doors(dataset)
        _called_different(dataset)


def of_several_files(index: pd.DataFrame, groups: Groups) -> Groups:
    """The groups that are not of one and the same file, of which nobody can say that it is several things."""
    sha256 = dict(zip(index["path"], index["sha256"], strict=True))
    return [group for group in groups if len({sha256.get(path) for path in group}) > 1]


def call_different(dataset: Dataset, index: pd.DataFrame, groups: Groups) -> None:
    """Keep that the images of each group are different things, for all versions; they are found no more."""
    sha256 = dict(zip(index["path"], index["sha256"], strict=True))
    different.say(workspace(), dataset.name, ({sha256[path] for path in group} for group in groups))
    telling.say(f"{count(len(groups), 'groups are', 'group is')} of different things, and no finding any more.")


def _called_different(dataset: Dataset) -> None:
    said = different.read(workspace(), dataset.name)
    words = f"{count(len(said), 'groups', 'group')} called different: find again"
    if said and st.button(words, icon=":material/undo:", type="tertiary", key="explore_different_back"):
        different.say(workspace(), dataset.name, said, different=False)
        st.rerun()


def _of_copies(dataset: Dataset, index: pd.DataFrame, groups: Groups) -> None:
    if st.button("Keep one of each, leave the rest out", icon=":material/filter_1:", key="explore_keep_one"):
        edit, passed_over = mend.keep_one(index, groups)
        if passed_over:
            many = count(passed_over, "groups have", "group has")
            telling.say(f"{many} several labels. Only you can say which is right: see the finding “Two labels”.")
        _add(dataset, edit)
    inside = index["split"][index["path"].isin({path for group in groups for path in group}).to_numpy()]
    if inside.nunique() > 1 and st.button(
        "Keep them on one side", icon=":material/call_split:", key="explore_one_side"
    ):
        moves = mend.keep_on_one_side(read_index(workspace(), dataset), groups)
        if _changes_a_given_test_split(dataset, index, moves):
            _ask(dataset, index, groups, moves)
            return
        if not moves:
            telling.say("Each group is on one side already.")
        _add(dataset, *moves)


def _of_two_labels(dataset: Dataset, index: pd.DataFrame, groups: Groups) -> None:
    paths = {path for group in groups for path in group}
    with st.popover("Keep one label", icon=":material/sell:"):
        labels = sorted(set(index["label"][index["path"].isin(paths).to_numpy()].astype(str)))
        label = st.selectbox("Label that is right", labels, key="explore_right_label")
        edit = mend.keep_label(index, groups, label) if label else None
        if edit and st.button(
            plain(f"Relabel {count(len(edit.images), 'images', 'image')} to {label}"), key="explore_keep_label"
        ):
            _add(dataset, edit)
    if st.button("Leave all of them out", icon=":material/visibility_off:", key="explore_leave_both"):
        _add(dataset, mend.leave_out(index, groups))


def _changes_a_given_test_split(dataset: Dataset, index: pd.DataFrame, moves: Sequence[Move]) -> tuple[int, int] | None:
    """How many images would leave and enter a test split that the source brought; None where none does."""
    if dataset.split_by != "source":
        return None
    tests = set(index["path"][(index["split"] == "test").to_numpy()])
    leaving = sum(name.path in tests for move in moves for name in move.images)
    entering = sum(len(move.images) for move in moves if move.split == "test")
    return (leaving, entering) if leaving or entering else None


@st.dialog("Change the test split of the source?")
def _ask(dataset: Dataset, index: pd.DataFrame, groups: Groups, moves: list[Move]) -> None:
    leaving, entering = _changes_a_given_test_split(dataset, index, moves) or (0, 0)
    changes = [f"{count(leaving, 'images', 'image')} would leave it"] * (leaving > 0)
    changes += [f"{count(entering, 'images', 'image')} would come into it"] * (entering > 0)
    st.markdown(
        f"The source came with a test split of its own. {' and '.join(changes)}; accuracies on it could no longer be "
        "compared with those of others."
    )
    instead = mend.keep_in_test(index, groups)
    with st.container(horizontal=True):
        all_moved = sum(len(move.images) for move in moves)
        if st.button(f"Move {count(all_moved, 'images', 'image')}", key="explore_move_anyway"):
            _add(dataset, *moves)
        if instead and st.button(
            f"Leave out {count(len(instead.images), 'copies', 'copy')} that are not in it",
            type="primary",
            key="explore_keep_test",
        ):
            _add(dataset, instead)


def _add(dataset: Dataset, *edits: Edit | None) -> None:
    if made := [edit for edit in edits if edit]:
        edit_pending.add(dataset, *made)
    st.rerun()
