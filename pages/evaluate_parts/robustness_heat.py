"""Accuracy by corruption and severity, and of the cell in hand the pictures that it turned from right to wrong."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from core.errors import FoveaError
from core.evaluate.conditions import CLEAN, CORRUPTION, Condition
from core.evaluate.corruptions import CORRUPTIONS, SEVERITIES
from core.evaluate.robustness import Robustness
from pages.evaluate_parts import pictures
from pages.evaluate_parts.asked import Answered
from pages.evaluate_parts.robustness_grid import address
from pages.shared import cached, state
from pages.shared.charts import Palette, palette
from pages.shared.gallery import Tile, gallery, page_of
from pages.shared.messages import count, percent, percent_with_interval, plain, show_error
from pages.shared.pictures import crisp

ROW_HEIGHT = 30
TILES = 24
Cell = tuple[str, int]


def show(answered: Answered, found: Robustness, table: pd.DataFrame) -> None:
    """The table of colours left, the pictures right."""
    points = found.of(CORRUPTION)
    if not points:
        return
    key = answered.asked.key
    cells = [(point.name, int(point.amount)) for point in points]
    cell = _in_hand(key, cells, [point.accuracy for point in points])
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.markdown("**Accuracy by damage and severity**")
        number, start = state.get(f"heat_mark_{key}", (0, cell))
        st.altair_chart(
            _chart(_table(found), start, palette()),
            width="stretch",
            key=f"heat_{key}_{number}",
            on_select=lambda: _clicked(key, f"heat_{key}_{number}"),
            selection_mode="cell",
            alt="Accuracy by corruption and severity. The lists beside it choose a cell by keyboard.",
        )
        st.caption("Colour: more errors. Click a cell to see what it turned from right to wrong.")
    with right:
        _choices(key, cells, cell)
        _flipped(answered, found, table, cell)


def _in_hand(key: str, cells: list[Cell], accuracies: list[float]) -> Cell:
    """The cell last chosen, else that of the address, else the worst."""
    worst = cells[int(np.argmin(accuracies))]
    by_text = {f"{name}|{severity}": (name, severity) for name, severity in cells}
    from_address = by_text.get(state.here("damage") or "", worst)
    cell = state.get(f"heat_cell_{key}", from_address)
    cell = cell if cell in cells else worst
    state.put(f"heat_cell_{key}", cell)
    state.set_here("damage", f"{cell[0]}|{cell[1]}" if cell != worst else None)
    return cell


def _table(found: Robustness) -> pd.DataFrame:
    rows = [("clean", 0, found.clean)] + [(point.name, int(point.amount), point) for point in found.of(CORRUPTION)]
    return pd.DataFrame(
        {
            "name": [name for name, _, _ in rows],
            "title": ["Clean" if name == "clean" else CORRUPTIONS[name].title for name, _, _ in rows],
            "severity": [severity for _, severity, _ in rows],
            "error": [1 - point.accuracy for _, _, point in rows],
            "text": [f"{point.accuracy * 100:.0f}" for _, _, point in rows],
            "said": [percent_with_interval(point.accuracy, point.accuracy_ci95) for _, _, point in rows],
        }
    )


def _chart(table: pd.DataFrame, start: Cell, colours: Palette) -> alt.LayerChart:
    table = table[table["name"] != "clean"]
    titles = list(dict.fromkeys(table["title"]))
    chosen = alt.selection_point(
        name="cell",
        fields=["name", "severity"],
        value=[{"name": start[0], "severity": start[1]}],
        on="click",
        clear=False,
        empty=False,
    )
    scale = alt.Scale(paddingInner=0.06, paddingOuter=0.03)
    axis = alt.Axis(ticks=False, domain=False, labelLimit=120, labelPadding=6, titleColor=colours.muted)
    across = axis.copy()
    across.orient, across.labelAngle = "top", 0
    base = alt.Chart(table).encode(
        x=alt.X("severity:O", scale=scale, axis=across, title="Severity"),
        y=alt.Y("title:N", sort=titles, scale=scale, axis=axis, title=None),
        tooltip=[
            alt.Tooltip("title:N", title="Damage"),
            alt.Tooltip("severity:O", title="Severity"),
            alt.Tooltip("said:N", title="Accuracy (95 % interval)"),
        ],
    )
    heat = (
        base.mark_rect(cornerRadius=3, cursor="pointer", color=colours.accent)
        .encode(
            fillOpacity=alt.Opacity("error:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 0.6]), legend=None),
            stroke=alt.condition(chosen, alt.value(colours.text), alt.value("transparent")),
            strokeWidth=alt.value(2),
            description=alt.Description("said:N"),
        )
        .add_params(chosen)
    )
    text = base.mark_text(aria=False, fontSize=12, color=colours.text).encode(text="text:N")
    return alt.layer(heat, text).properties(height=ROW_HEIGHT * len(titles) + 40)


def _choices(key: str, cells: list[Cell], cell: Cell) -> None:
    names = list(dict.fromkeys(name for name, _ in cells))
    there = [severity for severity in SEVERITIES if (cell[0], severity) in cells]
    state.put(f"heat_name_{key}", cell[0])
    state.put(f"heat_severity_{key}", cell[1])
    left, right = st.columns(2, wrap=False)
    left.selectbox(
        "Damage",
        names,
        format_func=lambda name: CORRUPTIONS[name].title,
        key=f"heat_name_{key}",
        on_change=_listed,
        args=(key,),
    )
    right.selectbox("Severity", there, key=f"heat_severity_{key}", on_change=_listed, args=(key,))


def _flipped(answered: Answered, found: Robustness, table: pd.DataFrame, cell: Cell) -> None:
    condition = Condition(CORRUPTION, cell[0], float(cell[1]))
    clean = table[table["kind"] == CLEAN].set_index("row")
    here = table[(table["kind"] == CORRUPTION) & (table["name"] == cell[0]) & (table["amount"] == cell[1])]
    here = here.assign(before=clean.reindex(here["row"])["predicted"].astype(str).to_numpy())
    label, named = here["label"].astype(str), here["predicted"].astype(str)
    flipped = here[(here["before"] == label) & (named != label)].sort_values("probability", ascending=False)
    back = int(((here["before"] != label) & (named == label)).sum())
    title = f"{CORRUPTIONS[cell[0]].title} at severity {cell[1]}"
    also = f"; {count(back)} from wrong to right" if back else ""
    st.markdown(
        f"{title} turns {count(len(flipped))} of {count(len(here), 'images', 'image')} from right to wrong{also}."
    )
    if flipped.empty:
        return
    if found.temperature != answered.temperature:
        st.caption(
            f"Probabilities below are of a temperature of {found.temperature:.2f}, which was in use when this was measured; "
            f"now the run answers with {answered.temperature:.2f}. Accuracies are the same with any."
        )
    part = flipped.iloc[page_of(len(flipped), f"flip_page_{answered.asked.key}_{cell}", TILES)]
    if answered.asked.dataset is None:
        st.dataframe(part[["label", "predicted", "probability"]], hide_index=True)
        return
    try:
        shown = _pictures(answered, found, part["row"].tolist(), condition)
    except FoveaError as error:
        show_error(error)
        return
    tiles = [
        Tile(str(one.row), address(picture), f"{one.label} → {one.predicted} · {percent(one.probability, 0)}")
        for one, picture in zip(part.itertuples(index=False), shown, strict=True)
    ]
    clicked = gallery(tiles, f"flips_{answered.asked.key}_{cell[0]}_{cell[1]}", 84, captions=True)
    if clicked is not None:
        by_row = flipped.set_index("row", drop=False)
        pictures.open_large(
            answered,
            int(clicked),
            flipped["row"].to_numpy(),
            lambda row: _clean_and_damaged(answered, found, by_row.loc[row], condition),
        )


def _pictures(answered: Answered, found: Robustness, rows: list[int], condition: Condition) -> np.ndarray:
    fit = answered.asked.run.config.fit
    seed = found.settings.seed
    return cached.damaged(found.dataset, tuple(rows), found.size, found.channels, fit, condition, seed)


def _clean_and_damaged(answered: Answered, found: Robustness, one: pd.Series, condition: Condition) -> None:
    columns = st.columns(2, gap="medium", wrap=False)
    words = (f"Clean: named {one['label']}", f"Damaged: named {one['predicted']} with {percent(one['probability'])}")
    for column, what, said in zip(columns, (Condition(CLEAN), condition), words, strict=True):
        picture = _pictures(answered, found, [int(one["row"])], what)[0]
        image = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
        column.image(crisp(image), width="stretch", alt=said)
        column.caption(plain(said))


def _clicked(key: str, chart: str) -> None:
    selected = state.get(chart, {}).get("selection", {}).get("cell", [])
    if selected and {"name", "severity"} <= set(selected[0]):
        state.put(f"heat_cell_{key}", (selected[0]["name"], int(selected[0]["severity"])))


def _listed(key: str) -> None:
    cell = (state.get(f"heat_name_{key}", ""), int(state.get(f"heat_severity_{key}", 1)))
    number, _ = state.get(f"heat_mark_{key}", (0, cell))
    state.put(f"heat_cell_{key}", cell)
    state.put(
        f"heat_mark_{key}", (number + 1, cell)
    )  # a chart marks clicks itself; what comes from elsewhere needs a new one
