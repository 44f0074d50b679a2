"""Which images do worse than the rest, found by themselves, and results by any column: each leads to its images."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.evaluate.evaluation import evaluation_folder
from core.evaluate.slice_columns import Column, Part, Sliceable, in_words, part_of
from core.evaluate.slices import Slices
from pages.evaluate_parts import pictures, slice_bands, slice_findings
from pages.evaluate_parts.asked import Answered
from pages.shared import cached, state
from pages.shared.cached import workspace
from pages.shared.messages import count, plain

SHORT = 12  # letters of a class name that leave something of the picture to be seen


def show(answered: Answered) -> None:
    """Findings and results by a column left, the images of the slice in hand right."""
    folder = evaluation_folder(workspace(), answered.asked.run, answered.asked.reference, answered.asked.split)
    key = (answered.asked.run.id, answered.asked.reference, answered.asked.split)
    made_at = (folder / "metrics.json").stat().st_mtime
    images = cached.sliceable(*key, made_at)
    with st.spinner("Looking for slices that do worse"):
        found = cached.slices(*key, made_at)
    left, right = st.columns([6, 5], gap="large")
    with left:
        slice_findings.show(answered, found)
        slice_bands.show(answered, images, found)
    with right:
        _images(answered, images, found)


def _images(answered: Answered, images: Sliceable, found: Slices) -> None:
    part, column = _in_hand(images, found)
    if part is None or column is None:
        st.caption("Click a dot to see its images, mistakes first.")
        return
    table = answered.table[part.of(column)]
    if table.empty:
        st.caption("No image is in that slice.")
        return
    wrong = (table["label"].astype(str) != table["predicted"].astype(str)).to_numpy()
    sure = table["probability"].to_numpy()
    # the surest mistakes first, then what was right, the least sure first
    rows = table.iloc[np.lexsort((np.where(wrong, -sure, sure), ~wrong))]
    where = in_words(part, column)
    st.markdown(f"**{plain(where[:1].upper() + where[1:])}**")
    st.markdown(f"{count(int(wrong.sum()))} of {count(len(rows), 'images', 'image')} named wrong, those first")
    short = max(map(len, images.classes)) <= SHORT
    pictures.show(answered, rows, f"slice_{answered.asked.key}_{part.key}", captions=short)


def _in_hand(images: Sliceable, found: Slices) -> tuple[Part | None, Column | None]:
    key = state.here("slice") or (found.found[0].key if found.found else "")
    part = part_of(key, images.columns)
    return part, images.column(part.column) if part else None
