"""Looking for a learning rate: the loss as the rate rises, and the rate that follows from it, one click from the form."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from core.data.dataset import Dataset
from core.jobs import rate_finding
from core.jobs.watch import look
from core.train.config import TrainConfig
from core.workspace import queue
from core.workspace.queue import Job
from pages.shared import cached, job_progress, state
from pages.shared.cached import workspace
from pages.shared.charts import palette
from pages.shared.messages import plain

HEIGHT = 220
FOUND = "rate_found"


def ask(dataset: Dataset, config: TrainConfig, key: str) -> None:
    """Draw the search, or the button that begins it; its id is in the address.

    Args:
        config: What the form holds, resolved.
        key: The form's; the form's own rate is what was put under `{key}_{FOUND}`.
    """
    if config.trainable == "head":
        return
    with st.expander("Find a learning rate", icon=":material/trending_up:", key=f"{key}_rates"):
        st.caption(
            "A network takes 140 steps with a rising rate and is thrown away. A tenth of the rate at which its loss was "
            "lowest is a good one to begin with."
        )
        job = cached.job_of(state.here("rate"), (rate_finding.KIND,))
        if job and job.payload["dataset"] == dataset.reference:
            if job.ended:
                _found(job, key)
            else:
                _live(job.id)
                return
        if st.button("Try learning rates", icon=":material/trending_up:", key=f"{key}_find_rate"):
            state.set_here("rate", rate_finding.begin(workspace(), dataset, config).id)
            st.rerun()


@st.fragment(run_every=1.0)
def _live(job_id: str) -> None:
    job = cached.job_of(job_id, (rate_finding.KIND,))
    if job is None or job.ended:
        st.rerun()
    job_progress.drawn(job.id)
    view = look(workspace(), job)
    words = "Waiting for the device" if job.status == queue.QUEUED else plain(view.stage)
    st.progress(min(max(view.unit_fraction, 0.0), 1.0), words)
    if st.button("Stop", icon=":material/stop:", key="stop_rate"):
        queue.request_stop(workspace(), job_id)


def _found(job: Job, key: str) -> None:
    if not job.result.get("rates"):
        st.warning(plain(f"No rate was found. {job.cause}".strip()), icon=":material/info:")
        return
    suggestion = job.result["suggestion"]
    st.altair_chart(_chart(job.result["rates"], job.result["losses"], suggestion), key=f"{key}_rate_chart")
    line, button = st.columns([4, 2], vertical_alignment="center")
    line.markdown(f"A good rate to begin with: **{suggestion:g}**.")
    button.button(
        f"Use {suggestion:g}",
        icon=":material/check:",
        key=f"{key}_use_rate",
        width="stretch",
        on_click=lambda: state.put(f"{key}_{FOUND}", suggestion),
    )


def _chart(rates: list[float], losses: list[float], suggestion: float) -> alt.LayerChart:
    colours = palette()
    table = pd.DataFrame({"rate": rates, "loss": losses})
    top = min(max(losses), 2 * losses[0])  # what explodes would flatten all else
    axis = alt.X("rate:Q", title="learning rate", scale=alt.Scale(type="log"), axis=alt.Axis(format="~e", grid=False))
    line = (
        alt.Chart(table)
        .mark_line(color=colours.accent, clip=True)
        .encode(
            x=axis,
            y=alt.Y("loss:Q", title="loss", scale=alt.Scale(domain=[min(losses), top], nice=True)),
            tooltip=[alt.Tooltip("rate:Q", format=".2e"), alt.Tooltip("loss:Q", format=".4g")],
        )
    )
    of_suggestion = alt.Chart(pd.DataFrame({"rate": [suggestion], "words": [f"{suggestion:g}"]})).encode(x=axis)
    rule = of_suggestion.mark_rule(strokeDash=[2, 3], color=colours.muted)
    words = of_suggestion.mark_text(align="left", dx=5, color=colours.muted, baseline="top").encode(
        y=alt.value(0), text="words:N"
    )
    return (line + rule + words).properties(height=HEIGHT)
