"""Several runs side by side: their curves overlaid, their figures, and the settings in which they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from core.errors import NotFoundError
from core.jobs.watch import history, look
from core.rounding import significant
from core.train.comparing import curves_of, differences, title_of
from core.train.moments import EPOCH, STRENGTH
from core.train.runs import Run, find_run, has_model, list_runs
from core.workspace import queue
from pages.shared import links, state
from pages.shared.cached import workspace
from pages.shared.charts import palette
from pages.shared.messages import count, duration, show_error
from pages.train_parts import last_layer
from pages.train_parts.run_parts import CALM_CSS

MOST = 8
LETTERS = "ABCDEFGH"
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left"]
COLOURS = {  # each 3 : 1 or more against the ground
    "light": ["#0f6f6a", "#c2410c", "#6d28d9", "#0369a1", "#a16207", "#be185d", "#4d7c0f", "#475569"],
    "dark": ["#4fc3b7", "#fdba74", "#c4b5fd", "#7dd3fc", "#fde047", "#f9a8d4", "#bef264", "#cbd5e1"],
}
POINTS = 24  # a line's, at most
HEIGHT = 300
LETTER_PIXELS, LETTER_SHARE = 18, 0.05  # how much of the chart's height and width one takes


def ids() -> list[str]:
    """The runs that the address says are compared."""
    return list(dict.fromkeys(filter(None, (state.here("compare") or "").split(","))))


def begin(run_ids: Sequence[str]) -> None:
    """Put these runs into the address instead of what it had in hand; none ends the comparison."""
    for name in ("run", "sweep"):
        state.set_here(name, None)
    state.set_here("compare", ",".join(run_ids) or None)


def show() -> None:
    """Draw the runs of the address, A the first of them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"Comparing {count(len(ids()), 'runs', 'run')}", anchor=False, width="stretch")
        if st.button("New training", icon=":material/add:", key="new_training"):
            begin([])
            st.rerun()
    st.caption("Choose by the validation images; the test images then judge the one that you chose.")
    if len(ids()) > MOST:
        st.info(f"These are the first {MOST}; more lines than that cannot be told apart.", icon=":material/info:")
    runs = _find(ids()[:MOST])
    if not runs:
        return
    if len(runs) > 1 and len({run.dataset for run in runs}) == 1 and all(has_model(workspace(), run) for run in runs):
        st.page_link(
            links.page("evaluate"),
            label="Which is really better on the test images?",
            icon=":material/balance:",
            query_params={"run": runs[0].id, "tab": "Compare", "with": ",".join(run.id for run in runs[1:])},
        )
    still = queue.list_jobs(workspace(), "train", (queue.QUEUED, queue.RUNNING))
    if {run.id for run in runs}.isdisjoint(job.id for job in still):
        _draw([run.id for run in runs])
    else:
        st.fragment(_draw, run_every=2.0)([run.id for run in runs])


def _find(run_ids: Sequence[str]) -> list[Run]:
    found = []
    for run_id in run_ids:
        try:
            found.append(find_run(workspace(), run_id))
        except NotFoundError as error:
            show_error(error)
    return found


def _draw(run_ids: list[str]) -> None:
    st.html(CALM_CSS)
    by_id = {run.id: run for run in list_runs(workspace())}
    runs = [by_id[run_id] for run_id in run_ids if run_id in by_id]
    jobs = {job.id: job for job in queue.list_jobs(workspace(), "train")}
    names = [f"{letter}  {run.title}" for letter, run in zip(LETTERS, runs, strict=False)]
    epochs = [_history(run, jobs.get(run.id)) for run in runs]
    unit, lines = curves_of(runs, epochs)
    left, right = st.columns(2)
    with left:
        _curves(names, unit, lines, "val_loss", "Validation loss", ".3~g")
    with right:
        _curves(names, unit, lines, "val_accuracy", "Validation accuracy", ".1~%")
    if unit == EPOCH and any(line and line[0]["level"] for line in lines):
        st.caption("A last layer alone is learnt in one go, without epochs: its line is level, at its best strength.")
    _figures(names, runs, epochs, jobs)
    _differences(names, runs)


def _history(run: Run, job: queue.Job | None) -> list[dict[str, Any]]:
    return run.figures.get("history") or (history(workspace(), look(workspace(), job)) if job else [])


