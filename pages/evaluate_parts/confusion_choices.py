"""What of the confusion matrix is shown: counts or shares, the order of classes, which of many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.evaluate.confusion import BY_COLUMN, BY_ROW, COUNTS, with_mistakes
from pages.evaluate_parts.asked import Answered
from pages.evaluate_parts.confusion_cells import WITH_TEXT
from pages.evaluate_parts.confusion_hand import counts
from pages.shared import cached

SHOWN = {"Counts": COUNTS, "By row": BY_ROW, "By column": BY_COLUMN}
GIVEN, SIMILAR = "As given", "By similarity"
MOST, MISTAKES, EVERY, BLOCKS = f"{WITH_TEXT} most confused", "With mistakes", "All", "Blocks"
BLOCKS_FROM, EVERY_UP_TO = 60, 150


@dataclass(frozen=True)
class Choices:
    """What is shown.

    Args:
        by: One of core's COUNTS, BY_ROW, BY_COLUMN.
        similar: Whether classes are ordered by similarity.
        order: (classes,) int64, places of all classes in that order.
        which: One of MOST, MISTAKES, EVERY, BLOCKS.
        shown: (M,) int64, places of the classes that are drawn, in that order; all of them for BLOCKS.
    """

    by: str
    similar: bool
    order: np.ndarray
    which: str
    shown: np.ndarray


def choose(answered: Answered) -> Choices:
    """Draw the choices and give back what they say."""
    matrix = counts(answered)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = SHOWN[_one_of("Cells", list(SHOWN), "cells")]
        similar = len(matrix) > 2 and _one_of("Order of classes", [GIVEN, SIMILAR], "order") == SIMILAR
        which = _which(matrix)
    order = _order(answered, similar)
    return Choices(by, similar, order, which, _shown(matrix, order, which))


def _which(matrix: np.ndarray) -> str:
    if len(matrix) <= WITH_TEXT:
        return EVERY
    offered = [MOST, MISTAKES]
    offered += [EVERY] if len(matrix) <= EVERY_UP_TO else []
    offered += [BLOCKS] if len(matrix) > BLOCKS_FROM else []
    return _one_of("Classes", offered, "classes")


def _one_of(label: str, options: list[str], key: str) -> str:
    return st.segmented_control(
        label, options, default=options[0], required=True, key=key, bind="query-params", label_visibility="collapsed"
    )


def _order(answered: Answered, similar: bool) -> np.ndarray:
    asked = answered.asked
    if similar:
        return cached.similar_order(asked.run.id, asked.reference, asked.split, answered.made_at)
    return np.arange(len(answered.evaluation.classes))


def _shown(matrix: np.ndarray, order: np.ndarray, which: str) -> np.ndarray:
    if which in (EVERY, BLOCKS):
        return order
    chosen = with_mistakes(matrix, WITH_TEXT if which == MOST else EVERY_UP_TO)
    if not len(chosen):  # none has any
        return order[: WITH_TEXT if which == MOST else EVERY_UP_TO]
    return order[np.isin(order, chosen)]
