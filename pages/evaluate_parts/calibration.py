"""Does a probability mean what it says? The reliability diagram, the images of a bin, the temperature."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from core.evaluate.answers import Answers
from core.evaluate.calibrated import find_calibration
from core.evaluate.calibration import FITS, TOO_LITTLE, TOO_MUCH, Reliability, claim, equal_mass, equal_width
from pages.evaluate_parts import arrays, pictures, temperature
from pages.evaluate_parts.asked import Answered
from pages.shared import state
from pages.shared.cached import workspace
from pages.shared.charts import Palette, palette
from pages.shared.messages import count, percent, percent_with_interval

WIDTH, MASS = "Equal widths", "Equal counts"
BINS = {WIDTH: equal_width, MASS: equal_mass}
ITSELF, CALIBRATED = "The model itself", "Calibrated"
VERDICTS = {
    TOO_MUCH: "it claims too much",
    TOO_LITTLE: "it claims too little",
    FITS: "on the whole that fits",
}
HEIGHT, HISTOGRAM_HEIGHT, LEFT_EDGE = 300, 130, 46


def show(answered: Answered) -> None:
    """Diagram and temperature left, the images of the chosen bin right."""
    kept = find_calibration(workspace(), answered.asked.run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        bins = _choice("Bins", list(BINS), "bins")
        views = [CALIBRATED, ITSELF] if kept and kept.in_use else [ITSELF, CALIBRATED]
        views = views if kept and kept.temperature != 1 else [ITSELF]
        view = _choice("Probabilities", views, "probabilities") if len(views) > 1 else ITSELF
    used = kept.temperature if kept and view == CALIBRATED else 1.0
    answers = arrays.in_hand(answered, used)
    confidence = answers.probabilities.max(1)
    found = BINS[bins](answers.correct, confidence, groups=answers.groups)
    key = f"{answered.asked.key}_{bins}_{view}"
    st.subheader(sentence(answers, answered.asked.split_word), anchor=False)
    _bin_in_hand(len(found.images) - 1, key)
    left, right = st.columns([6, 5], gap="large")
    with left:
        _diagram(found, key)
        temperature.show(answered, kept)
    with right:
        _images(arrays.calibrated_by(answered, used), answers, found, key)


def sentence(answers: Answers, split_word: str) -> str:
    """What the probabilities are worth, in one sentence of plain text."""
    found = claim(answers.correct, answers.probabilities.max(1), answers.groups)
    few = f"images that hang together count as one, and {count(found.independent)} are too few to judge by"
    return (
        f"To these {count(len(answers.labels), split_word + ' images')} it answers with {percent(found.claimed)} on average, and "
        f"names {percent_with_interval(found.share, found.interval)} right: {VERDICTS.get(found.verdict, few)}."
    )


def _choice(label: str, options: list[str], name: str) -> str:
    wanted = state.here(name)
    chosen = st.segmented_control(
        label, options, default=wanted if wanted in options else options[0], required=True,
        key=f"{name}_{'_'.join(options)}",
    )  # fmt: skip
    state.set_here(name, None if chosen == options[0] else chosen)
    return chosen


def _diagram(found: Reliability, key: str) -> None:
    table = pd.DataFrame(
        {
            "place": range(len(found.images)),
            "low": found.low,
            "high": found.high,
            "confidence": found.confidence,
            "share": found.share,
            "share_low": found.interval[:, 0],
            "share_high": found.interval[:, 1],
            "images": found.images,
            "zero": 0,
            "range": [_range(found, place) for place in range(len(found.images))],
            "said": [
                percent_with_interval(share, interval)
                for share, interval in zip(found.share, found.interval, strict=True)
            ],
            "meant": [percent(value) for value in found.confidence],
        }
    )
    chosen = state.get(f"bin_{key}", 0)
    colours = palette()
    for name, chart, words in (
        ("diagram", _reliability(table, chosen, colours), "Share right by stated probability, with 95 % intervals."),
        ("histogram", _histogram(table, chosen, colours), "How many images have which top probability."),
    ):
        drawn = f"{name}_{key}"
        st.altair_chart(
            chart,
            width="stretch",
            key=drawn,
            on_select=lambda drawn=drawn: _clicked(drawn, key),
            selection_mode="bin",
            alt=words + " The list beside it chooses a bin by keyboard.",
        )
    st.caption(
        "Each dot is a bin: the mean stated probability, and the share that is right, with its 95 % interval. On the dashed line "
        "the two agree; under it the model claims too much. Below: how many images. Click either to see them."
    )


def _axis(colours: Palette, labels: bool = True) -> alt.Axis:
    return alt.Axis(
        labelExpr="round(datum.value * 100) + ' %'", labels=labels, gridColor=colours.line, domain=False, ticks=False,
        tickCount=5, labelPadding=6, titleFontWeight="normal", titleColor=colours.muted, minExtent=LEFT_EDGE,
    )  # fmt: skip


def _selection() -> alt.Parameter:
    return alt.selection_point(name="bin", fields=["place"], on="click", clear=False, empty=False)


def _scale(table: pd.DataFrame) -> alt.Scale:
    return alt.Scale(domain=[float(int(table["low"].min() * 10) / 10), 1.0], nice=False)


TOOLTIP = [
    alt.Tooltip("range:N", title="Bin"),
    alt.Tooltip("meant:N", title="Mean probability"),
    alt.Tooltip("said:N", title="Right (95 % interval)"),
    alt.Tooltip("images:Q", title="Images", format=","),
]


def _reliability(table: pd.DataFrame, chosen: int, colours: Palette) -> alt.LayerChart:
    scale = _scale(table)
    across = alt.X("confidence:Q", scale=scale, axis=_axis(colours, labels=False), title=None)
    up = alt.Scale(domain=[0, 1], nice=False)
    base = alt.Chart(table).encode(x=across, tooltip=TOOLTIP)
    start = float(scale.domain[0])
    line = (
        alt.Chart(pd.DataFrame({"x": [start, 1.0], "y": [start, 1.0]}))
        .mark_line(color=colours.muted, strokeDash=[5, 4], strokeWidth=1.5, aria=False)
        .encode(x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q", scale=up))
    )
    whiskers = base.mark_rule(color=colours.accent, strokeWidth=2, aria=False).encode(
        y=alt.Y("share_low:Q", scale=up), y2="share_high:Q"
    )
    dots = (
        base.mark_point(filled=True, opacity=1, cursor="pointer", color=colours.accent)
        .encode(
            y=alt.Y("share:Q", scale=up, axis=_axis(colours), title="Share that is right"),
            size=alt.condition(f"datum.place == {chosen}", alt.value(190), alt.value(90)),
            stroke=alt.condition(f"datum.place == {chosen}", alt.value(colours.text), alt.value(colours.accent)),
            strokeWidth=alt.value(2),
        )
        .add_params(_selection())
    )
    return alt.layer(line, whiskers, dots).properties(height=HEIGHT)


def _histogram(table: pd.DataFrame, chosen: int, colours: Palette) -> alt.Chart:
    scale = _scale(table)
    axis = _axis(colours)
    axis.minExtent = alt.Undefined
    count_axis = alt.Axis(
        grid=False, domain=False, ticks=False, tickCount=2, labelPadding=6, minExtent=LEFT_EDGE, format="~s",
        titleFontWeight="normal", titleColor=colours.muted,
    )  # fmt: skip
    return (
        alt.Chart(table)
        .mark_rect(cursor="pointer", color=colours.accent, stroke=colours.ground, strokeWidth=1)
        .encode(
            x=alt.X("low:Q", scale=scale, axis=axis, title="Stated probability of the answer"),
            x2="high:Q",
            y=alt.Y("images:Q", scale=alt.Scale(type="sqrt", zero=True), axis=count_axis, title="Images, √ scale"),
            y2="zero",
            opacity=alt.condition(f"datum.place == {chosen}", alt.value(0.95), alt.value(0.5)),
            tooltip=TOOLTIP,
        )
        .add_params(_selection())
        .properties(height=HISTOGRAM_HEIGHT)
    )


def _images(answered: Answered, answers: Answers, found: Reliability, key: str) -> None:
    last, name = len(found.images) - 1, f"bin_{key}"
    chosen = st.selectbox(
        "Stated probability",
        range(last, -1, -1),
        key=name,
        format_func=lambda place: (
            f"{place + 1}: {_range(found, place)} · {count(int(found.images[place]), 'images', 'image')}"
        ),
        on_change=lambda: state.set_here("bin", str(state.get(name, last))),
    )
    inside = found.place == chosen
    right, images = int(found.right[chosen]), int(found.images[chosen])
    st.markdown(
        f"Of {count(images, 'images', 'image')} answered with {percent(found.confidence[chosen])} on average, "
        f"**{percent_with_interval(right / images, found.interval[chosen])}** are right. The wrong ones come first."
    )
    rows = answered.table.assign(right=answers.correct)[inside]
    pictures.show(answered, rows.sort_values(["right", "probability"], kind="stable"), f"of_bin_{key}_{chosen}")


def _bin_in_hand(last: int, key: str) -> None:
    if not 0 <= state.get(f"bin_{key}", -1) <= last:
        wanted = state.integer_here("bin", last + 1)
        state.put(f"bin_{key}", last if wanted is None else wanted)


def _range(found: Reliability, place: int) -> str:
    digits = 1 if found.high[place] - found.low[place] > 0.01 else 2
    return f"{found.low[place] * 100:.{digits}f} to {percent(found.high[place], digits)}"


def _clicked(drawn: str, key: str) -> None:
    selected = state.get(drawn, {}).get("selection", {}).get("bin", [])
    if selected and "place" in selected[0]:
        state.put(f"bin_{key}", int(selected[0]["place"]))
        state.set_here("bin", str(int(selected[0]["place"])))
