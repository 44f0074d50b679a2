"""The mistakes that the model was surest of."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.evaluate_parts import pictures
from pages.evaluate_parts.asked import Answered
from pages.shared import cached
from pages.shared.messages import count


def show(answered: Answered) -> None:
    """All mistakes, the surest first."""
    table = answered.table
    wrong = table[table["label"].astype(str) != table["predicted"].astype(str)]
    if wrong.empty:
        learnt = " It learnt them, those with a wrong label too: look for these among the others."
        st.info(
            f"No mistake on these {count(len(table), 'images', 'image')}.{learnt if answered.asked.split == 'train' else ''}"
        )
        return
    wrong = wrong.sort_values("probability", ascending=False, kind="stable")
    st.markdown(
        f"{count(len(wrong))} of {count(len(table), 'images', 'image')} named wrong, the surest first. "
        "Sure and wrong often means a wrong label, or something that the model has not seen."
        f"{_alike(answered, wrong)}"
    )
    pictures.show(answered, wrong, f"mistakes_{answered.asked.key}", tile_size=116, captions=True)


def _alike(answered: Answered, wrong: pd.DataFrame) -> str:
    """How many of the mistakes are one thing over again; "" where none is, or the data was deleted."""
    dataset = answered.asked.dataset
    if dataset is None:
        return ""
    again = cached.copies_among(dataset.reference, tuple(wrong["row"].tolist()))
    return f" {count(again)} of them are copies or near copies of each other." if again else ""
