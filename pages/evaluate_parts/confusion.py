"""The tab Confusion: the matrix or the pairs left, the images of what is in hand right.

What is chosen is in the address: the cell (`cell`, `both`), and by Streamlit's binding the choices of each part.
"""

from __future__ import annotations

import streamlit as st

from pages.evaluate_parts import confusion_images, confusion_matrix, confusion_pairs
from pages.evaluate_parts.asked import Answered
from pages.evaluate_parts.confusion_hand import in_hand

MATRIX, PAIRS = "Matrix", "Most confused pairs"


def show(answered: Answered) -> None:
    """Draw the tab."""
    hand = in_hand(answered)
    left, right = st.columns([6, 5], gap="large")
    with left:
        view = st.segmented_control(
            "View",
            [MATRIX, PAIRS],
            default=MATRIX,
            required=True,
            key="confusion",
            bind="query-params",
            label_visibility="collapsed",
        )
        if view == PAIRS:
            confusion_pairs.show(answered, hand)
        else:
            confusion_matrix.show(answered, hand)
    with right:
        confusion_images.show(answered, hand)
