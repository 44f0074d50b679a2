"""The order in which the operations are done."""

from __future__ import annotations

import streamlit as st

from core.augment.config import AugmentConfig
from core.augment.operations import OPERATIONS
from pages.augment_parts import chosen

# The arrows' words are for screen readers.
ARROWS_CSS = """<style>
[class*="st-key-move_"] [data-testid="stMarkdownContainer"] { position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); }
</style>"""


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
