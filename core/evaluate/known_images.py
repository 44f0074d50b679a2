"""Which images of a data set a run can be asked about: where a data set's labels become a run's own classes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from core.data.dataset import Dataset, find
from core.data.same_classes import same_classes
from core.errors import DamagedError, NotFoundError
from core.train.runs import Run, learnt_from, read_labels
from core.workspace import Workspace
from core.workspace.atomic import read_json

MOST = 3


def names_in(workspace: Workspace, run: Run, dataset: Dataset) -> dict[str, str]:
    """{a class that the run knows: its name in `dataset`}, of the classes that are there.

    They meet by name; in another version of the very data that the run learnt from also where they were renamed
    between the two (`core.data.same_classes`; merges are not followed).

    Raises:
        InputError: The run has no model.
        DamagedError: That version, or one between the two, cannot be read.
    """
    classes, there = read_labels(workspace, run), set(dataset.classes)
    same = {name: name for name in classes if name in there}
    if dataset.name == run.dataset.rpartition("@")[0] and dataset.reference != run.dataset:
        try:
            same = same_classes(workspace, learnt_from(workspace, run), dataset)
        except (
            NotFoundError
        ):  # that was deleted, and other data has its name; where it is there but damaged, that is told
            file = workspace.dataset(dataset.name) / f"v{run.dataset.rpartition('@')[2]}" / "dataset.json"
            if file.exists():
                read_json(file, Dataset.from_json)
    return {name: same[name] for name in classes if name in same}


def called_otherwise(names: Mapping[str, str]) -> dict[str, str]:
    """Those of `names_in` that differ."""
    return {name: there for name, there in names.items() if name != there}


def renamed_in(workspace: Workspace, run: Run, reference: str) -> dict[str, str]:
    """{a class that the run knows: its name in `name@version`} where that is another; empty where the data was deleted,
    or nobody can tell.
    """
    if reference == run.dataset or reference.rpartition("@")[0] != run.dataset.rpartition("@")[0]:
        return {}
    try:
        return called_otherwise(names_in(workspace, run, find(workspace, reference)))
    except (NotFoundError, DamagedError):
        return {}


def renamed_words(renamed: Mapping[str, str], reference: str) -> str:
    """Whose names are shown: "Classes have this run's names: orange is called oranges in fruit@2."; "" where none differs."""
    if not renamed:
        return ""
    told = [f"{name} is called {there}" for name, there in list(renamed.items())[:MOST]]
    more = len(renamed) - len(told)
    if more:
        told.append(f"{more:,} more {'have other names' if more > 1 else 'has another name'}")
    return (
        f"Classes have this run's names: {', '.join(told[:-1])}{' and ' if told[1:] else ''}{told[-1]} in {reference}."
    )


def known_images(index: pd.DataFrame, split: str, names: Mapping[str, str]) -> pd.DataFrame:
    """The rows of a split that a run can be asked about, with its own names as `label`; the others count for nothing anywhere.

    Args:
        index: Columns `label`, `split` at least.
        names: What `names_in` gives.
    """
    known = index[(index["split"] == split) & index["label"].isin(list(names.values()))]
    if not called_otherwise(names):
        return known
    own = {there: name for name, there in names.items()}
    return known.assign(label=known["label"].astype(object).map(own))
