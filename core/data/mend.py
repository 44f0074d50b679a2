"""Findings -> edits: keep one of each group of copies, one label of it, or all of it on one side of the split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from core.data import series, splits
from core.data.dataset import SPLITS
from core.data.edits import Edit, Group, LeaveOut, Move, NearCopies, Relabel, names_of

KEEP_FIRST = ("test", "val", "train")  # a test split that others know stays whole


def keep_one(index: pd.DataFrame, groups: Iterable[Sequence[str]]) -> tuple[LeaveOut | None, int]:
    """Leave out all but one of each group of copies; None where there is nothing to leave out.

    The largest picture stays; among equals the one in test, then in val, then the first. A group with several labels is
    passed over: only a person can say which is right. Frames of one burst, or group of the source, are alike as a rule: they
    all stay, and what is alike to them goes.

    Args:
        index: With path, label, split, group, width, height and sha256.
        groups: Paths of pictures that are copies of one another. Groups that share a picture count as one.

    Returns:
        The edit, and how many groups were passed over.
    """
    gone: list[int] = []
    passed_over = 0
    pixels = index["width"].to_numpy() * index["height"].to_numpy()
    rank = index["split"].astype(str).map(KEEP_FIRST.index).to_numpy()
    labels = index["label"].astype(str).to_numpy()
    joined = _joined(index, groups)
    frames = _frames(index, joined)
    for rows in joined:
        if len(set(labels[rows])) > 1:
            passed_over += 1
            continue
        stays = [row for row in rows if frames[row]] or [min(rows, key=lambda row: (-pixels[row], rank[row], row))]
        gone += [row for row in rows if row not in stays]
    return (LeaveOut(tuple(names_of(index, sorted(gone)))) if gone else None), passed_over


def keep_this(index: pd.DataFrame, row: int, others: np.ndarray) -> LeaveOut | None:
    """Leave out the copies `others` of the image at `row`, but for frames of a burst or group of the source, as `keep_one` does."""
    gone = others[~_frames(index, [[row, *map(int, others)]])[others]]
    return LeaveOut(tuple(names_of(index, gone))) if len(gone) else None


def has_alike_bursts(index: pd.DataFrame, groups: Iterable[Sequence[str]]) -> bool:
    """Whether one of these groups of copies is of two bursts, or groups of the source, or more, and of nothing else."""
    joined = _joined(index, groups)
    frames, source = _frames(index, joined), index["group"].to_numpy(object)
    return any(frames[rows].all() and len(set(source[rows])) > 1 for rows in joined)


def _frames(index: pd.DataFrame, joined: Sequence[Sequence[int]]) -> np.ndarray:
    """(N,) bool: `splits.frames` of these groups of rows."""
    alike = np.full(len(index), None, object)
    for number, rows in enumerate(joined):
        alike[list(rows)] = number
    return splits.frames(index, pd.Series(alike, index.index)).to_numpy(bool)


def keep_on_one_side(index: pd.DataFrame, groups: Iterable[Sequence[str]]) -> list[Move]:
    """Move each group, and all that is of one group of the source with it, to the split that most of these are in; to the
    one that learns more where it is a tie.
    """
    alike = pd.Series(None, index.index, dtype=object)
    for number, rows in enumerate(_joined(index, groups)):
        alike.iloc[rows] = number
    unit = splits.units(index.assign(near=""), alike)
    concerned = np.flatnonzero(unit.isin(set(unit[alike.notna()])))
    inside = index["split"].astype(str).to_numpy()
    moved: dict[str, list[int]] = {split: [] for split in SPLITS}
    for places in pd.Series(concerned).groupby(unit.iloc[concerned].to_numpy()).indices.values():
        hang = concerned[places]
        target = max(SPLITS, key=lambda split: (np.sum(inside[hang] == split), -SPLITS.index(split)))
        moved[target] += [int(row) for row in hang if inside[row] != target]
    return [Move(tuple(names_of(index, sorted(rows))), split) for split, rows in moved.items() if rows]


def keep_series(
    index: pd.DataFrame, groups: Iterable[Sequence[str]], seed: int, first_part: bool = False
) -> list[Edit]:
    """Make series of numbered names groups, which stay on one side and count as one from then on, and move those that
    stand in several splits. What a split keeps together is drawn anew for them, so that each class has its share of
    validation and test images as before: nearly all would go to train if each went to where most of it is.

    Args:
        index: As `series.named` and `splits.units` take it, with the splits as they are.
        groups: Paths of the series to move. Series that stand on one side already become groups too; others do not.
        seed: Of what is drawn.
        first_part: Of all names only their first parts count, whatever `groups` are (`series.named`).

    Returns:
        The moves, then what makes the groups; nothing where these series are groups on one side already.
    """
    name = series.named(index, first_part)
    free = index["group"] != name
    meant = set(name if first_part else name[index["path"].isin({path for paths in groups for path in paths})]) - {""}
    sides = index["split"].astype(str).groupby(name).nunique()
    taken = name.isin(meant | set(sides.index[sides == 1])) & (name != "") & free
    unit = splits.units(index.assign(group=index["group"].mask(taken, name)))
    inside = index["split"].astype(str)
    torn = unit.isin(set(unit[name.isin(meant)])) & (inside.groupby(unit).transform("nunique") > 1)
    shares = (inside == "val").mean(), (inside == "test").mean()
    moves = _drawn_anew(index, unit, torn, seed, shares, by_groups=False)
    rows = np.flatnonzero(taken & bool(meant))
    return [*moves, Group(tuple(names_of(index, rows)), tuple(name.iloc[rows]))] if len(rows) else [*moves]


def near_copies_differ(index: pd.DataFrame, seed: int, drawn_here: bool) -> list[Edit]:
    """Say that near copies are different things in the whole data set; those that stood on one side for it are drawn anew.

    Args:
        index: As `splits.units` takes it, with the splits as they are.
        seed: Of what is drawn.
        drawn_here: Whether Fovea drew the splits; those that the source brought stay.
    """
    if not drawn_here or "near" not in index:
        return [NearCopies(True)]
    unit = splits.units(index.assign(near=""))
    tied = unit.isin(set(unit[(index["near"] != "").to_numpy()]))
    shares = splits.VAL_FRACTION, splits.TEST_FRACTION
    return [NearCopies(True), *_drawn_anew(index, unit, tied, seed, shares, by_groups=True)]


def _drawn_anew(
    index: pd.DataFrame, unit: pd.Series, which: pd.Series, seed: int, shares: tuple[float, float], by_groups: bool
) -> list[Move]:
    """The moves of the images `which`, (N,) bool, to splits that are drawn for them, beside the others."""
    inside = index["split"].astype(str)
    before = dict(zip(unit[~which], inside[~which], strict=True))
    unsaid = pd.Series("", index.index)
    drawn = splits.assign(index["label"], unit, unsaid, seed, before, shares, by_groups).where(which, inside)
    moved = {split: np.flatnonzero((drawn == split) & (inside != split)) for split in SPLITS}
    return [Move(tuple(names_of(index, rows)), split) for split, rows in moved.items() if len(rows)]


def keep_in_test(index: pd.DataFrame, groups: Iterable[Sequence[str]]) -> LeaveOut | None:
    """Leave out what is in train or val of each group that has an image in test: the test split stays as it was."""
    inside = index["split"].astype(str).to_numpy()
    gone = [row for rows in _joined(index, groups) if "test" in inside[rows] for row in rows if inside[row] != "test"]
    return LeaveOut(tuple(names_of(index, sorted(gone)))) if gone else None


def by_labels(index: pd.DataFrame, groups: Iterable[Sequence[str]]) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """The groups under several labels, by which labels these are, those of most groups first."""
    label = dict(zip(index["path"], index["label"].astype(str), strict=True))
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for group in groups:
        labels = tuple(sorted({label[path] for path in group if path in label}))
        if len(labels) > 1:
            found.setdefault(labels, []).append(tuple(group))
    return dict(sorted(found.items(), key=lambda one: (-len(one[1]), one[0])))


def keep_label(index: pd.DataFrame, groups: Iterable[Sequence[str]], label: str) -> Relabel | None:
    """Give all images of each group that has an image of class `label` that class; None where they have it."""
    labels = index["label"].astype(str).to_numpy()
    wrong = [row for rows in _joined(index, groups) if label in labels[rows] for row in rows if labels[row] != label]
    return Relabel(tuple(names_of(index, sorted(wrong))), label) if wrong else None


def leave_out(index: pd.DataFrame, groups: Iterable[Sequence[str]]) -> LeaveOut | None:
    """Leave out all images of these groups; None where there are none in the index."""
    paths = {path for group in groups for path in group}
    rows = np.flatnonzero(index["path"].isin(paths))
    return LeaveOut(tuple(names_of(index, rows))) if len(rows) else None


def still_true(kind: str, index: pd.DataFrame, groups: Iterable[Sequence[str]]) -> list[Sequence[str]]:
    """Of groups that were found as `kind` ("two_labels", "split_leak", "series_in_splits" or one of copies) those that it still says something
    of: as they are in `index`, and without what is left out.
    """
    column = {"two_labels": "label", "split_leak": "split", "series_in_splits": "split"}.get(kind)
    groups = list(groups)
    few = index[index["path"].isin({path for paths in groups for path in paths}).to_numpy()]
    of = few[column].astype(str) if column else few["group"].astype(str).where(few["group"] != "", few["path"])
    value = dict(zip(few["path"], of, strict=True))
    return [paths for paths in groups if len({value.get(path) for path in paths}) > 1]


def companions(index: pd.DataFrame, rows: Iterable[int]) -> np.ndarray:
    """(n,) sorted row numbers: `rows` and all that the split keeps on one side with them (`splits.units`)."""
    unit = splits.units(index)
    return np.flatnonzero(unit.isin(set(unit.iloc[np.fromiter(rows, int)])))


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
