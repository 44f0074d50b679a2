"""Classes in an order in which those that are confused with each other stand beside each other, and cut into blocks."""

from __future__ import annotations

import itertools

import numpy as np

from core.evaluate.confusion import BY_ROW, shares

MOST_OPTIMAL = 400  # beyond it the best order of leaves takes minutes


def similarity(matrix: np.ndarray) -> np.ndarray:
    """(classes, classes) float64 in 0..1, symmetric, 0 on the diagonal: the mean share of two classes taken for each other."""
    share = shares(matrix, BY_ROW)
    both = (share + share.T) / 2
    np.fill_diagonal(both, 0)
    return both


def similar_order(matrix: np.ndarray) -> np.ndarray:
    """(classes,) int64: all classes; those that nothing is confused with come last, as they were.

    The tree is that of average linkage over 1 − similarity. Up to `MOST_OPTIMAL` classes its leaves are put so that
    neighbours are as similar as the tree allows (Z. Bar-Joseph et al., "Fast optimal leaf ordering for hierarchical
    clustering", Bioinformatics 17, 2001); beyond, each two branches are joined by their most similar ends.
    """
    alike = similarity(matrix)
    confused = alike.any(axis=1)
    places = np.flatnonzero(confused)
    if len(places) > 2:
        places = places[_leaves(alike[np.ix_(places, places)])]
    if len(places) and places[0] > places[-1]:
        places = places[::-1]
    return np.concatenate([places, np.flatnonzero(~confused)])


def blocks(order: np.ndarray, alike: np.ndarray, most: int) -> list[np.ndarray]:
    """`order` cut into blocks of neighbours, none of more than `most` classes and none of less than half of that.

    Of all such cuts those that part the least similarity; only one block may be smaller, where there are too few classes.
    """
    total, fewest = len(order), -(-most // 2)
    parted = _parted(alike[np.ix_(order, order)], most)
    best = np.full(total + 1, np.inf)
    start_of = np.zeros(total + 1, np.int64)
    best[0] = 0.0
    for end in range(1, total + 1):
        starts = np.arange(max(0, end - most), max(0, end - fewest + 1))
        if len(starts) and np.isfinite(best[starts]).any():
            start_of[end] = starts[best[starts].argmin()]
            best[end] = best[start_of[end]] + (parted[end] if end < total else 0.0)
    if not np.isfinite(best[total]):
        return [order]
    cuts = [total]
    while cuts[-1]:
        cuts.append(int(start_of[cuts[-1]]))
    return [order[start:end] for end, start in itertools.pairwise(cuts)][::-1]


def summed(values: np.ndarray, rows: list[np.ndarray], columns: list[np.ndarray]) -> np.ndarray:
    """(rows, columns): `values` (classes, classes) added up over each two blocks."""
    across = np.stack([values[:, block].sum(1) for block in columns], axis=1)
    return np.stack([across[block].sum(0) for block in rows])


def _leaves(alike: np.ndarray) -> np.ndarray:
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    apart = 1 - alike
    np.fill_diagonal(apart, 0)
    distances = squareform(apart, checks=False)
    tree = linkage(distances, "average")
    if len(alike) > MOST_OPTIMAL:
        return _joined_by_ends(tree, alike)
    return leaves_list(optimal_leaf_ordering(tree, distances)).astype(np.int64)


def _joined_by_ends(tree: np.ndarray, alike: np.ndarray) -> np.ndarray:
    branches = {leaf: [leaf] for leaf in range(len(alike))}
    for number, (left, right) in enumerate(tree[:, :2].astype(int).tolist()):
        one, other = branches.pop(left), branches.pop(right)
        ways = ((one, other), (one, other[::-1]), (one[::-1], other), (one[::-1], other[::-1]))
        before, after = max(ways, key=lambda way: alike[way[0][-1], way[1][0]])
        branches[len(alike) + number] = before + after
    return np.array(branches.popitem()[1], np.int64)


def _parted(alike: np.ndarray, reach: int) -> np.ndarray:
    """(classes + 1,): the similarity between both sides of a cut before each place, over neighbours within `reach`."""
    left, right = np.nonzero(np.triu(alike))
    near = right - left < reach
    left, right = left[near], right[near]
    steps = np.zeros(len(alike) + 2)
    np.add.at(steps, left + 1, alike[left, right])
    np.add.at(steps, right + 1, -alike[left, right])
    return np.cumsum(steps)[:-1]
