"""The SQLite file that lists data sets, runs and jobs.

It is an index, not the truth: every row also stands in a JSON file in the folder that it names, and
`rebuild` makes the catalogue again from those.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock

from core.errors import DamagedError
from core.workspace.alive import alone_with
from core.workspace.atomic import built, out_of_sight, read_json, remove_folder, write_with
from core.workspace.paths import Workspace
from core.workspace.room import said
from core.workspace.shape import an_object, fields_of

SCHEMA = """
CREATE TABLE IF NOT EXISTS datasets (
    name TEXT NOT NULL, version INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (name, version)
);
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, created_at REAL NOT NULL, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, lane TEXT NOT NULL, status TEXT NOT NULL,
    created_at REAL NOT NULL, queued_at REAL NOT NULL, started_at REAL, json TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, queued_at);
"""
T = TypeVar("T")
TABLES = {"datasets", "runs", "jobs"}
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
PUBLISH_LOCK = "publish.lock"  # whoever makes, renames or removes versions holds it
UPGRADES = ("ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0",)
VERSION = len(UPGRADES)  # kept in the file as user_version: how many of them it has


@contextlib.contextmanager
def connect(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """A connection for one piece of work; made and closed by the caller's thread.

    Statements run by themselves unless the block says BEGIN. The catalogue is made, and filled from
    the folders, if it is missing or damaged; a damaged one is kept beside it as catalogue.damaged. One that
    an earlier Fovea made gets the columns that it lacks. Where the disk is too full for SQLite to open it, a copy in memory
    that is filled from the folders can be read, and refuses to be written.

    Raises:
        DamagedError: It turned out to be damaged in the middle of the work; it is made again by then.
    """
    with contextlib.closing(_opened(workspace)) as db:
        try:
            yield db
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in DAMAGED:
                raise
            _make(workspace, anew=True)
            raise DamagedError(
                f"{workspace.catalogue} was damaged. It was made again from the folders, which lost nothing. Do this once more."
            ) from error


def _opened(workspace: Workspace) -> sqlite3.Connection:
    db = None
    try:
        if not workspace.catalogue.exists():
            _make(workspace)
        db = _open(workspace.catalogue)
        if not _is_sound(db):
            db.close()
            _make(workspace, anew=True)
            db = _open(workspace.catalogue)
        _upgrade(db)
    except (OSError, sqlite3.OperationalError) as error:
        if db:
            db.close()
        if not said(error):
            raise
        return _in_memory(workspace)
    return db


def _in_memory(workspace: Workspace) -> sqlite3.Connection:
    db = _open(":memory:")
    db.executescript(SCHEMA)
    rebuild(workspace, db)
    db.execute("PRAGMA query_only = ON")
    return db


def _open(path: Path | str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=30, isolation_level=None)
    db.row_factory = sqlite3.Row
    return db


def _is_sound(db: sqlite3.Connection) -> bool:
    """Whether SQLite can read the file and finds the tables in it."""
    try:
        found = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.OperationalError:
        return True  # locked, or not to be opened: that is no damage
    except sqlite3.DatabaseError:
        return False
    return found >= TABLES


def _is_whole(db: sqlite3.Connection) -> bool:
    """The same of every page of it."""
    try:
        return _is_sound(db) and db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except sqlite3.OperationalError:
        return True
    except sqlite3.DatabaseError:
        return False


def _upgrade(db: sqlite3.Connection) -> None:
    if _version(db) >= VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    for statement in UPGRADES[_version(db) :]:  # none where another process was first
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _make(workspace: Workspace, anew: bool = False) -> None:
    """Make the catalogue beside its place and put it there whole, so that whoever finds it finds its tables."""

    def write(path: Path) -> None:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(SCHEMA)
            db.execute(f"PRAGMA user_version = {VERSION}")
            rebuild(workspace, db)

    with FileLock(workspace.root / "catalogue.lock"):
        if anew:
            with contextlib.closing(_open(workspace.catalogue)) as db:
                is_damaged = not _is_whole(db)
            if is_damaged:
                kept = workspace.catalogue.replace(workspace.root / "catalogue.damaged")
                told = "%s was damaged: it is kept as %s, and made again from the folders."
                logging.getLogger(__name__).warning(told, workspace.catalogue, kept.name)
        if workspace.catalogue.exists():
            return  # another process was first
        for rest in ("-wal", "-shm"):  # of the one that was lost; they would be played into the new one
            workspace.catalogue.with_name(workspace.catalogue.name + rest).unlink(missing_ok=True)
        write_with(workspace.catalogue, write)


def remove(workspace: Workspace, folder: Path, forget: Callable[[sqlite3.Connection], None]) -> None:
    """Remove `folder`, and by `forget` what the catalogue says of it, in one transaction: whoever is killed in it left all there, or
    a row without a folder that can be removed as well. On a full disk the folder goes first, which makes room.

    Raises:
        InputError: Some process works in the folder, or `forget` raised it.
    """
    with alone_with(folder):
        try:
            gone = _hidden(workspace, folder, forget)
        except sqlite3.OperationalError as error:
            if not said(error):
                raise
            remove_folder(folder)
            gone = _hidden(workspace, folder, forget)
    shutil.rmtree(gone, ignore_errors=True)


def _hidden(workspace: Workspace, folder: Path, forget: Callable[[sqlite3.Connection], None]) -> Path:
    gone = None
    try:
        with connect(workspace) as db:
            db.execute("BEGIN IMMEDIATE")
            forget(db)
            gone = out_of_sight(folder)
            db.execute("COMMIT")
    except BaseException:
        if gone and gone.exists():
            os.replace(gone, folder)
        raise
    return gone


def adopt(workspace: Workspace, name: str = "[!.]*") -> None:
    """List the whole versions of data sets that the catalogue does not know, since a process was killed between writing the last
    file of one and its row.

    Args:
        name: Of one data set; of all by default.
    """
    with connect(workspace) as db:
        if not _unlisted(workspace, db, name):
            return
        with FileLock(workspace.root / PUBLISH_LOCK):
            for path in _unlisted(workspace, db, name):
                _put_version(db, path)


def rebuild(workspace: Workspace, db: sqlite3.Connection) -> None:
    """Fill the catalogue from the folders. What cannot be read is passed over, with a word in the log."""
    for path in _versions(workspace):
        _put_version(db, path)
    for path in workspace.runs.glob("[!.]*/run.json"):
        _put(path, lambda value: put_run(db, value))
    from core.workspace.queue import Job  # which imports this module

    for folder in (workspace.runs, workspace.jobs):
        for path in folder.glob("[!.]*/job.json"):
            _put(path, lambda value: put_job(db, fields_of(Job, value)))


def _unlisted(workspace: Workspace, db: sqlite3.Connection, name: str) -> list[Path]:
    listed = {(row["name"], row["version"]) for row in db.execute("SELECT name, version FROM datasets")}
    there = _versions(workspace, name)
    return [path for path in there if (path.parents[1].name, int(path.parent.name[1:])) not in listed]


def _versions(workspace: Workspace, name: str = "[!.]*") -> list[Path]:
    found = workspace.datasets.glob(f"{name}/v*/dataset.json")
    return [path for path in found if path.parent.name[1:].isdecimal()]


def _put_version(db: sqlite3.Connection, path: Path) -> None:
    _put(path, lambda value: put_dataset(db, value), name=path.parents[1].name)


def _put(path: Path, put: Callable[[dict], None], **instead: str) -> None:
    try:
        put({**read_json(path, an_object), **instead})
    except (OSError, ValueError, TypeError, LookupError, sqlite3.ProgrammingError, sqlite3.InterfaceError) as error:
        logging.getLogger(__name__).warning("%s is damaged and was passed over (%s).", path, error)


def stored(text: str, path: Path, build: Callable[[Any], T]) -> T:
    """What `build` makes of a row's JSON; of its file, which may be mended since, where it does not take that.

    Raises:
        DamagedError: It takes neither.
    """
    try:
        return built(path, lambda: json.loads(text), build)
    except DamagedError as damaged:
        try:
            return read_json(path, build)
        except OSError:
            raise damaged from None


def all_stored(found: Iterable[tuple[str, Path]], build: Callable[[Any], T]) -> list[T]:
    """`stored` of each row; damaged ones are passed over, with a word in the log."""
    good = []
    for text, path in found:
        try:
            good.append(stored(text, path, build))
        except DamagedError as error:
            logging.getLogger(__name__).warning("%s", error)
    return good


def put_dataset(db: sqlite3.Connection, value: dict) -> None:
    """Insert or replace the row of one version of a data set; `value` is its dataset.json."""
    db.execute(
        "INSERT OR REPLACE INTO datasets VALUES (?, ?, ?)",
        (value["name"], value["version"], json.dumps(value)),
    )


def put_run(db: sqlite3.Connection, value: dict) -> None:
    """Insert or replace the row of a run; `value` is its run.json."""
    db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (value["id"], value["created_at"], json.dumps(value)))


def put_job(db: sqlite3.Connection, value: dict) -> None:
    """Insert or replace the row of a job; `value` is its job.json, that of an earlier Fovea without a priority."""
    columns = ("id", "kind", "lane", "status", "created_at", "queued_at", "started_at")
    db.execute(
        f"INSERT OR REPLACE INTO jobs ({', '.join(columns)}, json, priority) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*(value[column] for column in columns), json.dumps(value), value.get("priority", 0)),
    )
