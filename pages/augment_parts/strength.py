"""One operation alone, from weak to strong, on one picture."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.augment.config import AugmentConfig
from core.augment.operations import OPERATIONS
from core.data.dataset import Dataset
from pages.augment_parts import grid
from pages.augment_parts.operations import has_strength
from pages.shared import cached

STEPS = 6
DRAWS = 2


def show(config: AugmentConfig, dataset: Dataset, row: int, label: str, seed: int) -> None:
    """Draw the strip for an operation that is chosen here; the first one that is on, at first."""
    possible = [
        name
        for name, operation in OPERATIONS.items()
        if has_strength(operation) and not (operation.needs_colour and dataset.channels == 1)
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
    maximum = OPERATIONS[name].maximum
    strengths = [round(maximum * number / STEPS, 3) for number in range(1, STEPS + 1)]
    drawn = [
        cached.augmented(dataset.reference, (row,), ((name, strength),), DRAWS, seed)[:, 0] for strength in strengths
    ]
    original = cached.pictures(dataset.reference, (row,))[0]
    rows: list[list[np.ndarray]] = [[original, *(at[place] for at in drawn)] for place in range(DRAWS)]
    grid.table(rows, ["Original", *(f"{strength:g}" for strength in strengths)], [label] * DRAWS)
