"""FAULTS 27: a full disk. What there is can be read, what cannot be written is said, and deleting makes room."""

import errno
import json
import os
import sqlite3

import pytest

from core import cli
from core.data.add import add
from core.doctor import examine
from core.jobs.child import in_words, whose_fault
from core.train import runs
from core.workspace import Workspace, queue, room
from core.workspace.atomic import remove_folder
from core.workspace.catalogue import connect
from tests.making import copy, files_below, fill, write_classes


@pytest.fixture
def full(small_disk, tmp_path, made_run):
    """A workspace with two data sets and a run, on a disk without a byte left."""
    small_disk(tmp_path / "disk", "size=64m")
    workspace = Workspace.open(copy(made_run / "workspace", tmp_path / "disk" / "workspace"))
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12, "dog": 12}, height=64, width=64)), keep=True)
    fill(tmp_path / "disk")
    return workspace


@pytest.fixture
def run(full):
    (found,) = runs.list_runs(full)
    return found


@pytest.fixture
def command(full, capsys):
    """Runs a command on that disk: (exit code, JSON)."""

    def ask(*words):
        code = cli.main(["--workspace", str(full.root), *map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return ask


def test_27_what_there_is_can_be_read(command, run):
    assert {one["name"] for one in command("data", "list")[1]["datasets"]} == {"digits", "pets"}
    assert command("data", "show", "pets")[1]["images"] == 24
    code, shown = command("runs", "show", run.id)
    assert (code, shown["status"], shown["figures"]) == (0, "done", run.figures)
    assert [one["run"] for one in command("runs", "list")[1]["runs"]] == [run.id]


def test_27_what_cannot_be_written_is_said_and_leaves_nothing(command, full, run, tmp_path):
    before = files_below(full.root)
    write_classes(tmp_path / "more", {"owl": 12, "fox": 12}, first_seed=100)
    for words in (
        ("data", "add", tmp_path / "more"),
        ("data", "rename", "pets", "animals"),
        ("train", "pets", "--preset", "fast", "--detach"),
        ("evaluate", run.id, "--split", "val"),
    ):
        code, said = command(*words)
        assert code == 2, words
        assert "full" in said["error"], said
        assert "Make room" in said["error"], said
    left = {
        path for path in set(files_below(full.root)) - set(before) if not path.endswith((".lock", ".db-wal", ".db-shm"))
    }
    assert left == set()


def test_27_deleting_works_and_frees_room(command, full, run):
    def free():
        return os.statvfs(full.root).f_bavail * os.statvfs(full.root).f_frsize

    assert free() == 0
    assert command("data", "delete", "pets", "--yes")[0] == 0
    after_pets = free()
    assert after_pets > 24 * 64 * 64
    assert command("runs", "delete", run.id)[0] == 0
    assert free() > after_pets
    assert [one["name"] for one in command("data", "list")[1]["datasets"]] == ["digits"]
    assert command("runs", "list")[1]["runs"] == []
    fill(full.root)
    fill(full.root.parent)
    assert [one["name"] for one in command("data", "list")[1]["datasets"]] == ["digits"]


def test_27_a_rename_that_is_not_finished_keeps_nobody_from_deleting(command, full, run):
    unfinished = full.root / "renaming.json"
    assert command("data", "delete", "pets", "--yes")[0] == 0  # makes room for the file
    unfinished.write_text('{"name": "cats", "new_name": "digits"}')
    fill(full.root)
    fill(full.root.parent)

    assert command("data", "list")[0] == 0
    assert unfinished.exists()
    assert command("runs", "delete", run.id)[0] == 0
    assert command("data", "list")[0] == 0
    assert not unfinished.exists(), "it was finished as soon as there was room"


def test_27_the_doctor_sees_it(full):
    found = {one["check"]: one for one in examine(full)}
    assert not found["workspace"]["ok"]
    assert not found["disk"]["ok"]
    assert found["disk"]["message"] == "0.0 GB free"


def test_27_a_catalogue_in_memory_is_read_and_never_written(full):
    with connect(full) as db:
        assert db.execute("SELECT COUNT(*) FROM datasets").fetchone()[0] == 2
        with pytest.raises(sqlite3.OperationalError) as refused:
            db.execute("DELETE FROM datasets")
    assert room.said(refused.value)
    job = queue.list_jobs(full)[0]
    with pytest.raises((OSError, sqlite3.OperationalError)) as refused:
        queue.requeue(full, job.id)
    assert room.said(refused.value)


def test_27_a_folder_goes_where_not_even_a_new_folder_has_room(tmp_path, monkeypatch):
    write_classes(tmp_path / "pets", {"cat": 2})

    def refuse(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.workspace.atomic.tempfile.mkdtemp", refuse)
    remove_folder(tmp_path / "pets")
    assert not (tmp_path / "pets").exists()


def of_sqlite(code):
    error = sqlite3.OperationalError("in SQLite's words")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "begins"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/w/a.npy"), "The disk is full (/w/a.npy). Make room"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "The disk is full. Make room"),
        (RuntimeError("HDF5: errno = 28, No space left on device"), "The disk is full. Make room"),
        (sqlite3.OperationalError("database or disk is full"), "The disk is full. Make room"),
        (OSError(errno.EROFS, "Read-only file system", "/w/a"), "/w/a cannot be written (Read-only file system)."),
        (PermissionError(errno.EACCES, "Permission denied", "/w/a"), "/w/a may not be read or written by this user (Permission denied)."),
        (of_sqlite(sqlite3.SQLITE_IOERR_SHMSIZE), "The catalogue of the workspace cannot be written"),
        (of_sqlite(sqlite3.SQLITE_READONLY), "The catalogue of the workspace cannot be written"),
        (of_sqlite(sqlite3.SQLITE_BUSY), None),
        (OSError(errno.ENOENT, "No such file"), None),
        (ValueError("x"), None),
    ],
)  # fmt: skip
def test_27_one_place_says_what_is_wrong_with_a_disk(error, begins):
    said = room.said(error)
    assert said.startswith(begins) if begins else said is None
    assert whose_fault(error) == (queue.INPUT if begins else queue.FOVEA)
    assert in_words(error).startswith((begins or "Something in Fovea went wrong").partition(" Make")[0])


@pytest.mark.parametrize(("free", "little"), [(0, True), (room.LITTLE_BYTES - 1, True), (room.LITTLE_BYTES, False)])
def test_27_when_a_disk_counts_as_full(workspace, monkeypatch, free, little):
    monkeypatch.setattr("core.workspace.room.shutil.disk_usage", lambda _: type("", (), {"free": free}))
    assert (room.little_left(workspace) == free) is little
