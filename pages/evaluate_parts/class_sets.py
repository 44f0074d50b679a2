"""Sets of classes that hold the true one as often as is asked: how often they do, how large they are, which they are."""

from __future__ import annotations

import math

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from core.evaluate import rule as rules
from core.evaluate.answers import Answers, independent_images
from core.evaluate.conformal import (
    ADAPTIVE,
    LEVEL,
    PLAIN,
    Conformal,
    Measured,
    chance_of_so_few,
    chance_of_so_few_of_any,
    fewest_images,
    fewest_of_a_class,
    fit,
    fit_classes,
    measure,
    measure_classes,
    sets,
)
from pages.evaluate_parts import pictures
from pages.evaluate_parts.asked import Answered
from pages.shared import state
from pages.shared.addresses import thumbnail_url
from pages.shared.charts import Palette, palette
from pages.shared.gallery import Tile, gallery, page_of
from pages.shared.messages import count, percent, percent_with_interval, plain

COVERAGES = (0.8, 0.9, 0.95, 0.99, 0.999)
USUAL = 0.99
KINDS = {
    PLAIN: "As small as can be",
    ADAPTIVE: "At least one class",
}
HELP = (
    "As small as can be: all classes that are likely enough, perhaps none. At least one class: the likeliest until they are likely "
    "enough together; fairer to hard images, and larger."
)
ALL, EACH = "Over all images", "For each class"
MOST_BARS = 11
NAMED = 6


def show(answered: Answered, validation: Answers, answers: Answers, temperature: float) -> None:
    """The coverage, what it gives here, the sizes with examples beside them."""
    units = independent_images(validation)
    coverage, kind, promise = _choices(validation)
    given = validation.labels, validation.probabilities, coverage, kind
    conformals = fit_classes(*given, validation.groups) if promise == EACH else (fit(*given, units),)
    inside = sets(answers.probabilities, *conformals)
    measured = measure(answers.labels, inside, answers.groups)
    of_classes = measure_classes(answers.labels, inside, answers.groups)
    st.subheader(sentence(answered, measured), anchor=False)
    if promise == EACH:
        _promise_of_each(validation, conformals, coverage)
    else:
        _promise(conformals[0], units)
    if promise == EACH:
        chance = chance_of_so_few_of_any(of_classes, conformals, validation, answers)
    else:
        chance = chance_of_so_few(measured, conformals[0], units, independent_images(answers))
    if chance <= LEVEL:
        st.warning(
            f"On these images the sets hold the true class less often than in {percent(coverage)}, and by more than the draw of "
            f"validation images and of these explains (p = {chance:.2g}): they differ from the validation images.",
            icon=":material/warning:",
        )
    left, right = st.columns([5, 6], gap="large")
    with left:
        shown = _size_in_hand(measured)
        _bars(measured, shown, f"sizes_{answered.asked.key}_{coverage}_{kind}_{promise}")
        _by_class(answers, of_classes, coverage, promise)
        for doubt in _doubts(answered, validation):
            st.caption(plain(doubt))
    with right:
        _examples(answered, answers, inside, measured, shown)


def _promise(conformal: Conformal, units: int) -> None:
    images = count(conformal.images, "validation images")
    if math.isinf(conformal.limit):
        st.warning(
            f"{percent(conformal.coverage)} cannot be kept with {images} but by sets of all classes: it takes "
            f"{fewest_images(conformal.coverage):,}{f'; they count as {units:,} separate ones' if units else ''}.",
            icon=":material/info:",
        )
    else:
        st.markdown(
            f"Each image gets a set of classes that holds the true one in {percent(conformal.coverage, 1)} of images like the {images}, "
            "over all classes together: more of one class, fewer of another."
        )


def _promise_of_each(validation: Answers, conformals: tuple[Conformal, ...], coverage: float) -> None:
    short = [validation.classes[place] for place, one in enumerate(conformals) if math.isinf(one.limit)]
    st.markdown(
        f"Each image gets a set of classes that holds the true one in {percent(coverage, 1)} of the images of every class, if they are "
        f"like its validation images."
    )
    if short:
        named = ", ".join(short[:NAMED]) + (f" and {len(short) - NAMED} more" if len(short) > NAMED else "")
        st.warning(
            plain(
                f"In every set, since {percent(coverage)} takes {fewest_images(coverage):,} separate validation images of a class, which "
                f"{'this has' if len(short) == 1 else 'these have'} not: {named}."
            ),
            icon=":material/info:",
        )


