"""Near copies: the same picture saved anew, resized, or cropped a little.

First hashes say which pairs to look at (`hamming`), without comparing each with each; then the pictures themselves say
which of those are alike (`alikeness`), also without what their class or set shares (`template`). Only as many pairs are looked at as
it takes to join a group, whose pictures are all alike to one of them (`stars`).

There are two hashes, since each is unsure where the other is sure. The perceptual one asks which of 64 frequencies are
above their median: in a picture of few details (a mast before the sky) most of them are about zero, and saving it anew
throws a dozen to the other side. On which side of 64 random planes its 8 × 8 coarse tones lie hardly changes then
(M. Charikar, "Similarity Estimation Techniques from Rounding Algorithms", STOC 2002); of the perceptual hash only the
bits that are sure are asked in such a pair.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core import images
from core.data import alikeness, hamming, phash, template
from core.data.linked import components
from core.data.stars import stars
from core.data.template import Templates
from core.errors import Stopped
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress

BITS = 8
SIMILARITY = 0.65
FRONT, BACK, MIDDLE = (0.0, 0.97), (0.03, 1.0), (0.03, 0.97)
PARTS = (  # rows and columns: a picture that was cropped has about the hash of such a part of the whole one
    ((0.015, 0.985), (0.015, 0.985)),
    (MIDDLE, MIDDLE),
    *((rows, columns) for rows in (FRONT, BACK) for columns in (FRONT, BACK)),
)
TINY_SIDE = 64  # pixels; pictures below are not moved onto each other: simple strokes would fit too well
TINY_BITS = 4
TINY_SIMILARITY = 0.97  # the 70,000 digits of MNIST hold no pair above it; saved as JPEG of quality 75, all stay above
TINY_COARSE = 0.99
COARSE = 0.6
LEFT_BITS = 18  # of what is left without a template, whose coarse tones correlate to 0.8 in a cropped copy
LEFT_COARSE = 0.5
LEFT_TRIES = 12
PLANE_BITS = 3  # of two pictures whose coarse tones correlate to 0.999, one bit in 64 differs
FLAT = 3.0  # standard deviation of tones; below, a hash says nothing
FELLOWS = 4  # of one and the same hash that are looked at beside another's
TRIES = 6
BLOCK = 4096
LOOKS_AT_ONCE = 128


@dataclass(frozen=True)
class Small:
    """How to see pictures, by their positions, from any thread.

    Args:
        tones: Gives (n, 32, 32) uint8 grey pictures.
        colours: Gives (n, 64, 64, 3) uint8 pictures.
    """

    tones: Callable[[np.ndarray], np.ndarray]
    colours: Callable[[np.ndarray], np.ndarray]


def with_another(index: pd.DataFrame) -> int:
    """How many images of these rows of an index are a copy or a near copy of another of them."""
    thing = index["sha256"].astype(str)
    if "near" in index:  # older versions do not know
        thing = thing.where((index["near"] == "").to_numpy(), index["near"].astype(str))
    return int(thing.duplicated(keep=False).sum())


def names_of(
    index: pd.DataFrame,
    small: Small,
    bits: int = BITS,
    similarity: float = SIMILARITY,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
    known: pd.Series | None = None,
    judged: np.ndarray | None = None,
) -> pd.Series:
    """(N,) str, equal for images that are near copies of each other, "" for those that have none.

    Copies of one file are no near copies, but are named like the others where a near copy is there.

    Args:
        index: Columns `sha256`, `phash`, `width`, `height` and, where it is known, `label`.
        small: The pictures, by their positions in it.
        bits, similarity, on_progress, should_stop: As `groups_of` takes them.
        known: (N,) what this gave before, "" for images that are new: who was a near copy stays one. Pictures seen anew by
            their thumbnails are a little less, or more, alike.
        judged: (N,) bool, images of which `known` says all: whether two of these are alike is not asked again.
    """
    codes, hashes = pd.factorize(index["sha256"])
    first = np.unique(codes, return_index=True)[1]
    distinct = index.iloc[first]
    shorter_sides = distinct[["width", "height"]].min(axis=1).to_numpy()
    seen = Small(lambda rows: small.tones(first[rows]), lambda rows: small.colours(first[rows]))
    pairs = None if known is None else _of_one_name(known.iloc[first].fillna("").to_numpy(str))
    asked = None if judged is None else judged[first]
    labels = distinct["label"].to_numpy(str) if "label" in distinct else None
    group = groups_of(
        distinct["phash"], shorter_sides, seen, bits, similarity, on_progress, should_stop, pairs, asked, labels
    )
    sizes = np.bincount(group, minlength=1)
    names = pd.Series(hashes).groupby(group).transform("min").where(sizes[group] > 1, "")
    return pd.Series(names.to_numpy()[codes], index.index, dtype=str)


def _of_one_name(names: np.ndarray) -> np.ndarray:
    """(P, 2) int64 positions: the first of each name with each other of it."""
    named = np.flatnonzero(names != "")
    _, first, which = np.unique(names[named], return_index=True, return_inverse=True)
    return np.column_stack([named[first][which], named])


def colours_in(folders: Sequence[Path], index: pd.DataFrame) -> Callable[[np.ndarray], np.ndarray]:
    """What `Small.colours` asks for, from the thumbnails, else the pictures, in the first of `folders` that has them.

    Decodes in the thread that asks: `groups_of` asks from as many as there are cores.

    Args:
        folders: As the scan fills them, or a data set's.
        index: Columns `sha256`, `file`.
    """
    thumbnail = thumbnail_finder(folders, index)

    def read(rows: np.ndarray) -> np.ndarray:
        return np.stack([alikeness.colours_of(images.decode(thumbnail(row))) for row in rows])

    return read


def tones_in(folders: Sequence[Path], index: pd.DataFrame) -> Callable[[np.ndarray], np.ndarray]:
    """What `Small.tones` asks for, likewise."""
    thumbnail = thumbnail_finder(folders, index)

    def read(rows: np.ndarray) -> np.ndarray:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.stack(list(pool.map(lambda row: phash.tones_of(images.decode(thumbnail(row))), rows)))

    return read


def thumbnail_finder(folders: Sequence[Path], index: pd.DataFrame) -> Callable[[int], Path]:
    """Gives the small file that shows the image at a position."""
    sha256, file = index["sha256"].to_numpy(), index["file"].to_numpy()

    def find(row: int) -> Path:
        name = f"thumbnails/{sha256[row][:2]}/{sha256[row]}.jpg"
        wanted = [folder / part for folder in folders for part in (name, file[row])]
        return next((path for path in wanted if path.exists()), wanted[0])

    return find


def groups_of(
    hashes: pd.Series,
    shorter_sides: np.ndarray,
    small: Small,
    bits: int = BITS,
    similarity: float = SIMILARITY,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
    known: np.ndarray | None = None,
    judged: np.ndarray | None = None,
    labels: np.ndarray | None = None,
) -> np.ndarray:
    """(N,) int64: equal numbers for pictures, all distinct, that are near copies of one of them.

    Args:
        hashes: (N,) what `phash` gave.
        shorter_sides: (N,) pixels.
        small: The pictures themselves.
        bits: How many bits the hashes may differ in to be looked at.
        similarity: What `alikeness` must reach.
        known: (P, 2) pairs that are alike, whatever is seen now.
        judged: (N,) bool: of two of these `known` says whether they are alike.
        labels: (N,) class names, where they are known.

    Raises:
        Stopped: `should_stop` said so.
    """
    tiny = shorter_sides < TINY_SIDE
    seen = _survey(hashes, small, () if tiny.all() else PARTS, labels)
    pairs = _candidates(seen, tiny, TINY_BITS if tiny.all() else bits)
    if judged is not None:
        pairs = pairs[~judged[pairs].all(1)]
    both_tiny = tiny[pairs].all(1)
    whole, left = seen.coarse_alike(pairs)
    promising = (whole >= np.where(both_tiny, TINY_COARSE, COARSE)) & ~(left < LEFT_COARSE)
    pairs, both_tiny, whole, left = (values[promising] for values in (pairs, both_tiny, whole, left))
    order = np.lexsort((-whole, np.nan_to_num(-left)))  # what is alike without a template first
    pairs, both_tiny, left = pairs[order], both_tiny[order], left[order]
    look = _Look(small, tiny, similarity, seen.templates, judged, should_stop)
    alike = pairs[both_tiny]
    alike = alike[look(alike)]
    larger, of_template = ~both_tiny, ~np.isnan(left)
    best = [
        _best_of_each(pairs[larger & of], tries) for of, tries in ((of_template, LEFT_TRIES), (~of_template, TRIES))
    ]
    alike = _join(len(hashes), alike, np.concatenate(best), known, look, on_progress)
    return stars(len(hashes), alike, seen.coarse, look, known)


@dataclass(frozen=True)
class _Seen:
    """What hashes and coarse tones say of each picture.

    Args:
        hashes, unsure: (N,) uint64 perceptual hashes, and which of their bits mean little.
        variants: (V, N) uint64 hashes of parts.
        planes: (N,) uint64 hashes of coarse tones.
        coarse: (N, 64) of length 1.
        flat: (N,) whether there is nothing to see.
        templates: What many of them share.
        number: (N,) which template is taken away in `left` and `left_planes`; -1 for none.
        left, left_planes: (N, 64), (N,) `coarse` and `planes` of what is left then.
    """

    hashes: np.ndarray
    unsure: np.ndarray
    variants: np.ndarray
    planes: np.ndarray
    coarse: np.ndarray
    flat: np.ndarray
    templates: Templates
    number: np.ndarray
    left: np.ndarray
    left_planes: np.ndarray

    def coarse_alike(self, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(P,), (P,) correlations of coarse tones, and of those left in pairs of one template, NaN in others."""
        one, other = pairs.T
        shared = (self.number[one] >= 0) & (self.number[one] == self.number[other])
        whole, left = (np.einsum("pd,pd->p", tones[one], tones[other]) for tones in (self.coarse, self.left))
        return whole, np.where(shared, left, np.nan)


