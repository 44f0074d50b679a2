"""How good, how sure: the sentence, the interval on a line; below the tabs the other figures as a quiet row."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from core.evaluate import overlap
from core.evaluate.completion import is_complete, is_current
from core.evaluate.known_images import renamed_words
from core.evaluate.resolution import ASSUMPTION, of_figures, together
from core.evaluate.undefined import reason
from core.evaluate.untested import no_image_of, untested, weakest_words
from pages.evaluate_parts.asked import Answered
from pages.shared import cached, doubtful
from pages.shared.cached import workspace
from pages.shared.charts import palette
from pages.shared.messages import count, percent, percent_with_interval, plain

HEIGHT = 78
SAID_WIDTH, GUESS_WIDTH = 0.36, 0.32  # of the words, as shares of the line on a page of 400 px
SHARES = ("balanced_accuracy", "top2_accuracy", "top5_accuracy", "ece")
EXPLAINED = (
    (
        "balanced_accuracy",
        "Balanced accuracy",
        "Recall of each class, averaged so that every class weighs the same, however many images it has.",
    ),
    ("top2_accuracy", "Top 2", "Share of images whose true class is one of the two likeliest."),
    ("top5_accuracy", "Top 5", "Share of images whose true class is among the five likeliest."),
    ("macro_f1", "Macro F1", "F1 of each class, averaged so that every class weighs the same. 1 is perfect."),
    ("weighted_f1", "Weighted F1", "F1 of each class, averaged by how many images it has. 1 is perfect."),
    ("matthews", "Matthews", "Correlation of answers and truth: 1 is perfect, 0 is no better than chance."),
    ("cohen_kappa", "Cohen’s kappa", "Agreement beyond what chance would give: 1 is perfect, 0 is chance."),
    ("log_loss", "Log loss", "How far the probabilities are from the truth; a sure mistake costs most. 0 is perfect."),
    (
        "brier",
        "Brier",
        "Squared distance of the probabilities from the truth, summed over the classes: 0 is perfect, 2 is the worst.",
    ),
    (
        "ece",
        "ECE",
        "Expected calibration error: how far, on average, the stated probability is from the share that is right. With few "
        "images it is above 0 for the best of models too.",
    ),
)


def sentence(answered: Answered) -> str:
    """What a manager should know, in one sentence of plain text."""
    figures = answered.evaluation.figures
    lacks = no_image_of(untested(figures), answered.asked.split_word)
    return (
        f"Of {count(figures['n'], answered.asked.split_word + ' images')} it names "
        f"{percent_with_interval(figures['accuracy'], figures['accuracy_ci95'])} right; "
        f"always guessing the largest class would get {percent(figures['baseline_accuracy'])}"
        f"{''.join(f'; {one}' for one in (lacks, weakest_words(figures)) if one)}."
    )


def show(answered: Answered) -> None:
    """Draw the verdict."""
    st.subheader(plain(sentence(answered)), anchor=False)
    figures = answered.evaluation.figures
    said = overlap.warning(figures.get("overlap"), figures["n"], figures["accuracy"])
    if said and _of_own_split(answered) is None:
        st.subheader(f":material/warning: {plain(said)}", anchor=False)  # as loud as the figure that it puts in doubt
    if data := answered.asked.dataset:
        learnt_here = data.name == answered.asked.run.dataset.rpartition("@")[0]
        doubtful.tell(data, "the figure is too high", "the figure may be wrong", learnt_here)
    _line(answered)
    for caveat in _caveats(answered):
        st.caption(plain(caveat))


def align_of_guess(baseline: float, low: float, high: float, ends_there: bool) -> str | None:
    """How the words at the baseline are aligned so that they stay clear of those at the interval, on the narrowest page.

    Args:
        baseline, low, high: As shares of the line.
        ends_there: Whether the words at the interval end at `high`; else they begin at `low`.

    Returns:
        "left" or "right"; None if there is no room: the sentence above says it too.
    """
    first, last = (high - SAID_WIDTH, high) if ends_there else (low, low + SAID_WIDTH)
    for align, begin, end in (("left", baseline, baseline + GUESS_WIDTH), ("right", baseline - GUESS_WIDTH, baseline)):
        if begin >= 0 and end <= 1 and (end < first or begin > last):
            return align
    return None


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
    ends_there = accuracy - start > 0.5 * (1 - start)
    on_line = [(share - start) / (1 - start) for share in (baseline, low, high)]
    guess_align = align_of_guess(on_line[0], on_line[1], on_line[2], ends_there)
    guess_text = base.mark_text(color=colours.muted, dy=-19, fontSize=12, align=guess_align or "left").encode(
        x=alt.X("baseline:Q", scale=scale), text="guess:N"
    )
    accuracy_text = base.mark_text(
        color=colours.text,
        dy=-19,
        fontSize=13,
        fontWeight=600,
        align="right" if ends_there else "left",
    ).encode(x=alt.X("high:Q" if ends_there else "low:Q", scale=scale), text="said:N")
    layers = [whole, guess, whisker, *ends, dot, *([guess_text] if guess_align else []), accuracy_text]
    st.altair_chart(
        alt.layer(*layers).properties(height=HEIGHT),
        width="stretch",
        key=f"interval_{answered.asked.key}",
        alt=f"Accuracy {percent_with_interval(accuracy, (low, high))}; largest class {percent(baseline)}",
    )


def _of_own_split(answered: Answered) -> str | None:
    evaluation = answered.evaluation
    return overlap.of_own_split(answered.asked.run, evaluation.dataset, evaluation.split)


def _caveats(answered: Answered) -> list[str]:
    evaluation = answered.evaluation
    said = [alike] if (alike := together(evaluation.figures)) else []
    if evaluation.doubt:
        said.append(f"That is {evaluation.doubt}.")
    if own := _of_own_split(answered):
        said.append(own)
    if evaluation.renamed:
        said.append(renamed_words(evaluation.renamed, evaluation.dataset))
    if evaluation.left_out:
        left_out = count(evaluation.left_out, "images of classes", "image of a class")
        said.append(
            f"{left_out} that the model does not know {'is' if evaluation.left_out == 1 else 'are'} not counted."
        )
    if not is_complete(evaluation):
        said.append(
            "An earlier Fovea evaluated this, without some figures of today. "
            f"python -m core evaluate {answered.asked.run.id} makes them."
        )
    elif not is_current(workspace(), answered.asked.run, evaluation):
        said.append(
            "Other probabilities are in use since, calibrated or not, than those of these figures. "
            f"python -m core evaluate {answered.asked.run.id} makes them anew."
        )
    if answered.asked.dataset is None:
        said.append(f"{evaluation.dataset} was deleted since: the figures stay, the pictures are gone.")
    elif changed := cached.changed_by_hand(answered.asked.reference, answered.asked.split):
        said.append(changed)
    return said


def other_figures(answered: Answered) -> None:
    """Draw what the accuracy can tell, and the figures beside it as a quiet row."""
    st.caption(plain(of_figures(answered.evaluation.figures).sentence()), help=ASSUMPTION)
    figures, classes = answered.evaluation.figures, len(answered.evaluation.classes)
    useless = {"top2_accuracy"} if classes == 2 or classes > 5 else set()
    useless |= {"top5_accuracy"} if classes <= 5 else set()
    with st.container(horizontal=True, gap="small"):
        for name, word, meaning in EXPLAINED:
            if name in useless or name not in figures:
                continue
            if figures[name] is None:
                st.caption(f"{word} **—**", help=f"{meaning} Undefined here: {reason(name)}", width="content")
            else:
                unsure = f" Without an interval: {reason(f'{name}_ci95')}" if _lacks_interval(figures, name) else ""
                st.caption(f"{word} {_with_interval(figures, name)}", help=f"{meaning}{unsure}", width="content")


def _with_interval(figures: dict[str, Any], name: str) -> str:
    """In Markdown, the figure bold."""

    def said(value: float) -> str:
        return f"{value * 100:.1f}" if name in SHARES else f"{value:.3f}"

    interval = figures.get(f"{name}_ci95")
    between = f" ({said(interval[0])} to {said(interval[1])})" if interval else ""
    between = " (too few to tell how sure)" if _lacks_interval(figures, name) else between
    own = figures.get(f"{name}_uncalibrated")
    if own is not None and figures["temperature"] != 1:
        between += f", as the model says {percent(own) if name in SHARES else said(own)}"
    return f"**{percent(figures[name]) if name in SHARES else said(figures[name])}**{between}"


def _lacks_interval(figures: dict[str, Any], name: str) -> bool:
    return figures.get(f"{name}_ci95", ()) is None
