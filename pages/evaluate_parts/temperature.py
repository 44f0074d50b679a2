"""The temperature: fit it on validation, what it does there and to the images in hand, whether the run answers with it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.errors import FoveaError
from core.evaluate import class_threshold
from core.evaluate.calibrated import Calibration
from core.evaluate.recalibration import use_temperature
from core.evaluate.rule import find_rule
from core.train.runs import Run
from pages.evaluate_parts import arrays
from pages.evaluate_parts.asked import Answered
from pages.shared import cached, state
from pages.shared.cached import workspace
from pages.shared.messages import count, percent, plain

FIGURES = (("log_loss", "Log loss"), ("equal_width", "ECE, equal widths"), ("equal_mass", "ECE, equal counts"))


def show(answered: Answered, kept: Calibration | None) -> None:
    """The figures before and after, and the switch."""
    st.subheader("Temperature", anchor=False)
    if kept is None:
        arrays.answer_validation(answered.asked.run)
    else:
        _kept(answered.asked.run, kept)
    _figures(answered, kept)


def _kept(run: Run, kept: Calibration) -> None:
    if kept.temperature == 1:
        st.markdown(
            f"No temperature lowers the log loss of the {count(kept.n, 'validation images')} by more than chance would: "
            "the probabilities stay as the model gives them."
        )
        return
    direction = "less" if kept.temperature > 1 else "more"
    st.markdown(
        f"A temperature of **{kept.temperature:.2f}** makes it {direction} sure, and changes no named class. Fitted on "
        f"{count(kept.n, 'validation images')}: log loss there {kept.log_loss_before:.4f} → {kept.log_loss_after:.4f}, "
        f"ECE {percent(kept.ece_before, 2)} → {percent(kept.ece_after, 2)}."
    )
    key = f"use_{run.id}_{kept.in_use}_{kept.fitted_at}"
    st.toggle(
        "Use calibrated probabilities",
        value=kept.in_use,
        key=key,
        on_change=lambda: _switch(run, key),
        help="All pages, the command line and decisions use them. Off, everything is as the model itself says.",
    )
    said = state.get(f"rule_gone_{run.id}", "")
    since = state.get(f"rule_gone_with_{run.id}", None)
    if said and _decisions(run, kept.in_use) == since:  # none was chosen anew
        st.warning(plain(said), icon=":material/info:")
    st.caption(
        "In use: all probabilities and figures of this run are calibrated, here, on Classify and on the command line."
        if kept.in_use
        else "Not in use: all probabilities and figures are those of the model itself."
    )


def _switch(run: Run, key: str) -> None:
    wanted = bool(state.get(key, False))
    try:
        said = use_temperature(workspace(), run, wanted, long_ones=False)
    except FoveaError as error:
        said = str(error)
    state.put(f"rule_gone_{run.id}", said)
    state.put(f"rule_gone_with_{run.id}", _decisions(run, wanted))


def _decisions(run: Run, in_use: bool) -> tuple[object, ...]:
    """What the run answers by."""
    return in_use, find_rule(workspace(), run), class_threshold.find(workspace(), run)


def _figures(answered: Answered, kept: Calibration | None) -> None:
    where = arrays.place(answered)
    columns = {"As the model says": cached.calibration_figures(*where, 1.0)}
    if kept and kept.temperature != 1:
        columns["Calibrated"] = cached.calibration_figures(*where, kept.temperature)
    table = pd.DataFrame(
        {
            "": [words for _, words in FIGURES],
            **{title: [_number(name, of[name]) for name, _ in FIGURES] for title, of in columns.items()},
        }
    )
    st.dataframe(table, hide_index=True)
    st.caption(
        f"On the {answered.asked.split_word} images in hand. ECE is the mean gap between stated probability and share right, over "
        "15 bins; 0 is perfect. With few images in a bin it is above 0 for the best of models too."
    )


def _number(name: str, value: float) -> str:
    return f"{value:.4f}" if name == "log_loss" else percent(value, 2)
