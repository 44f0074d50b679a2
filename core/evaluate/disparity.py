"""How much results differ between the parts of a column, say cameras, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.evaluate.intervals import LEVEL
from core.evaluate.shares import ENOUGH, Shares, shares_of
from core.evaluate.slice_columns import Column, Part, in_words

BANDS = ((500, 10), (100, 5), (0, 2))  # from so many images on, a column of numbers is looked at in so many bands
MOST_PARTS = 40


@dataclass(frozen=True)
class Rate:
    """The share of one part's images that are answered well.

    Args:
        part: Its images.
        where: It in words.
        n: How many.
        good: How many of them are.
        share: good / n.
        low, high: 95 % interval.
    """

    part: Part
    where: str
    n: int
    good: int
    share: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        value = {name: item for name, item in asdict(self).items() if name not in ("part", "low", "high")}
        return {"key": self.part.key, **value, "ci95": [self.low, self.high]}


@dataclass(frozen=True)
class Gap:
    """How far one part is under others.

    Args:
        worse, better: Words for both.
        difference: better - worse, shares; above 0.
        low, high: Its 95 % interval, which allows for the choice of the largest of several.
        chosen_of: How many differences it is the largest of.
    """

    worse: str
    better: str
    difference: float
    low: float
    high: float
    chosen_of: int

    @property
    def may_be_chance(self) -> bool:
        """Whether no difference at all would explain it too."""
        return self.low <= 0

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        value = {name: item for name, item in asdict(self).items() if name not in ("low", "high")}
        return {**value, "ci95": [self.low, self.high], "may_be_chance": self.may_be_chance}


@dataclass(frozen=True)
class Disparity:
    """What a column's parts differ by.

    Args:
        rates: One a part that has images, in order of the numbers, else the worst first.
        left: How many more parts there are; only the `MOST_PARTS` largest of them are looked at.
        under_rest: How far the worst part is under all other images; None where there is only one.
        largest: Between the worst and the best part; None likewise.
        by_group: Whether images of one group counted as one where they are alike.

    A part takes part in a gap from `ENOUGH` images on; of groups, from as many independent ones on.
    """

    rates: tuple[Rate, ...]
    left: int
    under_rest: Gap | None
    largest: Gap | None
    by_group: bool = False

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {
            "parts": [rate.to_json() for rate in self.rates],
            "more_parts": self.left,
            "under_rest": self.under_rest and self.under_rest.to_json(),
            "largest_gap": self.largest and self.largest.to_json(),
        }


def disparity(
    good: np.ndarray, column: Column, groups: np.ndarray | None = None, among: np.ndarray | None = None
) -> Disparity:
    """Rates and gaps of a column's parts.

    Args:
        good: (N,) bool, say whether each answer is right.
        groups: (N,) equal for images that belong together; their likeness widens the intervals.
        among: (N,) bool, the only images that count, say those of one class. Bands are those of all images.

    Gaps have Newcombe's interval at a level that is Bonferroni's for the choice of the largest.
    Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of
    eleven methods", Statistics in Medicine 17 (1998), method 10.
    """
    counted = np.ones(len(good), bool) if among is None else among
    every = parts_of(column)
    place = np.where(counted, places_of(column, every), -1)
    sizes = np.bincount(place[place >= 0], minlength=len(every))
    chosen = np.sort(np.argsort(-sizes, kind="stable")[: min(MOST_PARTS, int((sizes > 0).sum()))])
    left, kept = int((sizes > 0).sum()) - len(chosen), [every[number] for number in chosen]
    code_of = np.full(len(every) + 1, -1)
    code_of[chosen] = np.arange(len(chosen))
    codes = code_of[place]  # -1 names the last, which is -1
    found = shares_of(good, codes, len(kept), groups)
    ends = found.interval()
    rates = [
        Rate(part, in_words(part, column), int(n), int(hits), float(hits / n), float(low), float(high))
        for part, n, hits, (low, high) in zip(kept, found.images, found.right, ends, strict=True)
    ]
    gaps = _gaps(good, codes, rates, found, groups)
    if not column.is_number:
        rates.sort(key=lambda rate: (rate.share, -rate.n))
    return Disparity(tuple(rates), left, *gaps, found.error is not None)


def parts_of(column: Column) -> list[Part]:
    """A text's values; of numbers tenths of the images, fifths or halves where there are few, or single values."""
    if not column.is_number:
        return [Part(column.key, str(value)) for value in np.unique(column.values.astype(str)) if value]
    known = np.sort(column.values[~np.isnan(column.values)])
    distinct = np.unique(known)
    bands = next(bands for least, bands in BANDS if len(known) >= least)
    if len(distinct) <= bands:
        return [Part(column.key, low=float(value), high=float(value)) for value in distinct]
    cells = np.searchsorted(known, known, "left") * bands // len(known)  # equal values are in one band
    return [
        Part(column.key, low=float(known[cells == cell][0]), high=float(known[cells == cell][-1]))
        for cell in np.unique(cells)
    ]


def places_of(column: Column, parts: Sequence[Part]) -> np.ndarray:
    """(N,) which of the parts, as `parts_of` gives them, each image is in; -1 for none."""
    if not column.is_number:
        number_of = {part.value: number for number, part in enumerate(parts)}
        return np.array([number_of.get(value, -1) for value in column.values], np.int64)
    lows, highs = np.array([part.low for part in parts]), np.array([part.high for part in parts])
    place = np.searchsorted(lows, column.values, "right") - 1
    return np.where((place >= 0) & (column.values <= np.append(highs, -np.inf)[place]), place, -1)


def newcombe(worse: Shares, better: Shares, level: float = LEVEL) -> tuple[float, float]:
    """Newcombe's interval of better - worse, each the first of its shares, and as many images as that is worth."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    (good_a, n_a), (good_b, n_b) = (
        (one.right[0] / (one.images[0] / worth), worth) for one in (worse, better) for worth in one.worth(level)[:1]
    )
    low, high = confint_proportions_2indep(good_b, n_b, good_a, n_a, method="newcomb", compare="diff", alpha=1 - level)
    return float(low), float(high)


def _gaps(
    good: np.ndarray,
    codes: np.ndarray,
    rates: Sequence[Rate],
    found: Shares,
    groups: np.ndarray | None,
) -> tuple[Gap | None, Gap | None]:
    large = np.flatnonzero(found.independent >= ENOUGH).tolist()
    if len(large) < 2:
        return None, None
    worst = min(large, key=lambda place: (rates[place].share, -rates[place].n))
    best = max(large, key=lambda place: (rates[place].share, rates[place].n))
    rest = shares_of(good, np.where((codes >= 0) & (codes != worst), 0, -1), 1, groups)
    below = found.of(worst)

    def gap(better: str, above: Shares, chosen_of: int) -> Gap:
        low, high = newcombe(below, above, 1 - (1 - LEVEL) / chosen_of)
        difference = float(above.share[0] - below.share[0])
        return Gap(rates[worst].where, better, difference, low, high, chosen_of)

    under_rest = gap("the rest", rest, len(large))
    pairs = len(large) * (len(large) - 1) // 2
    return under_rest, gap(rates[best].where, found.of(best), pairs) if best != worst else None
