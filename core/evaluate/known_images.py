"""Which images of a data set a run can be asked about: where a data set's labels become a run's own classes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from core.data.dataset import find
from core.errors import DamagedError, NotFoundError
from core.train.own_classes import names_in
from core.train.runs import Run
from core.workspace import Workspace

MOST = 3


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


def is_of_before_renames(workspace: Workspace, run: Run, reference: str, renamed: Mapping[str, str]) -> bool:
    """Whether what is kept of a run on `name@version` is of an earlier Fovea, which followed no renamed class: its names are wrong.

    Args:
        renamed: What is kept of the names.
    """
    return not renamed and bool(renamed_in(workspace, run, reference))


def is_of_other_data(workspace: Workspace, run: Run, reference: str, fingerprint: str) -> bool:
    """Whether what is kept of a run on `name@version` is of data that was deleted since, and other data has its name now.

    Of the run's own data it is kept: it is what the run is known for (`core.train.runs.learnt_from` tells of the data).

    Args:
        fingerprint: What is kept of the data; "" where nothing is.
    """
    if not fingerprint or reference == run.dataset:
        return False
    try:
        return find(workspace, reference).fingerprint != fingerprint
    except (NotFoundError, DamagedError):
        return False


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
