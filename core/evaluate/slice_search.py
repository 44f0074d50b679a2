"""Which slices do worse than chance would explain: all of them tested at once, with one error rate for all.

Each column gives candidates: a text's values, and for numbers bands of many widths and places. How odd a candidate is,
is the hypergeometric probability of as many mistakes among as many images drawn from all. The oddest of all candidates
is compared with the oddest that there is when the mistakes are dealt out anew by chance, many times: so overlapping
bands and columns that go together count as what they are, and the chance that anything at all is found where nothing
is stays below 5 %.

Source: P. H. Westfall, S. S. Young, "Resampling-Based Multiple Testing", Wiley 1993 (single-step min-P).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.evaluate.slice_columns import Column, Part

FAMILY_WISE = 0.05
PERMUTATIONS = 999
SEED = 0
SMALLEST = 25  # images; of fewer nothing could be said
LARGEST = 0.6  # of all images; where more do worse, it is the others that do better
MOST_CELLS = 200
WIDTHS = (1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 120)  # of bands, in cells
MOST_VALUES = 1000
REACH = 12  # standard deviations; what is odder still passes anyway
TERMS = 200  # of a tail
CHUNK = 4_000_000  # numbers that are dealt out at a time
LIKE_GROUPS = 10  # at least so many groups of about one size change places with each other


@dataclass(frozen=True)
class Hit:
    """A slice that does worse than chance would explain.

    Args:
        place: The column's place.
        part: Its images.
        p: Adjusted for all that was looked at.
    """

    place: int
    part: Part
    p: float


@dataclass(frozen=True)
class Search:
    """What a search found.

    Args:
        hits: The clearest first. Each further one still does worse once the images of those before are set aside.
        looked_at: How many slices were tested.
        critical: The score, -log10 of a hypergeometric probability, that a slice must be above.
    """

    hits: tuple[Hit, ...]
    looked_at: int
    critical: float


def search(
    correct: np.ndarray,
    columns: Sequence[Column],
    groups: np.ndarray | None = None,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Search:
    """Find slices with more mistakes than chance would explain.

    Args:
        correct: (N,) bool.
        groups: (N,) equal for images that belong together: whole groups are dealt out then, so that what is alike in
            a group is not taken for many pieces of evidence, each onto one of its size or nearly.
        permutations: How often. 999 make the level of 5 % exact.

    Returns:
        No hits where nothing or everything is right, or too few images are there.
    """
    candidates = [_Candidates.of(column, len(correct)) for column in columns]
    looked_at = sum(len(one.sizes) for one in candidates)
    mistakes = ~np.asarray(correct, bool)
    if not looked_at or not mistakes.any() or mistakes.all():
        return Search((), looked_at, np.inf)
    scores = Scores(len(mistakes), int(mistakes.sum()), np.concatenate([one.sizes for one in candidates]))
    starts = np.cumsum([0, *(len(one.sizes) for one in candidates)])
    slots = [scores.slots[start:stop] for start, stop in pairwise(starts)]

    observed = [
        scores.of(one.counts(np.zeros(mistakes.sum(), np.int64), np.flatnonzero(mistakes), 1)[0], slot)
        for one, slot in zip(candidates, slots, strict=True)
    ]
    null = np.full(permutations, -np.inf)
    for which, rows, dealt in _deals(mistakes, groups, permutations, seed):
        for one, slot in zip(candidates, slots, strict=True):
            if len(one.sizes):
                oddest = scores.of(one.counts(rows, dealt, which.stop - which.start), slot).max(1)
                null[which] = np.maximum(null[which], oddest)
    return _hits(mistakes, columns, candidates, observed, np.sort(null), looked_at)


def oddity(drawn: np.ndarray, mistakes: np.ndarray, images: int, all_mistakes: int) -> np.ndarray:
    """(c,) -log10 of the chance of `mistakes` or more among `drawn` of `images`, of which `all_mistakes` are wrong.

    However small it is, where `Scores` ends at `REACH`.
    """
    from scipy.special import logsumexp

    drawn, mistakes = np.asarray(drawn)[:, None], np.asarray(mistakes)[:, None]
    x = mistakes + np.arange(TERMS)
    fits = (x <= np.minimum(drawn, all_mistakes)) & (images - all_mistakes - drawn + x >= 0)
    chance = _log_chance(np.where(fits, x, mistakes), drawn, images, all_mistakes)
    return -logsumexp(np.where(fits, chance, -np.inf), axis=1) / np.log(10)


def smallest_gap(
    drawn: int, images: int, all_mistakes: int, critical: float, power: float = 0.8, alike: float = 1.0
) -> float | None:
    """How far the share of mistakes in a slice of `drawn` images must be above the others' to be found.

    Args:
        power: How often it would be found, at least.
        alike: Images that are right or wrong together, on average.

    Returns:
        A share; None where not even all mistakes would do.
    """
    from scipy.optimize import brentq
    from scipy.stats import binom

    scores = Scores(images, all_mistakes, np.array([drawn]))
    counts = np.arange(drawn + 1)
    odd = scores.of(counts, np.zeros(drawn + 1, np.int64)) > critical
    if not odd.any() or not np.isfinite(critical):
        return None
    needed, usual = math.ceil(counts[odd][0] / alike), all_mistakes / images
    trials = max(round(drawn / alike), needed)

    def missing(gap: float) -> float:
        return float(binom.sf(needed - 1, trials, min(usual + gap, 1.0)) - power)

    return float(brentq(missing, 0.0, 1.0 - usual)) if missing(1.0 - usual) > 0 > missing(0.0) else None


class Scores:
    """How odd counts of mistakes are, for slices of given sizes, as a table: rows are sizes, columns counts.

    Args:
        images, mistakes: Of all.
        sizes: (candidates,) how many images each has.
    """

    def __init__(self, images: int, mistakes: int, sizes: np.ndarray) -> None:
        distinct, self.slots = np.unique(sizes, return_inverse=True)
        n, share = distinct[:, None].astype(np.int64), mistakes / images
        spread = np.sqrt(distinct * share * (1 - share))
        self._low = np.maximum(np.floor(distinct * share).astype(np.int64), np.maximum(0, distinct + mistakes - images))
        high = np.minimum(np.minimum(distinct, mistakes), np.ceil(distinct * share + REACH * spread + REACH)).astype(
            int
        )
        self._last = np.maximum(high - self._low, 0)
        x = self._low[:, None] + np.arange(self._last.max() + 1)
        fits = (x <= high[:, None]) & (x <= n) & (images - mistakes - n + x >= 0)
        x = np.where(fits, x, self._low[:, None])
        chance = np.exp(_log_chance(x, n, images, mistakes))
        tails = np.where(fits, chance, 0.0)[:, ::-1].cumsum(1)[:, ::-1]
        self._table = -np.log10(np.maximum(tails, 1e-300)).astype(np.float32)
        self._width = self._table.shape[1]
        self._flat = self._table.ravel()

    def of(self, counts: np.ndarray, slots: np.ndarray) -> np.ndarray:
        """(…, candidates) float32 scores of (…, candidates) counts of mistakes; below the average all are alike."""
        place = counts - self._low[slots]
        np.clip(place, 0, self._last[slots], out=place)
        place += slots * self._width
        return self._flat[place]


def _log_chance(x: np.ndarray, drawn: np.ndarray, images: int, mistakes: int) -> np.ndarray:
    """Logarithm of the hypergeometric probability of `x`; by a table of factorials, as SciPy's own is slow for millions."""
    from scipy.special import gammaln

    logs = gammaln(np.arange(images + 1) + 1.0)

    def choose(of: np.ndarray | int, some: np.ndarray) -> np.ndarray:
        return logs[of] - logs[some] - logs[of - some]

    return choose(mistakes, x) + choose(images - mistakes, drawn - x) - choose(images, drawn)


