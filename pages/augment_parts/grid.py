"""Originals beside their draws, as one table of pictures. Small pictures are enlarged without smoothing."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import Dataset
from core.images import from_array
from pages.shared import cached
from pages.shared.routes import encode

ROWS = 5
DRAWS = 6
PIXELATED_BELOW = 100
CSS = """<style>
.draws { display: grid; gap: 8px; align-items: start; }
.draws figure { margin: 0; min-width: 0; }
.draws img { width: 100%; aspect-ratio: 1; display: block; border-radius: 6px; background: rgba(128, 128, 128, .12); }
.draws.pixels img { image-rendering: pixelated; }
.draws .head { font-size: 13px; opacity: .75; }
.draws figcaption { font-size: 13px; line-height: 1.3; padding-top: 2px; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
</style>"""


def choose_rows(table: pd.DataFrame, dataset: Dataset, label: str | None, pick: int) -> tuple[int, ...]:
    """Training images to show: of `label`, or one of each of a few classes; another `pick`, other images."""
    random = np.random.default_rng(pick)
    of_train = table.index[(table["split"] == "train").to_numpy()]
    labels = table["label"]
    if label is not None:
        found = of_train[(labels.loc[of_train] == label).to_numpy()]
        return tuple(int(row) for row in random.permutation(found)[:ROWS])
    every = len(dataset.classes)
    names = [dataset.classes[place] for place in np.unique(np.linspace(0, every - 1, min(ROWS, every)).astype(int))]
    rows = [of_train[(labels.loc[of_train] == name).to_numpy()] for name in names]
    return tuple(int(random.choice(found)) for found in rows if len(found))


def draw(originals: np.ndarray, draws: np.ndarray, labels: Sequence[str]) -> None:
    """Draw the table.

    Args:
        originals: (n, size, size, channels) uint8.
        draws: (draws, n, size, size, channels) uint8.
        labels: Class of each original.
    """
    heads = ["Original", *(f"Draw {number}" for number in range(1, len(draws) + 1))]
    columns = [[originals[row], *draws[:, row]] for row in range(len(originals))]
    table(columns, heads, labels)


def table(rows: Sequence[Sequence[np.ndarray]], heads: Sequence[str], labels: Sequence[str]) -> None:
    """Draw rows of pictures under `heads`; a row's label stands under its first picture."""
    pixels = "pixels" if rows and rows[0][0].shape[0] < PIXELATED_BELOW else ""
    parts = [f'<div class="head">{html.escape(head)}</div>' for head in heads]
    for row, label in zip(rows, labels, strict=True):
        for place, (picture, head) in enumerate(zip(row, heads, strict=True)):
            caption = f"<figcaption title='{html.escape(label)}'>{html.escape(label)}</figcaption>" if not place else ""
            alt = html.escape(f"{label}, {head}")
            parts.append(f'<figure><img alt="{alt}" src="{_address(picture)}">{caption}</figure>')
    style = f"grid-template-columns: repeat({len(heads)}, minmax(0, 1fr))"
    st.html(f'{CSS}<div class="draws {pixels}" style="{style}">{"".join(parts)}</div>')


def _address(picture: np.ndarray) -> str:
    data, media_type = encode(from_array(picture))
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def originals(dataset: Dataset, rows: tuple[int, ...]) -> np.ndarray:
    """(n, size, size, channels) uint8."""
    return cached.pictures(dataset.reference, rows)
