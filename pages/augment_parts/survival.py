"""How often a model's answer survives each operation, measured on demand; and what harms the labels."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
import pandas as pd
import streamlit as st

from core.augment.advice import likely_to_harm
from core.augment.config import AugmentConfig
from core.augment.operations import OPERATIONS
from core.data.dataset import Dataset
from core.errors import FoveaError
from core.train import more_data
from core.train.runs import Run, has_model, list_runs
from pages.augment_parts import operations
from pages.shared import cached, state
from pages.shared.cached import workspace
from pages.shared.charts import palette
from pages.shared.messages import count, percent, plain, show_error

HARMS_BELOW = 0.9
BAR_HEIGHT = 24


@dataclass(frozen=True)
class Measured:
    """What was measured in this visit.

    Args:
        run: The run's title.
        images: Answers it is a share of.
        shares, strengths: By operation.
    """

    run: str
    images: int
    shares: dict[str, float]
    strengths: dict[str, float]

    def title(self, name: str) -> str:
        """The operation with the strength that it had: "Rotate 0.05"."""
        operation = OPERATIONS[name]
        return f"{operation.title} {self.strengths[name]:g}" if operation.has_strength else operation.title


def measured(dataset: Dataset) -> Measured | None:
    """What was measured on this data set, if anything was."""
    return state.get(_key(dataset), None)


def words(found: Measured | None) -> dict[str, str]:
    """For each operation what its switch says of it, as Markdown."""
    if found is None:
        return {}
    return {
        name: f" **{percent(share, 0)} of answers survive"
        + (f" {found.strengths[name]:g}" if OPERATIONS[name].has_strength else "")
        + "**."
        for name, share in found.shares.items()
    }


def warn(config: AugmentConfig, dataset: Dataset, found: Measured | None) -> None:
    """Say which of the operations that are on seem to destroy labels: as measured, else as the classes' names tell."""
    known = found.strengths if found else {}
    asked = [step.name for step in config.operations if known.get(step.name) == step.strength]
    harmful = [name for name in likely_to_harm(config, dataset.classes) if name not in asked]
    if harmful:
        names = " and ".join(OPERATIONS[name].title for name in harmful)
        st.warning(
            f"These classes look like digits or letters. {names} can make another one of them, "
            "and the label then lies. Measure below how often answers survive.",
            icon=":material/warning:",
        )
    if found and (lost := [name for name in asked if found.shares[name] < HARMS_BELOW]):
        said = ", ".join(f"{percent(found.shares[name], 0)} survive {found.title(name)}" for name in lost)
        st.warning(
            plain(f"Of the answers of {found.run}, {said}. Take less of it, or leave it out."),
            icon=":material/warning:",
        )


def show(config: AugmentConfig, dataset: Dataset) -> None:
    """The button that measures, and what was measured."""
    st.markdown("**How often a model's answer survives**")
    runs = [run for run in list_runs(workspace()) if run.dataset.partition("@")[0] == dataset.name]
    runs = more_data.models(workspace(), [run for run in runs if has_model(workspace(), run)])
    if not runs:
        st.caption("Once a model was trained on this data set, this measures what each operation does to its answers.")
        return
    by_id = {run.id: run for run in runs}
    row = st.container(horizontal=True, vertical_alignment="bottom")
    chosen = runs[0]
    if len(runs) > 1:
        wanted = row.selectbox("Run", list(by_id), format_func=lambda one: by_id[one].title, key="survival_run")
        chosen = by_id[wanted]
    if row.button(f"Measure with {plain(chosen.title)}", icon=":material/monitoring:", key="measure"):
        _measure(chosen, config, dataset)
    found = measured(dataset)
    if found is None:
        st.caption(
            "Each operation alone is done to validation images, some hundred at most. Where the answer changes, "
            "the label may no longer be true."
        )
    elif found.shares:
        _tell(found)
    else:
        st.caption("There was no time for any operation: this model is too slow to be asked here.")


def _measure(run: Run, config: AugmentConfig, dataset: Dataset) -> None:
    """Those that are on come first, for there may not be time for all."""
    everything = {step.name: step for step in operations.shown(config, dataset.channels).operations}
    order = [*config.names, *(name for name in everything if name not in config.names)]
    try:
        with st.spinner("Asking the model. This takes about ten seconds.", show_time=True):
            found = cached.survival(
                run.id, dataset.reference, AugmentConfig([everything[name] for name in order if name in everything])
            )
    except FoveaError as error:
        show_error(error)
        return
    state.put(_key(dataset), Measured(run.title, **found))
    st.rerun()


def _tell(found: Measured) -> None:
    ranked = sorted(found.shares, key=lambda name: found.shares[name])
    worst, best = ranked[0], ranked[-1]
    st.markdown(
        plain(
            f"{percent(found.shares[best], 0)} of answers survive {found.title(best)}; "
            f"{percent(found.shares[worst], 0)} survive {found.title(worst)}."
        )
    )
    table = pd.DataFrame(
        {
            "operation": [found.title(name) for name in ranked],
            "share": [found.shares[name] for name in ranked],
            "text": [percent(found.shares[name], 0) for name in ranked],
            "lost": [found.shares[name] < HARMS_BELOW for name in ranked],
        }
    )
    colours = palette()
    base = alt.Chart(table).encode(
        y=alt.Y(
            "operation:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelColor=colours.text, labelFontSize=13, labelLimit=170, domain=False, ticks=False),
        ),
        tooltip=[alt.Tooltip("operation:N", title="Operation"), alt.Tooltip("text:N", title="Answers that survive")],
    )
    bars = base.mark_bar(cornerRadiusEnd=3, height=12).encode(
        x=alt.X("share:Q", scale=alt.Scale(domain=[0, 1.15]), axis=None),
        color=alt.condition("datum.lost", alt.value(colours.accent), alt.value(colours.muted)),
    )
    text = base.mark_text(align="left", dx=6, fontSize=13, color=colours.text).encode(x="share:Q", text="text:N")
    st.altair_chart(
        (bars + text).properties(height=BAR_HEIGHT * len(table)),
        width="stretch",
        key="survival_bars",
        alt=", ".join(f"{row.operation} {row.text}" for row in table.itertuples()),
    )
    st.caption(
        plain(
            f"Of {count(found.images, 'validation images', 'validation image')}, answered by {found.run} as they are "
            "and after each operation alone, done to every one. In colour: below 90 %. What mixes labels is left out."
        )
    )


def _key(dataset: Dataset) -> str:
    return f"survival_{dataset.reference}"
