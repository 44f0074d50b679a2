"""The confusion matrix, and the images of the cell in hand: chosen by mouse in the chart, by keyboard in two lists."""

from __future__ import annotations

from typing import NamedTuple

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.evaluate_parts import pictures
from pages.evaluate_parts.asked import Answered
from pages.shared import state
from pages.shared.charts import Palette, palette
from pages.shared.messages import count, plain

COUNTS, SHARES = "Counts", "Share of true class"
WITH_TEXT = 25
EVERY_CELL = 40
LABELLED = 60
RIGHT_STRENGTH = (0.10, 0.24)
HELP = "Grey: right. Colour: mistakes, stronger for more. Click a cell to see its images."


class Mark(NamedTuple):
    """What a drawn matrix started with: the how manieth it is, how it looks, which cell it marks."""

    number: int
    look: str
    cell: tuple[str, str]


def show(answered: Answered) -> None:
    """Matrix left, the images of the chosen cell right."""
    true, predicted = _cell_in_hand(answered)
    left, right = st.columns([6, 5], gap="large")
    with left:
        _matrix(answered, true, predicted)
    with right:
        _choices(answered, true, predicted)
        _images(answered, true, predicted)


def most_confused(matrix: np.ndarray, most: int) -> list[int]:
    """Places of the `most` classes that take part in most mistakes, in the order of the classes."""
    mistakes = matrix - np.diag(matrix.diagonal())
    weight = mistakes.sum(0) + mistakes.sum(1)
    return sorted(np.argsort(-weight, kind="stable")[:most].tolist())


def cells(matrix: np.ndarray, classes: tuple[str, ...], shown: list[int], by_row: bool) -> pd.DataFrame:
    """One row a cell to draw: true, predicted, count, share, said, kind, text, opacity."""
    totals = matrix.sum(1)
    part = matrix[np.ix_(shown, shown)]
    rows, columns = np.indices(part.shape).reshape(2, -1)
    if len(shown) > EVERY_CELL:
        rows, columns = np.nonzero(part)
    places = np.array(shown)
    counts = part[rows, columns]
    shares = counts / np.maximum(totals[places[rows]], 1)
    value = shares if by_row else counts.astype(float)
    right = rows == columns
    return pd.DataFrame(
        {
            "true": [classes[i] for i in places[rows]],
            "predicted": [classes[i] for i in places[columns]],
            "count": counts,
            "share": shares,
            "said": [
                f"{n} of {classes[true]} named {classes[named]}"
                for n, true, named in zip(counts, places[rows], places[columns], strict=True)
            ],
            "kind": np.where(right, "right", "mistake"),
            "text": [_text(n, share, by_row) for n, share in zip(counts, shares, strict=True)],
            "opacity": _opacity(value, right, len(shown)),
        }
    )


def _text(number: int, share: float, by_row: bool) -> str:
    if number == 0:
        return ""
    return f"{number:,}" if not by_row else "<1" if share < 0.005 else f"{share * 100:.0f}"


def _opacity(value: np.ndarray, right: np.ndarray, size: int) -> np.ndarray:
    """Mistakes are scaled among themselves, for beside the diagonal they would all be pale."""
    strongest = 0.5 if size <= WITH_TEXT else 1.0  # where there is text on it, it must stay readable
    low, high = RIGHT_STRENGTH
    most_right = value[right].max(initial=0) or 1
    most_wrong = value[~right].max(initial=0) or 1
    of_right = low + (high - low) * value / most_right
    of_wrong = np.where(value > 0, 0.14 + (strongest - 0.14) * np.sqrt(value / most_wrong), 0.03)
    return np.where(right, of_right, of_wrong)


def _matrix(answered: Answered, true: str, predicted: str) -> None:
    matrix = np.array(answered.evaluation.figures["confusion"])
    classes = answered.evaluation.classes
    key = answered.asked.key
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by_row = (
            st.segmented_control(
                "Show", [COUNTS, SHARES], default=COUNTS, required=True, key=f"how_{key}", label_visibility="collapsed"
            )
            == SHARES
        )
        shown = _shown_classes(matrix, key)
    table = cells(matrix, classes, shown, by_row)
    mark = _mark(key, f"{len(shown)} {by_row}", (true, predicted))
    st.altair_chart(
        _chart(table, [classes[i] for i in shown], mark.cell, palette()),
        width="stretch",
        key=f"matrix_{key}_{mark.number}",
        on_select=lambda: _clicked(key, mark),
        selection_mode="cell",
        alt=f"Confusion matrix of {len(shown)} classes. The lists beside it choose a cell by keyboard.",
    )
    st.caption(HELP + (" In percent of the true class." if by_row else ""))


def _shown_classes(matrix: np.ndarray, key: str) -> list[int]:
    everything = list(range(len(matrix)))
    if len(matrix) <= WITH_TEXT:
        return everything
    with_mistakes = [i for i in everything if matrix[i].sum() + matrix[:, i].sum() > 2 * matrix[i, i]]
    choices = {
        f"{WITH_TEXT} most confused": most_confused(matrix, WITH_TEXT),
        f"{len(with_mistakes)} with mistakes": with_mistakes,
        f"All {len(matrix)}": everything,
    }
    chosen = st.segmented_control(
        "Classes", list(choices), default=next(iter(choices)), required=True, key=f"few_{key}",
        label_visibility="collapsed",
    )  # fmt: skip
    return choices[chosen] or everything


