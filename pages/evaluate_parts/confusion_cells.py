"""The cells of a confusion matrix that a chart draws, a row each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from core.evaluate.confusion import BY_COLUMN, BY_ROW
from core.evaluate.confusion_look import READABLE, cell_text, strengths

WITH_TEXT = 25
EVERY_CELL = 40
MOST_CELLS = 5_000


def cells(matrix: np.ndarray, classes: tuple[str, ...], rows: np.ndarray, columns: np.ndarray, by: str) -> pd.DataFrame:
    """true, predicted, count, by_row, by_column, said, kind, text, opacity of the cells in these rows and columns.

    Empty cells are left out where there are more than `EVERY_CELL` classes, and the faintest beyond `MOST_CELLS`.
    """
    counted = matrix[np.ix_(rows, columns)]
    right = rows[:, None] == columns[None, :]
    totals = matrix[rows].sum(1), matrix[:, columns].sum(0)
    every = max(counted.shape) <= EVERY_CELL
    names = [classes[place] for place in rows], [classes[place] for place in columns]
    table = _table(counted, totals, right, names, by, every)
    return table.assign(said=[f"{one.count_} of {one.true} named {one.predicted}" for one in _named(table)])


def block_cells(
    wrong: np.ndarray, matrix: np.ndarray, blocks: list[np.ndarray], names: list[str], by: str
) -> pd.DataFrame:
    """The same of blocks of classes: mistakes only, along the diagonal those within a block.

    Args:
        wrong: (blocks, blocks) mistakes between each two.
        matrix: (classes, classes), of which the shares are.
        names: Of the blocks.
    """
    of_class, of_name = matrix.sum(1), matrix.sum(0)
    totals = tuple(np.array([sums[block].sum() for block in blocks]) for sums in (of_class, of_name))
    table = _table(wrong, totals, np.zeros(wrong.shape, bool), (names, names), by, every=False)
    return table.assign(said=[f"{one.count_:,} mistakes: {one.true} named {one.predicted}" for one in _named(table)])


def _table(
    counted: np.ndarray,
    totals: tuple[np.ndarray, ...],
    right: np.ndarray,
    names: tuple[list[str], list[str]],
    by: str,
    every: bool,
) -> pd.DataFrame:
    by_row, by_column = counted / np.maximum(totals[0], 1)[:, None], counted / np.maximum(totals[1], 1)
    values = {BY_ROW: by_row, BY_COLUMN: by_column}.get(by, counted)
    readable = max(counted.shape) <= WITH_TEXT
    strength = strengths(values, right, READABLE if readable else 1.0)
    row, column = np.indices(counted.shape).reshape(2, -1) if every else np.nonzero(counted)
    if len(row) > MOST_CELLS:
        strongest = np.sort(np.argsort(-(strength + right)[row, column], kind="stable")[:MOST_CELLS])
        row, column = row[strongest], column[strongest]
    return pd.DataFrame(
        {
            "true": [names[0][place] for place in row],
            "predicted": [names[1][place] for place in column],
            "count": counted[row, column],
            "by_row": by_row[row, column],
            "by_column": by_column[row, column],
            "kind": np.where(right[row, column], "right", "mistake"),
            "text": [cell_text(value, by) for value in values[row, column]] if readable else "",
            "opacity": strength[row, column].round(3),
        }
    )


def _named(table: pd.DataFrame) -> Iterator[Any]:
    return table.rename(columns={"count": "count_"}).itertuples(index=False)
