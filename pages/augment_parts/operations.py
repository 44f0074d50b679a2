"""The switches: each operation with its strength, its sentence and when it harms; and their order."""

from __future__ import annotations

import streamlit as st

from core.augment.config import AugmentConfig
from core.augment.operations import OPERATIONS, Operation
from pages.augment_parts import chosen

# The arrows' words are for screen readers.
ARROWS_CSS = """<style>
[class*="st-key-move_"] [data-testid="stMarkdownContainer"] { position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); }
</style>"""


def choose(config: AugmentConfig, channels: int) -> AugmentConfig:
    """Draw all operations; gives back what is switched on, in its order, the newest last."""
    strengths = {
        name: strength
        for name, operation in OPERATIONS.items()
        if (strength := _ask(name, operation, config, channels)) is not None
    }
    order = [name for name in config.names if name in strengths]
    order += [name for name in strengths if name not in order]
    return AugmentConfig(tuple((name, strengths[name]) for name in order))


def has_strength(operation: Operation) -> bool:
    """Whether it can be weak or strong: a flip cannot."""
    return operation.default < operation.maximum


def step(operation: Operation) -> float:
    """The smallest change of strength, and the weakest one."""
    return 0.01 if operation.maximum <= 1 else 0.1


def _ask(name: str, operation: Operation, config: AugmentConfig, channels: int) -> float | None:
    present = dict(config.operations)
    key = f"{chosen.form_key()}_{name}"
    without_effect = operation.needs_colour and channels == 1
    with st.container(gap="xxsmall", key=f"operation_{name}"):
        if without_effect:
            st.toggle(operation.title, False, key=f"{key}_grey", disabled=True)
            st.caption("Needs colour; these pictures are grey.")
            return None
        is_on = st.toggle(operation.title, name in present, key=f"{key}_on")
        if not is_on:
            st.caption(operation.sentence)
            return None
        strength = present.get(name, operation.default)
        if has_strength(operation):
            strength = st.slider(
                f"Strength of {operation.title}",
                step(operation),
                operation.maximum,
                min(max(strength, step(operation)), operation.maximum),
                step(operation),
                key=f"{key}_strength",
                label_visibility="collapsed",
            )
        st.caption(f"{operation.sentence} :material/warning: {operation.harms}")
    return strength


def arrange(config: AugmentConfig) -> None:
    """Draw the order in which the operations are done, with arrows that change it."""
    if len(config.names) < 2:
        return
    st.html(ARROWS_CSS)
    st.markdown("**Order**")
    order = st.container(gap="xxsmall")
    for place, name in enumerate(config.names):
        title = OPERATIONS[name].title
        with order.container(horizontal=True, vertical_alignment="center", gap="small", key=f"order_{name}"):
            st.markdown(f"{place + 1}. {title}", width="stretch")
            for step_, icon, word in ((-1, "arrow_upward", "Earlier"), (1, "arrow_downward", "Later")):
                if st.button(
                    f"{word}: {title}",
                    key=f"move_{name}_{word}",
                    icon=f":material/{icon}:",
                    disabled=not 0 <= place + step_ < len(config.names),
                    type="tertiary",
                ):
                    chosen.replace(_swapped(config, place, place + step_))


def _swapped(config: AugmentConfig, one: int, other: int) -> AugmentConfig:
    operations = list(config.operations)
    operations[one], operations[other] = operations[other], operations[one]
    return AugmentConfig(tuple(operations))
