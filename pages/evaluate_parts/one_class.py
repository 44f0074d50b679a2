"""One class against all others: its curves, and a threshold by what mistakes cost or by what is wanted."""

from __future__ import annotations

from typing import Literal

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from core.evaluate import class_threshold
from core.evaluate import rule as rules
from core.evaluate.answers import Answers, independent
from core.evaluate.class_threshold import COST, PRECISION, RECALL, Wish
from core.evaluate.curves import AtThreshold, Curves, at, curves
from pages.evaluate_parts import pictures
from pages.evaluate_parts.asked import Answered
from pages.shared import links, state
from pages.shared.cached import workspace
from pages.shared.charts import Palette, palette
from pages.shared.messages import count, percent, percent_with_interval, plain

WAYS = {COST: "What mistakes cost", PRECISION: "A wanted precision", RECALL: "A wanted recall"}
VALIDATION = "the run's validation images"
HEIGHT = 260
FEW = 30  # a recall measured on so many is unsure by up to ± 18 points
MISSES, ALARMS = "Missed", "False alarms"


def show(answered: Answered, validation: Answers, answers: Answers, temperature: float) -> None:
    """Class and wish; what the threshold gives here; the curves; the mistakes."""
    both = set(answers.labels.tolist()) & set(validation.labels.tolist())
    names = [name for place, name in enumerate(answers.classes) if place in both]
    if not names:
        st.info("There is no threshold to choose: no class has images both here and in validation.")
        return
    chosen = _class(answered, names)
    place = answers.classes.index(chosen)
    is_class, probability = answers.labels == place, answers.probabilities[:, place]
    on_validation = curves(validation.labels == place, validation.probabilities[:, place])
    here = curves(is_class, probability)
    if on_validation is None or here is None:
        missing = "validation images" if on_validation is None else f"{answered.asked.split_word} images"
        st.info(f"There is no threshold to choose: all or none of the {missing} are of this class.")
        return
    wish = _wish()
    threshold = wish.threshold(on_validation)
    if threshold is None:
        best = float(on_validation.precision.max())
        st.warning(
            f"No threshold has a precision of {percent(wish.share)} on validation; the best has {percent(best)}.",
            icon=":material/info:",
        )
    given = at(is_class, probability, threshold, answers.groups) if threshold is not None else None
    is_better_without = False
    if given:
        _said(chosen, given)
        is_better_without = _beside(answers, validation, place, wish, given)
        _warn(answered, wish, given)
    _use(answered, validation, chosen, wish, threshold, temperature, "secondary" if is_better_without else "primary")
    left, right = st.columns([6, 5], gap="large")
    with left:
        _charts(answered, here, given)
    with right:
        if given:
            _images(answered, is_class, probability, given, chosen)


def _class(answered: Answered, names: list[str]) -> str:
    wanted = state.here("class")
    key = f"one_class_{answered.asked.key}"
    chosen = st.selectbox(
        "Class", names, index=names.index(wanted) if wanted in names else 0, key=key, filter_mode="contains",
        on_change=lambda: state.set_here("class", state.get(key, "")), width=260,
    )  # fmt: skip
    return chosen


