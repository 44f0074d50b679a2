"""What is linked with each other, directly or by others: connected components, without SciPy's 0.3 s of import."""

from __future__ import annotations

import numpy as np


def components(count: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(count,) int64: of each thing the smallest number among all that it is linked with.

    In each round the larger root of every link is put below the smaller one, and all paths are shortened to their ends
    (Y. Shiloach, U. Vishkin, "An O(log n) Parallel Connectivity Algorithm", 1982).

    Args:
        count: How many things there are, numbered from 0.
        first, second: (L,) the two ends of each link.
    """
    root = np.arange(count)
    while True:
        one, other = root[first], root[second]
        apart = one != other
        if not apart.any():
            return root
        one, other = one[apart], other[apart]
        first, second = first[apart], second[apart]
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(shorter := root[root], root):
            root = shorter
