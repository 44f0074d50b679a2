"""Another name for a data set, which its runs and their evaluations go by from then on."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from core.data import shelf
from core.data.dataset import Dataset
from core.errors import DamagedError
from core.evaluate import robustness
from core.evaluate.calibrated import FITTED
from core.train import runs, sweeps
from core.workspace import Workspace
from core.workspace.atomic import read_json, write_json


def rename_dataset(workspace: Workspace, name: str, new_name: str) -> list[Dataset]:
    """Give a data set another name, in all its versions, in all runs that learnt from it or were evaluated on it, and in sweeps.

    Raises:
        NotFoundError, InputError: As `core.data.shelf.rename` does. Nothing was changed then.
    """
    renamed = shelf.rename(workspace, name, new_name)
    sweeps.rename_data(workspace, name, new_name)
    for run in runs.list_runs(workspace):
        before, _, version = run.dataset.rpartition("@")
        if before == name:
            runs.change(workspace, run.id, dataset=f"{new_name}@{version}")
        for file in (run.folder(workspace) / fitted for fitted in FITTED):
            _rename_in(file, name, new_name)
        for folder in (run.folder(workspace) / "evaluation").glob("*@*"):
            if folder.name.partition("@")[0] != name:
                continue
            for path in (folder / "metrics.json", folder / robustness.FILE):
                _rename_in(path, name, new_name)
            os.replace(folder, folder.with_name(new_name + folder.name.removeprefix(name)))
    return renamed


def _rename_in(path: Path, name: str, new_name: str) -> None:
    """Put the new name into a JSON file that says of what data it is. A damaged one stays as it is: whoever reads it is told."""
    if not path.exists():
        return
    try:
        value, reference = read_json(path, lambda value: (value, str(value["dataset"])))
    except DamagedError as error:
        logging.getLogger(__name__).warning("%s", error)
        return
    if reference.rpartition("@")[0] == name:
        write_json(path, {**value, "dataset": f"{new_name}@{reference.rpartition('@')[2]}"})
