"""The confusion matrix: what of it is shown, the chart, and what can be downloaded."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.evaluate.confusion import BY_COLUMN, BY_ROW, COUNTS
from pages.evaluate_parts import confusion_blocks, confusion_files
from pages.evaluate_parts.asked import Answered
from pages.evaluate_parts.confusion_cells import MOST_CELLS, cells
from pages.evaluate_parts.confusion_chart import heat
from pages.evaluate_parts.confusion_choices import BLOCKS, Choices, choose
from pages.evaluate_parts.confusion_hand import Hand, chart_key, counts, mark, on_click
from pages.shared.charts import palette

CHART = "matrix"
HELP = "Grey: right. Colour: mistakes, stronger for more. Click a cell to see its images."
MEANING = {
    COUNTS: "",
    BY_ROW: " In percent of the true class: each row adds up to 100, the diagonal is recall.",
    BY_COLUMN: " In percent of all that were named so: each column adds up to 100, the diagonal is precision.",
}


def show(answered: Answered, hand: Hand) -> None:
    """Choices, chart and downloads."""
    choices = choose(answered)
    rows = columns = choices.shown
    if choices.which == BLOCKS:
        two = confusion_blocks.opened(answered, choices)
        if two is None:
            confusion_blocks.show(answered, choices)
            confusion_files.show(answered, choices, rows, columns)
            return
        rows, columns = two
    _draw(answered, hand, choices, rows, columns)
    confusion_files.show(answered, choices, rows, columns)


def _draw(answered: Answered, hand: Hand, choices: Choices, rows: np.ndarray, columns: np.ndarray) -> None:
    classes = answered.evaluation.classes
    table = cells(counts(answered), classes, rows, columns, choices.by)
    look = f"{choices.by} {choices.similar} {choices.which} {rows[0]} {columns[0]}"
    drawn = mark(answered, CHART, look, hand)
    st.altair_chart(
        heat(table, [classes[i] for i in rows], [classes[i] for i in columns], hand.cells, palette()),
        width="stretch",
        key=chart_key(answered, CHART, drawn),
        on_select=on_click(answered, CHART, drawn),
        selection_mode="cell",
        alt=f"Confusion matrix of {len(rows)} classes. The lists beside it choose a cell by keyboard.",
    )
    st.caption(HELP + MEANING[choices.by] + _left_out(answered, choices, rows, len(table)))


def _left_out(answered: Answered, choices: Choices, rows: np.ndarray, drawn: int) -> str:
    said, total = "", len(answered.evaluation.classes)
    if choices.which != BLOCKS and len(rows) < total:
        said += f" {len(rows)} of {total:,} classes are shown."
    if drawn == MOST_CELLS:
        said += f" The {MOST_CELLS:,} strongest cells are drawn."
    return said
