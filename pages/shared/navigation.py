"""The script that Streamlit runs for every visit: page config, the table of pages, the strip of running jobs."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import FoveaError
from pages.shared import job_progress, links, messages, state, strip, style

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
    _leave_other_pages()
    st.set_page_config("Fovea", page_icon=str(ICON), layout="wide", initial_sidebar_state=220)
    style.apply()
    pages = [
        st.Page(PAGES / file, title=title, icon=icon, url_path=Path(file).stem, default=file == "home.py")
        for file, title, icon in TABLE
    ]
    page = st.navigation(pages)
    _leave_other_pages()  # once more: only now it is known which page an address without a name means
    above = st.container(key="strip")
    job_progress.forget_drawn()
    try:
        page.run()
    except FoveaError as error:
        messages.show_error(error)
    with above:  # drawn last: it leaves out what the page shows
        strip.show(page.url_path)


def _leave_other_pages() -> None:
    """Take no request any more from what was drawn on the page before (`links.forget_fragments`)."""
    context = get_script_run_ctx()
    if context is not None:
        if state.get(DRAWN, context.page_script_hash) != context.page_script_hash:
            links.forget_fragments()
        state.put(DRAWN, context.page_script_hash)


main()
