"""Another name for a data set, which its runs and their evaluations go by from then on."""

from __future__ import annotations

import os

from core.data import shelf
from core.data.dataset import Dataset
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
            if file.exists() and (value := read_json(file))["dataset"].rpartition("@")[0] == name:
                write_json(file, {**value, "dataset": f"{new_name}@{value['dataset'].rpartition('@')[2]}"})
        for folder in (run.folder(workspace) / "evaluation").glob("*@*"):
            if folder.name.partition("@")[0] != name:
                continue
            for path in (folder / "metrics.json", folder / robustness.FILE):
                if path.exists():
                    value = read_json(path)
                    version = value["dataset"].rpartition("@")[2]
                    write_json(path, {**value, "dataset": f"{new_name}@{version}"})
            os.replace(folder, folder.with_name(new_name + folder.name.removeprefix(name)))
    return renamed
