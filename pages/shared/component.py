"""Browser code with a key that Streamlit takes for it. The only user of st.components.v2."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.shared import state

REASON_JS = """
// why a request was refused: in Fovea's words, not in those of a page that a proxy on the way made of it
const reasonOf = (status, type, words) => (type || '').startsWith('text/plain') ? words
  : 'A server on the way answered ' + status + (status === 413 ? ': what was sent is too large for it.' : '.');
"""
# Components v2 refuse a key with "__" in it and put "__" behind it; names of data sets and tokens may hold it.
UNDERSCORE_BEFORE_ANOTHER = re.compile("_(?=_|$)")


def key_of(text: str) -> str:
    """The key of a component for `text`, another one for every other text."""
    return UNDERSCORE_BEFORE_ANOTHER.sub("%5F", text.replace("%", "%25"))


class Component:
    """One piece of browser code.

    Args:
        name: Its name among all, without "fovea.".
        html, css, js: Its code; `js` exports a function, as Streamlit's components v2 have it.
    """

    def __init__(self, name: str, *, js: str, css: str = "", html: str | None = None) -> None:
        self._draw = st.components.v2.component(f"fovea.{name}", html=html, css=css, js=js)

    def draw(self, key: str, data: dict[str, Any], **on_change: Callable[[], None]) -> Any:
        """Draw it; gives back its states and triggers.

        Args:
            key: Any text, one for each place where it is drawn.
            data: What the browser gets.
            on_change: `on_NAME_change=` for each state or trigger NAME.
        """
        return self._draw(key=key_of(key), data=data, **on_change)


def told(key: str) -> dict[str, Any]:
    """The states of the component that was drawn with `key`, inside a callback."""
    return state.get(key_of(key), {})
