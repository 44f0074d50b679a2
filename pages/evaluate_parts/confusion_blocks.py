"""Many classes as blocks of neighbours: the mistakes between blocks, and two blocks opened by a click."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from core.evaluate.confusion import mistakes
from core.evaluate.similarity import summed
from pages.evaluate_parts.asked import Answered
from pages.evaluate_parts.confusion_cells import block_cells
from pages.evaluate_parts.confusion_chart import heat
from pages.evaluate_parts.confusion_choices import Choices
from pages.evaluate_parts.confusion_hand import counts, named
from pages.shared import cached, state
from pages.shared.charts import palette
from pages.shared.messages import plain

SMALLEST, LARGEST = 8, 40
NAMED = 2
CLOSED = ("", "")


def opened(answered: Answered, choices: Choices) -> tuple[np.ndarray, np.ndarray] | None:
    """The rows and columns of the two blocks that were opened, with a button that closes them; None if there are none."""
    pair = _in_hand(answered)
    if pair == CLOSED:
        return None
    blocks, place = _blocks(answered, choices), answered.evaluation.classes.index
    rows, columns = (next(block for block in blocks if place(name) in block) for name in pair)
    names = [_name(answered, block) for block in (rows, columns)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("All blocks", icon=":material/arrow_back:", on_click=_open, args=(answered, CLOSED))
        same = rows[0] == columns[0]
        st.markdown(plain(names[0] if same else f"{names[0]} named {names[1]}"))
    return rows, columns


def show(answered: Answered, choices: Choices) -> None:
    """The mistakes between all blocks; a click opens two."""
    matrix, blocks = counts(answered), _blocks(answered, choices)
    names = [_name(answered, block) for block in blocks]
    table = block_cells(summed(mistakes(matrix), blocks, blocks), matrix, blocks, names, choices.by)
    key = f"blocks_{answered.asked.key}_{choices.by}_{choices.similar}"

    def clicked() -> None:
        found = state.get(key, {}).get("selection", {}).get("cell", [])
        if found and {"true", "predicted"} <= set(found[0]):
            firsts = (blocks[names.index(found[0][side])][0] for side in ("true", "predicted"))
            _open(answered, tuple(answered.evaluation.classes[first] for first in firsts))

    st.altair_chart(
        heat(table, names, names, [], palette()),
        width="stretch",
        key=key,
        on_select=clicked,
        selection_mode="cell",
        alt=f"Mistakes between {len(blocks)} blocks of classes. The lists beside it choose a cell of classes by keyboard.",
    )
    kind = "similar classes" if choices.similar else "neighbouring classes"
    st.caption(
        f"{len(matrix):,} classes in {len(blocks)} blocks of {kind}. Each cell counts the mistakes between two blocks, "
        "on the diagonal those within one. Click one to open it."
    )


def _blocks(answered: Answered, choices: Choices) -> list[np.ndarray]:
    asked = answered.asked
    most = min(max(math.ceil(1.3 * math.sqrt(len(choices.order))), SMALLEST), LARGEST)
    return cached.class_blocks(asked.run.id, asked.reference, asked.split, answered.made_at, choices.similar, most)


def _name(answered: Answered, block: np.ndarray) -> str:
    """The classes in it that take part in most mistakes with each other, and how many more there are."""
    within = mistakes(counts(answered)[np.ix_(block, block)])
    worst = np.argsort(-(within.sum(0) + within.sum(1)), kind="stable")[:NAMED]
    words = ", ".join(answered.evaluation.classes[place] for place in block[np.sort(worst)])
    return f"{words} +{len(block) - NAMED}" if len(block) > NAMED else words


def _in_hand(answered: Answered) -> tuple[str, str]:
    name = f"block_{answered.asked.key}"
    pair = state.get(name, None) or named(state.here("block"), answered.evaluation.classes) or CLOSED
    _open(answered, pair)
    return pair


def _open(answered: Answered, pair: tuple[str, str]) -> None:
    state.put(f"block_{answered.asked.key}", pair)
    state.set_here("block", None if pair == CLOSED else "|".join(pair))
