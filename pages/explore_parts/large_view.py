"""One picture at true pixels, with facts and its neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import Dataset
from pages.explore_parts import alike, finding_of_one
from pages.explore_parts.findings import Kind
from pages.shared import cached, edit_one, edit_pending, state
from pages.shared import large_view as shared
from pages.shared.addresses import picture_url
from pages.shared.messages import SPLIT_WORDS, count, plain, size

AT, AMONG = "explore_at", "explore_among"
OPEN = "image"
MOST_COPIES = 5
MODES = {
    "1": "black and white",
    "L": "grey",
    "LA": "grey with transparency",
    "I;16": "grey, 16 bits",
    "I;16B": "grey, 16 bits",
    "P": "colour, palette",
    "RGB": "colour",
    "RGBA": "colour with transparency",
    "CMYK": "colour, CMYK",
}


def open_if_asked(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray) -> None:
    """Open the picture that the address names by its row, once; it leads on through `rows`, if it is one of them."""
    row = state.integer_here(OPEN, len(index))
    state.set_here(OPEN, None)
    if row is not None:
        rows = rows if row in rows else np.arange(len(index))
        open_at(dataset, index, rows, int(np.flatnonzero(rows == row)[0]))


def open_at(
    dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, position: int, finding: Kind | None = None
) -> None:
    """Open the picture at `rows[position]`; previous and next go through `rows`.

    Args:
        finding: Why they are looked at: the reason and the others of its group stand below.
    """
    shared.begin(AT, position)
    state.forget(AMONG)
    _dialog(dataset, index, rows, finding)


@st.dialog("Picture", width="large", on_dismiss="rerun")
def _dialog(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, finding: Kind | None) -> None:
    rows = state.get(AMONG, rows)
    position = shared.position(AT, len(rows))
    row = int(rows[position])
    facts = index.iloc[row]
    picture, beside = st.columns([5, 3], gap="medium")
    with picture:
        if (frames := cached.frames(dataset.reference, row, facts["sha256"])) > 1:
            st.caption(f"The first of {count(frames, 'frames')}. Only that one is used.")
        src = picture_url(dataset.reference, row, facts["sha256"])
        shared.picture("explore_large", src, f"{facts['path']}, {facts['label']}")
    with beside:
        if can_edit := edit_pending.can_edit(dataset):
            edit_one.show(dataset, index, row)
        _facts(index, row, facts, with_class=not can_edit)
    shared.steps(AT, len(rows))
    like = finding_of_one.show(dataset, index, rows, row, finding) if finding else None
    if like := like or alike.show(dataset, index, row, lambda: state.set_here(OPEN, str(row))):
        among, position = like
        state.put(AMONG, among)
        shared.begin(AT, position)
        st.rerun(scope="fragment")


def _facts(index: pd.DataFrame, row: int, facts: pd.Series, with_class: bool) -> None:
    colour = MODES.get(facts["mode"], facts["mode"])
    lines = {"Class": facts["label"], "Split": SPLIT_WORDS[facts["split"]]} if with_class else {}
    lines |= {
        "Size": f"{facts['width']:,} × {facts['height']:,} pixels, {colour}",
        "File": size(facts["size_bytes"]),
        "Path": facts["path"],
    }
    for name, value in lines.items():
        st.markdown(f":small[{name}]  \n**{plain(str(value))}**" if name == "Class" else _line(name, str(value)))
    copies = index.index[(index["sha256"] == facts["sha256"]).to_numpy()].drop(row)
    if len(copies):
        shown = index.loc[copies[:MOST_COPIES]]
        where = [
            f"{path} ({label}, {SPLIT_WORDS[split]})"
            for path, label, split in zip(shown["path"], shown["label"], shown["split"], strict=True)
        ]
        more = f" and {len(copies) - MOST_COPIES:,} more" if len(copies) > MOST_COPIES else ""
        st.markdown(_line("The same picture again", ", ".join(where) + more))


def _line(name: str, value: str) -> str:
    return f":small[{name}]  \n{plain(value)}"
