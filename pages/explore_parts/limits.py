"""From where on something counts as a finding, for this visitor. In the address, so that a link shows the same."""

from __future__ import annotations

import streamlit as st

from core.data.checks import Thresholds
from core.data.checks.thresholds import LIMITS
from core.errors import ConfigError
from pages.shared import state
from pages.shared.messages import show_error

PARAMETER = "limits"
FORM = "explore_limits_form"
DEFAULT = Thresholds()
LEAST = {
    "near_similarity": DEFAULT.near_similarity
}  # below, all pictures would be compared anew: the command line does it
HELP = {
    "near_similarity": "Images whose hashes differ in at most "
    f"{DEFAULT.near_bits} bits of 64 are compared; this is what the correlation of their edges must reach. Where photos of "
    "things of one kind are found as near copies, ask for more."
}
SHOWN = {  # name: what it says, step
    "near_similarity": ("Near copies: likeness at least", 0.05),
    "dark": ("Too dark: 99 % of tones at most", 1.0),
    "bright": ("Too bright: 95 % of tones at least", 1.0),
    "uniform": ("Nearly uniform: spread of tones below", 0.5),
    "blur": ("Blurry: one more blur keeps at least", 0.01),
    "odd_size": ("Odd size: times the median", 0.5),
    "odd_shape": ("Odd shape: times the median", 0.5),
    "outlier": ("Outlier: deviations from its class", 0.5),
    "imbalance": ("Unbalanced: times below the largest class", 1.0),
    "few_images": ("Small class: images below", 1),
    "interval": ("Few test images: recall unsure by ±", 0.01),
}


def read() -> Thresholds:
    """What the address says; the default of each of which it says nothing, or nonsense, which is named."""
    values: dict[str, float] = {}
    refused = False
    for part in filter(None, (state.parameter(PARAMETER) or "").split(",")):
        try:
            values |= _value(part)
        except ConfigError as error:
            show_error(error)
            refused = True
    if refused:
        _put(values)
        state.put(FORM, state.get(FORM, 0) + 1)  # its field shows the default again
    return Thresholds.of(values)


def choose(thresholds: Thresholds) -> None:
    """A popover with every threshold; a change counts at once."""
    form = state.get(FORM, 0)
    changed = [name for name in SHOWN if getattr(thresholds, name) != getattr(DEFAULT, name)]
    title = f"Thresholds ({len(changed)} changed)" if changed else "Thresholds"
    with st.popover(title, icon=":material/tune:", type="tertiary"):
        st.caption("From where on something is a finding. Tones go from 0 to 255, on thumbnails.")
        with st.grid(2, min_column_width=200, gap="small"):
            for name, (words, step) in SHOWN.items():
                value = getattr(thresholds, name)
                key = f"explore_limit_{name}_{form}"
                st.number_input(
                    words,
                    *(type(step)(end) for end in (LEAST.get(name, LIMITS[name][0]), LIMITS[name][1])),
                    value,
                    step,
                    format="%g",
                    key=key,
                    help=HELP.get(name),
                    on_change=_write,
                    args=(form,),
                )
        if st.button("Back to the defaults", disabled=not changed):
            state.set_parameter(PARAMETER, None)
            state.put(FORM, form + 1)
            st.rerun()


def _value(part: str) -> dict[str, float]:
    """`dark:40` as a number of that name."""
    name, _, number = part.partition(":")
    if name not in SHOWN:
        raise ConfigError(f"There is no threshold {name!r}. There are: {', '.join(SHOWN)}.")
    default = getattr(DEFAULT, name)
    stays = f"“{SHOWN[name][0]}” stays at {default:g}"
    try:
        value = type(default)(number)
    except ValueError as error:
        raise ConfigError(f"{stays}: {number!r} is no number.") from error
    if value < LEAST.get(name, 0):
        raise ConfigError(f"{stays}: {number} is too low, it must be at least {LEAST.get(name, 0):g}.")
    try:
        Thresholds.of({name: value})
    except ConfigError as error:
        raise ConfigError(f"{stays}. {error}") from error
    return {name: value}


def _write(form: int) -> None:
    _put({name: state.get(f"explore_limit_{name}_{form}", getattr(DEFAULT, name)) for name in SHOWN})


def _put(values: dict[str, float]) -> None:
    other = [f"{name}:{value:g}" for name, value in values.items() if value != getattr(DEFAULT, name)]
    state.set_parameter(PARAMETER, ",".join(other) or None)
