"""Trying several settings at once: which, within what budget, and the button that queues the runs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.augment.operations import OPERATIONS
from core.data.dataset import Dataset
from core.errors import ConfigError, NotFoundError
from core.jobs.start import ensure_supervisor
from core.train import sweeps
from core.train.comparing import title_of
from core.train.config import HEAD_STRENGTHS, TrainConfig
from core.train.search import MOST_RUNS
from core.train.values import searchable
from pages.shared import state
from pages.shared.cached import workspace
from pages.shared.messages import count, plain

ALL, RANDOM = "All combinations", "Random"


def ask(dataset: Dataset, base: TrainConfig, key: str) -> None:
    """Draw the form for a sweep around `base`; a start puts the sweep into the address."""
    with st.expander("Try several settings", icon=":material/grid_view:", key=f"{key}_sweep"):
        st.caption("The settings above, with several values for some of them; each combination is a run.")
        left, right = st.columns([3, 2])
        fields, first = searchable(base), ["head_strength"]
        if base.trainable != "head":
            fields, first = [*fields, *(f"augment.{name}" for name in OPERATIONS)], ["learning_rate"]
        with left:
            varied = st.multiselect("What to vary", fields, first, format_func=title_of, key=f"{key}_{first[0]}_varied")
        with right:
            how = st.segmented_control(
                "Which of them", [ALL, RANDOM], default=ALL, required=True, key=f"{key}_how", width="stretch"
            )
        over = _ask_values(varied, base, how == RANDOM, key)
        asked = _ask_budget(how == RANDOM, key)
        _start(dataset, base, over, asked, key)


def _ask_values(varied: list[str], base: TrainConfig, is_random: bool, key: str) -> dict[str, str]:
    over = {}
    columns = st.columns(3)
    for place, field in enumerate(varied):
        over[field] = columns[place % 3].text_input(
            title_of(field),
            _suggested(field, base, is_random),
            key=f"{key}_{is_random}_over_{field}",
            help="Values with commas between them"
            + (", or a range as 0.0001..0.1, drawn evenly in its logarithm." if is_random else "."),
        )
    return over


def _suggested(field: str, base: TrainConfig, is_random: bool) -> str:
    """Values around what is set, to begin with."""
    if field.startswith("augment."):
        return "0, 0.05, 0.1"
    if field == "learning_rate":
        rate = base.learning_rate
        return f"{rate / 10:g}..{rate * 10:g}" if is_random else f"{rate / 3:.2g}, {rate:g}, {rate * 3:.2g}"
    if field == "batch_size":
        return f"{max(base.batch_size // 2, 1)}, {base.batch_size}"
    if field == "head_strength":
        return "1..10000" if is_random else ", ".join(f"{strength:g}" for strength in HEAD_STRENGTHS)
    if field == "seed":
        return "0, 1, 2"
    value = getattr(base, field, None)
    return "" if value is None else str(value)


def _ask_budget(is_random: bool, key: str) -> dict[str, Any]:
    columns = st.columns([2, 1, 1])
    name = columns[0].text_input("Name of the sweep", key=f"{key}_sweep_name", placeholder="Optional", max_chars=80)
    runs = columns[1].number_input(
        "Runs" if is_random else "Runs at most",
        1,
        MOST_RUNS,
        12 if is_random else None,
        key=f"{key}_{is_random}_most_runs",
        placeholder="All",
        help="So many are drawn." if is_random else "Of more combinations so many are drawn. Empty: all.",
    )
    minutes = columns[2].number_input(
        "Minutes at most",
        1,
        None,
        None,
        key=f"{key}_most_minutes",
        placeholder="No limit",
        help="Once the runs trained so long together, those that wait are cancelled.",
    )
    budget = {"draws": runs or 1} if is_random else {"most_runs": runs}
    return {"name": name, "most_minutes": minutes, **budget}


def _start(dataset: Dataset, base: TrainConfig, over: dict[str, str], asked: dict[str, Any], key: str) -> None:
    sweep_id = state.once(f"sweep_id_{key}", sweeps.new_id)
    button, line = st.columns([2, 5], vertical_alignment="center")
    try:
        planned = sweeps.plan(dataset, base, over, asked.get("draws"), asked.get("most_runs"))
    except ConfigError as error:
        button.button("Train", disabled=True, icon=":material/play_arrow:", key="start_sweep", width="stretch")
        line.error(plain(str(error)), icon=":material/error:")
        return
    words = f"Train {count(len(planned), 'runs', 'run')}"
    clicked = button.button(words, icon=":material/play_arrow:", key="start_sweep", width="stretch")
    first, last = (plain(sweeps.describe(values)) for values, _ in (planned[0], planned[-1]))
    line.caption(f"From {first} to {last}, one after the other." if len(planned) > 1 else f"{first}.")
    if clicked:
        # A second click comes with the same id, and `create` gives back the same sweep.
        made = sweeps.create(workspace(), dataset, base, over, sweep_id=sweep_id, **asked)
        ensure_supervisor(workspace())
        state.set_here("sweep", made.id)
        st.rerun()
    elif _is_used(sweep_id):
        state.put(f"sweep_id_{key}", sweeps.new_id())


def _is_used(sweep_id: str) -> bool:
    try:
        return sweeps.find_sweep(workspace(), sweep_id).id == sweep_id
    except NotFoundError:
        return False
