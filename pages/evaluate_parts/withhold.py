""" "I don't know": choose how often an answer may be wrong, see what that costs, let the run keep to it."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from core.errors import InputError
from core.evaluate import class_threshold
from core.evaluate import rule as rules
from core.evaluate.answers import Answers
from core.evaluate.rule import OFFERED, Rule, choose_rule
from core.evaluate.selective import Curve, Measured, measure, risk_coverage
from core.train.runs import Run
from pages.evaluate_parts import pictures
from pages.evaluate_parts.asked import Answered
from pages.shared import links, state
from pages.shared.cached import workspace
from pages.shared.charts import Palette, palette
from pages.shared.messages import count, percent, percent_with_interval, plain

USUAL = 0.01
HEIGHT = 320
SOME = 0.1  # of the images: where fewer are answered the line jumps, and may leave the picture
WITHHELD, WRONG = "Withheld", "Answered and wrong"


def show(answered: Answered, validation: Answers, answers: Answers, temperature: float) -> None:
    """The rate, what it gives here, the curve with the images beside it, the rule."""
    run = answered.asked.run
    kept = rules.find_rule(workspace(), run)
    error_rate = _choose_rate(run, kept, validation)
    if too_few := rules.next_takes(rules.separate(validation), validation.groups is not None):
        st.caption(f"A lower rate needs more: {too_few}")
    confidence = answers.probabilities.max(1)
    try:
        rule = choose_rule(run, validation, temperature, error_rate)
    except InputError as error:
        st.warning(plain(str(error)), icon=":material/info:")
        rule = None
    given = measure(answers.correct, confidence, rule.threshold, answers.groups) if rule else None
    if rule and given:
        st.subheader(sentence(answered, given), anchor=False)
        _warn(rule, given)
        _keep(run, rule, kept)
    elif kept:
        _remove(run, kept)
    left, right = st.columns([6, 5], gap="large")
    with left:
        _curve(answered, risk_coverage(answers.correct, confidence, groups=answers.groups), error_rate, given)
        if rule:
            _promise(answered, validation, rule)
    with right:
        if rule:
            _images(answered, answers, confidence, rule)


def sentence(answered: Answered, given: Measured) -> str:
    """What the rule gives on the images in hand, in one sentence of plain text."""
    words = answered.asked.split_word
    said = (
        f"It answers {percent_with_interval(given.coverage, given.coverage_interval)} of "
        f"{count(given.images, words + ' images', words + ' image')}"
    )
    if given.error is None or given.error_interval is None:
        return f"{said}."
    digits = 1 if given.error >= 0.01 else 2
    return f"{said}; of those answers {percent_with_interval(given.error, given.error_interval, digits)} are wrong."


def _choose_rate(run: Run, kept: Rule | None, validation: Answers) -> float:
    asked = state.number_here("error")
    asked = asked if asked is not None and 0 < asked < 1 else None
    possible = (rate for rate in OFFERED if rate >= USUAL and rules.promised(validation, rate))
    offered = rules.offered(rules.separate(validation)) or [OFFERED[-1]]
    first = asked or (kept.error_rate if kept else next(possible, max(USUAL, offered[0])))
    rates = sorted({*offered, first})
    key = f"error_rate_{run.id}"
    if state.get(key, None) not in rates:
        state.put(key, first)
    chosen = st.segmented_control(
        "Of what it answers, at most so much may be wrong",
        rates,
        required=True,
        format_func=lambda rate: percent(rate, None),
        key=key,
    )
    state.set_here("error", f"{chosen:g}" if asked or chosen != first else None)
    return chosen


def _promise(answered: Answered, validation: Answers, rule: Rule) -> None:
    if rule.threshold == 0:
        how = "It answers everything"
    else:
        how = f"It answers where its top probability is at least **{percent(rule.threshold, _digits(rule.threshold))}**"
    calibrated = f", calibrated with temperature {rule.temperature:.2f}" if rule.temperature != 1 else ""
    st.markdown(
        f"{how}{calibrated}. Chosen on {count(rule.n, 'validation images')}, of which it answers {count(rule.answered)}, "
        f"{count(rule.wrong)} of them wrongly: with {percent(rule.certainty, 0)} confidence, at most {percent(rule.error_rate, None)} of "
        "its answers to images like those are wrong."
    )
    asked = answered.asked
    split_by = asked.dataset.split_by if asked.dataset else ""
    for doubt in rules.caveats(asked.run, validation, asked.reference, asked.split, split_by):
        st.caption(plain(doubt))


def _digits(threshold: float) -> int:
    return 1 if threshold < 0.99 else 2 if threshold < 0.999 else 4


def _warn(rule: Rule, given: Measured) -> None:
    if given.error_interval and given.error_interval[0] > rule.error_rate:
        st.warning(
            f"On these images more than {percent(rule.error_rate, None)} of the answers are wrong: they differ from the validation images, "
            "and the promise does not hold for them.",
            icon=":material/warning:",
        )


def _keep(run: Run, rule: Rule, kept: Rule | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if kept and (kept.error_rate, kept.threshold) == (rule.error_rate, rule.threshold):
            st.markdown(f":material/check: In use: at most {percent(rule.error_rate, None)} wrong.", width="content")
            if of_class := class_threshold.find(workspace(), run):
                words = f"But {plain(of_class.label)} is said from its own threshold on (One class): that is not counted here."
                st.caption(words, width="content")
            _remove_button(run)
            st.page_link(
                links.page("classify"), label="Try it", icon=":material/image_search:", query_params={"run": run.id}
            )
            return
        st.button(
            f"Use it: at most {percent(rule.error_rate, None)} wrong",
            type="primary",
            key=f"keep_rule_{run.id}_{rule.error_rate}",
            on_click=rules.keep,
            args=(workspace(), run, rule),
            help='Classify and the command line say "I don\'t know" under this threshold from then on.',
        )
        if kept:
            st.caption(f"In use now: at most {percent(kept.error_rate, None)}.", width="content")
            _remove_button(run)


def _remove(run: Run, kept: Rule) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"In use now: at most {percent(kept.error_rate, None)}.", width="content")
        _remove_button(run)


def _remove_button(run: Run) -> None:
    st.button(
        "Remove the rule",
        key=f"remove_rule_{run.id}",
        on_click=rules.remove,
        args=(workspace(), run),
        help="It answers everything again.",
    )


def _curve(answered: Answered, curve: Curve, error_rate: float, given: Measured | None) -> None:
    most = float(curve.risk[curve.coverage >= SOME].max())
    highest = min(max(1.6 * error_rate, 1.3 * float(curve.risk[-1]), 1.05 * most, 0.002), 1.0)
    table = pd.DataFrame(
        {
            "coverage": curve.coverage,
            "risk": curve.risk,
            "low": curve.interval[:, 0],
            "high": np.minimum(curve.interval[:, 1], highest),
            "said": [
                percent_with_interval(risk, interval, 2)
                for risk, interval in zip(curve.risk, curve.interval, strict=True)
            ],
            "answered": curve.answered,
            "threshold": [percent(value, 2) for value in curve.threshold],
        }
    )
    st.altair_chart(
        _chart(table, error_rate, highest, given, palette()),
        width="stretch",
        key=f"risk_coverage_{answered.asked.key}",
        alt="Share of the answers that is wrong, by share of the images that is answered, with its 95 % interval; the sentence above "
        "has the figures at the chosen threshold.",
    )
    st.caption(
        f"How often it is wrong where it answers fewer, the surest first: on these {answered.asked.split_word} images, with 95 % intervals. The dashed line "
        f"is the rate that is asked for{', the dot the rule' if given else ''}."
    )


def _chart(
    table: pd.DataFrame, error_rate: float, highest: float, given: Measured | None, colours: Palette
) -> alt.LayerChart:
    digits = 0 if highest > 0.05 else 1 if highest > 0.005 else 2
    across = alt.X(
        "coverage:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        title="Share of the images that is answered",
        axis=alt.Axis(
            labelExpr="round(datum.value * 100) + ' %'", gridColor=colours.line, domain=False, ticks=False, tickCount=5,
            titleFontWeight="normal", titleColor=colours.muted, labelFlush=False,
        ),
    )  # fmt: skip
    up = alt.Scale(domain=[0, highest], nice=False, clamp=True)
    axis = alt.Axis(
        labelExpr=f"format(datum.value * 100, '.{digits}f') + ' %'", gridColor=colours.line, domain=False, ticks=False,
        tickCount=4, titleFontWeight="normal", titleColor=colours.muted,
    )  # fmt: skip
    base = alt.Chart(table).encode(
        x=across,
        tooltip=[
            alt.Tooltip("coverage:Q", title="Answered", format=".1%"),
            alt.Tooltip("said:N", title="Wrong among them"),
            alt.Tooltip("threshold:N", title="From probability"),
        ],
    )
    band = base.mark_area(color=colours.accent, opacity=0.16, aria=False).encode(
        y=alt.Y("low:Q", scale=up, axis=axis, title="Share of the answers that is wrong"), y2="high:Q"
    )
    line = base.mark_line(color=colours.accent, strokeWidth=2.5, clip=True).encode(y=alt.Y("risk:Q", scale=up))
    wanted = (
        alt.Chart(pd.DataFrame({"rate": [error_rate]}))
        .mark_rule(color=colours.muted, strokeDash=[5, 4], strokeWidth=1.5, aria=False)
        .encode(y=alt.Y("rate:Q", scale=up))
    )
    layers = [band, wanted, line]
    if given and given.error is not None:
        point = pd.DataFrame({"coverage": [given.coverage], "risk": [given.error]})
        layers.append(
            alt.Chart(point)
            .mark_point(filled=True, size=150, opacity=1, color=colours.accent, stroke=colours.text, strokeWidth=2)
            .encode(x=across, y=alt.Y("risk:Q", scale=up))
        )
    return alt.layer(*layers).properties(height=HEIGHT)


def _images(answered: Answered, answers: Answers, confidence: np.ndarray, rule: Rule) -> None:
    withheld = confidence < rule.threshold
    kinds = {WITHHELD: withheld, WRONG: ~withheld & ~answers.correct}
    chosen = st.segmented_control(
        "Which images",
        list(kinds),
        default=WITHHELD,
        required=True,
        format_func=lambda kind: f"{kind}: {int(kinds[kind].sum()):,}",
        label_visibility="collapsed",
        key=f"which_{answered.asked.key}_{rule.threshold}",
    )
    rows = answered.table[kinds[chosen]]
    if rows.empty:
        st.caption("None.")
        return
    if chosen == WITHHELD:
        spared = int((withheld & ~answers.correct).sum())
        st.markdown(f"{count(spared)} of these would have been wrong. The most doubtful first.")
    rows = rows.sort_values("probability", ascending=chosen == WITHHELD, kind="stable")
    pictures.show(answered, rows, f"{chosen}_{answered.asked.key}_{rule.error_rate}", captions=True)
