"""Pairs of 64-bit hashes that differ in few bits, found without comparing each with each.

Multi-index hashing: M. Norouzi, A. Punjani, D. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing",
CVPR 2012. Hashes are cut into m chunks. Two that differ in at most m (k + 1) - 1 bits differ in at most k bits in one
of their chunks, so it is enough to look where a chunk is equal but for k bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

BITS = 64
BLOCK = 1 << 19  # comparisons at a time, about 20 MB
COMPARISONS_EACH = 3000
PAIRS_EACH = 16
SMALL = 4096
PASS = 10_000
TABLE_BITS = 22


@dataclass(frozen=True)
class Near:
    """Pairs of hashes that are alike.

    Args:
        first, second: (P,) int64 positions, the first the smaller one, each pair once.
        radius: The most bits that were allowed to differ: what was asked for, or fewer where the hashes lie so dense
            that this would say nothing.
    """

    first: np.ndarray
    second: np.ndarray
    radius: int


def near_pairs(hashes: np.ndarray, variants: np.ndarray, radius: int) -> Near:
    """Every pair of `hashes` where a hash or a variant of the one differs in at most `radius` bits from the other.

    Work and memory grow with N, not with its square: where that would take more than `COMPARISONS_EACH` comparisons or
    give more than `PAIRS_EACH` pairs a hash, the radius is made smaller.

    Args:
        hashes: (N,) uint64, distinct.
        variants: (V, N) uint64: V more hashes of each thing, of its centre for example.
        radius: Bits, 0 to 64.
    """
    count = len(hashes)
    queries = np.concatenate([hashes, *variants])
    chunks, flips = _plan(hashes, len(queries), radius)
    radius = min(radius, chunks * (flips + 1) - 1)
    kept = _Kept(PAIRS_EACH * max(count, SMALL), radius)
    masks = [np.uint64(sum(1 << position for position in _positions(chunk, chunks))) for chunk in range(chunks)]
    for chunk in range(chunks):
        index = _Index(hashes, chunk, chunks)
        for asking, found in index.matches(queries, flips):
            differing = queries[asking] ^ hashes[found]
            distance = np.bitwise_count(differing)
            close = np.flatnonzero(distance <= kept.radius)
            differing = differing[close]
            fresh = asking[close] % count != found[close]
            for mask in masks[:chunk]:  # what an earlier chunk found is not found again
                fresh &= np.bitwise_count(differing & mask) > flips
            close = close[fresh]
            one, other = asking[close] % count, found[close]
            kept.add(np.minimum(one, other) * count + np.maximum(one, other), distance[close])
    pairs, _ = kept.all()
    return Near(pairs // max(count, 1), pairs % max(count, 1), kept.radius)


class _Kept:
    """Pairs found so far, never many more than `most`: a smaller radius throws out the less alike."""

    def __init__(self, most: int, radius: int) -> None:
        self.radius = radius
        self._most = most
        self._pairs = [np.empty(0, np.int64)]
        self._distances = [np.empty(0, np.uint8)]
        self._many = 0

    def add(self, pairs: np.ndarray, distances: np.ndarray) -> None:
        if not len(pairs):
            return
        self._pairs.append(pairs)
        self._distances.append(distances)
        self._many += len(pairs)
        while self._many > 2 * self._most:
            pairs, distances = self.all()
            if len(pairs) > self._most:
                self.radius -= 1
                close = distances <= self.radius
                pairs, distances = pairs[close], distances[close]
            self._pairs, self._distances, self._many = [pairs], [distances], len(pairs)

    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """Each pair once, with its smallest distance."""
        pairs, distances = np.concatenate(self._pairs), np.concatenate(self._distances)
        order = np.lexsort((distances, pairs))
        pairs, distances = pairs[order], distances[order]
        once = np.ones(len(pairs), bool)
        once[1:] = pairs[1:] != pairs[:-1]
        return pairs[once], distances[once]


class _Index:
    """Where in `hashes` each value of one chunk occurs."""

    def __init__(self, hashes: np.ndarray, chunk: int, chunks: int) -> None:
        self._chunk, self._chunks = chunk, chunks
        self._width = len(_positions(chunk, chunks))
        keys = _keys(hashes, chunk, chunks)
        self._order = np.argsort(keys, kind="stable")
        self._unique, self._starts, self._counts = np.unique(keys[self._order], return_index=True, return_counts=True)
        self._table = None
        if self._width <= TABLE_BITS:
            self._table = np.full(1 << self._width, -1, np.int32)
            self._table[self._unique] = np.arange(len(self._unique))

    def matches(self, queries: np.ndarray, flips: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Blocks of (position in queries, position in hashes) whose chunks differ in at most `flips` bits."""
        keys = _keys(queries, self._chunk, self._chunks)
        for mask in _flip_masks(self._width, flips):
            bucket = self._bucket_of(keys ^ mask)
            asking = np.flatnonzero(bucket >= 0)
            bucket = bucket[asking]
            for left, place in _expand(asking, self._starts[bucket], self._counts[bucket]):
                yield left, self._order[place]

    def comparisons(self, flips: int) -> int:
        """How many pairs `matches` gives where the hashes ask for each other."""
        many = 0
        for mask in _flip_masks(self._width, flips):
            bucket = self._bucket_of(self._unique ^ mask)
            there = bucket >= 0
            many += int((self._counts[there] * self._counts[bucket[there]]).sum())
        return many

    def _bucket_of(self, keys: np.ndarray) -> np.ndarray:
        if self._table is not None:
            return self._table[keys]
        place = np.searchsorted(self._unique, keys).clip(max=len(self._unique) - 1)
        return np.where(self._unique[place] == keys, place, -1)


