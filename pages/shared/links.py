"""Naming a page for `st.page_link` and `st.switch_page`.

Streamlit looks for a relative path beside the script that it runs, pages/shared/navigation.py, so "pages/train.py"
would not be found.
"""

from __future__ import annotations

from pathlib import Path

PAGES = Path(__file__).parents[1]


def page(name: str) -> str:
    """The path of the page `name`, say "train"."""
    return str(PAGES / f"{name}.py")
