"""Groups that cannot grow to chains: each is a picture and those that are alike to it, not to one another's fellows.

So two of a group are never more than two steps from each other. It is the star clustering of J. Aslam, E. Pelekhov, D. Rus,
"The Star Clustering Algorithm", 2004, in each of the connected components.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from core.data.linked import components

AT_ONCE = 64
OF_A_FORMER_GROUP = 5  # that are asked whether another is alike to them: half of them must be
Look = Callable[[np.ndarray], np.ndarray]  # (P, 2) positions -> (P,) bool whether they are alike


def stars(
    count: int, alike: np.ndarray, coarse: np.ndarray, look: Look, former: np.ndarray | None = None
) -> np.ndarray:
    """(count,) int64: equal numbers for pictures of one group.

    Args:
        alike: (A, 2) pairs that are alike.
        coarse: (count, D) how pictures look on the whole: the most alike are looked at first.
        look: Says it of other pairs; asked from several threads.
        former: (F, 2) pairs that were of one group before, and stay so.
    """
    former = np.empty((0, 2), np.int64) if former is None else former
    before = components(count, former[:, 0], former[:, 1])
    members = {int(before[row]): np.array([before[row]]) for row in alike.ravel()}
    for root in np.unique(before[former]):
        if root in members:
            of_root = np.flatnonzero(before == root)
            members[int(root)] = of_root[
                np.linspace(0, len(of_root) - 1, min(len(of_root), OF_A_FORMER_GROUP)).astype(int)
            ]
    ends = before[alike]
    whole = components(count, ends[:, 0], ends[:, 1])
    pairs_of = np.bincount(ends.ravel(), minlength=count)
    group = before.copy()

    def part(rows: np.ndarray) -> None:
        """Give the pictures of one component their groups: the one with most pairs takes those that are alike to it, and so on."""
        waiting = rows[np.argsort(-pairs_of[rows], kind="stable")]
        while len(waiting):
            leader, rest = waiting[0], waiting[1:]
            rest = rest[np.argsort(-(coarse[rest] @ coarse[leader]), kind="stable")]
            taken = [leader]
            for start in range(0, len(rest), AT_ONCE):
                block = rest[start : start + AT_ONCE]
                asked = [(one, other) for row in block for one in members[leader] for other in members[row]]
                seen = look(np.sort(np.array(asked), axis=1))
                many = np.array([len(members[leader]) * len(members[row]) for row in block])
                share = np.add.reduceat(seen, np.cumsum(many) - many, dtype=float) / many
                taken += [row for row, is_alike in zip(block, share >= 0.5, strict=True) if is_alike]
                if not (share >= 0.5).any():
                    break
            group[taken] = leader
            waiting = waiting[~np.isin(waiting, taken)]

    roots = np.unique(ends)
    order = roots[np.argsort(whole[roots], kind="stable")]
    parts = np.split(order, np.flatnonzero(np.diff(whole[order])) + 1) if len(order) else []
    pairs = [rows for rows in parts if len(rows) == 2 and all(len(members[row]) == 1 for row in rows)]
    for one, other in pairs:  # they were looked at
        group[other] = one
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(part, [rows for rows in parts if len(rows) > 2 or any(len(members[row]) > 1 for row in rows)]))
    return group[before]