def _plan(hashes: np.ndarray, queries: int, radius: int) -> tuple[int, int]:
    """How many chunks, and how many bits may differ in one: the cheapest way to `radius`, or to the widest in reach."""
    for wanted in range(radius, 0, -1):
        plans = [(chunks, wanted // chunks) for chunks in range(1, 9)]
        able = [plan for plan in plans if plan[1] == 0 or BITS / plan[0] <= TABLE_BITS]
        chunks, flips = min(able, key=lambda plan: _cost_if_uniform(len(hashes), queries, *plan))
        many = sum(_Index(hashes, chunk, chunks).comparisons(flips) for chunk in range(chunks))
        if many <= COMPARISONS_EACH * max(len(hashes), SMALL):
            return chunks, flips
    return 1, 0


def _cost_if_uniform(count: int, queries: int, chunks: int, flips: int) -> float:
    """In look-ups: a comparison costs about as much as one, a pass over all queries as much as `PASS`."""
    bits = BITS / chunks
    passes = chunks * sum(comb(round(bits), flipped) for flipped in range(flips + 1))
    return passes * (PASS + queries * (1 + count / 2**bits))


def _expand(asking: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each of `asking` beside each place of its bucket, about `BLOCK` pairs at a time."""
    total = np.concatenate([[0], counts.cumsum()])
    begin = 0
    while begin < len(asking):
        end = max(int(np.searchsorted(total, total[begin] + BLOCK, side="right")) - 1, begin + 1)
        many = counts[begin:end]
        shift = np.repeat(starts[begin:end] - (total[begin:end] - total[begin]), many)
        yield np.repeat(asking[begin:end], many), shift + np.arange(len(shift))
        begin = end


def _positions(chunk: int, chunks: int) -> range:
    return range(chunk, BITS, chunks)  # every m-th bit, because neighbours in a hash resemble each other


def _keys(hashes: np.ndarray, chunk: int, chunks: int) -> np.ndarray:
    """(N,) int64: the bits of one chunk side by side."""
    keys = np.zeros(len(hashes), np.int64)
    for place, position in enumerate(_positions(chunk, chunks)):
        keys |= ((hashes >> np.uint64(position)) & np.uint64(1)).astype(np.int64) << place
    return keys


def _flip_masks(width: int, flips: int) -> list[int]:
    return [
        sum(1 << position for position in chosen)
        for flipped in range(flips + 1)
        for chosen in combinations(range(width), flipped)
    ]