def _by_class(answers: Answers, of_classes: list[Measured | None], coverage: float, promise: str) -> None:
    """How often the sets hold the true class, class by class, the least first."""
    there = [(answers.classes[place], one) for place, one in enumerate(of_classes) if one]
    there.sort(key=lambda pair: pair[1].coverage)
    below = [name for name, one in there if one.interval[1] < coverage]
    if below and promise == ALL:
        st.warning(
            plain(
                f"Surely less often than in {percent(coverage)} of the images of {', '.join(below[:NAMED])}"
                f"{f' and {len(below) - NAMED} more' if len(below) > NAMED else ''}: the promise is over all classes. "
                f'Choose "{EACH}" to have it for every class.'
            ),
            icon=":material/info:",
        )
    st.dataframe(
        pd.DataFrame(
            {
                "Class": [name for name, _ in there],
                "Holds the true class": [percent_with_interval(one.coverage, one.interval) for _, one in there],
                "Images": [len(one.sizes) for _, one in there],
                "Classes in a set": [one.sizes.mean() for _, one in there],
            }
        ),
        hide_index=True,
        height="auto" if len(there) <= NAMED else 250,
        column_config={"Classes in a set": st.column_config.NumberColumn(format="%.2f")},
    )


def sentence(answered: Answered, measured: Measured) -> str:
    """What the sets give on the images in hand, in one sentence of plain text."""
    words = answered.asked.split_word
    return (
        f"The sets hold the true class of {percent_with_interval(measured.coverage, measured.interval)} of "
        f"{count(len(measured.sizes), words + ' images', words + ' image')}, with {measured.sizes.mean():.2f} classes on average."
    )


