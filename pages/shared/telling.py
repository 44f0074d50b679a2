"""What was just done, said once, on the page as it is drawn after it."""

from __future__ import annotations

import streamlit as st

from pages.shared import state
from pages.shared.messages import plain

TOLD = "told"
LONGEST = 300


def say(text: str) -> None:
    """Keep `text` for the page that is drawn next."""
    state.put(TOLD, text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def tell() -> None:
    """Say it, once."""
    if told := state.get(TOLD, ""):
        st.toast(plain(told), icon=":material/check:")
        state.forget(TOLD)
