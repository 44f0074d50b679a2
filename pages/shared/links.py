"""Naming a page for `st.page_link`, and going to one.

Streamlit looks for a relative path beside the script that it runs, pages/shared/navigation.py, so "pages/train.py"
would not be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

PAGES = Path(__file__).parents[1]


def page(name: str) -> str:
    """The path of the page `name`, say "train"."""
    return str(PAGES / f"{name}.py")


def go(path: str, parameters: Mapping[str, str]) -> None:
    """Go to the page of that path, with these parameters in the address."""
    forget_fragments()
    st.switch_page(path, query_params=parameters)


def forget_fragments() -> None:
    """Take no request any more from what is drawn.

    The browser goes on asking for the fragments of a page until it hears of the next one, and Streamlit's answer, which names the
    page before, wipes the next one off the screen. Of fragments that it does not know it draws none.
    """
    if context := get_script_run_ctx():
        context.fragment_storage.clear()
