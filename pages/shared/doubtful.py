"""Findings that make figures wrong, said as loudly as the figures: before a training and beside what came of it."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from pages.shared import links
from pages.shared.cached import issues
from pages.shared.messages import count

CSS = """<style>
[class*="st-key-doubtful_"] { padding: .5rem .75rem; border-radius: 8px; background: light-dark(#fdf0d9, #3b2f16); }
</style>"""


def tell(dataset: Dataset, so: str) -> None:
    """Draw how many findings of `dataset` are errors, with the way to their images; nothing where there is none.

    Args:
        so: What follows: "the figures would be wrong".
    """
    errors = [issue for issue in issues(dataset.reference) if issue.severity == "error" and issue.images]
    if not errors:
        return
    st.html(CSS)
    key = f"doubtful_{dataset.reference}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
        st.markdown(
            f":material/warning: **{count(len(errors), 'findings', 'finding')} in this data: {so}**",
            width="content",
            help="Such as the same image in two splits, or under two labels.",
        )
        query = {"data": dataset.reference, "finding": f"{errors[0].kind}-{errors[0].severity}"}
        st.page_link(links.page("explore"), label="See the findings", query_params=query, width="content")
