import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import keras
import numpy as np
import psutil
import pytest
from sklearn.datasets import load_digits

from core.data.add import add
from core.jobs import presence, start, supervisor, warm
from core.jobs.places import Place
from core.jobs.spawn import spawn_warm
from core.jobs.supervisor import Supervisor
from core.jobs.warm import WarmChild
from core.jobs.watch import log_tail
from core.train import runs
from core.train.config import TrainConfig
from core.workspace import events, queue
from tests.making import PROJECT

CPU = Place()
GIGABYTE = 1 << 30
CONFIG = TrainConfig(
    architecture="small_cnn",
    architecture_options={"blocks": 2, "filters": 4, "dense_units": 8, "dropout": 0.3},
    image_size=16,
    epochs=2,
    batch_size=16,
)


def wait_for(done, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := done():
            return answer
        time.sleep(0.02)
    raise AssertionError("waited too long")


@pytest.fixture
def digits_here(workspace, tmp_path):
    digits = load_digits()
    np.savez(tmp_path / "few.npz", x_train=(digits.images[:300] * 15).astype(np.uint8), y_train=digits.target[:300])
    return add(workspace, str(tmp_path / "few.npz"))


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(warm, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(warm, "WANTED_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(supervisor, "LINGER_SECONDS", 0.5)


@contextlib.contextmanager
def serving(workspace):
    """A supervisor that serves while a server is up."""
    supervisor = Supervisor(workspace)
    thread = threading.Thread(target=supervisor.serve)
    with presence.announced(workspace):
        thread.start()
        yield supervisor
    thread.join(60)
    assert not thread.is_alive()
    assert supervisor._warm.pid is None


@pytest.fixture
def app(workspace, at_once):
    with serving(workspace) as supervisor:
        yield supervisor


@pytest.fixture
def sleepers(monkeypatch, at_once):
    """Warm children that import nothing; gives back those that were started."""
    started = []

    def spawn(workspace, place):
        command = [sys.executable, "-c", "import sys; print(sys.stdin.readline(), end='')"]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return started[-1]

    monkeypatch.setattr(warm, "spawn_warm", spawn)
    yield started
    for process in started:
        process.kill()
        process.wait()


def has_imported(pid):
    """Whether it waits: it has TensorFlow, and used no processor for a while."""
    process = psutil.Process(pid)
    before = process.cpu_times().user
    time.sleep(0.5)
    return process.cpu_times().user == before and process.memory_info().rss > 200e6


def ended(workspace, run):
    job = queue.get(workspace, run.id)
    return job if job.ended else None


def starts(workspace, run):
    return [event for event in events.read(run.folder(workspace))[0] if event["event"] == "started"]


def available(monkeypatch, gigabytes):
    memory = SimpleNamespace(available=gigabytes * GIGABYTE)
    monkeypatch.setattr(warm.psutil, "virtual_memory", lambda: memory)


@pytest.mark.slow
def test_a_training_begins_at_once_in_the_warm_child_and_its_weights_are_those_of_a_cold_one(
    workspace, digits_here, app, monkeypatch
):
    pid = wait_for(lambda: app._warm.pid)
    wait_for(lambda: has_imported(pid))

    run = runs.create(workspace, digits_here, CONFIG)
    job = wait_for(lambda: ended(workspace, run))

    assert (job.status, job.cause) == (queue.DONE, "")
    assert [(event["pid"], event["warm"], event["device"]) for event in starts(workspace, run)] == [(pid, True, "CPU")]
    said = [event.get("stage") for event in events.read(run.folder(workspace))[0]]
    assert "Starting TensorFlow" not in said, "that is done"
    assert "XNNPACK" in log_tail(workspace, job), "what libraries print belongs into the run's log"
    assert wait_for(lambda: app._warm.pid) != pid

    monkeypatch.setattr(app._warm, "become", lambda job, place: None)
    cold = runs.create(workspace, digits_here, CONFIG)
    assert wait_for(lambda: ended(workspace, cold)).status == queue.DONE
    assert [event["warm"] for event in starts(workspace, cold)] == [False]
    both = [keras.saving.load_model(one.folder(workspace) / "model.keras").get_weights() for one in (run, cold)]
    for one, other in zip(*both, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_a_job_that_comes_in_the_middle_of_the_imports_is_begun_at_once_and_trained_after_them(
    workspace, digits_here, app
):
    pid = wait_for(lambda: app._warm.pid)
    wait_for(lambda: psutil.Process(pid).memory_info().rss > 100e6)

    run = runs.create(workspace, digits_here, CONFIG)
    job = wait_for(lambda: ended(workspace, run))

    assert job.status == queue.DONE
    (begun,) = starts(workspace, run)
    assert (begun["pid"], begun["warm"]) == (pid, True)
    assert begun["time"] - job.started_at < queue.STARTUP_SECONDS


def test_a_warm_child_that_was_killed_is_replaced(workspace, sleepers, app):
    pid = wait_for(lambda: app._warm.pid)

    os.kill(pid, signal.SIGKILL)

    assert wait_for(lambda: app._warm.pid not in (None, pid))


def test_a_training_is_not_lost_with_a_warm_child_that_was_killed(workspace, sleepers, monkeypatch):
    child = WarmChild(workspace)
    child.keep([CPU], {})
    job = queue.submit(workspace, queue.Job("one", "train", queue.HEAVY))
    monkeypatch.setattr(WarmChild, "place", property(lambda self: CPU))  # it died after the supervisor had looked

    sleepers[0].kill()
    sleepers[0].wait()

    assert child.become(job, CPU) is None, "so that an ordinary child is spawned for it"


def test_a_job_whose_warm_child_dies_before_it_begins_is_interrupted_with_the_cause(workspace, at_once, monkeypatch):
    die = [sys.executable, "-c", "import os, sys; sys.stdin.readline(); os.kill(os.getpid(), 9)"]
    spawned = []
    monkeypatch.setattr(warm, "spawn_warm", lambda workspace, place: subprocess.Popen(die, stdin=subprocess.PIPE))
    monkeypatch.setattr(supervisor, "spawn", lambda *arguments: spawned.append(arguments))

    with serving(workspace) as app:
        wait_for(lambda: app._warm.pid)
        queue.submit(workspace, queue.Job("one", "train", queue.HEAVY))
        job = wait_for(lambda: queue.get(workspace, "one").ended and queue.get(workspace, "one"), 15)

    assert job.status == queue.INTERRUPTED
    assert "killed (signal 9)" in job.cause
    assert spawned == [], "it is not trained twice"


def test_a_warm_child_ends_with_its_supervisor_even_in_the_middle_of_its_imports(workspace):
    child = spawn_warm(workspace, CPU)
    wait_for(lambda: psutil.Process(child.pid).memory_info().rss > 60e6)

    child.stdin.close()  # what the system does when a process dies

    assert child.wait(20) == 0


@pytest.mark.slow
def test_a_job_that_was_given_up_meanwhile_is_not_trained_by_the_warm_child(workspace):
    queue.submit(workspace, queue.Job("one", "train", queue.HEAVY))
    queue.request_stop(workspace, "one")
    child = spawn_warm(workspace, CPU)

    child.stdin.write(b"one\n")
    child.stdin.close()

    assert child.wait(60) == 0
    assert queue.get(workspace, "one").status == queue.STOPPED
    assert events.read(workspace.run("one"))[0] == []


def test_the_word_which_job_it_is_reaches_the_warm_child_once(workspace, sleepers):
    child = WarmChild(workspace)
    child.keep([CPU], {})
    job = queue.submit(workspace, queue.Job("one", "train", queue.HEAVY))

    process = child.become(job, CPU)

    assert process.stdout.read() == b"one\n"
    assert child.pid is None
    assert child.become(job, CPU) is None


def test_on_a_machine_that_is_short_of_memory_none_is_kept(workspace, sleepers, monkeypatch):
    child = WarmChild(workspace)
    available(monkeypatch, 1.9)
    child.keep([CPU], {})
    assert child.pid is None

    available(monkeypatch, 2.1)
    child.keep([CPU], {})
    assert child.pid

    available(monkeypatch, 0.9)
    child.keep([CPU], {})
    assert child.pid is None


def test_none_is_started_beside_a_training_that_has_just_begun(workspace, sleepers):
    child = WarmChild(workspace)

    child.keep([], {CPU: time.time()})
    assert child.pid is None
    child.keep([], {CPU: time.time() - 60})
    assert child.pid


def test_beside_a_training_that_has_just_begun_one_is_started_for_another_that_waits(workspace, sleepers):
    child = WarmChild(workspace)

    child.keep([], {CPU: time.time()}, is_wanted=True)

    assert child.pid


def test_a_free_gpu_gets_the_warm_child_and_only_a_training_there_gets_it(workspace, sleepers):
    child = WarmChild(workspace)
    first, second = Place("0", "GPU 0"), Place("1", "GPU 1")
    job = queue.submit(workspace, queue.Job("one", "train", queue.HEAVY))

    child.keep([second], {first: time.time() - 60})

    assert child.place == second
    assert child.become(job, first) is None
    assert child.become(job, second)


def test_a_warm_child_that_is_older_than_the_code_is_not_used(workspace, sleepers, monkeypatch):
    child = WarmChild(workspace)
    child.keep([CPU], {})
    job = queue.submit(workspace, queue.Job("one", "train", queue.HEAVY))

    monkeypatch.setattr(warm, "_newest", lambda: (1, 2))

    assert child.become(job, CPU) is None
    child.keep([CPU], {})
    assert child.pid is None, "and ends"
    child.keep([CPU], {})
    assert child.pid, "and one with the new code takes its place"


def test_a_supervisor_whose_code_was_changed_makes_way_for_another(workspace, sleepers, monkeypatch):
    called = []
    monkeypatch.setattr(start, "ensure_supervisor", called.append)
    old = Supervisor(workspace)
    monkeypatch.setattr(warm, "_newest", lambda: (1, 2))
    monkeypatch.setattr(warm, "LOOK_AT_CODE_SECONDS", 0.0)

    with presence.announced(workspace):
        old.serve()

    assert called == [workspace]


def test_while_a_server_is_up_a_supervisor_waits_for_jobs_and_starts_them_within_a_second(workspace, sleepers, app):
    time.sleep(1.5)  # it would have ended by now
    job = queue.submit(workspace, queue.Job("one", "import", queue.LIGHT))

    started = wait_for(lambda: queue.get(workspace, "one").started_at, 10)

    assert started - job.queued_at < 1


HOLD = """
import sys, time
from core.jobs import presence
from core.workspace import Workspace
with presence.announced(Workspace.open(sys.argv[1])):
    print("up", flush=True)
    time.sleep(600)
"""


def test_a_server_is_up_until_the_last_one_has_ended_however_it_ended(workspace):
    assert not presence.is_up(workspace)
    command = [sys.executable, "-c", HOLD, str(workspace.root)]
    other = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"up\n"
    with presence.announced(workspace):
        assert presence.is_up(workspace)
    assert presence.is_up(workspace)

    other.kill()
    other.communicate()

    assert not presence.is_up(workspace)


def test_with_fovea_warm_0_nothing_waits(workspace, monkeypatch):
    monkeypatch.setenv("FOVEA_WARM", "0")

    with start.kept_warm(workspace):
        assert not presence.is_up(workspace)


def test_the_supervisor_ends_after_the_last_server(workspace):
    with start.kept_warm(workspace):
        wait_for(lambda: start.supervisor_lives(workspace))
        time.sleep(4)
        assert start.supervisor_lives(workspace)

    wait_for(lambda: not start.supervisor_lives(workspace), 20)
