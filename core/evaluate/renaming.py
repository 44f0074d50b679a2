"""Another name for a data set, which its runs and their evaluations go by from then on."""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path

from filelock import FileLock, Timeout

from core.data import drafts, shelf
from core.data.dataset import Dataset
from core.errors import DamagedError
from core.evaluate import robustness
from core.evaluate.calibrated import FITTED
from core.train import runs, sweeps
from core.workspace import Workspace, queue
from core.workspace.atomic import read_json, remove_folder, write_json
from core.workspace.paths import UNFINISHED, check_name
from core.workspace.room import said

LOCK, PATIENCE_SECONDS = "renaming.lock", 1.0


def rename_dataset(workspace: Workspace, name: str, new_name: str) -> list[Dataset]:
    """Give a data set another name, in all its versions, in all runs that learnt from it or were evaluated on it, and in sweeps.

    What a process was killed in is finished by `finish_renaming`.

    Raises:
        NotFoundError, InputError: As `core.data.shelf.rename` does. Nothing was changed then.
    """
    name, new_name = shelf.whole_name(workspace, name), check_name(new_name)
    with FileLock(workspace.root / LOCK):
        _finish(workspace)
        write_json(workspace.root / UNFINISHED, {"name": name, "new_name": new_name})
        try:
            renamed = shelf.rename(workspace, name, new_name)
        except BaseException:
            (workspace.root / UNFINISHED).unlink()
            raise
        _rename_around(workspace, name, new_name)
        (workspace.root / UNFINISHED).unlink()
    return renamed


def finish_renaming(workspace: Workspace) -> None:
    """Finish what a process began that was killed while it gave a data set another name; nothing where none did. Where the disk
    is full or only read it stays to be finished: what else there is can be read, and deleting makes room.
    """
    if not (workspace.root / UNFINISHED).exists():
        return
    try:
        with FileLock(workspace.root / LOCK, timeout=PATIENCE_SECONDS):
            _finish(workspace)
    except Timeout:
        pass  # somebody gives a name just now, and waits
    except (OSError, sqlite3.Error) as error:
        if not (why := said(error)):
            raise
        logging.getLogger(__name__).warning("A data set's other name is not everywhere yet. %s", why)


def _finish(workspace: Workspace) -> None:
    file = workspace.root / UNFINISHED
    if not file.exists():
        return
    try:
        name, new_name = read_json(file, lambda value: (str(value["name"]), str(value["new_name"])))
    except DamagedError as error:
        logging.getLogger(__name__).warning("%s", error)
    else:
        if workspace.dataset(new_name).exists() and not workspace.dataset(name).exists():
            shelf.list_as(workspace, name, new_name)
            _rename_around(workspace, name, new_name)
    file.unlink()


def _rename_around(workspace: Workspace, name: str, new_name: str) -> None:
    """Rename what speaks of the data set; as often as one likes."""
    sweeps.rename_data(workspace, name, new_name)
    queue.rename_data(workspace, name, new_name)
    drafts.rename_data(workspace, name, new_name)
    learnt = {one.reference: one.fingerprint for one in shelf.versions(workspace, new_name)}
    for run in runs.list_runs(workspace):
        before, _, version = run.dataset.rpartition("@")
        is_of_deleted = run.data_fingerprint != learnt.get(f"{new_name}@{version}", run.data_fingerprint)
        own = run.dataset
        if before == name and not (run.data_fingerprint and is_of_deleted):
            own = runs.change(workspace, run.id, dataset=f"{new_name}@{version}").dataset
        for file in (run.folder(workspace) / fitted for fitted in FITTED):
            _rename_in(file, name, new_name)
        for folder in (run.folder(workspace) / "evaluation").glob("*@*"):
            if folder.name.partition("@")[0] != name:
                continue
            for path in (folder / "metrics.json", folder / robustness.FILE):
                _rename_in(path, name, new_name)
            target = folder.with_name(new_name + folder.name.removeprefix(name))
            if target.exists():  # of data that had the new name before it was deleted
                if (
                    target.name.rpartition("-")[0] == own and own == run.dataset
                ):  # which the run learnt from, and is known for
                    remove_folder(folder)
                    continue
                remove_folder(target)
            os.replace(folder, target)


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
