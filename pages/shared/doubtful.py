"""Findings that make figures wrong, said as loudly as the figures: before a training and beside what came of it."""

from __future__ import annotations

import streamlit as st

from core.data.checks.issue import doubt
from core.data.dataset import Dataset
from pages.shared import links
from pages.shared.cached import issues
from pages.shared.messages import plain

CSS = """<style>
[class*="st-key-doubtful_"] { padding: .5rem .75rem; border-radius: 8px; background: light-dark(#fdf0d9, #3b2f16); }
</style>"""


def tell(dataset: Dataset, too_high: str, wrong: str, learnt_here: bool = True) -> None:
    """Draw what puts the figures of `dataset` in doubt, with the way to its images; nothing where nothing does.

    Args:
        too_high, wrong: What follows: "the figure is too high", or where that is not sure "the figure may be wrong".
        learnt_here: Whether the model learns from this data.
    """
    found = doubt(issues(dataset.reference), learnt_here)
    if found is None:
        return
    st.html(CSS)
    key = f"doubtful_{dataset.reference}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
        so = too_high if found.is_too_high else wrong
        st.markdown(f":material/warning: **{plain(found.words)}: {so}**", width="content")
        query = {"data": dataset.reference, "finding": f"{found.first.kind}-{found.first.severity}"}
        st.page_link(links.page("explore"), label="See the findings", query_params=query, width="content")
