"""One sweep: how far it is, which settings did best, and the way on from there."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from core.errors import InputError, NotFoundError
from core.train import sweeps
from core.train.comparing import in_words, title_of
from core.train.sweeps import JUDGES, Result, Sweep
from core.workspace import queue
from pages.shared import links, state
from pages.shared.cached import workspace
from pages.shared.charts import palette
from pages.shared.messages import count, duration, percent, plain, show_error
from pages.train_parts.run_parts import CALM_CSS

HEIGHT = 300
ROWS_SHOWN = 20


def show(sweep_id: str) -> None:
    """Draw the sweep of that id."""
    try:
        sweep = sweeps.find_sweep(workspace(), sweep_id)
    except NotFoundError as error:
        show_error(error)
        _new_training()
        return
    is_over = all(one.ended for one in sweeps.results(workspace(), sweep))
    st.fragment(_draw, run_every=None if is_over else 2.0)(sweep, is_over)


def _draw(sweep: Sweep, was_over: bool) -> None:
    st.html(CALM_CSS)
    found = sweeps.results(workspace(), sweep)
    ended = sum(one.ended for one in found)
    if ended == len(found) and not was_over:
        st.rerun()  # nothing is left to watch
    _head(sweep, found, ended)
    judge = st.segmented_control(
        "Judged by",
        list(JUDGES),
        default=next(iter(JUDGES)),
        required=True,
        format_func=JUDGES.__getitem__,
        key=f"judge_{sweep.id}",
    )
    found = sweeps.results(workspace(), sweep, judge)
    winner = sweeps.best(found)
    if sweep.curve_of:
        _curve_link(sweep)
    elif winner:
        _winner(sweep, winner, ended == len(found))
    if len([one for one in found if one.figures.get(judge) is not None]) > 1 and winner:
        _charts(sweep, found, winner, judge)
    _table(sweep, found)
    if ended == len(found) and st.button("Delete", icon=":material/delete:", key="delete_sweep_question"):
        _delete(sweep, len([one for one in found if one.status != sweeps.GONE]))


@st.dialog("Delete this sweep?")
def _delete(sweep: Sweep, its_runs: int) -> None:
    st.markdown(
        f"**{plain(sweep.title)}** goes with its {count(its_runs, 'runs', 'run')}: models, figures and logs. "
        "A run that you want to keep can be trained again with its settings."
    )
    st.markdown("This cannot be undone.")
    if not st.button(f"Delete {count(its_runs, 'runs', 'run')}", type="primary", key="delete_sweep"):
        return
    try:
        sweeps.delete(workspace(), sweep)
    except InputError as error:
        show_error(error)
        return
    state.set_here("sweep", None)
    st.rerun()


def _head(sweep: Sweep, found: list[Result], ended: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap="small"):
            st.subheader(plain(sweep.title), anchor=False)
            minutes = f" · {sweep.most_minutes:g} min at most" if sweep.most_minutes else ""
            st.caption(f"{plain(sweep.dataset)} · {count(len(found), 'runs', 'run')}{minutes}")
        if ended < len(found) and st.button("Stop the rest", icon=":material/stop:", key="stop_sweep"):
            sweeps.stop(workspace(), sweep)
            st.rerun()
        _new_training()
    if ended < len(found):
        spent = [one.figures["seconds"] for one in found if one.ended and "seconds" in one.figures]
        left = sum(spent) / len(spent) * (len(found) - ended) if spent else None
        words = f" · about {duration(left)} left" if left is not None else ""
        st.progress(ended / len(found), f"{ended} of {count(len(found), 'runs', 'run')} have ended{words}")


def _curve_link(sweep: Sweep) -> None:
    st.markdown("These runs learn from parts of the data: together they say whether more data would help.")
    st.page_link(
        links.page("evaluate"),
        label="See the learning curve",
        icon=":material/show_chart:",
        query_params={"run": sweep.curve_of, "tab": "More data?"},
    )


def _winner(sweep: Sweep, winner: Result, is_over: bool) -> None:
    figures = winner.figures
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="winner"):
        st.markdown(
            f"{'Best' if is_over else 'Best so far'}: **{plain(sweeps.describe(winner.values))}**  \n"
            f"{percent(figures['val_accuracy'])} of the validation images, loss {figures['val_loss']:.4f}",
            width="stretch",
        )
        if st.button("Use the winner's settings", icon=":material/tune:", type="primary", key="use_winner"):
            state.set_parameter("data", sweep.dataset)
            state.set_here("sweep", None)
            state.set_here("like", winner.run)
            st.rerun()
        if st.button("Open it", key="open_winner"):
            _open(winner.run)


def _charts(sweep: Sweep, found: list[Result], winner: Result, judge: str) -> None:
    st.markdown(f"**{JUDGES[judge]} by setting**")
    table = pd.DataFrame(
        [
            {
                "run": one.run,
                "judged": one.figures[judge],
                "words": sweeps.describe(one.values),
                "best": "Best" if one.run == winner.run else "Other",
                **{f"value{place}": one.values[field] for place, field in enumerate(sweep.over)},
            }
            for one in found
            if one.figures.get(judge) is not None
        ]
    )
    columns = st.columns(min(len(sweep.over), 3))
    for place, field in enumerate(sweep.over):
        with columns[place % 3]:
            event = st.altair_chart(
                _chart(table, f"value{place}", title_of(field), judge),
                width="stretch",
                key=f"sweep_{sweep.id}_{place}",
                on_select="rerun",
                selection_mode="point",
                alt=f"{JUDGES[judge]} by {title_of(field)}: the best is {sweeps.describe(winner.values)}",
            )
            if points := event.selection.get("point"):
                _open(points[0]["run"])


def _chart(table: pd.DataFrame, column: str, name: str, judge: str) -> alt.Chart:
    colours = palette()
    data = table.rename(columns={column: "value"})
    values = data["value"]
    is_number = all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
    x: dict[str, Any]
    if is_number and values.nunique() > 1:
        is_log = values.min() > 0 and values.max() / values.min() >= 10
        x = {
            "shorthand": "value:Q",
            "scale": alt.Scale(type="log" if is_log else "linear", zero=False, nice=True, padding=12),
        }
        x["axis"] = alt.Axis(grid=False, format=".3~g", values=sorted(set(values)) if values.nunique() <= 6 else None)
    else:
        data = data.assign(value=[in_words(one) for one in values])
        x = {"shorthand": "value:N", "axis": alt.Axis(grid=False, labelAngle=0), "sort": None}
    domain = ["Best", "Other"]
    legend = alt.Legend(title=None, orient="bottom")
    return (
        alt.Chart(data)
        .mark_point(filled=True, opacity=0.9, cursor="pointer")
        .encode(
            x=alt.X(**x, title=name),
            y=alt.Y(
                "judged:Q",
                title=None,
                scale=alt.Scale(zero=False, padding=12),
                axis=alt.Axis(format=".1~%" if judge == "val_accuracy" else ".3~g", tickCount=5),
            ),
            color=alt.Color(
                "best:N", scale=alt.Scale(domain=domain, range=[colours.accent, colours.muted]), legend=legend
            ),
            shape=alt.Shape("best:N", scale=alt.Scale(domain=domain, range=["diamond", "circle"]), legend=legend),
            size=alt.Size("best:N", scale=alt.Scale(domain=domain, range=[190, 70]), legend=legend),
            order=alt.Order("best:N", sort="descending"),
            tooltip=[
                alt.Tooltip("words:N", title="Settings"),
                alt.Tooltip("judged:Q", title=JUDGES[judge], format=".1%" if judge == "val_accuracy" else ".4g"),
            ],
        )
        .add_params(alt.selection_point("point", fields=["run"]))
        .properties(height=HEIGHT)
    )


def _table(sweep: Sweep, found: list[Result]) -> None:
    st.caption("Click a row to open its run. Ranked by the validation images; the test images choose nothing.")
    table = pd.DataFrame([_row(sweep, one) for one in found])
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        key=f"sweep_table_{sweep.id}",
        placeholder="–",
        height=37 + 35 * min(len(found), ROWS_SHOWN),
        column_config={
            "Validation accuracy": st.column_config.NumberColumn(format="%.1f %%"),
            "Validation loss": st.column_config.NumberColumn(format="%.4f"),
        },
    )
    if cells := event.selection.cells:
        one = found[cells[0][0]]
        if one.status != sweeps.GONE:
            _open(one.run)


def _row(sweep: Sweep, one: Result) -> dict[str, object]:
    accuracy, seconds = one.figures.get("val_accuracy"), one.figures.get("seconds")
    return {
        **{title_of(field): in_words(one.values[field]) for field in sweep.over},
        "Status": one.status.capitalize() if one.status != queue.STOPPED or one.figures else "Cancelled",
        "Validation accuracy": None if accuracy is None else accuracy * 100,
        "Validation loss": one.figures.get("val_loss"),
        **(
            {title_of("head_strength"): in_words(one.figures["head_strength"])}
            if "head_strength" in one.figures
            else {"Epochs": one.figures.get("epochs")}
        ),
        "Duration": None if seconds is None else duration(seconds),
        **({"Cause": one.cause} if one.cause else {}),
    }


def _open(run_id: str) -> None:
    state.set_here("sweep", None)
    state.set_parameter("run", run_id)
    st.rerun()


def _new_training() -> None:
    if st.button("New training", icon=":material/add:", key="new_training"):
        state.set_here("sweep", None)
        st.rerun()
