"""How much results differ between the parts of a column, say cameras, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.evaluate.slice_columns import Column, Part, in_words

LEVEL = 0.95
BANDS = ((500, 10), (100, 5), (0, 2))  # from so many images on, a column of numbers is looked at in so many bands
MOST_PARTS = 40
ENOUGH = 10  # images; a part of fewer takes no part in a gap


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
    """

    rates: tuple[Rate, ...]
    left: int
    under_rest: Gap | None
    largest: Gap | None

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
    n, hits, effect = counts_of(good, codes, len(kept), groups)
    low, high = wilson(hits, n, effect)
    rates = [
        Rate(part, in_words(part, column), *map(int, (n[i], hits[i])), *map(float, (hits[i] / n[i], low[i], high[i])))
        for i, part in enumerate(kept)
    ]
    gaps = _gaps(good, codes, rates, n, hits, effect, groups)
    if not column.is_number:
        rates.sort(key=lambda rate: (rate.share, -rate.n))
    return Disparity(tuple(rates), left, *gaps)


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


def counts_of(
    good: np.ndarray, codes: np.ndarray, parts: int, groups: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(parts,) images, good ones, and the design effect: how many images of a part tell as much as one that stands alone.

    Without groups it is 1. With groups it is the variance of the share, each group being one draw, over the variance of as
    many independent images, but 1 at least; where all are alike, images per group.
    Source: E. L. Korn, B. I. Graubard, "Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data", Survey Methodology 24 (1998).

    Args:
        codes: (N,) the part of each image, -1 for none.
    """
    inside = codes >= 0
    n = np.bincount(codes[inside], minlength=parts)
    hits = np.bincount(codes[inside], weights=good[inside], minlength=parts).round().astype(np.int64)
    effect = np.ones(parts)
    if groups is None:
        return n, hits, effect
    _, of_group = np.unique(groups, return_inverse=True)
    pairs, places = np.unique(codes[inside] * (of_group.max(initial=0) + 1) + of_group[inside], return_inverse=True)
    part_of_pair = pairs // (of_group.max(initial=0) + 1)
    in_part = np.bincount(part_of_pair, minlength=parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / n
        off = np.bincount(places, weights=good[inside] - share[codes[inside]])
        between = np.bincount(part_of_pair, weights=off**2, minlength=parts) * in_part / (in_part - 1)
        effect = np.where(
            (share > 0) & (share < 1) & (in_part > 1), between / (n * share * (1 - share)), n / np.maximum(in_part, 1)
        )
    return n, hits, np.maximum(np.nan_to_num(effect, nan=1.0), 1.0)


def wilson(good: np.ndarray, n: np.ndarray, effect: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of shares, of n / effect images."""
    from statsmodels.stats.proportion import proportion_confint

    return proportion_confint(good / effect, n / effect, 1 - level, method="wilson")


def newcombe(worse: Sequence[float], better: Sequence[float], level: float = LEVEL) -> tuple[float, float]:
    """Newcombe's interval of better - worse, each (good, images, effect)."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    (good_a, n_a, effect_a), (good_b, n_b, effect_b) = worse, better
    low, high = confint_proportions_2indep(
        good_b / effect_b, n_b / effect_b, good_a / effect_a, n_a / effect_a,
        method="newcomb", compare="diff", alpha=1 - level,
    )  # fmt: skip
    return float(low), float(high)


def _gaps(
    good: np.ndarray,
    codes: np.ndarray,
    rates: Sequence[Rate],
    n: np.ndarray,
    hits: np.ndarray,
    effect: np.ndarray,
    groups: np.ndarray | None,
) -> tuple[Gap | None, Gap | None]:
    large = [place for place, rate in enumerate(rates) if rate.n >= ENOUGH]
    if len(large) < 2:
        return None, None
    worst = min(large, key=lambda place: (rates[place].share, -rates[place].n))
    best = max(large, key=lambda place: (rates[place].share, rates[place].n))
    counted = codes >= 0
    rest = counts_of(good, np.where(counted, np.where(codes == worst, -1, 0), -1), 1, groups)
    below = hits[worst], n[worst], effect[worst]

    def gap(better: str, above: Sequence[float], chosen_of: int) -> Gap:
        low, high = newcombe(below, above, 1 - (1 - LEVEL) / chosen_of)
        difference = float(above[0] / above[1] - below[0] / below[1])
        return Gap(rates[worst].where, better, difference, low, high, chosen_of)

    under_rest = gap("the rest", (rest[1][0], rest[0][0], rest[2][0]), len(large))
    pairs = len(large) * (len(large) - 1) // 2
    return under_rest, gap(rates[best].where, (hits[best], n[best], effect[best]), pairs) if best != worst else None
