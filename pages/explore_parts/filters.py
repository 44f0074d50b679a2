"""What of the data is looked at: class, split, finding, part of the path. All of it is in the address."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.data.checks import Thresholds
from core.data.dataset import SPLITS, Dataset
from pages.explore_parts import limits
from pages.explore_parts.findings import Kind
from pages.shared import state
from pages.shared.messages import SPLIT_WORDS, count, plain

CLASS, SPLIT, FINDING, PATH, PAGE = "class", "split", "finding", "path", "page"
UNFOLDED = "explore_filters_unfolded"
MESSAGES = 2


@dataclass(frozen=True)
class Choice:
    """What was chosen; nothing of a kind means all.

    Args:
        classes, splits: Names.
        finding: The finding whose images are wanted.
        text: Part of the path, in any case.
    """

    classes: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    finding: Kind | None = None
    text: str = ""


def show(dataset: Dataset, found: list[Kind], thresholds: Thresholds) -> Choice:
    """Draw the filters and give back what they say."""
    _start_anew_with(dataset, found)
    is_folded = not state.get(UNFOLDED, False)  # style.py: on a narrow page only
    columns = st.container(key="explore_filters_folded" if is_folded else "explore_filters").columns(
        [4, 3, 3], vertical_alignment="center"
    )
    classes = columns[0].multiselect(
        "Class", dataset.classes, key=CLASS, placeholder="All classes", on_change=bump, bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    splits = columns[1].pills(
        "Split",
        [split for split in SPLITS if dataset.per_split[split]],
        selection_mode="multi",
        format_func=SPLIT_WORDS.__getitem__,
        key=SPLIT,
        on_change=bump,
        bind="query-params",
        label_visibility="collapsed",
    )
    text = columns[2].text_input(
        "Path", key=PATH, placeholder="Part of a path", icon=":material/search:", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", key="explore_findings"):
            chosen = _findings(found)
        with st.container(width="content", key="explore_fold"):
            used = bool(classes) + bool(splits) + bool(text)
            words = f"Filters ({used})" if used else "Filters"
            st.button(words, icon=":material/filter_list:", type="tertiary", key="explore_fold_button", on_click=_fold)
        limits.choose(thresholds)
    finding = _told(chosen)
    choice = Choice(tuple(classes), tuple(splits), finding, (text or "").strip())
    if state.get("explore_choice", choice) != choice:
        state.put(PAGE, 1)
    state.put("explore_choice", choice)
    return choice


def _fold() -> None:
    state.put(UNFOLDED, not state.get(UNFOLDED, False))


def _findings(found: list[Kind]) -> Kind | None:
    by_id = {kind.id: kind for kind in found}
    if not by_id:
        return None
    wanted = state.here(FINDING)
    chosen = st.pills(
        "Findings",
        list(by_id),
        format_func=lambda name: f"{by_id[name].title} {by_id[name].count:,}",
        default=wanted if wanted in by_id else None,
        key=FINDING,
        label_visibility="collapsed",
    )
    state.set_here(FINDING, chosen)  # not bound: its words hold a count
    return by_id.get(chosen)


def _told(kind: Kind | None) -> Kind | None:
    """Say what `kind` found; give it back if it can be looked at."""
    if kind is None:
        return None
    st.caption("  \n".join(_in_words(kind)))
    return kind if kind.has_files else None


def _in_words(kind: Kind) -> list[str]:
    """What it found, a message a line, with numbers that add up to that of its chip; and of how many images, if that is another."""
    messages: Counter[str] = Counter()
    for issue in kind.issues:
        messages[issue.message] += issue.count
    first = messages.most_common(MESSAGES)
    said = [(f"{kind.counted(number)}: " if len(messages) > 1 else "") + plain(message) for message, number in first]
    if more := kind.count - sum(number for _, number in first):
        said[-1] += f" And {kind.counted(more).replace(' ', ' more ', 1)} like these."
    if len(kind.paths) not in (0, kind.count):
        said[0] = f"{kind.counted(kind.count)}, {count(len(kind.paths), 'images', 'image')}. {said[0]}"
    return said


def _start_anew_with(dataset: Dataset, found: list[Kind]) -> None:
    """Another data set has other classes and findings; what was chosen in the last one goes, but for what a version shares."""
    before = state.get("explore_of", dataset.reference)
    if before.rpartition("@")[0] != dataset.name:
        clear()
    elif before != dataset.reference:
        classes = [label for label in state.get(CLASS, []) if label in dataset.classes]
        splits = [split for split in state.get(SPLIT, []) if dataset.per_split[split]]
        choose(tuple(classes), tuple(splits))
        if state.get(FINDING, None) not in [kind.id for kind in found]:
            state.put(FINDING, None)
            state.set_here(FINDING, None)
        bump()
    state.put("explore_of", dataset.reference)


def clear() -> None:
    """Choose nothing: everything is looked at."""
    choose((), ())
    state.put(FINDING, None)
    state.set_here(FINDING, None)
    state.put(PATH, "")
    bump()


def choose(classes: tuple[str, ...], splits: tuple[str, ...]) -> None:
    """Choose classes and splits from elsewhere: a click on a bar."""
    state.put(CLASS, list(classes))
    state.put(SPLIT, list(splits))


def bump() -> None:
    """The filters changed by themselves, so the bars draw their marks anew."""
    state.put("explore_bars", state.get("explore_bars", 0) + 1)


def matching(index: pd.DataFrame, choice: Choice) -> np.ndarray:
    """Row numbers of `index` that `choice` lets through, in order; copies side by side where they are the finding."""
    keep = np.ones(len(index), bool)
    if choice.classes:
        keep &= index["label"].isin(choice.classes).to_numpy()
    if choice.splits:
        keep &= index["split"].isin(choice.splits).to_numpy()
    if choice.finding:
        keep &= index["path"].isin(list(choice.finding.paths)).to_numpy()
    if choice.text:
        keep &= index["path"].str.contains(choice.text, case=False, regex=False).to_numpy()
    rows = np.flatnonzero(keep)
    if choice.finding and choice.finding.of_groups:
        group = index["path"].iloc[rows].map(choice.finding.paths).to_numpy()
        rows = rows[np.argsort(group, kind="stable")]
    return rows