def _chart(table: pd.DataFrame, names: list[str], start: tuple[str, str], colours: Palette) -> alt.LayerChart:
    labels = len(names) <= LABELLED
    longest = max(map(len, names))
    axis = alt.Axis(
        labels=labels, ticks=False, domain=False, labelLimit=110, labelOverlap=False,
        labelFlush=False,
        labelBound=False, labelPadding=6,
        titlePadding=10, titleColor=colours.muted, titleFontWeight="normal",
    )  # fmt: skip
    across = axis.copy()
    across.orient, across.labelAngle = "top", 0 if longest * len(names) < 60 else -90 if len(names) > 12 else -45
    padding = 0.05 if len(names) <= WITH_TEXT else 0.0
    scale = alt.Scale(paddingInner=padding, paddingOuter=padding / 2)
    cell = alt.selection_point(
        name="cell",
        fields=["true", "predicted"],
        value=[{"true": start[0], "predicted": start[1]}],
        on="click",
        clear=False,
        empty=False,
    )
    base = alt.Chart(table).encode(
        x=alt.X("predicted:N", sort=names, scale=scale, axis=across, title="Named"),
        y=alt.Y("true:N", sort=names, scale=scale, axis=axis, title="True class"),
        description="said:N",
        tooltip=[
            alt.Tooltip("true:N", title="True class"),
            alt.Tooltip("predicted:N", title="Named"),
            alt.Tooltip("count:Q", title="Images", format=","),
            alt.Tooltip("share:Q", title="Share of true class", format=".1%"),
        ],
    )
    heat = (
        base.mark_rect(cursor="pointer", cornerRadius=3 if padding else 0)
        .encode(
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=["right", "mistake"], range=[colours.muted, colours.accent]),
                legend=None,
            ),
            fillOpacity=alt.Opacity("opacity:Q", scale=None, legend=None),
            stroke=alt.condition(cell, alt.value(colours.text), alt.value("transparent")),
            strokeWidth=alt.value(2),
        )
        .add_params(cell)
    )
    height = min(40 * len(names) + 60, 560) if len(names) <= WITH_TEXT else 600
    if len(names) > WITH_TEXT:
        return alt.layer(heat).properties(height=height).configure_view(stroke=colours.line)
    text = base.mark_text(aria=False, fontSize=13 if len(names) <= 12 else 11, color=colours.text).encode(text="text:N")
    return alt.layer(heat, text).properties(height=height)


def _choices(answered: Answered, true: str, predicted: str) -> None:
    classes = answered.evaluation.classes
    key = answered.asked.key
    state.put(f"true_{key}", true)
    state.put(f"predicted_{key}", predicted)
    columns = st.columns(2, wrap=False)
    for column, name, label in zip(columns, ("true", "predicted"), ("True class", "Named"), strict=True):
        column.selectbox(label, classes, key=f"{name}_{key}", on_change=_listed, args=(key,), filter_mode="contains")


def _images(answered: Answered, true: str, predicted: str) -> None:
    table = answered.table
    rows = table[(table["label"] == true) & (table["predicted"] == predicted)]
    rows = rows.sort_values("probability", ascending=true == predicted, kind="stable")
    named = "named right" if true == predicted else f"named **{plain(predicted)}**"
    st.markdown(f"{count(len(rows), 'images', 'image')} of **{plain(true)}**, {named}")
    if len(rows):
        pictures.show(answered, rows, f"cell_{answered.asked.key}_{true}_{predicted}")


def _cell_in_hand(answered: Answered) -> tuple[str, str]:
    """The cell last chosen; else that of the address; else the most frequent mistake; else the most frequent class.

    The address alone would not do: a second click can come before the browser has heard of the first.
    """
    key, classes = answered.asked.key, answered.evaluation.classes
    usual = _most_frequent(answered)
    cell = state.get(f"cell_{key}", None) or _named_in_address(classes) or usual
    state.put(f"cell_{key}", cell)
    state.set_here("cell", "|".join(cell) if cell != usual else None)
    return cell


def _named_in_address(classes: tuple[str, ...]) -> tuple[str, str] | None:
    parts = (state.here("cell") or "").split("|")
    cuts = (("|".join(parts[:place]), "|".join(parts[place:])) for place in range(1, len(parts)))
    return next((cell for cell in cuts if set(cell) <= set(classes)), None)


def _most_frequent(answered: Answered) -> tuple[str, str]:
    matrix = np.array(answered.evaluation.figures["confusion"])
    mistakes = matrix - np.diag(matrix.diagonal())
    best = mistakes if mistakes.any() else matrix
    true, predicted = np.unravel_index(best.argmax(), best.shape)
    return answered.evaluation.classes[true], answered.evaluation.classes[predicted]


def _mark(key: str, look: str, cell: tuple[str, str]) -> Mark:
    """The cell that the chart starts with.

    A click is marked by the chart itself, which then must stay the same chart; only when the cell came from
    elsewhere, or the chart looks different, is it a new one.
    """
    mark = state.get(f"mark_{key}", Mark(0, "", ("", "")))
    shows = state.get(f"clicked_{key}", mark.cell)
    if mark.look != look or shows != cell:
        mark = Mark(mark.number + 1, look, cell)
        state.put(f"mark_{key}", mark)
        state.forget(f"clicked_{key}")
    return mark


def _clicked(key: str, mark: Mark) -> None:
    selected = state.get(f"matrix_{key}_{mark.number}", {}).get("selection", {}).get("cell", [])
    if selected and {"true", "predicted"} <= set(selected[0]):
        cell = selected[0]["true"], selected[0]["predicted"]
        state.put(f"clicked_{key}", cell)
        state.put(f"cell_{key}", cell)


def _listed(key: str) -> None:
    state.put(f"cell_{key}", (state.get(f"true_{key}", ""), state.get(f"predicted_{key}", "")))
