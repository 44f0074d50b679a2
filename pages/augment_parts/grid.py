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
from pages.shared.messages import percent
from pages.shared.routes import encode

ROWS = 5
DRAWS = 6
PIXELATED_BELOW = 100
LEAST_SHARE = 0.005
CSS = """<style>
.draws { display: grid; gap: 8px; align-items: start; }
.draws figure { margin: 0; min-width: 0; }
.draws img { width: 100%; aspect-ratio: 1; display: block; border-radius: 6px; background: rgba(128, 128, 128, .12);
  outline: 1px solid rgba(128, 128, 128, .2); outline-offset: -1px; }
.draws.pixels img { image-rendering: pixelated; }
.draws .head { font-size: 13px; opacity: .75; }
.draws figcaption { font-size: 13px; line-height: 1.3; padding-top: 2px; }
.draws figcaption span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
@media (max-width: 640px) { .draws { gap: 4px; } .draws figcaption, .draws .head { font-size: 11px; } }
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


def words(shares: np.ndarray, classes: Sequence[str]) -> list[str]:
    """A label in words: ["3"], or ["70 % 3", "30 % 8"] where it is mixed, the larger part first.

    Args:
        shares: (classes,) that sum to 1.
        classes: Their names; of a nested class the last part is said.
    """
    parts = [(share, classes[place]) for place, share in enumerate(shares) if share > LEAST_SHARE]
    if len(parts) == 1:
        return [parts[0][1]]
    return [f"{percent(share, 0)} {_short(name)}" for share, name in sorted(parts, reverse=True)]


def table(
    rows: Sequence[Sequence[np.ndarray]], heads: Sequence[str], captions: Sequence[Sequence[Sequence[str]]]
) -> None:
    """Draw rows of pictures under `heads`.

    Args:
        rows: Pictures, (size, size, channels) uint8.
        captions: Lines of text under each picture of each row; none where it says nothing new.
    """
    pixels = "pixels" if rows and rows[0][0].shape[0] < PIXELATED_BELOW else ""
    parts = [f'<div class="head">{html.escape(head)}</div>' for head in heads]
    for row, said in zip(rows, captions, strict=True):
        first = ", ".join(said[0])
        for picture, head, lines in zip(row, heads, said, strict=True):
            shown = "".join(f'<span title="{html.escape(line)}">{html.escape(_short(line))}</span>' for line in lines)
            alt = html.escape(", ".join([first, head, *(lines if lines is not said[0] else [])]))
            parts.append(f'<figure><img alt="{alt}" src="{address(picture)}"><figcaption>{shown}</figcaption></figure>')
    style = f"grid-template-columns: repeat({len(heads)}, minmax(0, 1fr))"
    st.html(f'{CSS}<div class="draws {pixels}" style="{style}">{"".join(parts)}</div>')


def address(picture: np.ndarray) -> str:
    """A picture, (size, size, channels) uint8, as the address of itself."""
    data, media_type = encode(from_array(picture))
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _short(name: str) -> str:
    """The last part of a nested class."""
    return name.rpartition("/")[2]


def originals(dataset: Dataset, rows: tuple[int, ...]) -> np.ndarray:
    """(n, size, size, channels) uint8."""
    return cached.pictures(dataset.reference, rows)
