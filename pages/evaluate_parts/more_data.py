"""What more data should bring: a learning curve on request, its runs as they go, and what it says."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from core.errors import ConfigError, NotFoundError
from core.evaluate.intervals import images_of_interval
from core.evaluate.learning_curve import LearningCurve
from core.jobs.start import ensure_supervisor
from core.train import more_data, sweeps
from core.train.more_data import OWN, RECIPES, SHARES
from core.train.runs import Run
from core.train.sweeps import Result, Sweep
from core.workspace import queue
from pages.evaluate_parts.asked import Answered
from pages.shared import cached, links, state
from pages.shared.cached import workspace
from pages.shared.charts import palette
from pages.shared.messages import count, duration, percent, percent_with_interval, plain, show_error

HEIGHT = 320
CALM_CSS = "<style>[data-stale='true'] { opacity: 1 !important; }</style>"
LITTLE = 0.002  # a gain of accuracy that nobody collects data for
MUCH = 0.01  # a loss of it that data does not bring: chance does


def show(answered: Answered) -> None:
    """The newest learning curve of the run in hand, or the offer to make one."""
    run = answered.asked.run
    sweep = more_data.find(workspace(), run)
    if sweep is None:
        st.markdown(
            "**Would more images help?** The same training on parts of the data shows where the curve is heading."
        )
        _offer(run)
        return
    is_over = all(one.ended for one in sweeps.results(workspace(), sweep))
    st.fragment(_draw, run_every=None if is_over else 2.0)(run, sweep, is_over)
    if is_over:
        with st.expander("Make it again"):
            _offer(run)


def sentence(curve: LearningCurve | None) -> str:
    """What doubling the data should bring, for a manager, in plain text."""
    if curve is None:
        return "Three sizes or more are needed before anything can be said."
    low, high = (end * 100 for end in curve.gain_interval)
    if not curve.is_told and curve.gain_interval[1] < LITTLE and curve.gain_interval[0] > -MUCH:
        return f"If it goes on as it did so far, doubling the data should bring next to nothing: {max(high, 0.01):.2f} points of accuracy at most."
    if not curve.is_told:
        return f"It cannot be told whether more data would help: doubling it may bring {low:+.1f} to {high:+.1f} points of accuracy."
    digits = 1 if low >= 0.1 else 2
    return (
        f"If it goes on as it did so far, doubling the data should bring about {curve.gain * 100:.{digits}f} points of accuracy "
        f"({low:.{digits}f} to {high:.{digits}f})."
    )


def other_words(curve: LearningCurve | None) -> str:
    """What other shapes of curve foretell, in plain text; "" where none fits the points as well, or these tell nothing."""
    if curve is None or curve.other_gains is None or not curve.is_told:
        return ""
    least, most = (f"{gain * 100:.2f}" for gain in curve.other_gains)
    between = f"{least} points" if least == most else f"{least} to {most} points"
    return f"Nobody knows how it goes on: other shapes that fit these points as well (exponential, logarithmic and others) foretell {between}."


def _offer(run: Run) -> None:
    left, right = st.columns([3, 2])
    recipe = left.segmented_control(
        "Recipe", list(RECIPES), default=OWN, required=True, format_func=RECIPES.__getitem__, key=f"recipe_{run.id}"
    )
    seeds = right.segmented_control(
        "Runs a share",
        [1, 3],
        default=1,
        required=True,
        key=f"seeds_{run.id}",
        help="Three show how much chance there is in the choice of images and in training itself.",
    )
    try:
        seconds = more_data.estimate_seconds(workspace(), run, recipe, seeds)
    except (ConfigError, NotFoundError) as error:
        show_error(error)
        return
    shares = ", ".join(f"{share * 100:g}" for share in SHARES)
    cost = (
        f"about {duration(seconds)} of training here" if seconds else "how long they take is known once the first ended"
    )
    st.caption(
        f"{count(len(SHARES) * seeds)} runs, on {shares}\u00a0% of the training images, {cost}. Each is evaluated on the "
        "test images. They are ordinary runs of the queue."
    )
    once = f"curve_id_{run.id}"
    sweep_id = state.once(once, sweeps.new_id)
    if st.button(f"Train {len(SHARES) * seeds} runs", type="primary", icon=":material/show_chart:", key="start_curve"):
        try:
            # A second click comes with the same id, and gets the same sweep.
            more_data.begin(workspace(), run, recipe, seeds, sweep_id)
        except (ConfigError, NotFoundError) as error:
            show_error(error)
            return
        ensure_supervisor(workspace())
        st.rerun()
    elif any(sweep.id == sweep_id for sweep in sweeps.list_sweeps(workspace())):
        state.put(once, sweeps.new_id())


def _draw(run: Run, sweep: Sweep, was_over: bool) -> None:
    st.html(CALM_CSS)
    found = sweeps.results(workspace(), sweep)
    if all(one.ended for one in found) and not was_over:
        st.rerun()  # nothing is left to watch
    points = _points(found)
    if was_over:
        _said(points, found)
    else:
        _progress(sweep, found)
    if len(points):
        curve = _fitted(points)
        st.altair_chart(
            _chart(points, curve),
            width="stretch",
            key=f"curve_{sweep.id}_{len(points)}",
            alt="Share of wrong test answers by training images: "
            + "; ".join(f"{one.images:,} images {percent(one.error)}" for one in points.itertuples()),
        )
    _about(sweep, points)


def _points(found: list[Result]) -> pd.DataFrame:
    """One row a run that ended: share, images, error, low, high, said; wrong and answered, as the independent images that they are
    worth.
    """
    rows = []
    for one in found:
        figures = one.figures
        if "test_accuracy" not in figures or not one.ended or not (images := more_data.images_learnt(figures)):
            continue
        low, high = (1 - end for end in reversed(figures["test_interval"]))
        error = 1 - figures["test_accuracy"]
        answered = min(images_of_interval(figures["test_accuracy"], figures["test_interval"]), figures["test_images"])
        rows.append(
            {
                "share": one.values["train_share"],
                "images": images,
                "wrong": error * answered,
                "answered": answered,
                "error": error,
                "low": low,
                "high": high,
                "said": percent_with_interval(error, (low, high), 2),
            }
        )
    return pd.DataFrame(rows).sort_values("images") if rows else pd.DataFrame()


def _fitted(points: pd.DataFrame) -> LearningCurve | None:
    images, wrong, answered = (tuple(map(float, points[name])) for name in ("images", "wrong", "answered"))
    return cached.learning_curve(images, wrong, answered)


def _said(points: pd.DataFrame, found: list[Result]) -> None:
    lost = [one for one in found if not one.figures.get("test_images")]
    if lost:
        statuses = ", ".join(sorted({one.status for one in lost}))
        st.info(f"{len(lost)} of {len(found)} runs have no figures: {statuses}.", icon=":material/info:")
    if len(points):
        curve = _fitted(points)
        st.subheader(plain(sentence(curve)), anchor=False)
        if said := other_words(curve):
            st.caption(said)


def _progress(sweep: Sweep, found: list[Result]) -> None:
    ended = sum(one.ended for one in found)
    spent = sum(one.figures.get("seconds", 0.0) for one in found if one.ended)
    words = f"{ended} of {len(found)} runs have ended" + (f" · {duration(spent)} so far" if spent else "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(ended / len(found), words)
        is_stopping = _is_stopping(found)
        if st.button("Cancelling" if is_stopping else "Cancel", disabled=is_stopping, key=f"cancel_{sweep.id}"):
            sweeps.stop(workspace(), sweep)
            st.rerun(scope="fragment")


def _is_stopping(found: list[Result]) -> bool:
    left = [queue.get(workspace(), one.run) for one in found if not one.ended]
    return bool(left) and all(queue.stop_requested(workspace(), job) for job in left)


def _about(sweep: Sweep, points: pd.DataFrame) -> None:
    words = [
        "Dots: runs, with the 95 % interval of their test images. Line and dashed band: a power law and where it may lie."
    ]
    if len(points) and points["share"].nunique() == len(points):
        words.append("One run a share: how much chance there is in a training itself is not in the intervals.")
    for images, same in points.groupby("images")["share"] if len(points) else ():
        if same.nunique() > 1:
            shares = " and ".join(percent(share, 0) for share in sorted(same.unique()))
            words.append(f"{shares} came to the same {images:,} images, since groups stay whole.")
    st.caption(" ".join(words))
    st.page_link(links.page("train"), label="Its runs", icon=":material/grid_view:", query_params={"sweep": sweep.id})


def _chart(points: pd.DataFrame, curve: LearningCurve | None) -> alt.LayerChart:
    colours = palette()
    largest = float(points["images"].max())
    ends = [float(points["images"].min()) * 0.9, largest * (2.15 if curve else 1.1)]
    top = float(points["high"].max()) * 1.1
    x_scale = alt.Scale(type="log", domain=ends, nice=False)
    ticks = sorted({*points["images"].astype(int), *([round(largest * 2)] if curve else [])})
    axis = alt.Axis(values=ticks, format=",d", grid=False, labelAngle=0, labelOverlap=True)
    x = alt.X("images:Q", scale=x_scale, axis=axis, title="training images")
    y_scale = alt.Scale(domain=[0, top], nice=False, clamp=True)
    y_axis = alt.Axis(labelExpr="format(datum.value * 100, '.3~f') + ' %'", tickCount=5, gridColor=colours.line)
    y = alt.Y("error:Q", scale=y_scale, axis=y_axis, title="test images named wrong")
    tooltip = [
        alt.Tooltip("images:Q", title="Training images", format=","),
        alt.Tooltip("said:N", title="Wrong (95 % interval)"),
    ]
    base = alt.Chart(points).encode(x=x, tooltip=tooltip)
    whiskers = base.mark_rule(strokeWidth=2, color=colours.text).encode(y=alt.Y("low:Q", scale=y_scale), y2="high:Q")
    dots = base.mark_point(filled=True, size=90, opacity=1, color=colours.accent).encode(y=y, description="said:N")
    if curve is None:
        return alt.layer(whiskers, dots).properties(height=HEIGHT)
    table = pd.DataFrame(
        {"images": curve.images, "error": curve.error, "low": curve.low, "high": np.minimum(curve.high, top)}
    )
    fitted = alt.Chart(table).encode(x=x)
    band = fitted.mark_area(opacity=0.12, color=colours.accent, aria=False).encode(
        y=alt.Y("low:Q", scale=y_scale), y2="high:Q"
    )
    edges = [
        fitted.mark_line(color=colours.muted, strokeDash=[4, 4], strokeWidth=1.2, aria=False).encode(
            y=alt.Y(f"{end}:Q", scale=y_scale)
        )
        for end in ("low", "high")
    ]
    line = fitted.mark_line(color=colours.accent, strokeWidth=2, aria=False).encode(y=y)
    inside, beyond = (
        line.transform_filter(f"datum.images {sign} {largest}").mark_line(
            color=colours.accent, strokeWidth=2, strokeDash=dash, aria=False
        )
        for sign, dash in (("<=", [1, 0]), (">=", [6, 4]))
    )
    return alt.layer(band, *edges, inside, beyond, whiskers, dots).properties(height=HEIGHT)
