"""From a finding to the changes that mend it, which wait to be saved, or to the word that it is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.data import different, mend
from core.data.checks.classes import part_of
from core.data.dataset import Dataset
from core.data.edits import Edit, Group, LeaveOut, Move, NearCopies, Relabel, in_words
from pages.explore_parts import add_data, collect, edit_classes, edit_selection
from pages.explore_parts.findings import Kind
from pages.shared import cached, edit_pending, telling
from pages.shared.cached import workspace
from pages.shared.messages import count, plain

Groups = Sequence[tuple[str, ...]]
OF_COPIES = ("exact_duplicates", "near_duplicates", "split_leak")
OF_SERIES, OF_NAMES = "series_in_splits", "similar_names"
CAN_BE_DIFFERENT = ("near_duplicates", "two_labels", "split_leak")
OF_IMAGES = ("changed", "too_dark", "too_bright", "blurry", "uniform", "odd_size", "odd_shape", "outlier")
OF_CLASSES = ("missing_in_split", "class_size", "class_imbalance", "few_test_images")


def show(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, finding: Kind | None) -> None:
    """Draw what mends `finding`, where something can: for what is selected of it, else for what is looked at.

    Args:
        rows: What the filters let through.
    """
    if not edit_pending.can_edit(dataset):
        return
    if finding is not None and edit_pending.of(dataset):
        _say_what_waits(dataset, index, finding)
    with st.container(horizontal=True, vertical_alignment="center", key="explore_mend"):
        if finding is not None:
            kind = finding.issues[0].kind
            meant = _meant(dataset, index, rows, finding)
            index, groups = edit_pending.with_changes(dataset, index, meant)
            of_bursts = is_of_bursts(kind, finding.issues[0].severity)
            if of_bursts:
                _of_different(dataset, index, groups)
            if kind in OF_COPIES:
                _of_copies(dataset, index, groups)
            if kind == "two_labels":
                _of_two_labels(
                    dataset, index, groups, _extent(dataset, rows, len(meant), finding), can_go=not of_bursts
                )
            if kind == OF_SERIES:
                _of_series(dataset, index, groups)
            if kind in CAN_BE_DIFFERENT:
                _of_different(dataset, index, [] if of_bursts else groups)
                _of_all_different(dataset, index, groups)
            if kind in OF_IMAGES and (edit := mend.leave_out(index, groups)):
                all_of_them = f"Leave all {len(edit.images):,} out"
                if st.button(all_of_them, icon=":material/visibility_off:", key="explore_leave_found"):
                    _add(dataset, edit)
            if kind == OF_NAMES:
                _of_names(dataset, finding)
            if kind in OF_CLASSES:
                _of_classes(dataset, index, finding.issues[0].classes)
        _called_different(dataset)


def _of_classes(dataset: Dataset, index: pd.DataFrame, classes: tuple[str, ...]) -> None:
    """More images of them, in the way in which they came."""
    if part_of(index, classes) == "burst":
        if st.button("Record more bursts", icon=":material/videocam:", key="explore_record_found"):
            collect.open_webcam(dataset.name)
    elif st.button("Add images", icon=":material/add:", key="explore_add_found"):
        add_data.open_doors(dataset)


def _of_names(dataset: Dataset, finding: Kind) -> None:
    """Merge the first of these that no unsaved change has merged."""
    there = set(edit_pending.classes(dataset))
    alike = next((issue.classes for issue in finding.issues if len(there & set(issue.classes)) > 1), ())
    if alike and st.button(plain(f"Merge {' and '.join(alike)}"), icon=":material/merge:", key="explore_merge_found"):
        edit_classes.open_classes(dataset, alike)


def _say_what_waits(dataset: Dataset, index: pd.DataFrame, finding: Kind) -> None:
    """How many the unsaved changes mend: the chip counts those of the version that is looked at."""
    first = finding.issues[0]
    if first.classes or finding.of_left_out:
        return
    index, groups = edit_pending.with_changes(dataset, index, finding.groups)
    left = len(mend.still_true(first.kind, index, groups)) if finding.of_groups else sum(map(len, groups))
    if waiting := finding.count - left:
        st.caption(f":material/save: {waiting:,} of {finding.count:,} mended by changes that wait to be saved.")


def _meant(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, finding: Kind) -> list[tuple[str, ...]]:
    """The images of each finding that is meant: those of a group stay together, hidden or not."""
    here = set(index["path"].iloc[_selected(dataset, rows) or rows])
    if finding.of_groups:
        return [group for group in finding.groups if not here.isdisjoint(group)]
    return [kept for group in finding.groups if (kept := tuple(path for path in group if path in here))]


def _selected(dataset: Dataset, rows: np.ndarray) -> list[int]:
    chosen = edit_selection.selected(dataset) if edit_selection.is_on(dataset) else set()
    return [row for row in rows if row in chosen]


def _extent(dataset: Dataset, rows: np.ndarray, meant: int, finding: Kind) -> str:
    """Of which groups an action is: those that `_meant` gave."""
    if meant == len(finding.groups):
        return "all that were found"
    return "those selected" if _selected(dataset, rows) else "those shown"


def is_of_bursts(kind: str, severity: str) -> bool:
    """Whether a finding is of bursts, or groups of the source, of several labels: "different things" is the likeliest answer."""
    return (kind, severity) == ("two_labels", "warning")


def of_several_files(index: pd.DataFrame, groups: Groups) -> list[tuple[str, ...]]:
    """The groups that are not one and the same file, of which nobody can say that it is several things."""
    sha256 = dict(zip(index["path"], index["sha256"], strict=True))
    return [tuple(group) for group in groups if len({sha256.get(path) for path in group}) > 1]


def call_different(dataset: Dataset, index: pd.DataFrame, groups: Groups) -> None:
    """Keep that the images of each group are different things, for all versions; they are found no more."""
    sha256 = dict(zip(index["path"], index["sha256"], strict=True))
    different.say(workspace(), dataset.name, ({sha256[path] for path in group} for group in groups))
    telling.say(f"{count(len(groups), 'groups are', 'group is')} of different things, and no finding any more.")


def _of_all_different(dataset: Dataset, index: pd.DataFrame, groups: Groups) -> None:
    """A choice for the whole data set, where there is a near copy."""
    waiting = edit_pending.of(dataset)
    if (waiting and any(isinstance(edit, NearCopies) for edit in waiting.edits)) or not of_several_files(index, groups):
        return
    help = (
        "For parts, screens or cards that are alike but for what matters. No near copies are found in this data set any more, also "
        "when images are added, and none are kept on one side; copies of one file are. Images that stood on one side for it "
        "are drawn anew."
    )
    words = "All near copies of this data set are different things"
    if st.button(words, icon=":material/difference:", key="explore_all_different", help=help):
        _add(dataset, *mend.near_copies_differ(_whole(dataset, index), dataset.seed, dataset.split_by == "fovea"))


def _called_different(dataset: Dataset) -> None:
    if dataset.near_different and st.button(
        "Near copies called different: find again", icon=":material/undo:", type="tertiary", key="explore_near_again"
    ):
        _add(dataset, NearCopies(False))
    said = different.read(workspace(), dataset.name)
    words = f"{count(len(said), 'groups', 'group')} called different: find again"
    if said and st.button(words, icon=":material/undo:", type="tertiary", key="explore_different_back"):
        different.say(workspace(), dataset.name, said, different=False)
        st.rerun()


def _of_different(dataset: Dataset, index: pd.DataFrame, groups: Groups) -> None:
    if unlike := of_several_files(index, groups):
        things = f"{len(unlike):,} groups" if len(unlike) > 1 else "them"
        if st.button(f"Mark {things} as different things", icon=":material/call_split:", key="explore_different"):
            call_different(dataset, index, unlike)
            st.rerun()


def _of_copies(dataset: Dataset, index: pd.DataFrame, groups: Groups) -> str:
    """Returns which groups "Keep one of each" passes over and why, in words."""
    edit, passed_over = mend.keep_one(index, groups)
    many = count(passed_over, "groups have", "group has")
    passed = f"{many} several labels. Only you can say which is right: see the finding “Two labels”."
    bursts = mend.has_alike_bursts(index, groups)
    if bursts and st.button("Add images", icon=":material/add:", key="explore_add_found"):
        add_data.open_doors(dataset)
    words = f"Keep one of each, leave {count(len(edit.images)) if edit else 'the rest'} out"
    if (edit or not bursts) and st.button(
        words, icon=":material/filter_1:", key="explore_keep_one", disabled=edit is None
    ):
        _add(dataset, edit)
    inside = index["split"][index["path"].isin({path for group in groups for path in group}).to_numpy()]
    if inside.nunique() > 1 and st.button(
        "Keep them on one side", icon=":material/call_split:", key="explore_one_side"
    ):
        moves = to_one_side(dataset, index, groups)
        _move(dataset, index, moves, "Each group is on one side already.", mend.keep_in_test(index, groups))
    return passed if passed_over else ""


def _of_series(dataset: Dataset, index: pd.DataFrame, groups: Groups) -> None:
    help = "Each becomes a group: later images of it stay on its side, and it counts as one image in intervals."
    parts = cached.first_parts(dataset.reference)
    first = f"Keep each of {parts:,} first parts on one side"
    first_help = (
        f"Names that are the same up to the first - or _ are taken for one thing: arbiter-s-1, arbiter-se-1. {help}"
    )
    asked = st.button("Keep each series on one side", icon=":material/call_split:", key="explore_series", help=help)
    of_parts = bool(parts) and st.button(
        first, icon=":material/call_split:", key="explore_first_parts", help=first_help
    )
    if asked or of_parts:
        there, whole = edit_pending.of(dataset), _whole(dataset, index)
        waiting = [edit for edit in there.edits if isinstance(edit, Group)] if there else []
        put = {name.path: group for edit in waiting for name, group in zip(edit.images, edit.groups, strict=True)}
        whole["group"] = whole["path"].map(put).fillna(whole["group"])
        edits = mend.keep_series(whole, groups, dataset.seed, of_parts)
        _move(dataset, index, edits, f"Each {'first part' if of_parts else 'series'} is on one side already.")


def _move(
    dataset: Dataset, index: pd.DataFrame, edits: Sequence[Edit], nothing: str, instead: LeaveOut | None = None
) -> None:
    """Add `edits`, which move images; where that changes a test split that the source brought, ask before.

    Args:
        nothing: What to say where there is nothing to do.
        instead: What leaves that test split as it is.
    """
    moves = [edit for edit in edits if isinstance(edit, Move)]
    if _changes_a_given_test_split(dataset, index, moves):
        _ask(dataset, index, edits, instead)
        return
    if not edits:
        telling.say(nothing)
    _add(dataset, *edits)


def to_one_side(dataset: Dataset, index: pd.DataFrame, groups: Groups) -> list[Move]:
    """The moves that keep each group on one side of the split, with what else belongs to it."""
    return mend.keep_on_one_side(_whole(dataset, index), groups)


def _whole(dataset: Dataset, index: pd.DataFrame) -> pd.DataFrame:
    """All columns of the version, near copies as the split takes them, with the labels and splits of `index`."""
    return different.read_apart(workspace(), dataset).assign(label=index["label"], split=index["split"])


def keep_label(dataset: Dataset, index: pd.DataFrame, groups: Groups, edit: Relabel) -> None:
    """Add `edit`, which gives groups one label, and the moves that keep them on one side of the split, unless that
    changes a test split that the source brought: copies under one label in two splits are a leak.
    """
    changed = {image.path for image in edit.images}
    moves = to_one_side(dataset, index, [group for group in groups if not changed.isdisjoint(group)])
    if moves and not _changes_a_given_test_split(dataset, index, moves):
        telling.say(
            "Also " + " and ".join(in_words(move) for move in moves) + ": copies stay on one side of the split."
        )
        edit_pending.add(dataset, edit, *moves)
    else:
        edit_pending.add(dataset, edit)


def _of_two_labels(dataset: Dataset, index: pd.DataFrame, groups: Groups, extent: str, can_go: bool) -> None:
    if found := mend.by_labels(index, groups):
        with st.popover("Keep one label", icon=":material/sell:"):
            _keep_one_label(dataset, index, found, extent)
    if (out := mend.leave_out(index, groups) if can_go else None) and st.button(
        f"Leave all {len(out.images):,} images out", icon=":material/visibility_off:", key="explore_leave_both"
    ):
        _add(dataset, out)


def _keep_one_label(
    dataset: Dataset, index: pd.DataFrame, found: dict[tuple[str, ...], list[tuple[str, ...]]], extent: str
) -> None:
    """The label is chosen for groups of the same labels only, since what is right of some is not of others."""

    def words(labels: tuple[str, ...]) -> str:
        return f"{count(len(found[labels]), 'groups', 'group')} of {', '.join(labels[:-1])} and {labels[-1]}"

    labels: tuple[str, ...] | None = next(iter(found))
    if len(found) > 1:
        labels = st.selectbox(
            "Groups", list(found), None, words, key="explore_label_groups", placeholder="Choose which groups"
        )
    if labels is None:
        st.caption("One label is kept for groups of the same labels at a time.")
        return
    st.caption(
        plain(
            f"{words(labels)}, of {extent}. Where some are one thing and some the other, select the images of one group."
        )
    )
    key = f"explore_right_label_{hash(tuple(found[labels]))}"  # of other groups nothing is chosen yet
    label = st.selectbox("Label that is right", labels, None, key=key, placeholder="Choose a label")
    edit = mend.keep_label(index, found[labels], label) if label in labels else None
    if edit and st.button(
        plain(f"Relabel {count(len(edit.images), 'images', 'image')} to {label}"), key="explore_keep_label"
    ):
        keep_label(dataset, index, found[labels], edit)
        st.rerun()


def _changes_a_given_test_split(dataset: Dataset, index: pd.DataFrame, moves: Sequence[Move]) -> tuple[int, int] | None:
    """How many images would leave and enter a test split that the source brought; None where none does."""
    if dataset.split_by != "source":
        return None
    tests = set(index["path"][(index["split"] == "test").to_numpy()])
    leaving = sum(name.path in tests for move in moves for name in move.images)
    entering = sum(len(move.images) for move in moves if move.split == "test")
    return (leaving, entering) if leaving or entering else None


@st.dialog("Change the test split of the source?")
def _ask(dataset: Dataset, index: pd.DataFrame, edits: Sequence[Edit], instead: LeaveOut | None) -> None:
    moves = [edit for edit in edits if isinstance(edit, Move)]
    leaving, entering = _changes_a_given_test_split(dataset, index, moves) or (0, 0)
    changes = [f"{count(leaving, 'images', 'image')} would leave it"] * (leaving > 0)
    changes += [f"{count(entering, 'images', 'image')} would come into it"] * (entering > 0)
    st.markdown(
        f"The source came with a test split of its own. {' and '.join(changes)}; accuracies on it could no longer be "
        "compared with those of others."
    )
    with st.container(horizontal=True):
        all_moved = sum(len(move.images) for move in moves)
        if st.button(f"Move {count(all_moved, 'images', 'image')}", key="explore_move_anyway"):
            _add(dataset, *edits)
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
