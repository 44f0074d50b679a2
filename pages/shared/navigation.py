"""The script that Streamlit runs for every visit: page config, the table of pages, the strip of running jobs."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import FoveaError
from pages.shared import job_progress, messages, state, strip, style

PAGES = Path(__file__).parents[1]
ICON = Path(__file__).with_name("icon.svg")  # a material icon would be fetched from elsewhere
DRAWN = "page_drawn"

# file, title, icon; the address is the file's name. To add a page: a file in pages/ and a line here.
TABLE = (
    ("home.py", "Home", ":material/home:"),
    ("explore.py", "Explore", ":material/photo_library:"),
    ("augment.py", "Augment", ":material/auto_fix_high:"),
    ("train.py", "Train", ":material/model_training:"),
    ("evaluate.py", "Evaluate", ":material/query_stats:"),
    ("classify.py", "Classify", ":material/photo_camera:"),
)


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config("Fovea", page_icon=str(ICON), layout="wide", initial_sidebar_state=220)
    style.apply()
    pages = [
        st.Page(PAGES / file, title=title, icon=icon, url_path=Path(file).stem, default=file == "home.py")
        for file, title, icon in TABLE
    ]
    page = st.navigation(pages)
    _leave_other_pages(page.url_path)
    above = st.container(key="strip")
    job_progress.forget_drawn()
    try:
        page.run()
    except FoveaError as error:
        messages.show_error(error)
    with above:  # drawn last: it leaves out what the page shows
        strip.show(page.url_path)


def _leave_other_pages(page: str) -> None:
    """Take no request any more from what was drawn on the page before.

    After `st.switch_page` the browser goes on asking for the fragments of the old page until it hears of the new one, and
    Streamlit's answer, which names the old page, wipes the new one off the screen. Of fragments that it does not know it draws none.
    """
    context = get_script_run_ctx()
    if context is not None and state.get(DRAWN, page) != page:
        context.fragment_storage.clear()
    state.put(DRAWN, page)


main()
