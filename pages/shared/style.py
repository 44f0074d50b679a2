"""What the theme in .streamlit/config.toml cannot say: the page's margins, and what a table offers."""

from __future__ import annotations

import streamlit as st

# Streamlit writes white on the accent colour and pale captions, both too faint for WCAG AA in one of the themes.
# A table's own download would write a class called =cmd() as a formula; pages offer core.spreadsheet.safe_csv.
CSS = """
.stMainBlockContainer { padding: 2.25rem 3rem 4rem; max-width: 1500px; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 3.5rem 1rem 3rem; } }
.stApp button[kind^="primary"] { color: light-dark(#fff, #0d1f1d); }
.stMultiSelect [role="group"][aria-label="Selected values"] * { color: light-dark(#fff, #0d1f1d); }
.stApp [data-testid="stCaptionContainer"] { color: light-dark(#606568, #a4aaac); opacity: 1; }
button[kind="elementToolbar"][aria-label^="Download as CSV"] { display: none; }
"""


def apply() -> None:
    """Put the style into the page."""
    st.html(f"<style>{CSS}</style>")
