"""One picture under every corruption and severity, with what the model said of each."""

from __future__ import annotations

import base64
import html
import io

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from core.evaluate.conditions import CLEAN, CORRUPTION
from core.evaluate.corruptions import CORRUPTIONS
from core.evaluate.robustness import Robustness, is_drawn
from pages.evaluate_parts.asked import Answered
from pages.shared import cached, state
from pages.shared.gallery import Tile, gallery

CSS = """
.damage { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(400px, 100%), 1fr)); gap: 14px 28px; }
.damage h6 { margin: 0 0 4px; padding: 0; font-size: 13px; font-weight: 600; }
.damage .line { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 6px; }
.damage figure { margin: 0; }
.damage img { width: 100%; aspect-ratio: 1; display: block; border-radius: 4px; }
.damage img.pixels { image-rendering: pixelated; }
.damage figcaption { font-size: 12px; line-height: 1.35; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.damage .wrong { color: light-dark(#b3261e, #ff9d94); font-weight: 600; }
"""
EXAMPLE = "example"


def show(answered: Answered, found: Robustness, table: pd.DataFrame, made_at: int) -> None:
    """The example pictures to choose from, and the chosen one damaged."""
    corruptions = [point for point in found.points if point.kind == CORRUPTION]
    if not corruptions or not set(found.examples) <= set(table["row"]):
        return
    asked = answered.asked
    try:
        strips = {
            row: cached.damaged_example(asked.run.id, asked.reference, asked.split, row, made_at)
            for row in found.examples
        }
    except FileNotFoundError:  # another measurement takes the place of this one just now
        return
    chosen = _chosen(answered, found, table, strips)
    drawn = [point.condition for point in found.points if is_drawn(point.condition)]
    pictures = dict(zip(drawn, strips[chosen], strict=False))  # the table is written a moment before the pictures
    of_row = table[table["row"] == chosen]
    said = {
        (one.kind, one.name, one.amount): (str(one.predicted), str(one.label)) for one in of_row.itertuples(index=False)
    }
    cards = []
    for name in dict.fromkeys(point.name for point in corruptions):
        line = []
        for point in corruptions:
            picture = pictures.get(point.condition)
            if point.name == name and picture is not None:
                predicted, label = said[point.kind, point.name, point.amount]
                line.append(_figure(picture, predicted, label, int(point.amount)))
        cards.append(f'<div><h6>{CORRUPTIONS[name].title}</h6><div class="line">{"".join(line)}</div></div>')
    st.html(f'<style>{CSS}</style><div class="damage">{"".join(cards)}</div>')
    st.caption("Severity 1 to 5 from left to right. ✓ named right, ✕ named wrong.")


def _chosen(answered: Answered, found: Robustness, table: pd.DataFrame, strips: dict[int, np.ndarray]) -> int:
    clean = table[table["kind"] == CLEAN].set_index("row")
    tiles = [
        Tile(str(row), address(strips[row][0]), f"{clean.loc[row, 'label']} → {clean.loc[row, 'predicted']}")
        for row in found.examples
    ]
    key = f"damage_example_{answered.asked.key}"
    wanted = state.get(key, state.here(EXAMPLE))
    chosen = wanted if wanted in {tile.id for tile in tiles} else tiles[0].id
    st.markdown("**A picture, damaged in each way**")
    clicked = gallery(tiles, f"tiles_{key}", 64, chosen=chosen)
    if clicked is not None and clicked != chosen:
        state.put(key, clicked)
        state.set_here(EXAMPLE, clicked)
        st.rerun()
    return int(chosen)


def address(picture: np.ndarray) -> str:
    """(T, T, C) uint8 as a `data:` address."""
    file = io.BytesIO()
    small = picture.shape[0] <= 64
    Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(
        file, "PNG" if small else "JPEG", **({} if small else {"quality": 88})
    )
    return f"data:image/{'png' if small else 'jpeg'};base64,{base64.b64encode(file.getvalue()).decode()}"


def _figure(picture: np.ndarray, predicted: str, label: str, severity: int) -> str:
    right = predicted == label
    name = html.escape(predicted)
    kind = ' class="pixels"' if picture.shape[0] <= 64 else ""
    said = f"Severity {severity}: named {name}, {'right' if right else 'wrong'}"
    caption = f"✓ {name}" if right else f'<span class="wrong">✕ {name}</span>'
    return f'<figure title="{said}"><img{kind} src="{address(picture)}" alt="{said}"><figcaption>{caption}</figcaption></figure>'