def _survey(hashes: pd.Series, small: Small, parts: tuple, labels: np.ndarray | None) -> _Seen:
    count = len(hashes)
    variants = np.empty((len(parts), count), np.uint64)
    unsure = np.empty(count, np.uint64)
    coarse = np.empty((count, 64), np.float32)
    flat = np.empty(count, bool)
    for start in range(0, count, BLOCK):
        rows = np.arange(start, min(start + BLOCK, count))
        tones = small.tones(rows)
        for number, part in enumerate(parts):
            variants[number, rows] = phash.part_numbers(tones, *part)
        unsure[rows] = phash.unsure_numbers(tones)
        coarse[rows] = template.coarse_of(tones)
        flat[rows] = _spread(tones) < FLAT
    templates = template.find(labels, coarse, small.tones)
    of_class, of_set = templates.of.T
    which = np.where(of_set >= 0, of_set, of_class)  # that of the set serves pairs across classes too
    having = np.flatnonzero(which >= 0)
    left = coarse.copy() if len(having) else coarse
    left[having] = template.coarse_beyond(templates, which[having], lambda rows: small.tones(having[rows]))
    which[having] = np.where(left[having].any(1), which[having], -1)  # what is all template is compared as a whole
    numbers = phash.numbers_of(hashes.tolist())
    return _Seen(numbers, unsure, variants, _planes(coarse), coarse, flat, templates, which, left, _planes(left))


