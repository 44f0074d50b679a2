"""Findings -> edits: keep one of each group of copies, or keep a group on one side of the split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from core.data.dataset import SPLITS
from core.data.edits import LeaveOut, Move, names_of

TIES = ("sha256", "group", "near")
KEEP_FIRST = ("test", "val", "train")  # a test split that others know stays whole


def keep_one(index: pd.DataFrame, groups: Iterable[Sequence[str]]) -> tuple[LeaveOut | None, int]:
    """Leave out all but one of each group of copies; None where there is nothing to leave out.

    The largest picture stays; among equals the one in test, then in val, then the first. A group with several labels is
    passed over: only a person can say which is right.

    Args:
        index: With path, label, split, width, height and sha256.
        groups: Paths of pictures that are copies of one another. Groups that share a picture count as one.

    Returns:
        The edit, and how many groups were passed over.
    """
    gone: list[int] = []
    passed_over = 0
    pixels = index["width"].to_numpy() * index["height"].to_numpy()
    rank = index["split"].astype(str).map(KEEP_FIRST.index).to_numpy()
    labels = index["label"].astype(str).to_numpy()
    for rows in _joined(index, groups):
        if len(set(labels[rows])) > 1:
            passed_over += 1
            continue
        best = min(rows, key=lambda row: (-pixels[row], rank[row], row))
        gone += [row for row in rows if row != best]
    return (LeaveOut(tuple(names_of(index, sorted(gone)))) if gone else None), passed_over


def keep_on_one_side(index: pd.DataFrame, groups: Iterable[Sequence[str]]) -> list[Move]:
    """Move each group to the split that most of its pictures are in; to the one that learns more where it is a tie."""
    moved: dict[str, list[int]] = {split: [] for split in SPLITS}
    splits = index["split"].astype(str).to_numpy()
    for rows in _joined(index, groups):
        inside = splits[rows]
        target = max(SPLITS, key=lambda split: (np.sum(inside == split), -SPLITS.index(split)))
        moved[target] += [row for row in rows if splits[row] != target]
    return [Move(tuple(names_of(index, sorted(rows))), split) for split, rows in moved.items() if rows]


def companions(index: pd.DataFrame, rows: Iterable[int]) -> np.ndarray:
    """(n,) sorted row numbers: `rows` and all that belong on their side of a split, and what belongs with those.

    Args:
        index: With `TIES`, as far as it has them: equal and not empty for images that belong together.
    """
    chosen = np.zeros(len(index), bool)
    chosen[np.fromiter(rows, int)] = True
    grows = True
    while grows:
        before = int(chosen.sum())
        for tie in (index[name] for name in TIES if name in index):
            shared = tie[chosen]
            chosen |= tie.isin(shared[(shared != "") & shared.notna()]).to_numpy()
        grows = int(chosen.sum()) > before
    return np.flatnonzero(chosen)


def _joined(index: pd.DataFrame, groups: Iterable[Sequence[str]]) -> list[list[int]]:
    """Rows of each group; groups that share a picture are one."""
    groups = [list(paths) for paths in groups]
    wanted = {path for paths in groups for path in paths}
    rows_of: dict[str, list[int]] = {}
    few = index["path"][index["path"].isin(wanted).to_numpy()]
    for row, path in zip(np.flatnonzero(index["path"].isin(wanted).to_numpy()), few, strict=True):
        rows_of.setdefault(path, []).append(int(row))
    group_of: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for number, paths in enumerate(groups):
        rows = {row for path in paths for row in rows_of.get(path, ())}
        for other in {group_of[row] for row in rows if row in group_of}:
            rows |= set(members.pop(other))
        members[number] = sorted(rows)
        group_of.update(dict.fromkeys(rows, number))
    return [rows for rows in members.values() if len(rows) > 1]
