"""How good, how sure: the sentence, the interval on a line, the other figures as a quiet row."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from pages.evaluate_parts.asked import Answered
from pages.shared.charts import palette
from pages.shared.messages import count, percent, percent_with_interval, plain

HEIGHT = 78
EXPLAINED = (
    ("top5_accuracy", "Top 5", "Share of images whose true class is among the five likeliest."),
    ("macro_f1", "Macro F1", "F1 of each class, averaged so that every class weighs the same. 1 is perfect."),
    ("log_loss", "Log loss", "How far the probabilities are from the truth; a sure mistake costs most. 0 is perfect."),
    (
        "ece",
        "ECE",
        "Expected calibration error: how far, on average, the stated probability is from the share that is right.",
    ),
)


def sentence(answered: Answered) -> str:
    """What a manager should know, in one sentence of plain text."""
    figures = answered.evaluation.figures
    return (
        f"Of {count(figures['n'], answered.asked.split_word + ' images')} it names "
        f"{percent_with_interval(figures['accuracy'], figures['accuracy_ci95'])} right; "
        f"always guessing the largest class would get {percent(figures['baseline_accuracy'])}."
    )


def show(answered: Answered) -> None:
    """Draw the verdict."""
    st.subheader(sentence(answered), anchor=False)
    _line(answered)
    for caveat in _caveats(answered):
        st.caption(plain(caveat))
    _quiet_row(answered)


def _line(answered: Answered) -> None:
    figures, colours = answered.evaluation.figures, palette()
    accuracy, baseline = figures["accuracy"], figures["baseline_accuracy"]
    low, high = figures["accuracy_ci95"]
    start = max(0.0, (int(min(baseline, low) * 10) - 1) / 10) if min(baseline, low) > 0.5 else 0.0
    scale = alt.Scale(domain=[start, 1.0], nice=False)
    axis = alt.Axis(
        labelExpr="round(datum.value * 100) + ' %'",
        title=None,
        grid=False,
        domainColor=colours.line,
        tickColor=colours.line,
        tickCount=6,
        offset=4,
    )
    table = pd.DataFrame(
        {
            "accuracy": [accuracy],
            "low": [low],
            "high": [high],
            "baseline": [baseline],
            "said": [percent_with_interval(accuracy, (low, high))],
            "guess": [f"largest class {percent(baseline)}"],
        }
    )
    tooltip = [alt.Tooltip("said:N", title="Accuracy (95 % interval)"), alt.Tooltip("guess:N", title="Guessing")]
    base = alt.Chart(table).encode(y=alt.value(27), tooltip=tooltip)
    whole = (
        base.mark_rule(color=colours.line, strokeWidth=2)
        .encode(x=alt.X("floor:Q", scale=scale, axis=axis), x2="ceiling:Q")
        .transform_calculate(floor=str(start), ceiling="1")
    )
    whisker = base.mark_rule(color=colours.accent, strokeWidth=3).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    ends = [
        base.mark_tick(color=colours.accent, thickness=2, size=22).encode(x=alt.X(f"{end}:Q", scale=scale))
        for end in ("low", "high")
    ]
    dot = base.mark_point(color=colours.accent, filled=True, size=110, opacity=1).encode(
        x=alt.X("accuracy:Q", scale=scale)
    )
    guess = base.mark_tick(color=colours.muted, thickness=2, size=22).encode(x=alt.X("baseline:Q", scale=scale))
    guess_text = base.mark_text(
        color=colours.muted, dy=-19, fontSize=12, align="left" if baseline - start < 0.5 * (1 - start) else "right"
    ).encode(x=alt.X("baseline:Q", scale=scale), text="guess:N")
    accuracy_text = base.mark_text(
        color=colours.text,
        dy=-19,
        fontSize=13,
        fontWeight=600,
        align="right" if accuracy - start > 0.5 * (1 - start) else "left",
    ).encode(x=alt.X("high:Q" if accuracy - start > 0.5 * (1 - start) else "low:Q", scale=scale), text="said:N")
    near = abs(accuracy - baseline) < 0.3 * (1 - start)
    layers = [whole, guess, whisker, *ends, dot, *([] if near else [guess_text]), accuracy_text]
    st.altair_chart(
        alt.layer(*layers).properties(height=HEIGHT),
        width="stretch",
        key=f"interval_{answered.asked.key}",
        alt=f"Accuracy {percent_with_interval(accuracy, (low, high))}; largest class {percent(baseline)}",
    )


def _caveats(answered: Answered) -> list[str]:
    figures, evaluation = answered.evaluation.figures, answered.evaluation
    said = []
    if figures["accuracy_ci95"][0] <= figures["baseline_accuracy"]:
        said.append("That is not surely better than always guessing the largest class.")
    if evaluation.split == "train" and evaluation.dataset == answered.asked.run.dataset:
        said.append("The run learnt from these very images, so this says little about new ones.")
    if evaluation.split == "val" and evaluation.dataset == answered.asked.run.dataset:
        said.append("These images chose the best epoch, so the figure flatters a little.")
    if evaluation.left_out:
        left_out = count(evaluation.left_out, "images of classes", "image of a class")
        said.append(
            f"{left_out} that the model does not know {'is' if evaluation.left_out == 1 else 'are'} not counted."
        )
    if answered.asked.dataset is None:
        said.append(f"{evaluation.dataset} was deleted since: the figures stay, the pictures are gone.")
    return said


def _quiet_row(answered: Answered) -> None:
    figures = answered.evaluation.figures
    with st.container(horizontal=True, gap="medium"):
        for name, word, meaning in EXPLAINED:
            if name == "top5_accuracy" and len(answered.evaluation.classes) <= 5:
                continue
            value = figures[name]
            shown = percent(value) if name in ("top5_accuracy", "ece") else f"{value:.3f}"
            st.caption(f"{word} **{shown}**", help=meaning, width="content")
