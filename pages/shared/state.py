"""What a visitor has in hand. The only user of session_state and of the address's parameters.

Ids go into the address, so that a link or a refresh shows the same; the session remembers them only to
carry them from page to page.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

Value = TypeVar("Value")


def parameter(name: str) -> str | None:
    """The address's parameter `name`, else what the visitor last had of that name on another page."""
    if name in st.query_params:
        st.session_state[f"last_{name}"] = st.query_params[name]
        return st.query_params[name]
    return st.session_state.get(f"last_{name}")


def set_parameter(name: str, value: str | None) -> None:
    """Put `value` into the address, and remember it for the other pages; None takes it out."""
    if value is None:
        st.query_params.pop(name, None)
        st.session_state.pop(f"last_{name}", None)
    else:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
        st.session_state[f"last_{name}"] = value


def carry(name: str, value: str) -> None:
    """What the other pages have in hand of that name from now on; this one's address stays as it is."""
    st.session_state[f"last_{name}"] = value


def here(name: str) -> str | None:
    """The address's parameter `name`, for what belongs to this page alone and is not carried to others."""
    return st.query_params.get(name)


def integer_here(name: str, below: int) -> int | None:
    """The address's parameter `name` as a whole number from 0 on and less than `below`; None where it is anything else."""
    return whole_number(here(name) or "", below)


def number_here(name: str) -> float | None:
    """The address's parameter `name` as a finite number; None where it is anything else."""
    try:
        number = float(here(name) or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def whole_number(text: str, below: int) -> int | None:
    """A number in plain digits from 0 on and less than `below`; None for any other text."""
    is_plain = text.isascii() and text.isdecimal() and len(text) <= len(str(below))
    return int(text) if is_plain and int(text) < below else None


def set_here(name: str, value: str | None) -> None:
    """Put `value` into the address of this page only; None takes it out."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def once(name: str, make: Callable[[], Value]) -> Value:
    """What `make` gave when this visitor first asked for `name`."""
    if name not in st.session_state:
        st.session_state[name] = make()
    return st.session_state[name]


def get(name: str, default: Value) -> Value:
    """What was last `put` under `name` in this visit."""
    return st.session_state.get(name, default)


def put(name: str, value: object) -> None:
    """Keep `value` under `name` for this visit. Not for the key of a widget that was drawn already."""
    st.session_state[name] = value


def opening() -> int:
    """A number for a dialog that is opened now. It belongs into the keys of what is asked in the dialog: one that was
    closed without an answer would show its last one at the next opening.
    """
    number = get("openings", 0) + 1
    put("openings", number)
    return number


def forget(name: str) -> None:
    """Let go of what was put under `name`."""
    st.session_state.pop(name, None)