@dataclass(frozen=True)
class _Candidates:
    """The slices of one column: runs of cells, which part the images.

    Args:
        cells: (N,) the cell of each image; the last one for what is not known.
        lows, highs: (cells,) least and largest value of each; the text, twice, of a column of texts.
        starts, stops, sizes: (candidates,) cells from start to before stop, and the images in them.
    """

    cells: np.ndarray
    lows: np.ndarray
    highs: np.ndarray
    starts: np.ndarray
    stops: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, column: Column, images: int) -> _Candidates:
        cells, lows, highs = _bands(column.values) if column.is_number else _texts(column.values)
        sizes = np.bincount(cells, minlength=len(lows) + 1)[: len(lows)]
        widths = [width for width in (WIDTHS if column.is_number else (1,)) if width <= len(lows)]
        pairs = [
            (start, start + width) for width in widths for start in range(0, len(lows) - width + 1, max(width // 8, 1))
        ]
        starts, stops = np.array(pairs, np.int64).reshape(-1, 2).T
        up_to = np.concatenate([[0], sizes.cumsum()])
        total = up_to[stops] - up_to[starts]
        fits = (total >= SMALLEST) & (total <= LARGEST * images)
        return cls(cells, lows, highs, starts[fits], stops[fits], total[fits])

    def counts(self, rows: np.ndarray, dealt: np.ndarray, count: int) -> np.ndarray:
        """(count, candidates) int64: how many of the images that are dealt to each of `count` rows are in each."""
        width = len(self.lows) + 1
        each = np.bincount(rows * width + self.cells[dealt], minlength=count * width).reshape(count, width)
        up_to = np.concatenate([np.zeros((count, 1), np.int64), each.cumsum(1)], axis=1)
        return up_to[:, self.stops] - up_to[:, self.starts]

    def part(self, number: int, column: Column) -> Part:
        low, high = self.lows[self.starts[number]], self.highs[self.stops[number] - 1]
        return Part(column.key, low=float(low), high=float(high)) if column.is_number else Part(column.key, str(low))

    def members(self, number: int) -> np.ndarray:
        return (self.cells >= self.starts[number]) & (self.cells < self.stops[number])


def _bands(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells of about equally many images; equal values are in one."""
    known = np.flatnonzero(~np.isnan(values))
    ranked = np.sort(values[known])
    most = max(min(MOST_CELLS, len(known) // SMALLEST), 1)
    wanted = np.searchsorted(ranked, values[known], "left") * most // max(len(known), 1)
    _, places = np.unique(wanted, return_inverse=True)
    count = int(places.max(initial=-1)) + 1
    cells = np.full(len(values), count)
    cells[known] = places
    lows, highs = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(lows, places, values[known])
    np.maximum.at(highs, places, values[known])
    return cells, lows, highs


def _texts(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A cell for each value, of many the most frequent."""
    names, places, counts = np.unique(values.astype(str), return_inverse=True, return_counts=True)
    order = [place for place in np.argsort(-counts, kind="stable") if names[place]][:MOST_VALUES]
    cell_of = np.full(len(names), len(order))
    cell_of[order] = np.arange(len(order))
    return cell_of[places], names[order], names[order]


def _deals(
    mistakes: np.ndarray, groups: np.ndarray | None, permutations: int, seed: int
) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Of each chunk of permutations: which ones, and of each mistake which of them it is in and which image is wrong."""
    random = np.random.default_rng(seed)
    images, wrong = len(mistakes), int(mistakes.sum())
    deal = None if groups is None else _GroupDeal(mistakes, groups)
    chunk = max(CHUNK // images, 1)
    for first in range(0, permutations, chunk):
        count = min(chunk, permutations - first)
        if deal is not None:
            rows, dealt = deal.draw(random, count)
        else:
            rows = np.repeat(np.arange(count), wrong)
            dealt = np.concatenate([random.choice(images, wrong, replace=False, shuffle=False) for _ in range(count)])
        yield slice(first, first + count), rows, dealt


class _GroupDeal:
    """Gives each group the answers of another group of its size, or nearly: as many as it has images, again from the
    first where the other has fewer.
    """

    def __init__(self, mistakes: np.ndarray, groups: np.ndarray) -> None:
        _, of_image, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        by_size = np.argsort(sizes, kind="stable")
        rank = np.empty_like(by_size)
        rank[by_size] = np.arange(len(by_size))
        self._sizes = sizes[by_size]
        self._stratum = np.zeros(len(sizes))
        begin = 0
        for place in range(1, len(sizes)):
            grown = self._sizes[place] > self._sizes[place - 1]
            if grown and place - begin >= LIKE_GROUPS and len(sizes) - place >= LIKE_GROUPS:
                begin = place
            self._stratum[place] = begin
        self._order = np.argsort(rank[of_image], kind="stable")  # the images, group by group
        self._group = rank[of_image][self._order]
        self._starts = self._sizes.cumsum() - self._sizes
        self._within = np.arange(len(mistakes)) - self._starts[self._group]
        self._mistakes = mistakes[self._order]

    def draw(self, random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        keys = self._stratum + random.random((count, len(self._sizes)))
        other = np.argsort(keys, axis=1)[:, self._group]
        rows, places = np.nonzero(self._mistakes[self._starts[other] + self._within % self._sizes[other]])
        return rows, self._order[places]


def _hits(
    mistakes: np.ndarray,
    columns: Sequence[Column],
    candidates: Sequence[_Candidates],
    observed: Sequence[np.ndarray],
    null: np.ndarray,
    looked_at: int,
) -> Search:
    """What passes, without what only shares images with a clearer one."""
    permutations = len(null)
    allowed = int(FAMILY_WISE * (permutations + 1)) - 1  # how many chance results may be as odd
    critical = float(null[permutations - allowed - 1])
    passing: list[tuple[float, int, int]] = []
    for place, (one, values) in enumerate(zip(candidates, observed, strict=True)):
        numbers = np.flatnonzero(values > critical)
        wrong_of = one.counts(np.zeros(mistakes.sum(), np.int64), np.flatnonzero(mistakes), 1)[0][numbers]
        odd = oddity(one.sizes[numbers], wrong_of, len(mistakes), int(mistakes.sum()))
        passing += zip(odd.tolist(), [place] * len(numbers), numbers.tolist(), strict=True)
    hits: list[Hit] = []
    covered = np.zeros(len(mistakes), bool)
    taken: list[tuple[int, int, int]] = []
    for _, place, number in sorted(passing, key=lambda one: -one[0]):
        one = candidates[place]
        start, stop = int(one.starts[number]), int(one.stops[number])
        if any(place == other and start < until and stop > since for other, since, until in taken):
            continue
        members = one.members(number)
        left = members & ~covered
        if hits:
            size = int(left.sum())
            if size < SMALLEST or 2 * size < members.sum():
                continue
            rest, wrong = int((~covered).sum()), int(mistakes[~covered].sum())
            if oddity(np.array([size]), np.array([mistakes[left].sum()]), rest, wrong)[0] <= critical:
                continue
        as_odd = permutations - np.searchsorted(null, float(observed[place][number]), "left")
        hits.append(Hit(place, one.part(number, columns[place]), float(1 + as_odd) / (permutations + 1)))
        taken.append((place, start, stop))
        covered |= members
    return Search(tuple(hits), looked_at, critical)
