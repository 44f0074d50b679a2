"""From probabilities to answers, in three ways: withhold the doubtful, name several classes, a threshold for one class."""

from __future__ import annotations

import streamlit as st

from core.evaluate.calibrated import temperature_in_use
from pages.evaluate_parts import arrays, class_sets, one_class, withhold
from pages.evaluate_parts.asked import Answered
from pages.shared import state
from pages.shared.cached import workspace

WAYS = {"I don't know": withhold.show, "Sets of classes": class_sets.show, "One class": one_class.show}


def show(answered: Answered) -> None:
    """The choice of the way, then that way; first the validation images, where no probabilities of them are kept."""
    run = answered.asked.run
    temperature = temperature_in_use(workspace(), run)
    validation = arrays.of_validation(run, temperature)
    if validation is None:
        arrays.answer_validation(run)
        return
    wanted = state.here("decide")
    way = st.segmented_control(
        "Decide by",
        list(WAYS),
        default=wanted if wanted in WAYS else next(iter(WAYS)),
        required=True,
        label_visibility="collapsed",
        key="decide_by",
    )
    state.set_here("decide", None if way == next(iter(WAYS)) else way)
    answers = arrays.in_hand(answered, temperature)
    WAYS[way](arrays.calibrated_by(answered, temperature), validation, answers, temperature)
