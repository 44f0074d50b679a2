"""Which cell of the confusion is in hand, and how a chart that was clicked stays the same chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from core.evaluate.confusion import mistakes
from pages.evaluate_parts.asked import Answered
from pages.shared import cached, state


class Hand(NamedTuple):
    """A cell, or with `both` the pair of cells of two classes that are taken for each other."""

    true: str
    predicted: str
    both: bool = False

    @property
    def cells(self) -> list[tuple[str, str]]:
        """(true, predicted) of its cell or cells."""
        return [(self.true, self.predicted), *([(self.predicted, self.true)] if self.both else [])]


class Mark(NamedTuple):
    """What a drawn chart started with: the how manieth it is, how it looks, which cell it marks."""

    number: int
    look: str
    hand: Hand | None


def counts(answered: Answered) -> np.ndarray:
    """(classes, classes) int64, the confusion matrix. Shared: do not change it."""
    asked = answered.asked
    return cached.confusion(asked.run.id, asked.reference, asked.split, answered.made_at)


def in_hand(answered: Answered) -> Hand:
    """The cell last chosen; else that of the address; else the most frequent mistake; else the most frequent class.

    The address alone would not do: a second click can come before the browser has heard of the first.
    """
    name, usual = f"cell_{answered.asked.key}", _most_frequent(answered)
    cell = named(state.here("cell"), answered.evaluation.classes)
    hand = state.get(name, None) or (Hand(*cell, both=state.here("both") == "1") if cell else usual)
    if hand.true == hand.predicted:
        hand = hand._replace(both=False)
    state.put(name, hand)
    state.set_here("cell", f"{hand.true}|{hand.predicted}" if hand[:2] != usual[:2] else None)
    state.set_here("both", "1" if hand.both else None)
    return hand


def take(answered: Answered, hand: Hand) -> None:
    """Take another cell in hand, in a callback."""
    state.put(f"cell_{answered.asked.key}", hand)


def mark(answered: Answered, chart: str, look: str, hand: Hand) -> Mark:
    """The cell that a chart starts with.

    A click is marked by the chart itself, which then must stay the same chart; only when the cell came from
    elsewhere, or the chart looks different, is it a new one.
    """
    name = f"{chart}_{answered.asked.key}"
    found = state.get(f"mark_{name}", Mark(0, "", None))
    shows = state.get(f"clicked_{name}", found.hand)
    if found.look != look or shows != hand:
        found = Mark(found.number + 1, look, hand)
        state.put(f"mark_{name}", found)
        state.forget(f"clicked_{name}")
    return found


def chart_key(answered: Answered, chart: str, drawn: Mark) -> str:
    """The key of the chart that `drawn` is of."""
    return f"{chart}_{answered.asked.key}_{drawn.number}"


def on_click(answered: Answered, chart: str, drawn: Mark, both: bool = False) -> Callable[[], None]:
    """What a click in the chart does: its cell is in hand."""

    def clicked() -> None:
        found = state.get(chart_key(answered, chart, drawn), {}).get("selection", {}).get("cell", [])
        if found and {"true", "predicted"} <= set(found[0]):
            hand = Hand(found[0]["true"], found[0]["predicted"], both)
            state.put(f"clicked_{chart}_{answered.asked.key}", hand)
            take(answered, hand)

    return clicked


def named(text: str | None, classes: tuple[str, ...]) -> tuple[str, str] | None:
    """The two classes of "one|other"; None if there are no such. Names may hold a | themselves."""
    parts, known = (text or "").split("|"), set(classes)
    cuts = (("|".join(parts[:place]), "|".join(parts[place:])) for place in range(1, len(parts)))
    return next((cut for cut in cuts if set(cut) <= known), None)


def _most_frequent(answered: Answered) -> Hand:
    matrix = counts(answered)
    wrong = mistakes(matrix)
    best = wrong if wrong.any() else matrix
    true, predicted = np.unravel_index(best.argmax(), best.shape)
    return Hand(answered.evaluation.classes[true], answered.evaluation.classes[predicted])