def _wish() -> Wish:
    """What the threshold is chosen by, drawn and read."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = state.here("by")
        way = st.segmented_control(
            "Threshold by", list(WAYS), default=wanted if wanted in WAYS else COST, required=True,
            format_func=WAYS.__getitem__, key="threshold_by",
        )  # fmt: skip
        state.set_here("by", None if way == COST else way)
        if way == COST:
            miss = _amount("A miss costs", "miss", 1.0, 1e6)
            return Wish(COST, 0.0, miss, _amount("A false alarm costs", "alarm", 1.0, 1e6))
        return Wish(way, _amount("At least, in %", "least", 95.0, 100.0) / 100)


def _warn(answered: Answered, wish: Wish, given: AtThreshold) -> None:
    """Say where the images in hand show that the wish is not fulfilled."""
    if wish.by == RECALL:
        share, interval = given.recall, given.recall_interval
    else:
        share, interval = given.precision, given.precision_interval
    if wish.by != COST and share is not None and interval and interval[1] < wish.share:
        st.warning(
            f"On these {answered.asked.split_word} images the {wish.by} is less than the {percent(wish.share)} that is wanted: "
            f"{percent_with_interval(share, interval)}. The threshold was chosen on {VALIDATION}, where chance may "
            "have favoured it, or these images differ from those. Ask for more, or validate on more images.",
            icon=":material/warning:",
        )


def _use(
    answered: Answered,
    validation: Answers,
    chosen: str,
    wish: Wish,
    threshold: float | None,
    temperature: float,
    emphasis: Literal["primary", "secondary"],
) -> None:
    """Let the run keep to the threshold, or no longer."""
    run, place = answered.asked.run, workspace()
    kept = class_threshold.find(place, run)
    is_kept = kept is not None and (kept.label, kept.threshold) == (chosen, threshold)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if is_kept:
            st.markdown(f":material/check: In use for **{plain(chosen)}**.", width="content")
        elif threshold is not None and np.isfinite(threshold):
            st.button(
                f"Use it: {plain(chosen)} from {percent(threshold, 2)} on",
                type=emphasis,
                key=f"use_threshold_{run.id}_{chosen}_{threshold}",
                on_click=lambda: class_threshold.keep(
                    place, run, class_threshold.choose(run, validation, chosen, wish, temperature)
                ),
                help=f"Classify and the command line say {plain(chosen)} from that probability on, and where it is likeliest with "
                f'less, "not {plain(chosen)}"; `label` in JSON and CSV is then the likeliest other class.',
            )
        if kept:
            if not is_kept:
                st.caption(f"In use now: {plain(kept.label)} from {percent(kept.threshold, 2)} on.", width="content")
            st.button(
                "Remove the threshold",
                key=f"remove_threshold_{run.id}",
                on_click=class_threshold.remove,
                args=(place, run),
                help="It says the likeliest class again.",
            )
            st.page_link(
                links.page("classify"), label="Try it", icon=":material/image_search:", query_params={"run": run.id}
            )


def _amount(label: str, name: str, usual: float, most: float) -> float:
    key = f"amount_{name}"
    if state.get(key, None) is None:
        wanted = state.number_here(name)
        state.put(key, usual if wanted is None else min(max(wanted, 0.0), most))
    value = st.number_input(label, 0.0, most, step=1.0, key=key, width=150)
    state.set_here(name, None if value == usual else f"{value:g}")
    return value


def _said(chosen: str, given: AtThreshold) -> None:
    said, images = given.hits + given.alarms, given.hits + given.misses
    name = plain(chosen)
    if np.isinf(given.threshold):
        st.markdown(f"At these costs it is cheapest never to say **{name}**: {count(images, 'misses', 'miss')}.")
        return
    parts = [f"It says **{name}** from a probability of **{percent(given.threshold, 2)}** on, chosen on validation."]
    if given.recall is not None and (interval := given.recall_interval):
        parts.append(
            f"Here it finds {percent_with_interval(given.recall, interval)} of {count(images, 'images', 'image')} of the class (recall),"
        )
    if given.precision is not None and (interval := given.precision_interval):
        parts.append(
            f"and of {count(said, 'images', 'image')} that it says it of, {percent_with_interval(given.precision, interval)} are (precision):"
        )
    instead = f' (called by a likelier class, or "not {name}")' if given.misses else ""
    parts.append(f"{count(given.misses)} missed{instead}, {count(given.alarms, 'false alarms', 'false alarm')}.")
    st.markdown(" ".join(parts))


def _beside(answers: Answers, validation: Answers, place: int, wish: Wish, given: AtThreshold) -> bool:
    """What the run gives without a threshold, and on how few images this one rests.

    Returns:
        Whether it does better without.
    """
    of_class = validation.labels == place
    on_validation = independent(validation.groups[of_class]) if validation.groups is not None else int(of_class.sum())
    said, is_class = answers.probabilities.argmax(1) == place, answers.labels == place
    missed, alarms = int((is_class & ~said).sum()), int((said & ~is_class).sum())
    words = f"Without a threshold, by the likeliest class: {count(missed)} missed, {count(alarms, 'false alarms', 'false alarm')}."
    is_better_without = wish.is_better_without(given, missed, alarms)
    words += " On these images that is better." if is_better_without else ""
    if on_validation < FEW:
        chosen_on = count(on_validation, "validation images", "validation image")
        counted = (
            f" (those of a group count as one of {int(of_class.sum()):,})" if validation.groups is not None else ""
        )
        words += f" The threshold rests on {chosen_on} of the class{counted}: with so few it is mostly chance."
    st.caption(words)
    if alike := rules.alike_words(validation):
        st.caption(alike)
    return is_better_without


def _charts(answered: Answered, here: Curves, given: AtThreshold | None) -> None:
    colours, thin = palette(), here.thinned()
    table = pd.DataFrame(
        {
            "recall": thin.recall,
            "precision": thin.precision,
            "false_alarms": thin.false_alarm_rate,
            "threshold": [percent(value, 2) for value in thin.threshold],
        }
    )
    point = None
    if given and given.precision is not None and given.recall is not None:
        point = pd.DataFrame(
            {
                "recall": [given.recall],
                "precision": [given.precision],
                "false_alarms": [given.alarms / here.others],
                "threshold": [percent(given.threshold, 2)],
            }
        )
    columns = st.columns(2)
    drawings = (
        ("Precision and recall", "recall", "Recall", "precision", "Precision", f"average precision {here.average_precision:.4f}"),
        ("ROC", "false_alarms", "False alarms, of the other images", "recall", "Recall", f"area {here.roc_auc:.4f}"),
    )  # fmt: skip
    for column, (title, x, x_words, y, y_words, area) in zip(columns, drawings, strict=True):
        with column:
            st.markdown(f"**{title}**")
            st.caption(f"{area[:1].upper()}{area[1:]}")
            st.altair_chart(
                _chart(table, point, (x, x_words), (y, y_words), colours),
                width="stretch",
                key=f"{x}_{answered.asked.key}",
                alt=f"{title} of this class: {area}. The sentence above has the figures at the chosen threshold.",
            )
    st.caption(f"Of the {answered.asked.split_word} images in hand. The dot is the chosen threshold.")


def _chart(
    table: pd.DataFrame, point: pd.DataFrame | None, across: tuple[str, str], up: tuple[str, str], colours: Palette
) -> alt.LayerChart:
    def axis() -> alt.Axis:
        return alt.Axis(
            labelExpr="round(datum.value * 100) + ' %'", gridColor=colours.line, domain=False, ticks=False, tickCount=5,
            titleFontWeight="normal", titleColor=colours.muted, labelFlush=False,
        )  # fmt: skip

    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X(f"{across[0]}:Q", scale=scale, axis=axis(), title=across[1])
    y = alt.Y(f"{up[0]}:Q", scale=scale, axis=axis(), title=up[1])
    tooltip = [
        alt.Tooltip(f"{across[0]}:Q", title=across[1], format=".1%"),
        alt.Tooltip(f"{up[0]}:Q", title=up[1], format=".1%"),
        alt.Tooltip("threshold:N", title="From probability"),
    ]
    line = (
        alt.Chart(table)
        .mark_line(color=colours.accent, strokeWidth=2.5, point=alt.OverlayMarkDef(size=14, color=colours.accent))
        .encode(x=x, y=y, tooltip=tooltip, order=alt.Order("recall:Q"))
    )
    if point is None:
        return alt.layer(line).properties(height=HEIGHT)
    dot = (
        alt.Chart(point)
        .mark_point(filled=True, size=150, opacity=1, color=colours.accent, stroke=colours.text, strokeWidth=2)
        .encode(x=x, y=y, tooltip=tooltip)
    )
    return alt.layer(line, dot).properties(height=HEIGHT)


def _images(answered: Answered, is_class: np.ndarray, probability: np.ndarray, given: AtThreshold, chosen: str) -> None:
    said = probability >= given.threshold
    kinds = {MISSES: is_class & ~said, ALARMS: said & ~is_class}
    kind = st.segmented_control(
        "Which images",
        list(kinds),
        default=MISSES if kinds[MISSES].any() or not kinds[ALARMS].any() else ALARMS,
        required=True,
        format_func=lambda one: f"{one}: {int(kinds[one].sum()):,}",
        label_visibility="collapsed",
        key=f"mistakes_of_{answered.asked.key}_{chosen}_{given.threshold}",
    )
    refused = (answered.table["predicted"] == chosen) & ~said
    answer = answered.table["predicted"].astype(object).mask(refused, f"not {chosen}").mask(said, chosen)
    rows = answered.table.assign(probability=probability, predicted=answer)[kinds[kind]]
    if rows.empty:
        st.caption("None.")
        return
    st.caption("With the probability of this class.")
    rows = rows.sort_values("probability", ascending=kind == MISSES, kind="stable")
    by_row = rows.set_index("row")

    def said_of(row: int) -> None:
        one = by_row.loc[row]
        pictures.answer(
            answered, row, _decided(one["label"], one["predicted"], chosen, one["probability"], given.threshold)
        )

    pictures.show(answered, rows, f"{kind}_{answered.asked.key}_{chosen}", captions=True, said=said_of)


def _decided(label: str, answer: str, chosen: str, probability: float, threshold: float) -> str:
    """What the threshold makes of an image that it misses or is a false alarm, in Markdown."""
    name, least = plain(chosen), "never" if np.isinf(threshold) else f"from {percent(threshold, 2)} on"
    kind = "missed" if label == chosen else "a false alarm"
    return (
        f"By the threshold it is {kind}: **{plain(label)}**, answered **{plain(answer)}**, since {name}, which has "
        f"{percent(probability, 2)}, is said {least}."
    )
