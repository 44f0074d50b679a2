"""Edits -> the next version. Pictures stay where they are; only tables are written.

Whoever edits says which version they saw. Where somebody saved a newer one meanwhile, `apply` refuses, and
on_top.py says which of the edits fit the newer one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from core import images
from core.data.columns import like
from core.data.dataset import INDEX_COLUMNS, LEFT_OUT_BY_HAND, Dataset, read_index, read_raw_index, read_table
from core.data.difference import difference
from core.data.edits import (
    NEAR_ALIKE,
    NEAR_DIFFERENT,
    Edit,
    Group,
    ImageName,
    LeaveOut,
    MergeClasses,
    Move,
    NearCopies,
    PutBack,
    Relabel,
    RenameClass,
    names_of,
)
from core.data.publish import counts, fingerprint, publish, refuse_if_newer
from core.data.scan import suitable_size
from core.data.shelf import versions
from core.errors import InputError
from core.workspace import Workspace


def apply(workspace: Workspace, base: Dataset, edits: Sequence[Edit], change: str = "") -> Dataset:
    """Make the version after `base`: the same images but for `edits`, one after the other.

    Args:
        base: The version that the person saw; it must be the newest.
        change: What made the version, before the difference in words; may be empty.

    Raises:
        ConflictError: There is a newer version. Nothing was made.
        InputError: An edit names an image or a class that `base` has not, or they change nothing.
    """
    refuse_if_newer(workspace, base)
    index, left_out = read_raw_index(workspace, base), read_aside(workspace, base)
    rows = _edited(index, left_out, edits)
    new_index, new_left_out = rows.index(), rows.left_out(left_out)
    if new_index.empty:
        raise InputError("Every image would be left out. Keep one, or delete the data set.")
    said = next((edit.different for edit in reversed(edits) if isinstance(edit, NearCopies)), base.near_different)
    words = _near_in_words(base.near_different, said)
    words += difference(index, new_index, _by_hand(left_out), _by_hand(new_left_out))
    if not words:
        raise InputError("These edits change nothing: everything is as they want it already.")
    counted = counts(new_index)
    made = replace(
        base,
        channels=1 if all(map(images.is_grey, new_index["mode"].unique())) else 3,
        size=suitable_size(new_index["width"].to_numpy(), new_index["height"].to_numpy()),
        left_out=len(new_left_out),
        fingerprint=_known_fingerprint(workspace, base.name, new_index, counted),
        change=f"{change} ({'; '.join(words)})" if change else "; ".join(words),
        created_at=time.time(),
        near_different=said,
        **counted,
    )
    return publish(workspace, made, new_index, new_left_out, after=base, renamed=rows.renamed())


def undo(workspace: Workspace, seen: Dataset) -> Dataset:
    """Make the next version equal to the one before `seen`. Undoing an undo does the edit again.

    Raises:
        ConflictError: `seen` is not the newest version any more.
        InputError: `seen` is the first version.
    """
    earlier = {one.version: one for one in versions(workspace, seen.name) if one.version < seen.version}
    if not earlier:
        raise InputError(f"{seen.reference} is the first version; there is nothing before it.")
    return restore(workspace, seen, earlier.get(seen.parent or 0) or earlier[max(earlier)])


def restore(workspace: Workspace, seen: Dataset, version: Dataset) -> Dataset:
    """Make the next version equal to `version`: the very same rows in the same order.

    Raises:
        ConflictError: `seen` is not the newest version any more.
        InputError: It is equal already.
    """
    refuse_if_newer(workspace, seen)
    now, then = (read_raw_index(workspace, one) for one in (seen, version))
    aside = [read_aside(workspace, one) for one in (seen, version)]
    words = _near_in_words(seen.near_different, version.near_different)
    if now.equals(then) and aside[0].equals(aside[1]) and not words:
        raise InputError(f"{seen.reference} is the same as version {version.version} already.")
    words += difference(now, then, *map(_by_hand, aside))
    change = ": ".join(filter(None, [f"Back to version {version.version}", "; ".join(words)]))
    made = replace(version, change=change, created_at=time.time())
    folder = version.folder(workspace)
    return publish(workspace, made, folder / "index.parquet", folder / "left_out.parquet", after=seen)


def changes(workspace: Workspace, then: Dataset, now: Dataset) -> str:
    """In what `now` differs from the version `then`, in words, over all versions between; "" where in nothing.

    Raises:
        DamagedError: One of the two cannot be read.
    """
    if now.parent == then.version:
        return now.change
    columns = ["sha256", "path", "label", "split", "group"]
    tables = [read_index(workspace, one, columns) for one in (then, now)]
    words = _near_in_words(then.near_different, now.near_different)
    return "; ".join(words + difference(*tables, *(left_out_by_hand(workspace, one) for one in (then, now))))


def read_aside(workspace: Workspace, dataset: Dataset) -> pd.DataFrame:
    """All of left_out.parquet: `path`, `reason` and, for images that were left out by hand, what the index said of them
    and `row`, the place that they had in it.
    """
    return read_table(workspace, dataset, "left_out.parquet")


def left_out_by_hand(workspace: Workspace, dataset: Dataset) -> pd.DataFrame:
    """The images that a person left out, one a row, with the columns of the index."""
    return _by_hand(read_aside(workspace, dataset))


def edited(
    index: pd.DataFrame, left_out: pd.DataFrame, edits: Sequence[Edit]
) -> tuple[pd.DataFrame, dict[str, str | None]]:
    """The index after `edits`, which name images as it and the left-out table have them, and `Dataset.renamed`.

    Raises:
        InputError: An edit names an image or a class that is not there.
    """
    rows = _edited(index, left_out, edits)
    return rows.index(), rows.renamed()


def _edited(index: pd.DataFrame, left_out: pd.DataFrame, edits: Sequence[Edit]) -> _Rows:
    rows = _Rows(index, _by_hand(left_out))
    for edit in edits:
        rows.make(edit)
    return rows


class _Rows:
    """The images of a version, those left out by hand behind them, while edits are made."""

    def __init__(self, index: pd.DataFrame, aside: pd.DataFrame) -> None:
        self._images, self._columns = len(index), list(index.columns)
        self._table = pd.concat([index, like(aside, index)], ignore_index=True) if len(aside) else index
        self._place = aside["row"].astype(int).tolist() if len(aside) else []
        self._label = self._table["label"].to_numpy(dtype=object, copy=True)
        self._split = self._table["split"].to_numpy(dtype=object, copy=True)
        self._group = self._table["group"].to_numpy(dtype=object, copy=True)
        self._kept = np.arange(len(self._table)) < self._images
        self._called: dict[str, str | None] = {name: name for name in self._classes()}  # each class as it was: as it is
        self._merged: set[str] = set()  # what came of merging
        self._row_of = {name: row for row, name in enumerate(names_of(index))}
        self._aside_row_of = (
            {name: self._images + row for row, name in enumerate(names_of(aside))} if len(aside) else {}
        )

    def make(self, edit: Edit) -> None:
        match edit:
            case Relabel(names, label):
                self._label[self._rows(names)] = label
            case Move(names, split):
                self._split[self._rows(names)] = split
            case Group(names, groups):
                self._group[self._rows(names)] = groups
            case LeaveOut(names):
                self._kept[self._rows(names)] = False
            case PutBack(names):
                self._kept[self._rows(names, self._row_of | self._aside_row_of)] = True
            case RenameClass(old, new):
                if new in self._classes():
                    raise InputError(f"There is a class {new!r} already. Merge {old!r} into it instead.")
                self._rename((old,), new)
            case MergeClasses(classes, into):
                self._rename(classes, into)
            case NearCopies():
                pass  # said of the version, not of its images

    def renamed(self) -> dict[str, str | None]:
        """See `Dataset.renamed`. All images of a class relabelled to a new one are a class renamed too."""
        stayed = np.flatnonzero(self._kept[: self._images])
        pairs = set(zip(self._table["label"].to_numpy(dtype=object)[stayed], self._label[stayed], strict=True))
        olds, news = ([pair[side] for pair in pairs] for side in (0, 1))
        relabelled = {
            old: new for old, new in pairs if olds.count(old) == news.count(new) == 1 and new not in self._called
        }
        there = self._classes()  # a name that was given and taken again, all at once, leads nowhere
        called = {old: new for old, new in self._called.items() if new != old and (new is None or new in there)}
        return {**dict.fromkeys(self._merged & there), **relabelled, **called}

    def index(self) -> pd.DataFrame:
        """The rows that stay, in their order; what was put back stands where it was."""
        order = [row for row in self._order() if self._kept[row]]
        table = self._relabelled().iloc[order][self._columns]
        return table.reset_index(drop=True)

    def left_out(self, before: pd.DataFrame) -> pd.DataFrame:
        """`before` without what was put back, then what goes now, last row first, so that the way back is exact."""
        hands = before.index[before["reason"] == LEFT_OUT_BY_HAND]
        stay = before.copy()
        if len(hands):
            stay.loc[hands, "label"] = self._label[self._images :]  # its class may have another name now
        stay = stay.drop(hands[self._kept[self._images :]])
        gone = [(place, row) for place, row in enumerate(self._order()) if row < self._images and not self._kept[row]]
        if not gone:
            return stay.reset_index(drop=True)
        places, rows = zip(*reversed(gone), strict=True)
        new = self._relabelled().iloc[list(rows)].assign(reason=LEFT_OUT_BY_HAND, row=places)
        records = [*stay.to_dict("records"), *new.to_dict("records")]
        return pd.DataFrame(
            records, columns=["path", "reason", *(c for c in new.columns if c not in ("path", "reason"))]
        )

    def _order(self) -> list[int]:
        order = list(range(self._images))
        for number in reversed(range(len(self._place))):
            if self._kept[self._images + number]:
                order.insert(self._place[number], self._images + number)
        return order

    def _relabelled(self) -> pd.DataFrame:
        kinds = self._table.dtypes
        changed = {"label": self._label, "split": self._split, "group": self._group}
        series = {name: pd.Series(values, self._table.index, dtype=kinds[name]) for name, values in changed.items()}
        return self._table.assign(**series)

    def _classes(self) -> set[str]:
        return set(self._label[self._kept])

    def _rename(self, classes: Sequence[str], new: str) -> None:
        if unknown := [name for name in classes if name not in self._classes()]:
            raise InputError(f"There is no class {unknown[0]!r}. Its images may have gone to another one.")
        joined = {*classes, new} & self._classes()
        if len(joined) > 1 or joined & self._merged:
            self._merged = self._merged - joined | {new}
        for old, name in self._called.items():
            if name in joined:
                self._called[old] = new if len(joined) == 1 else None
        self._label[np.isin(self._label, list(classes))] = new

    def _rows(self, names: Sequence[ImageName], where: dict[ImageName, int] | None = None) -> list[int]:
        where = self._row_of if where is None else where
        missing = [name.path for name in names if name not in where]
        if missing:
            more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
            raise InputError(f"There is no image {missing[0]}{more} in this version.")
        return [where[name] for name in names]


def _near_in_words(before: bool, after: bool) -> list[str]:
    return [] if before == after else [NEAR_DIFFERENT if after else NEAR_ALIKE]


def _by_hand(left_out: pd.DataFrame) -> pd.DataFrame:
    columns = dict.fromkeys([*INDEX_COLUMNS, "row", *left_out.columns])  # a table without such images has but two
    return left_out[left_out["reason"] == LEFT_OUT_BY_HAND].reset_index(drop=True).reindex(columns=[*columns])


def _known_fingerprint(workspace: Workspace, name: str, index: pd.DataFrame, counted: dict[str, Any]) -> str:
    """The fingerprint of an earlier version with these very images, labels, splits and groups, else a new one."""
    made = fingerprint(index)
    for version in reversed(versions(workspace, name)):
        same = all(getattr(version, field) == value for field, value in counted.items())
        if same and fingerprint(read_index(workspace, version)) == made:
            return version.fingerprint
    return made
