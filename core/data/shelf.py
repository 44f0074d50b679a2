"""The data sets that are there: list, rename, delete."""

from __future__ import annotations

import logging
import os
import sqlite3

from filelock import FileLock

from core.data.dataset import Dataset, file_of, find
from core.errors import DamagedError, InputError, NotFoundError
from core.workspace import Workspace
from core.workspace.alive import alone_with
from core.workspace.atomic import read_json, remove_folder, write_json
from core.workspace.catalogue import PUBLISH_LOCK, all_stored, connect, put_dataset, remove
from core.workspace.paths import check_name, folder_size_bytes
from core.workspace.queue import going_on, reconcile
from core.workspace.shape import an_object


def list_datasets(workspace: Workspace) -> list[Dataset]:
    """The newest version of every data set, by name."""
    with connect(workspace) as db:
        rows = db.execute("SELECT name, MAX(version) AS version, json FROM datasets GROUP BY name ORDER BY name")
        found = rows.fetchall()
    return _read(workspace, found)


def versions(workspace: Workspace, name: str) -> list[Dataset]:
    """All versions of the data set `name`, oldest first; empty if there is none."""
    with connect(workspace) as db:
        found = db.execute(
            "SELECT name, version, json FROM datasets WHERE name = ? ORDER BY version", (name,)
        ).fetchall()
    return _read(workspace, found)


def _read(workspace: Workspace, rows: list[sqlite3.Row]) -> list[Dataset]:
    files = [(row["json"], file_of(workspace, row["name"], row["version"])) for row in rows]
    return all_stored(files, Dataset.from_json)


def disk_bytes(workspace: Workspace, name: str) -> int:
    """Bytes on disk that deleting the data set would free."""
    return folder_size_bytes(workspace.dataset(find(workspace, name).name))


def delete(workspace: Workspace, name: str) -> int:
    """Delete a data set with all its versions. Runs that used it stay, with their figures.

    Returns:
        Bytes that this freed. Pictures of a folder source lie outside and stay.

    Raises:
        NotFoundError: There is none of that name.
        InputError: The name is that of one version, a job that uses the data set is queued or running, or a command works on it.
    """
    name = whole_name(workspace, name)
    _refuse_if_used(workspace, name)
    freed = disk_bytes(workspace, name)

    def forget(db: sqlite3.Connection) -> None:
        _refuse_if_used_in(db, name)  # by what began meanwhile
        if not db.execute("SELECT 1 FROM datasets WHERE name = ?", (name,)).fetchone():
            raise NotFoundError(f"There is no data set {name!r} any more: somebody deleted it or gave it another name.")
        db.execute("DELETE FROM datasets WHERE name = ?", (name,))

    with FileLock(workspace.root / PUBLISH_LOCK):
        remove(workspace, workspace.dataset(name), forget)
    return freed


def rename(workspace: Workspace, name: str, new_name: str) -> list[Dataset]:
    """Give a data set another name, in all its versions.

    Raises:
        NotFoundError: There is none of that name.
        InputError: The new name is unfit or taken, a job that uses the data set is queued or running, or a command works on it.
    """
    name = whole_name(workspace, name)
    new_name = check_name(new_name)
    target = workspace.dataset(new_name)
    if any(target.glob("v*/dataset.json")):
        raise InputError(f"There is a data set {new_name!r} already.")
    with FileLock(workspace.root / PUBLISH_LOCK), alone_with(workspace.dataset(name)):
        _refuse_if_used(workspace, name)
        if target.exists():  # of one that was deleted while something was written for it
            remove_folder(target)
        os.replace(workspace.dataset(name), target)
        try:
            list_as(workspace, name, new_name)
        except BaseException:
            os.replace(target, workspace.dataset(name))  # by whose name its versions go, whatever their files say
            raise
    return versions(workspace, new_name)


def list_as(workspace: Workspace, name: str, new_name: str) -> None:
    """Let files and catalogue say `new_name` of a data set whose folder has that name already; as often as one likes."""
    with connect(workspace) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM datasets WHERE name = ?", (name,))
        for path in workspace.dataset(new_name).glob("v*/dataset.json"):
            try:
                value = {**read_json(path, an_object), "name": new_name}
            except DamagedError as error:  # whoever reads it is told
                logging.getLogger(__name__).warning("%s", error)
                continue
            write_json(path, value)
            put_dataset(db, value)
        db.execute("COMMIT")


def whole_name(workspace: Workspace, name: str) -> str:
    """What the catalogue calls the data set `name`. Raises InputError for one version of it, NotFoundError where there is none."""
    found = find(workspace, name).name
    if "@" in name:
        raise InputError(f"{name} is one version; this takes all of a data set. Name it {found}, without the version.")
    return found


def _refuse_if_used(workspace: Workspace, name: str) -> None:
    reconcile(workspace)
    with connect(workspace) as db:
        _refuse_if_used_in(db, name)


def _refuse_if_used_in(db: sqlite3.Connection, name: str) -> None:
    for job in going_on(db):
        used = {str(job.payload.get(key, "")).partition("@")[0] for key in ("dataset", "name")}  # an import has a name
        if name in used:
            raise InputError(f"{job.id} is {job.status} and uses {name}. Stop it first.")
