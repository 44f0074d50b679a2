"""The operations in hand, which are in the address; presets and saved ones that put others there."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.augment.advice import fitting_preset
from core.augment.config import PRESETS, AugmentConfig
from core.augment.saved import delete, save
from core.data.dataset import Dataset
from core.errors import ConfigError, InputError
from pages.shared import links, state
from pages.shared.cached import saved_augmentations, workspace
from pages.shared.messages import plain, show_error

FORM = "augment_form"


def read(classes: Sequence[str]) -> AugmentConfig:
    """The operations that the address names: "rotation:0.05,zoom:0.1@0.8"; those that fit the data at first."""
    text = state.parameter("ops")
    if text is None:
        return PRESETS[fitting_preset(classes)]
    try:
        return AugmentConfig.from_text(text)
    except ConfigError as error:
        show_error(error)
    return AugmentConfig()


def write(config: AugmentConfig, classes: Sequence[str]) -> None:
    """Put the operations into the address, unless they are those that fit the data: other data is fitted by others."""
    is_fitting = config == PRESETS[fitting_preset(classes)]
    state.set_parameter("ops", None if is_fitting else config.to_text())


def form_key() -> str:
    """A prefix for the switches' keys; another one after a preset was taken, so that they start anew."""
    return f"augment_{state.get(FORM, 0)}"


def replace(config: AugmentConfig) -> None:
    """Take `config` in hand and draw the page anew."""
    state.set_parameter("ops", config.to_text())
    state.put(FORM, state.get(FORM, 0) + 1)
    st.rerun()


def choose(config: AugmentConfig) -> None:
    """Draw presets and saved ones; a click takes one in hand."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="presets"):
        for name, preset in PRESETS.items():
            _choice(name.capitalize(), preset, config, f"preset_{name}")
        for place, (name, kept) in enumerate(saved_augmentations().items()):
            _choice(name, kept, config, f"saved_{place}")


def _choice(label: str, config: AugmentConfig, present: AugmentConfig, key: str) -> None:
    is_present = config == present
    if st.button(plain(label), key=key, icon=":material/check:" if is_present else None):
        replace(config)


def use(config: AugmentConfig, dataset: Dataset) -> None:
    """Save by name, and lead to Train with it."""
    saved = saved_augmentations(tell=False)
    known = next((name for name, kept in saved.items() if kept == config), "")
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    name = row.text_input("Save as", known or f"for {dataset.name}", max_chars=60, key=f"save_as_{known}")
    if row.button(
        "Use for training",
        type="primary" if config.operations else "secondary",
        icon=":material/model_training:",
        disabled=not config.operations,
        key="use",
    ):
        try:
            kept = save(workspace(), name, config)
        except InputError as error:
            show_error(error)
        else:
            links.go(links.page("train"), {"data": dataset.reference, "augment": kept})
    if not config.operations:
        st.caption("Switch an operation on first.")
    elif name.strip() in saved and saved[name.strip()] != config:
        st.caption(plain(f"This replaces what is saved as {name.strip()}."))
    if known and st.button(f"Forget {plain(known)}", icon=":material/delete:", type="tertiary", key="forget"):
        delete(workspace(), known)
        st.rerun()
