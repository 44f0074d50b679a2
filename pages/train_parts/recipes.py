"""The recipe cards: what each does, what it costs, what to expect."""

from __future__ import annotations

import streamlit as st

from core.train.presets import PRESETS, Preset
from pages.shared import state
from pages.shared.charts import palette

FIRST = next(iter(PRESETS))
A_ROW = 4
# Where cards stand below each other, those that are not chosen say in one sentence what they are, and no more.
NARROW_CSS = "@media (max-width: 640px) {{ {cards} {{ display: none; }} }}"


def choose() -> str:
    """Draw the cards; gives back the key of the chosen recipe, which is also in the address."""
    chosen = state.here("preset")
    if chosen not in PRESETS:
        chosen = FIRST
    others = ", ".join(
        f".st-key-recipe_{name} .stElementContainer:has({part})"
        for name in PRESETS
        if name != chosen
        for part in ("[data-testid=stCaptionContainer]", "[data-testid=stSpace]")
    )
    frame = f".st-key-recipe_{chosen} {{ box-shadow: 0 0 0 2px {palette().accent}; border-color: transparent; }}"
    st.html(f"<style>{frame} {NARROW_CSS.format(cards=others)}</style>")
    recipes = list(PRESETS.items())
    for first in range(0, len(recipes), A_ROW):
        _draw_row(recipes[first : first + A_ROW], chosen)
    return chosen


def _draw_row(recipes: list[tuple[str, Preset]], chosen: str) -> None:
    for column, (name, recipe) in zip(st.columns(A_ROW), recipes, strict=False):
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
