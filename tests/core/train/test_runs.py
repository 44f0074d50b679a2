import errno
import json
import subprocess
import sys

import pytest

from core.data.add import add
from core.data.dataset import find
from core.errors import NotFoundError
from core.train import runs
from core.train.config import TrainConfig
from core.workspace import queue
from core.workspace.catalogue import connect
from tests.making import PROJECT, read_json, write_classes

CONFIG = TrainConfig(architecture="fast_cnn", batch_size=8)
TIMES = 60
CHANGE = """
import sys
from core.train import runs
from core.workspace import Workspace
workspace, run_id, who, times = Workspace.open(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
print("ready", flush=True)
sys.stdin.readline()
for number in range(times):
    if who == "renames":
        runs.describe(workspace, runs.find_run(workspace, run_id), f"name {number}", f"notes {number}")
    else:
        runs.record(workspace, run_id, **{f"{who}{number}": number})
"""


@pytest.fixture
def run(workspace, tmp_path):
    dataset = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 30, "dog": 30})))
    return runs.create(workspace, dataset, CONFIG)


def test_a_run_renamed_while_trainers_record_loses_nothing_of_either(workspace, run):
    command = [sys.executable, "-c", CHANGE, str(workspace.root), run.id]
    pipes = {"cwd": PROJECT, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([*command, who, str(TIMES)], **pipes) for who in ("a", "b", "renames")]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.wait(100) for writer in writers] == [0, 0, 0]

    found = runs.find_run(workspace, run.id)

    assert found.figures == {f"{who}{number}": number for who in "ab" for number in range(TIMES)}
    assert (found.name, found.notes) == (f"name {TIMES - 1}", f"notes {TIMES - 1}")
    assert read_json(run.folder(workspace) / "run.json") == found.to_json()


def test_a_run_is_found_by_its_id_without_reading_the_others(workspace, run):
    with connect(workspace) as db:
        for number in range(3):
            db.execute("INSERT INTO runs VALUES (?, ?, ?)", (f"other-{number}", 9e9, json.dumps({"config": "damaged"})))

    assert runs.find_run(workspace, run.id) == run
    assert runs.list_runs(workspace) == [run], "damaged ones hinder no other"


def test_a_run_that_is_gone_is_not_made_again_by_who_records(workspace, run):
    with connect(workspace) as db:
        db.execute("DELETE FROM runs")

    with pytest.raises(NotFoundError, match="There is no run"):
        runs.record(workspace, run.id, epochs=1)


def test_a_run_that_is_just_being_made_is_made_by_the_second_click_too(workspace, run):
    """As a second click sees it: the folder is written, the catalogue has neither the run nor its job yet."""
    with connect(workspace) as db:
        db.execute("DELETE FROM runs")
        db.execute("DELETE FROM jobs")
    with pytest.raises(NotFoundError):
        runs.find_run(workspace, run.id)

    runs.create(workspace, find(workspace, run.dataset), CONFIG, run_id=run.id)

    assert runs.find_run(workspace, run.id).id == queue.get(workspace, run.id).id == run.id


@pytest.mark.parametrize("there", [False, True])
def test_on_a_full_disk_no_folder_stays_but_that_of_another_click(workspace, run, monkeypatch, there):
    run_id = run.id if there else "another"
    with connect(workspace) as db:
        db.execute("DELETE FROM runs")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(runs, "_put", full)
    with pytest.raises(OSError, match="No space left"):
        runs.create(workspace, find(workspace, run.dataset), CONFIG, run_id=run_id)
    assert (workspace.runs / run_id).exists() == there