def _choices(validation: Answers) -> tuple[float, str, str]:
    """Those coverages that the validation images, or those of the smallest class, can promise, and one that the address asks for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        promise = st.segmented_control(
            "The promise holds", (ALL, EACH), default=EACH if state.here("promise") == "each" else ALL, required=True,
            key="set_promise", help="Over all images: some classes may have it less often. For each class: larger sets.",
        )  # fmt: skip
        state.set_here("promise", "each" if promise == EACH else None)
        there, units = len(validation.labels), independent_images(validation)
        if promise == EACH:
            there, units = fewest_of_a_class(validation)
        images = units or there
        possible = [one for one in COVERAGES if fewest_images(one) <= images] or [COVERAGES[0]]
        usual = max(one for one in possible if one <= USUAL)
        wanted = state.here("hold")
        first = next((one for one in COVERAGES if f"{one:g}" == wanted), usual)
        coverage = st.segmented_control(
            "The set is to hold the true class in", sorted({*possible, first}), default=first, required=True,
            format_func=lambda one: percent(one, None), key="set_coverage",
        )  # fmt: skip
        state.set_here("hold", None if coverage == usual else f"{coverage:g}")
        wanted = state.here("sets")
        kind = st.segmented_control(
            "Sets", list(KINDS), default=wanted if wanted in KINDS else PLAIN, required=True,
            format_func=KINDS.__getitem__, key="set_kind", help=HELP,
        )  # fmt: skip
        state.set_here("sets", None if kind == PLAIN else kind)
    if len(possible) < len(COVERAGES):
        more = COVERAGES[len(possible)] if fewest_images(possible[0]) <= images else possible[0]
        of = " of the smallest class" if promise == EACH else ""
        counted = count(there, f"validation images{of}", f"validation image{of}")
        alike = f", which count as {units:,} separate {'one' if units == 1 else 'ones'}" if units else ""
        st.caption(
            f"A larger share needs more: {percent(more, None)} takes {fewest_images(more):,}; there are {counted}{alike}."
        )
    return coverage, kind, promise


def _doubts(answered: Answered, validation: Answers) -> list[str]:
    asked = answered.asked
    return rules.caveats(
        asked.run, validation, asked.reference, asked.split, asked.dataset.split_by if asked.dataset else ""
    )


def _size_in_hand(measured: Measured) -> int:
    there = np.unique(np.minimum(measured.sizes, MOST_BARS - 1)).tolist()
    chosen = state.integer_here("size", MOST_BARS)
    return chosen if chosen in there else max(there, key=lambda size: (size != 1, size == 2, size))


def _bars(measured: Measured, shown: int, key: str) -> None:
    sizes = np.minimum(measured.sizes, MOST_BARS - 1)
    numbers = np.bincount(sizes, minlength=min(3, MOST_BARS))
    table = pd.DataFrame(
        {
            "size": range(len(numbers)),
            "name": [_size_words(size) for size in range(len(numbers))],
            "images": numbers,
            "text": [f"{number:,} · {percent(number / len(sizes))}" for number in numbers],
        }
    )
    st.altair_chart(
        _chart(table, shown, palette()),
        width="stretch",
        key=key,
        on_select=lambda: _clicked(key),
        selection_mode="size",
        alt=", ".join(f"{row.name}: {row.images:,} images" for row in table.itertuples(index=False)),
    )
    st.caption("How many classes the sets have. Click a bar, or choose a size beside it, to see examples.")


def _size_words(size: int) -> str:
    if size == 0:
        return "no class"
    return f"{size} class" if size == 1 else f"{size} classes" + (" or more" if size == MOST_BARS - 1 else "")


def _chart(table: pd.DataFrame, shown: int, colours: Palette) -> alt.LayerChart:
    base = alt.Chart(table).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8, labelLimit=130)),
        tooltip=[alt.Tooltip("name:N", title="Set of"), alt.Tooltip("images:Q", title="Images", format=",")],
    )  # fmt: skip
    most = max(int(table["images"].max()), 1)
    scale = alt.Scale(domain=[0, most * 1.4], nice=False)
    bars = (
        base.mark_bar(cornerRadiusEnd=3, cursor="pointer", color=colours.accent)
        .encode(
            x=alt.X("images:Q", scale=scale, axis=None),
            opacity=alt.condition(f"datum.size == {shown}", alt.value(0.95), alt.value(0.5)),
        )
        .add_params(alt.selection_point(name="size", fields=["size"], on="click", clear=False, empty=False))
    )
    text = base.mark_text(aria=False, align="left", dx=8, color=colours.text, fontSize=12).encode(
        x=alt.X("images:Q", scale=scale), text="text:N"
    )
    return alt.layer(bars, text).properties(height=30 * len(table) + 10)


def _clicked(key: str) -> None:
    selected = state.get(key, {}).get("selection", {}).get("size", [])
    if selected and "size" in selected[0]:
        state.set_here("size", str(int(selected[0]["size"])))


def _examples(answered: Answered, answers: Answers, inside: np.ndarray, measured: Measured, shown: int) -> None:
    sizes = np.minimum(measured.sizes, MOST_BARS - 1)
    there = np.unique(sizes).tolist()
    key = f"size_of_{answered.asked.key}_{shown}"
    st.selectbox(
        "Sets of",
        there,
        index=there.index(shown),
        format_func=_size_words,
        key=key,
        on_change=lambda: state.set_here("size", str(state.get(key, shown))),
    )
    rows = np.flatnonzero(sizes == shown)
    held = inside[rows, answers.labels[rows]]
    st.markdown(
        f"{count(int(held.sum()))} of {count(len(rows), 'sets', 'set')} hold the true class. Those that do not come first."
    )
    rows = rows[np.argsort(held, kind="stable")]
    part = rows[page_of(len(rows), f"page_{key}", 24)]
    if answered.asked.dataset is None:
        names = [_names(answers, inside[row]) for row in part]
        paths = answered.table["path"].iloc[part].tolist()
        truth = [answers.classes[answers.labels[row]] for row in part]
        st.dataframe(pd.DataFrame({"path": paths, "true": truth, "set": names}), hide_index=True)
        return
    name, hashes = answered.asked.dataset.name, answered.table["sha256"]
    tiles = [
        Tile(
            str(answers.rows[row]),
            thumbnail_url(name, hashes.iloc[row]),
            f"{answers.classes[answers.labels[row]]}: {_names(answers, inside[row])}",
        )
        for row in part
    ]
    clicked = gallery(tiles, f"tiles_{key}", 116, captions=True)
    if clicked is not None:
        pictures.open_large(answered, int(clicked), answers.rows[rows])


def _names(answers: Answers, members: np.ndarray) -> str:
    places = np.flatnonzero(members)
    if not len(places):
        return "none"
    named = ", ".join(answers.classes[place] for place in places[:NAMED])
    return "{" + named + (f" and {len(places) - NAMED} more" if len(places) > NAMED else "") + "}"
