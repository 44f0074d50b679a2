"""FAULTS 28: a clock that is set back or forward by a day."""

import dataclasses
import json
import time

import pytest

from core import cli
from core.jobs import start, supervisor
from core.jobs.watch import look
from core.train import runs
from core.train.presets import preset
from core.workspace import alive, events, queue

DAY = 24 * 3600
SET = pytest.mark.parametrize("shift", [-DAY, DAY], ids=["back", "forward"])


@pytest.fixture
def clock(monkeypatch):
    """`clock(shift)` sets it, as `date -s` does."""
    real = time.time
    return lambda shift: monkeypatch.setattr(time, "time", lambda: real() + shift)


@pytest.fixture
def running(workspace):
    """A job that runs."""
    queue.submit(workspace, queue.Job("import-a", "import", queue.LIGHT, {"source": "digits"}))
    return queue.claim(workspace, queue.LIGHT)


@SET
def test_28_a_job_whose_process_is_gone_is_no_ghost_and_one_that_starts_just_now_is_let_start(
    workspace, running, clock, monkeypatch, shift
):
    clock(shift)
    assert queue.get(workspace, running.id).status == queue.RUNNING
    later = time.monotonic() + queue.STARTUP_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert queue.get(workspace, running.id).status == queue.INTERRUPTED


def test_19_a_job_that_ran_when_the_machine_was_switched_off_is_no_ghost(workspace, running, monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: running.since_tick - 1000)
    assert queue.get(workspace, running.id).status == queue.INTERRUPTED


@pytest.fixture
def grown_up(monkeypatch):
    """No process is waited for that may hold its lock in a moment."""
    monkeypatch.setattr(queue, "STARTUP_SECONDS", 0)


@SET
def test_28_a_job_whose_process_lives_runs_on(workspace, running, clock, grown_up, shift):
    lock = alive.hold(running.folder(workspace))
    clock(shift)
    assert queue.get(workspace, running.id).status == queue.RUNNING
    lock.release()
    assert queue.get(workspace, running.id).status == queue.INTERRUPTED


@SET
def test_28_stopping_does_not_hang(workspace, digits, clock, capsys, grown_up, shift):
    run = runs.create(digits.workspace, digits.dataset, preset("fast").config)
    queue.claim(digits.workspace, queue.HEAVY)
    clock(shift)
    assert cli.main(["--workspace", str(digits.workspace.root), "runs", "stop", run.id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == queue.INTERRUPTED


@SET
def test_28_what_a_job_says_is_news_whatever_the_clock_says_and_an_earlier_attempt_is_not(
    workspace, running, clock, grown_up, shift
):
    lock = alive.hold(running.folder(workspace))
    events.append(running.folder(workspace), "progress", stage="Reading", done=1, total=2, unit="", seconds=1.0)
    assert look(workspace, running).stage == "Reading"
    clock(shift)
    events.append(running.folder(workspace), "progress", stage="Saving", done=1, total=2, unit="", seconds=1.0)
    assert look(workspace, running).stage == "Saving"
    lock.release()
    queue.get(workspace, running.id)
    queue.requeue(workspace, running.id)
    again = queue.claim(workspace, queue.LIGHT)
    assert look(workspace, again).stage not in ("Reading", "Saving")


@SET
def test_28_the_supervisor_knows_where_a_training_of_an_earlier_one_runs(workspace, running, clock, monkeypatch, shift):
    monkeypatch.setattr(supervisor.Supervisor, "__init__", lambda self: None)
    serving = supervisor.Supervisor()
    serving._workspace, serving._places = workspace, ["GPU 0", "GPU 1"]
    monkeypatch.setattr(supervisor, "parts", lambda there, device: [one for one in there if device.startswith(one)])
    assert serving._told(running) == []
    clock(shift)
    events.append(running.folder(workspace), "started", device="GPU 1, NVIDIA H100")
    assert serving._told(running) == ["GPU 1"]
    queue.finish(workspace, running.id, queue.FAILED)
    queue.requeue(workspace, running.id)
    assert serving._told(queue.claim(workspace, queue.LIGHT)) == [], "it has not said so this time"


@SET
def test_28_whoever_waits_without_a_supervisor_gets_one(workspace, clock, monkeypatch, shift):
    job = queue.submit(workspace, queue.Job("import-a", "import", queue.LIGHT, {}))
    begun = []
    monkeypatch.setattr(start, "ensure_supervisor", begun.append)
    start.see_to(workspace, job)
    assert begun == []
    clock(shift)
    start.see_to(workspace, job)
    assert begun == [workspace]


@SET
def test_28_a_group_has_taken_the_time_that_it_took_whatever_the_clock_says(workspace, clock, monkeypatch, shift):
    submitted = queue.Job("one", "x", queue.LIGHT, group="sweep", group_seconds=10.0)
    for name in ("one", "two", "three"):
        queue.submit(workspace, dataclasses.replace(submitted, id=name))
    queue.claim(workspace, queue.LIGHT)
    clock(shift)
    assert queue.finish(workspace, "one", queue.DONE).seconds < 10
    running = queue.claim(workspace, queue.LIGHT)
    assert running.id == "two"
    assert running.seconds < 10
    later = time.monotonic() + 11
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert queue.finish(workspace, "two", queue.DONE).seconds >= 10
    assert queue.claim(workspace, queue.LIGHT) is None, "its ten seconds are used up"


def test_19_the_time_that_a_killed_job_lay_dead_is_not_taken_from_its_group(workspace, monkeypatch):
    submitted = queue.Job("one", "x", queue.LIGHT, group="sweep", group_seconds=3600.0)
    for name in ("one", "two"):
        queue.submit(workspace, dataclasses.replace(submitted, id=name))
    running = queue.claim(workspace, queue.LIGHT)
    events.append(running.folder(workspace), "progress", stage="Reading")
    real, steady = time.time(), time.monotonic()
    monkeypatch.setattr(time, "time", lambda: real + 10 * 3600)  # it was killed, and the machine was off over night
    monkeypatch.setattr(time, "monotonic", lambda: steady + 10 * 3600)

    assert queue.get(workspace, "one").status == queue.INTERRUPTED

    assert queue.get(workspace, "one").seconds < 60
    assert queue.claim(workspace, queue.LIGHT).id == "two"
