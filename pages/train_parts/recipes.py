"""The recipe cards: what each does, what it costs, what to expect."""

from __future__ import annotations

import streamlit as st

from core.train.presets import PRESETS
from pages.shared import state
from pages.shared.charts import palette

FIRST = next(iter(PRESETS))


def choose() -> str:
    """Draw the cards; gives back the key of the chosen recipe, which is also in the address."""
    chosen = state.here("preset")
    if chosen not in PRESETS:
        chosen = FIRST
    st.html(
        f"<style>.st-key-recipe_{chosen} {{ box-shadow: 0 0 0 2px {palette().accent}; border-color: transparent; }}</style>"
    )
    for column, (name, recipe) in zip(st.columns(len(PRESETS)), PRESETS.items(), strict=True):
        with column.container(border=True, key=f"recipe_{name}", height="stretch", gap="small"):
            st.markdown(f"**{recipe.title}**  \n{recipe.sentence}")
            st.caption(f"{recipe.cost}  \n{recipe.expect}")
            st.space("stretch")
            is_chosen = name == chosen
            if st.button(
                "Chosen" if is_chosen else f"Choose {recipe.title}",
                key=f"choose_{name}",
                icon=":material/check:" if is_chosen else None,
                disabled=is_chosen,
                width="stretch",
            ):
                state.set_here("preset", name)
                st.rerun()
    return chosen
