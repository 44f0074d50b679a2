"""Files that were left out, with reasons."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.spreadsheet import safe_csv
from pages.shared import cached
from pages.shared.messages import count

COLUMNS = {
    "path": st.column_config.TextColumn("File", width="medium"),
    "reason": st.column_config.TextColumn("Why it was left out", width="large"),
}


def show(dataset: Dataset) -> None:
    """Draw the table of what the import left out."""
    table = cached.left_out(dataset.reference)
    if dataset.ignored:
        st.caption(f"{count(dataset.ignored, 'system files', 'system file')} (.DS\\_Store and the like) passed over.")
    if table.empty:
        st.markdown("Every file could be read. Nothing was left out.")
        return
    st.dataframe(table, column_config=COLUMNS, hide_index=True, alt="Files that were left out, with reasons")
    st.download_button(
        "Download as CSV",
        lambda: safe_csv(table),
        file_name=f"{dataset.name}-left-out.csv",
        mime="text/csv",
        icon=":material/download:",
    )
