"""One operation alone, from weak to strong, on one picture."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.augment.config import AugmentConfig
from core.augment.operations import OPERATIONS
from core.data.dataset import Dataset
from pages.augment_parts import grid
from pages.shared import cached

STEPS = 6
DRAWS = 2


def show(config: AugmentConfig, dataset: Dataset, rows: tuple[int, ...], seed: int) -> None:
    """Draw the strip for an operation that is chosen here; the first one that is on, at first.

    Args:
        rows: The first is shown; pictures are mixed with the others.
    """
    possible = [
        name
        for name, operation in OPERATIONS.items()
        if operation.has_strength and not (operation.needs_colour and dataset.channels == 1)
    ]
    start = next((name for name in config.names if name in possible), "rotation")
    title, choice = st.columns([3, 2], vertical_alignment="center")
    title.markdown("**From weak to strong**")
    name = choice.selectbox(
        "Operation",
        possible,
        possible.index(start),
        format_func=lambda one: OPERATIONS[one].title,
        key=f"focus_{start}",
        label_visibility="collapsed",
    )
    operation = OPERATIONS[name]
    strengths = [
        max(round(operation.maximum * number / STEPS / operation.step) * operation.step, operation.step)
        for number in range(1, STEPS + 1)
    ]
    shown = rows if operation.mixes_labels else rows[:1]
    columns = [_draw(dataset, shown, AugmentConfig([(name, strength, 1.0)]), seed) for strength in strengths]
    original, label = cached.pictures(dataset.reference, rows)[0], _label(dataset, rows[0])
    pictures: list[list[np.ndarray]] = [[original, *(drawn[place] for drawn, _ in columns)] for place in range(DRAWS)]
    captions = [[[label], *(said[place] for _, said in columns)] for place in range(DRAWS)]
    grid.table(pictures, ["Original", *(f"{strength:g}" for strength in strengths)], captions)


def _draw(
    dataset: Dataset, rows: tuple[int, ...], config: AugmentConfig, seed: int
) -> tuple[np.ndarray, list[list[str]]]:
    """The first picture's draws and what their mixed labels say."""
    drawn, shares, classes = cached.augmented(dataset.reference, rows, config.to_text(), DRAWS, seed)
    said = [grid.words(one, classes) if config.mixes_labels else [] for one in shares[:, 0]]
    return drawn[:, 0], said


def _label(dataset: Dataset, row: int) -> str:
    return str(cached.index(dataset.reference)["label"].iloc[row])
