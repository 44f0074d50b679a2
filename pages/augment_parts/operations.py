"""The switches in their groups: each operation with strength, probability, a small before and after, and what harms."""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.augment.config import AugmentConfig, Step
from core.augment.operations import GROUPS, OPERATIONS, Operation
from pages.augment_parts import chosen, grid

CSS = """<style>
.after { display: grid; grid-template-columns: 34px 34px; gap: 4px; }
.after img { width: 34px; height: 34px; border-radius: 4px; display: block; outline: 1px solid rgba(128, 128, 128, .2);
  outline-offset: -1px; }
.after.pixels img { image-rendering: pixelated; }
</style>"""
LEAST_PROBABILITY = 0.05
SMALL_WIDTH = 72

Places = dict[str, DeltaGenerator]


def choose(config: AugmentConfig, channels: int, survived: Mapping[str, str]) -> tuple[AugmentConfig, Places]:
    """Draw all operations.

    Args:
        survived: What was measured of an operation, in words.

    Returns:
        What is switched on, in its order, the newest last; and where the small pictures belong.
    """
    st.html(CSS)
    present = {step.name: step for step in config.operations}
    first = next((OPERATIONS[name].group for name in config.names), GROUPS[0])
    asked: dict[str, tuple[float, float]] = {}
    places: Places = {}
    for group in GROUPS:
        names = [name for name, operation in OPERATIONS.items() if operation.group == group]
        number = sum(name in present for name in names)
        label = f"{group} · {number} on" if number else group
        with st.expander(label, expanded=group == first, key=f"group_{group}"):
            for name in names:
                answer = _ask(name, OPERATIONS[name], present.get(name), channels, survived.get(name, ""), places)
                if answer:
                    asked[name] = answer
    order = [name for name in config.names if name in asked]
    order += [name for name in asked if name not in order]
    return AugmentConfig([(name, *asked[name]) for name in order]), places


def _ask(
    name: str, operation: Operation, present: Step | None, channels: int, survived: str, places: Places
) -> tuple[float, float] | None:
    """Strength and probability, if it is on."""
    key = f"{chosen.form_key()}_{name}"
    without_effect = operation.needs_colour and channels == 1
    with st.container(gap="xxsmall", key=f"operation_{name}"):
        row = st.container(horizontal=True, vertical_alignment="center")
        if without_effect:
            row.toggle(operation.title, False, key=f"{key}_grey", disabled=True)
            st.caption("Needs colour; these pictures are grey.")
            return None
        is_on = row.toggle(operation.title, present is not None, key=f"{key}_on", width="stretch")
        places[name] = row.empty()
        if not is_on:
            st.caption(operation.sentence + survived)
            return None
        start = present or Step(name, operation.default, operation.probability)
        answer = _sliders(operation, start, key)
        st.caption(f"{operation.sentence} :material/warning: {operation.harms}{survived}")
    return answer


def _sliders(operation: Operation, start: Step, key: str) -> tuple[float, float]:
    strength = start.strength
    columns = st.columns(2) if operation.has_strength else [st.container(), st.container()]
    if operation.has_strength:
        strength = columns[0].slider(
            "Strength",
            operation.step,
            operation.maximum,
            min(max(strength, operation.step), operation.maximum),
            operation.step,
            key=f"{key}_strength",
        )
    probability = columns[1].slider(
        "Probability",
        LEAST_PROBABILITY,
        1.0,
        max(start.probability, LEAST_PROBABILITY),
        LEAST_PROBABILITY,
        key=f"{key}_probability",
        help="The share of pictures that it is done to.",
    )
    return strength, round(probability, 3)


def shown(config: AugmentConfig, channels: int) -> AugmentConfig:
    """What the small pictures show: what is on at its strength, the rest at its default."""
    present = {step.name: step.strength for step in config.operations}
    return AugmentConfig(
        [
            (name, present.get(name, operation.default), 1.0)
            for name, operation in OPERATIONS.items()
            if channels == 3 or not operation.needs_colour
        ]
    )


def fill(places: Places, before: np.ndarray, after: Mapping[str, np.ndarray]) -> None:
    """Put the small pictures beside the switches.

    Args:
        before: (size, size, channels) uint8.
        after: {operation: the same after it}.
    """
    pixels = "pixels" if before.shape[0] < grid.PIXELATED_BELOW else ""
    start = grid.address(before)
    for name, place in places.items():
        alt = html.escape(f"After {OPERATIONS[name].title}")
        place.html(
            f'<div class="after {pixels}"><img alt="Before" src="{start}">'
            f'<img alt="{alt}" src="{grid.address(after[name])}"></div>',
            width=SMALL_WIDTH,
        )
