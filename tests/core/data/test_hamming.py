"""Pairs of near hashes are those that comparing each with each finds."""

import numpy as np
import pytest

from core.data import hamming
from core.data.hamming import near_pairs


def hashes(count, seed=0, flips=0, of=None):
    """Random ones, or `of` with `flips` bits of each turned over."""
    random = np.random.default_rng(seed)
    if of is None:
        return np.unique(random.integers(0, 2**64, count, dtype=np.uint64))
    turned = of.copy()
    for number in range(len(turned)):
        for bit in random.choice(64, flips, replace=False):
            turned[number] ^= np.uint64(1) << np.uint64(bit)
    return turned


def each_with_each(hashes, variants, radius):
    near = np.zeros((len(hashes), len(hashes)), bool)
    for asking in (hashes, *variants):
        near |= np.bitwise_count(asking[:, None] ^ hashes[None]) <= radius
    near |= near.T
    return set(zip(*np.nonzero(np.triu(near, 1)), strict=True))


def found(near):
    return set(zip(near.first.tolist(), near.second.tolist(), strict=True))


@pytest.mark.parametrize("radius", [1, 3, 4, 7, 8, 11])
def test_all_pairs_within_the_radius_are_found_and_no_others(radius):
    base = hashes(300)
    every = np.unique(np.concatenate([base, *(hashes(0, flips, flips, base[:100]) for flips in range(1, 14))]))
    none = np.empty((0, len(every)), np.uint64)

    near = near_pairs(every, none, radius)

    assert near.radius == radius
    assert found(near) == each_with_each(every, none, radius)
    assert len(near.first) == len(found(near)) > 50


def test_a_variant_of_one_that_is_near_the_other_makes_them_a_pair():
    base = hashes(500)
    variants = np.stack([hashes(0, 1, 5, np.roll(base, 1)), hashes(500, 2)])

    near = near_pairs(base, variants, 6)

    assert found(near) == each_with_each(base, variants, 6)
    assert len(near.first) == 500


def test_where_hashes_lie_dense_the_radius_shrinks_and_what_is_found_is_all_within_it(monkeypatch):
    monkeypatch.setattr(hamming, "SMALL", 64)
    dense = np.arange(1024, dtype=np.uint64) << np.uint64(20)  # all within 10 bits of each other
    none = np.empty((0, len(dense)), np.uint64)

    near = near_pairs(dense, none, 8)

    assert 1 <= near.radius < 8
    assert len(near.first) <= 2 * hamming.PAIRS_EACH * len(dense)
    assert found(near) == each_with_each(dense, none, near.radius)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_hashes_are_no_trouble(count):
    few = hashes(count) if count else np.empty(0, np.uint64)

    assert len(near_pairs(few, np.empty((0, len(few)), np.uint64), 8).first) == 0
