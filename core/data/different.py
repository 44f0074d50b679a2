"""Pictures that look alike and are different things, because a person said so; kept for all versions of a data set."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd

from core.data.dataset import Dataset, read_index
from core.workspace import Workspace
from core.workspace.atomic import read_json, write_json
from core.workspace.shape import fits

FILE = "different.json"


def read(workspace: Workspace, name: str) -> tuple[frozenset[str], ...]:
    """Groups of pictures of the data set `name`, by their sha256.

    Raises:
        DamagedError: The file is damaged.
    """
    path = workspace.dataset(name) / FILE
    try:
        return read_json(path, _from_json, "Delete it: only what was said to be different is lost.")
    except FileNotFoundError:
        return ()


def are(hashes: Collection[str], said: Iterable[frozenset[str]]) -> bool:
    """Whether these pictures, by their sha256, are among what a person said to be different; of one picture nobody can."""
    return len(hashes) > 1 and any(one.issuperset(hashes) for one in said)


def of_one_label(index: pd.DataFrame, said: Iterable[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """Those of `said` whose pictures have one label in `index`: of others it was said only that their labels are right."""
    label = index["label"].astype(str).groupby(index["sha256"]).agg(set)
    return tuple(one for one in said if len(set().union(*label.reindex(list(one)).dropna())) == 1)


def apart(index: pd.DataFrame, said: Collection[frozenset[str]], all_of_them: bool = False) -> pd.DataFrame:
    """`index` without `near` where all near copies of a label are among those of one label that a person said are different.

    What judges copies of one label takes it: `core.data.splits`, and so leaks, evaluations' units and what a run had before.

    Args:
        all_of_them: As `Dataset.near_different`: all near copies are different things.
    """
    if all_of_them and "near" in index:
        return index.assign(near="")
    if "near" not in index or not (said := of_one_label(index, said) if said else ()):
        return index
    of_label = index["near"].astype(str) + "\t" + index["label"].astype(str)
    they_are = index["sha256"].groupby(of_label).agg(lambda hashes: are(set(hashes), said))
    return index.assign(near=index["near"].mask(of_label.map(they_are).astype(bool), ""))


def read_apart(workspace: Workspace, dataset: Dataset) -> pd.DataFrame:
    """What `read_index` gives, `apart`. It is for judging, not for the next version: what was said can be taken back."""
    return apart(read_index(workspace, dataset), read(workspace, dataset.name))


def _from_json(value: Any) -> tuple[frozenset[str], ...]:
    if not fits(value, list[list[str]]):
        raise TypeError("it is no list of lists of names")
    return tuple(map(frozenset, value))


def said_at(workspace: Workspace, name: str) -> int:
    """When that last changed, in nanoseconds; 0 where nothing was ever said."""
    path = workspace.dataset(name) / FILE
    return path.stat().st_mtime_ns if path.exists() else 0


def say(workspace: Workspace, name: str, groups: Iterable[Iterable[str]], different: bool = True) -> None:
    """Keep that the pictures of each group, by their sha256, are different things; or, with False, that they are not."""
    said = dict.fromkeys(read(workspace, name))
    for group in map(frozenset, groups):
        said = {one: None for one in said if one != group} | ({group: None} if different else {})
    write_json(workspace.dataset(name) / FILE, [sorted(group) for group in said])