def _planes(coarse: np.ndarray) -> np.ndarray:
    """(N,) uint64: on which side of each of 64 planes it lies."""
    planes = np.random.default_rng(0).standard_normal((64, 64), np.float32)
    return np.packbits(coarse @ planes > 0, axis=1).view(np.uint64)[:, 0]


def _spread(tones: np.ndarray) -> np.ndarray:
    flat = tones.reshape(len(tones), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    return np.sqrt(np.einsum("np,np->n", flat, flat) / flat.shape[1])


def _candidates(seen: _Seen, tiny: np.ndarray, bits: int) -> np.ndarray:
    """(P, 2) int64 pairs of pictures whose hashes are alike, or, if not tiny, coarse tones and the sure bits; each once."""
    by_frequencies = _pairs_by(seen.hashes, seen.variants, ~seen.flat, bits)
    by_tones = _pairs_by(seen.planes, seen.variants[:0], ~seen.flat & ~tiny, min(bits, PLANE_BITS))
    first, second = by_tones.T
    sure = (seen.hashes[first] ^ seen.hashes[second]) & ~(seen.unsure[first] | seen.unsure[second])
    by_tones = by_tones[np.bitwise_count(sure) <= bits]
    by_rest = _pairs_by(seen.left_planes, seen.variants[:0], seen.number >= 0, LEFT_BITS)
    by_rest = by_rest[seen.number[by_rest[:, 0]] == seen.number[by_rest[:, 1]]]
    pairs, count = np.sort(np.concatenate([by_frequencies, by_tones, by_rest]), axis=1), len(seen.hashes)
    return np.column_stack(np.divmod(np.unique(pairs[:, 0] * count + pairs[:, 1]), max(count, 1)))


def _pairs_by(hashes: np.ndarray, variants: np.ndarray, there: np.ndarray, bits: int) -> np.ndarray:
    rows = np.flatnonzero(there)
    unique, first, group = np.unique(hashes[rows], return_index=True, return_inverse=True)
    found = hamming.near_pairs(unique, variants[:, rows[first]], bits)
    order = np.argsort(group, kind="stable")
    members = rows[order]
    starts = np.searchsorted(group[order], np.arange(len(unique) + 1))
    parts = [np.empty((0, 2), np.int64)]
    for step in range(1, FELLOWS + 1):  # of one hash: each with the next few
        together = np.flatnonzero(group[order][step:] == group[order][:-step])
        parts.append(np.column_stack([members[together], members[together + step]]))
    sizes = np.diff(starts)
    for left in range(FELLOWS):
        for right in range(FELLOWS):
            there = (sizes[found.first] > left) & (sizes[found.second] > right)
            ends = starts[found.first[there]] + left, starts[found.second[there]] + right
            parts.append(np.column_stack([members[end] for end in ends]))
    return np.concatenate(parts)


@dataclass(frozen=True)
class _Look:
    """Looks at the pictures of pairs; from any thread."""

    small: Small
    tiny: np.ndarray
    similarity: float
    templates: Templates
    judged: np.ndarray | None
    should_stop: ShouldStop
    colours: dict[int, np.ndarray] = field(default_factory=dict)

    def __call__(self, pairs: np.ndarray) -> np.ndarray:
        """(P,) bool: whether (P, 2) are alike, also without what they share with many. Two that were judged are not."""
        if self.should_stop():
            raise Stopped("Comparing was stopped. Nothing was added.")
        alike = np.zeros(len(pairs), bool)
        for both_tiny, block_of in ((True, BLOCK), (False, LOOKS_AT_ONCE)):
            asked = self.tiny[pairs].all(1) == both_tiny
            asked &= True if self.judged is None else ~self.judged[pairs].all(1)
            asked = np.flatnonzero(asked)
            for start in range(0, len(asked), block_of):
                rows = asked[start : start + block_of]
                alike[rows] = self._tiny(pairs[rows]) if both_tiny else self._larger(pairs[rows])
        return alike

    def _tiny(self, pairs: np.ndarray) -> np.ndarray:
        first, second = (self.small.tones(side) for side in pairs.T)
        alike = alikeness.edges_alike(first, second) >= TINY_SIMILARITY
        which, number = self._shared(pairs, alike)
        if len(which):
            left = alikeness.tones_alike_beyond(first[which], second[which], self.templates.tones[number])
            alike[which[left < self.similarity]] = False
        return alike

    def _larger(self, pairs: np.ndarray) -> np.ndarray:
        who, where = np.unique(pairs, return_inverse=True)
        seen = self.small.colours(who)
        first, second = where.reshape(pairs.shape).T
        alike = alikeness.alikeness(seen[first], seen[second]) >= self.similarity
        which, number = self._shared(pairs, alike)
        if len(which):
            shared = np.stack([self._colours_of(one) for one in number])
            left = alikeness.alike_beyond(seen[first[which]], seen[second[which]], shared)
            alike[which[left < self.similarity]] = False
        return alike

    def _shared(self, pairs: np.ndarray, alike: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which of `pairs` that are `alike` have templates, and which."""
        asked = np.flatnonzero(alike)
        which, number = self.templates.of_pairs(pairs[asked])
        return asked[which], number

    def _colours_of(self, number: int) -> np.ndarray:
        if number not in self.colours:
            seen = self.small.colours(self.templates.samples[number])
            self.colours[number] = np.median(seen, axis=0).astype(np.uint8)
        return self.colours[number]


def _join(
    count: int, alike: np.ndarray, pairs: np.ndarray, known: np.ndarray | None, look: _Look, on_progress: OnProgress
) -> np.ndarray:
    """(A, 2) pairs that are alike. In each round every picture's best pair is looked at, unless others link it already."""
    stage = Stage(on_progress, "Comparing pictures", len(pairs), "pairs")
    known = np.empty((0, 2), np.int64) if known is None else known
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while True:
            group = components(count, *np.concatenate([alike, known]).T)
            apart = group[pairs[:, 0]] != group[pairs[:, 1]]
            stage.step(int((~apart).sum()))
            pairs = pairs[apart]
            if not len(pairs):
                return alike
            now = np.zeros(len(pairs), bool)
            now[np.unique(pairs, return_index=True)[1] // 2] = True
            looked = pairs[now]
            pairs = pairs[~now]
            blocks = [looked[start : start + LOOKS_AT_ONCE] for start in range(0, len(looked), LOOKS_AT_ONCE)]
            for block, are in zip(blocks, pool.map(look, blocks), strict=True):
                alike = np.concatenate([alike, block[are]])
                stage.step(len(block))


def _best_of_each(pairs: np.ndarray, most: int) -> np.ndarray:
    """Of `pairs`, best first, those that are among the `most` best of one of their two."""
    ends = pairs.ravel()
    order = np.argsort(ends, kind="stable")
    rank = np.empty(len(ends), np.int64)
    rank[order] = np.arange(len(ends)) - np.searchsorted(ends[order], ends[order])
    return pairs[rank.reshape(-1, 2).min(1) < most]
