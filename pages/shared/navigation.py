"""The script that Streamlit runs for every visit: page config, the table of pages, the strip of running jobs."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.errors import FoveaError
from pages.shared import messages, strip, style

PAGES = Path(__file__).parents[1]
ICON = Path(__file__).with_name("icon.svg")  # a material icon would be fetched from elsewhere

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
    strip.show()
    try:
        page.run()
    except FoveaError as error:
        messages.show_error(error)


main()
