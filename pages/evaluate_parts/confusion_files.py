"""The confusion matrix to take away: all of it as CSV, what is shown as PNG."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.evaluate.confusion import as_table
from core.evaluate.confusion_picture import Inks, draw
from core.spreadsheet import safe_csv
from pages.evaluate_parts.asked import Answered
from pages.evaluate_parts.confusion_choices import Choices
from pages.evaluate_parts.confusion_hand import counts
from pages.shared.charts import palette
from pages.shared.messages import count, percent_with_interval


def show(answered: Answered, choices: Choices, rows: np.ndarray, columns: np.ndarray) -> None:
    """Two buttons. Both files have the counts or shares and the order that are shown."""
    asked, matrix, classes = answered.asked, counts(answered), answered.evaluation.classes
    name = f"{asked.run.name or asked.run.id} {asked.reference} {asked.split} confusion"
    title, subtitle = asked.run.title, _subtitle(answered, choices)
    colours = palette()
    inks = Inks(colours.accent, colours.text, colours.muted, colours.line, colours.ground)
    with st.container(horizontal=True):
        st.download_button(
            "Matrix as CSV",
            lambda: safe_csv(as_table(matrix, classes, choices.order, choices.by)),
            f"{name}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="All classes, a row a true class, in the order that is shown.",
            key=f"matrix_csv_{asked.key}",
        )
        st.download_button(
            "Matrix as PNG",
            lambda: draw(matrix, classes, rows, columns, choices.by, title, subtitle, inks),
            f"{name}.png",
            "image/png",
            icon=":material/image:",
            on_click="ignore",
            help="The classes that are shown, as a picture for a report.",
            key=f"matrix_png_{asked.key}",
        )


def _subtitle(answered: Answered, choices: Choices) -> str:
    figures, asked = answered.evaluation.figures, answered.asked
    name, _, version = asked.reference.rpartition("@")
    images = count(figures["n"], f"{asked.split_word} images", f"{asked.split_word} image")
    right = f"{percent_with_interval(figures['accuracy'], figures['accuracy_ci95'])} right"
    order = " · classes by similarity" if choices.similar else ""
    return f"{name}, version {version} · {images} · {right}{order}"
