"""The recipe in hand with what it costs here; the one that suits this data to begin with, the others on demand."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.dataset import Dataset
from core.errors import InputError
from core.jobs import estimate
from core.train.config import TrainConfig, resolve
from core.train.presets import PRESETS, Preset
from pages.shared import state
from pages.shared.cached import recommendation, workspace
from pages.shared.charts import palette
from pages.shared.messages import between, plain
from pages.train_parts import settings

A_ROW = 4
AUGMENTS = "fine_tune"  # what is taken with an augmentation in hand, where what suits the data uses none
KNOWN_BY = {
    estimate.RUNS: "by how fast it went here before",
    estimate.ALIKE: "by runs of this network on other images here",
    estimate.SPEED: "estimated from the speed of this machine",
}


def choose(dataset: Dataset) -> tuple[str, DeltaGenerator]:
    """Draw the recipe in hand and the way to others; its key is in the address once it was chosen.

    Returns:
        The key, and the place for Start: right under why this recipe.
    """
    advice = recommendation(dataset.reference)
    chosen = state.here("preset")
    augmentation = settings.saved_augmentation()
    if chosen not in PRESETS:
        chosen = AUGMENTS if augmentation and not _augments(advice.preset) else advice.preset
    recipe = PRESETS[chosen]
    is_advised = chosen == advice.preset
    frame = f".st-key-recipe_in_hand {{ box-shadow: 0 0 0 2px {palette().accent}; border-color: transparent; }}"
    st.html(f"<style>{frame}</style>")
    with st.container(border=True, key="recipe_in_hand", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{recipe.title}**", width="content")
            if is_advised and _can_begin(recipe, dataset):
                st.badge("Suits this data", icon=":material/check:", color="primary")
            elif not is_advised and st.button(
                f"Take {PRESETS[advice.preset].title}, which suits this data", type="tertiary", key="advised"
            ):
                take(advice.preset)
        st.markdown(plain(advice.reason) if is_advised else recipe.sentence)
        if augmentation and _augments(chosen) and not _augments(advice.preset):
            st.markdown(plain(f"It can use your augmentation “{augmentation}”; {PRESETS[advice.preset].title} cannot."))
        place = st.container(gap="small")
        st.caption(f"{recipe.sentence} {recipe.expect}" if is_advised else recipe.expect)
    others = st.expander("Other recipes", icon=":material/menu_book:", key=f"other_recipes_{chosen}", on_change="rerun")
    if others.open:
        with others:
            names = [name for name in PRESETS if name != chosen]
            for first in range(0, len(names), A_ROW):
                _draw_row(names[first : first + A_ROW], dataset)
    return chosen, place


def _can_begin(recipe: Preset, dataset: Dataset) -> bool:
    try:
        resolve(recipe.config, dataset)
    except InputError:
        return False
    return True


def how_long(config: TrainConfig, dataset: Dataset) -> str:
    """What a training by this config, resolved, takes on this machine, in words."""
    took = estimate.estimate(workspace(), dataset, config)
    if took is None:
        return "How long it takes here, its first run tells"
    return f"{between(took.low, took.high)} here, {KNOWN_BY[took.known_by]}"


def _cost(recipe: Preset, dataset: Dataset) -> str:
    try:
        return how_long(resolve(recipe.config, dataset), dataset)
    except InputError:
        return recipe.cost.rstrip(".")


def _draw_row(names: list[str], dataset: Dataset) -> None:
    for column, name in zip(st.columns(A_ROW), names, strict=False):
        recipe = PRESETS[name]
        with column.container(border=True, key=f"recipe_{name}", height="stretch", gap="small"):
            st.markdown(f"**{recipe.title}**  \n{recipe.sentence}")
            st.caption(f"{_cost(recipe, dataset)}.  \n{recipe.expect}")
            st.space("stretch")
            if st.button(f"Choose {recipe.title}", key=f"choose_{name}", width="stretch"):
                take(name)


def take(name: str) -> None:
    """Begin from a recipe, in the room of another or of the settings of a run."""
    state.set_here("like", None)
    state.set_here("further", None)
    state.set_here("preset", name)
    st.rerun()


def _augments(name: str) -> bool:
    return PRESETS[name].config.trainable != "head"
