"""How strong a cell of a confusion matrix is drawn and what stands in it: the same in the chart and in the picture."""

from __future__ import annotations

import numpy as np

from core.evaluate.confusion import COUNTS

RIGHT_STRENGTH = (0.10, 0.24)
FAINTEST_MISTAKE = 0.14
READABLE = 0.5  # text on it keeps its contrast
NOTHING = 0.03


def strengths(values: np.ndarray, right: np.ndarray, strongest: float = READABLE) -> np.ndarray:
    """Opacities in 0..1 of cells, those of mistakes from their own greatest value: beside the diagonal all would be pale.

    Args:
        values: Counts or shares, of any shape.
        right: Which cells are right answers, of the same shape.
        strongest: Of the most frequent mistake.
    """
    low, high = RIGHT_STRENGTH
    most_right = values[right].max(initial=0) or 1
    most_wrong = values[~right].max(initial=0) or 1
    of_right = low + (high - low) * values / most_right
    of_wrong = FAINTEST_MISTAKE + (strongest - FAINTEST_MISTAKE) * np.sqrt(values / most_wrong)
    return np.where(right, of_right, np.where(values > 0, of_wrong, NOTHING))


def cell_text(value: float, by: str) -> str:
    """A count, or a share in percent without its sign; nothing for 0."""
    if value == 0:
        return ""
    if by == COUNTS:
        return f"{value:,.0f}"
    return "<1" if value < 0.005 else f"{value * 100:.0f}"
