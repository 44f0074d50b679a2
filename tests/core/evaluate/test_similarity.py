from itertools import pairwise, permutations

import numpy as np
import pytest

from core.evaluate import similarity as module
from core.evaluate.similarity import blocks, similar_order, similarity, summed


def families(sizes, images=40, seed=0):
    """A matrix whose classes are taken for others of their family only, shuffled; and the family of each class."""
    random = np.random.default_rng(seed)
    family = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    matrix = np.diag(np.full(len(family), images))
    for one in range(len(family)):
        for other in np.flatnonzero(family == family[one]):
            if other != one:
                matrix[one, other] = random.integers(1, 5)
    return matrix, family


def joins(values):
    """How often neighbours differ."""
    return int((values[1:] != values[:-1]).sum())


@pytest.mark.parametrize("optimal", [True, False], ids=["best leaves", "joined by ends"])
def test_families_stand_together(monkeypatch, optimal):
    monkeypatch.setattr(module, "MOST_OPTIMAL", 400 if optimal else 0)
    matrix, family = families([4, 7, 3, 9])

    order = similar_order(matrix)

    assert sorted(order.tolist()) == list(range(len(matrix)))
    assert joins(family[order]) == 3


def test_the_order_is_the_best_that_a_search_through_all_finds():
    chain = np.diag(np.full(6, 90))
    hidden = [3, 0, 5, 1, 4, 2]  # a chain: each is taken for the next one only
    for one, other in pairwise(hidden):
        chain[one, other] = 10
    alike = similarity(chain)

    order = similar_order(chain)

    best = max(sum(alike[one, other] for one, other in pairwise(way)) for way in permutations(range(6)))
    ours = sum(alike[one, other] for one, other in pairwise(order))
    assert ours == pytest.approx(best, abs=1e-12)


def test_classes_without_confusion_come_last_as_they_were():
    matrix = np.diag(np.full(6, 9))
    matrix[1, 4] = 2

    assert similar_order(matrix).tolist() == [1, 4, 0, 2, 3, 5]
    assert similar_order(np.diag([1, 2, 3])).tolist() == [0, 1, 2]


def test_the_order_follows_names_not_places():
    matrix, _ = families([5, 4, 6])
    shuffle = np.random.default_rng(1).permutation(len(matrix))

    again = shuffle[similar_order(matrix[np.ix_(shuffle, shuffle)])]

    alike = similarity(matrix)
    assert alike[again[1:], again[:-1]].sum() == pytest.approx(
        alike[similar_order(matrix)[1:], similar_order(matrix)[:-1]].sum()
    )


def test_a_thousand_classes_are_ordered_at_once():
    matrix, family = families([8] * 125)

    assert joins(family[similar_order(matrix)]) == 124


def parted(alike, cut):
    """What the cut between blocks parts, by a loop over all pairs of neighbouring blocks' classes."""
    return sum(alike[one, other] for a, b in pairwise(cut) for one in a for other in b)


def test_blocks_part_least_of_all_cuts():
    random = np.random.default_rng(3)
    alike = np.triu(random.random((9, 9)) * (random.random((9, 9)) < 0.3), 1)
    alike = np.where(np.abs(np.subtract.outer(range(9), range(9))) < 2, alike, 0)  # neighbours only: the loop is exact
    alike += alike.T
    order = np.arange(9)

    def cuts(rest):
        yield from ([rest],) if 2 <= len(rest) <= 4 else ()
        for size in range(2, 5):
            if len(rest) - size >= 2:
                yield from ([rest[:size], *more] for more in cuts(rest[size:]))

    found = blocks(order, alike, 4)

    assert parted(alike, found) == pytest.approx(min(parted(alike, cut) for cut in cuts(order)), abs=1e-12)


@pytest.mark.parametrize("classes", [1, 3, 9, 41, 110, 1000])
def test_blocks_hold_every_class_once_and_none_too_many(classes):
    order = np.random.default_rng(0).permutation(classes)

    found = blocks(order, np.zeros((classes, classes)), 16)

    assert np.concatenate(found).tolist() == order.tolist()
    assert max(map(len, found)) <= 16
    assert min(map(len, found)) >= min(8, classes)


def test_blocks_add_up_to_the_whole():
    matrix, _ = families([4, 5, 3])
    parts = [np.array([0, 3, 5, 7]), np.array([1, 2]), np.array([4, 6, 8, 9, 10, 11])]

    found = summed(matrix, parts, parts)

    assert found.tolist() == [[matrix[np.ix_(one, other)].sum() for other in parts] for one in parts]
