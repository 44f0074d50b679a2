"""Name, notes and settings of a run; deleting it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.errors import InputError
from core.jobs.watch import device
from core.train import runs
from core.train.comparing import readable
from core.train.runs import Run
from core.workspace.paths import folder_size_bytes
from core.workspace.queue import Job
from pages.shared import state
from pages.shared.cached import workspace
from pages.shared.messages import plain, show_error, size

ROWS_SHOWN = 12


def show(run: Run, job: Job | None) -> None:
    """Name, notes and settings of a run, and the way to delete it."""
    with st.expander("Name, notes and settings", icon=":material/edit_note:"):
        with st.form(f"about_{run.id}", border=False):
            name = st.text_input("Name", run.name, placeholder=run.id, max_chars=80)
            notes = st.text_area("Notes", run.notes, height=100, max_chars=2000)
            if st.form_submit_button("Save", icon=":material/save:"):
                runs.describe(workspace(), run, name, notes)
                st.rerun()
        st.markdown("**Settings**")
        table = pd.DataFrame(readable(run), columns=["Setting", "Value"])
        st.dataframe(table, hide_index=True, height=37 + 35 * min(len(table), ROWS_SHOWN), key=f"settings_{run.id}")
        where = device(workspace(), job) if job else ""
        st.caption(plain(f"{f'Device: {where}. ' if where else ''}Everything of it is in {run.folder(workspace())}."))
        if (job is None or job.ended) and st.button("Delete", icon=":material/delete:", key="delete_question"):
            _delete(run)


@st.dialog("Delete this run?")
def _delete(run: Run) -> None:
    freed = size(folder_size_bytes(run.folder(workspace())))
    st.markdown(f"**{plain(run.title)}** goes with its model, its figures and its log, and {freed} come free.")
    st.markdown("This cannot be undone.")
    if not st.button("Delete this run", type="primary", key="delete_run"):
        return
    try:
        runs.delete(workspace(), run)
    except InputError as error:
        show_error(error)
        return
    state.set_parameter("run", None)
    st.rerun()