def _curves(
    names: list[str], unit: str, lines: list[list[dict[str, Any]]], figure: str, title: str, number: str
) -> None:
    st.markdown(f"**{title}**")
    rows = []
    for name, own in zip(names, lines, strict=True):
        every = max(1, -(-len(own) // POINTS))
        for place, one in enumerate(own, 1):
            is_point = not one["level"] and (place % every == 0 or one is own[-1])
            rows.append((one["at"], name, one[figure], is_point, "", one[figure]))
    rows += _letters(names, unit, lines, figure)
    table = pd.DataFrame(rows, columns=["at", "run", "value", "point", "letter", "height"])
    table = table.astype({"at": float, "value": float, "point": bool, "letter": str, "height": float})
    said = "; ".join(_in_words(*one, unit, figure) for one in zip(names, lines, strict=True))
    st.vega_lite_chart(
        table,
        _chart(names, unit, max(table["at"], default=1), figure, title, number).to_dict(),
        width="stretch",
        height=HEIGHT + 22 * ((len(names) + 1) // 2),
        key=f"compared_{figure}",
        alt=f"{title} by {unit}. {said}",
    )


def _letters(names: list[str], unit: str, lines: list[list[dict[str, Any]]], figure: str) -> list[tuple[Any, ...]]:
    """Rows of the letters at the lines' ends, moved up where they would cover each other."""
    values = [one[figure] for own in lines for one in own]
    apart = (max(values, default=0.0) - min(values, default=0.0)) * LETTER_PIXELS / HEIGHT

    def across(at: float) -> float:  # how far to the right, in units of the axis
        return math.log10(at) if unit == STRENGTH else at

    ends = [(own[-1][figure], own[-1]["at"], name) for name, own in zip(names, lines, strict=True) if own]
    beside = max((across(at) for _, at, _ in ends), default=0.0) * LETTER_SHARE
    rows: list[tuple[Any, ...]] = []
    for value, at, name in sorted(ends):
        below = [row[-1] for row in rows if abs(across(row[0]) - across(at)) <= beside]
        rows.append((at, name, value, False, name[0], max([value, *(height + apart for height in below)])))
    return rows


def _in_words(name: str, line: list[dict[str, Any]], unit: str, figure: str) -> str:
    if not line:
        return f"{name}: no {unit} has ended"
    if line[-1]["level"] or unit == STRENGTH:
        best = min(line, key=lambda one: one["val_loss"])
        return f"{name}: {significant(best[figure], 3)} at strength {best['strength']:g}"
    return f"{name}: {significant(line[-1][figure], 3)} after {len(line)} epochs"


def _chart(names: list[str], unit: str, longest: float, figure: str, title: str, number: str) -> alt.LayerChart:
    colours = palette()
    legend = alt.Legend(title=None, orient="bottom", columns=2, symbolSize=70, labelLimit=260)
    range_ = COLOURS["dark" if colours.dark else "light"][: len(names)]
    longest = max(longest, 1)
    across = {
        EPOCH: {
            "scale": alt.Scale(domain=[0, longest], nice=False),
            "axis": alt.Axis(tickMinStep=1, format="d", grid=False, tickCount=min(int(longest), 10)),
        },
        STRENGTH: {"scale": alt.Scale(type="log"), "axis": alt.Axis(format=",~g", grid=False, tickCount=5)},
    }
    base = alt.Chart().encode(
        x=alt.X("at:Q", title=unit, **across[unit]),
        y=alt.Y(
            "value:Q",
            title=None,
            scale=alt.Scale(zero=True) if figure == "val_loss" else alt.Scale(zero=False, domainMax=1, nice=True),
            axis=alt.Axis(format=number, tickCount=5),
        ),
        color=alt.Color("run:N", scale=alt.Scale(domain=names, range=range_), legend=legend),
        tooltip=[
            alt.Tooltip("run:N", title="Run"),
            alt.Tooltip("at:Q", title=unit.capitalize(), format=",~g"),
            alt.Tooltip("value:Q", title=title, format=".4g" if figure == "val_loss" else ".2%"),
        ],
    )
    points = base.transform_filter("datum.point").mark_point(filled=True, size=50, opacity=1)
    points = points.encode(
        shape=alt.Shape("run:N", scale=alt.Scale(domain=names, range=SHAPES[: len(names)]), legend=legend)
    )
    letters = base.transform_filter("datum.letter").mark_text(align="left", dx=8, fontSize=13, fontWeight="bold")
    letters = letters.encode(y="height:Q", text="letter:N")
    return (base.mark_line(strokeWidth=2) + points + letters).properties(
        padding={"right": 20, "left": 0, "top": 4, "bottom": 0}
    )


def _figures(names: list[str], runs: list[Run], epochs: list[list[dict[str, Any]]], jobs: dict[str, queue.Job]) -> None:
    rows = []
    for name, run, own in zip(names, runs, epochs, strict=True):
        best = min(own, key=lambda epoch: epoch["val_loss"]) if own else {}
        seconds = run.figures.get("seconds")
        rows.append(
            {
                "Run": name,
                "Status": jobs[run.id].status.capitalize() if run.id in jobs else "–",
                "Validation accuracy": best["val_accuracy"] * 100 if best else None,
                "Validation loss": best.get("val_loss"),
                "Best at": last_layer.place(last_layer.names(run.config), best["epoch"]) if best else None,
                "Epochs": None if run.config.trainable == "head" else len(own),
                "Parameters": run.figures.get("parameters"),
                "Duration": duration(seconds) if seconds is not None else None,
            }
        )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        placeholder="–",
        column_config={
            "Run": st.column_config.TextColumn(pinned=True),
            "Validation accuracy": st.column_config.NumberColumn(format="%.1f %%", help="Where its loss was lowest."),
            "Validation loss": st.column_config.NumberColumn(format="%.4f", help="Its lowest."),
            "Parameters": st.column_config.NumberColumn(format="localized"),
        },
    )


def _differences(names: list[str], runs: list[Run]) -> None:
    st.markdown("**Settings that differ**")
    found = differences(runs)
    if not found:
        st.caption("None: these runs were asked for the same.")
        return
    table = pd.DataFrame([dict(zip(names, one.values, strict=True)) for one in found])
    table.insert(0, "Setting", [title_of(one.field) for one in found])
    config = {"Setting": st.column_config.TextColumn(pinned=True)}
    st.dataframe(table, hide_index=True, column_config=config)
