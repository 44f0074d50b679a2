"""What the theme in .streamlit/config.toml cannot say: the page's margins, and what a table offers."""

from __future__ import annotations

import streamlit as st

# Streamlit writes white on the accent colour and pale captions, both too faint for WCAG AA in one of the themes.
# The header, 3.75rem high, covers what is under it wherever the sidebar is folded: the strip begins below it.
# A table's own download would write a class called =cmd() as a formula; pages offer core.spreadsheet.safe_csv.
CSS = """
.stMainBlockContainer { padding: 2.25rem 3rem 4rem; max-width: 1500px; }
.st-key-dataset_in_hand > :first-child { flex: 1 1 200px; max-width: 340px; }
div:has(> .st-key-explore_fold) { display: none; }
div:has(> .st-key-strip:empty) { display: none; }
.stMainBlockContainer:has(.st-key-strip .stProgress) { padding-top: 4rem; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 3.25rem 1rem 3rem; }
  .stMainBlockContainer > [data-testid="stVerticalBlock"] { gap: .7rem; }
  .stMainBlockContainer h1 { padding: .3rem 0 1rem; font-size: 1.5rem; line-height: 1.3; }
  .st-key-dataset_in_hand > :first-child { max-width: none; }
  .st-key-classified img { max-height: 220px; width: auto; max-width: 100%; }
  div:has(> .st-key-explore_fold) { display: flex; }
  div:has(> .st-key-explore_filters_folded) { display: none; }
  div:has(> .st-key-explore_findings) { flex: 1 1 100%; }
  .st-key-explore_mend, .st-key-explore_findings [data-testid="stButtonGroup"] > div {
    flex-wrap: nowrap; overflow-x: auto; scrollbar-width: thin; }
  .st-key-explore_findings [data-testid="stButtonGroup"] button { flex-shrink: 0; }
}
.stApp button[kind^="primary"] { color: light-dark(#fff, #0d1f1d); }
.stMultiSelect [role="group"][aria-label="Selected values"] * { color: light-dark(#fff, #0d1f1d); }
.stApp [data-testid="stCaptionContainer"] { color: light-dark(#606568, #a4aaac); opacity: 1; }
button[kind="elementToolbar"][aria-label^="Download as CSV"] { display: none; }
"""


def apply() -> None:
    """Put the style into the page."""
    st.html(f"<style>{CSS}</style>")
