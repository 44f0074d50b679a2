import random
import subprocess
import sys
import time

import pytest

from core.errors import InputError, NotFoundError
from core.workspace import alive, queue
from core.workspace.catalogue import connect
from tests.making import PROJECT, read_json

CLAIM_ALL = """
import sys
from core.workspace import Workspace, queue
workspace = Workspace.open(sys.argv[1])
sys.stdin.readline()
while job := queue.claim(workspace, queue.LIGHT):
    print(job.id)
"""

HOLD = """
import sys, time
from pathlib import Path
from core.workspace import alive
lock = alive.hold(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


def light(job_id, **payload):
    return queue.Job(job_id, "import", queue.LIGHT, payload)


def python(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_eight_processes_that_claim_take_every_job_once(workspace):
    for number in range(200):
        queue.submit(workspace, light(f"job-{number}"))
    queue.move(workspace, "job-150", "first")
    workers = [python(CLAIM_ALL, workspace.root) for _ in range(8)]

    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    claimed = [line for worker in workers for line in worker.communicate()[0].split()]

    assert all(worker.returncode == 0 for worker in workers)
    assert sorted(claimed) == sorted(f"job-{number}" for number in range(200))
    assert queue.list_jobs(workspace, statuses=(queue.QUEUED,)) == []


def test_jobs_are_claimed_in_the_order_that_they_came_in_each_in_its_lane(workspace):
    for job in (light("first"), queue.Job("training", "train", queue.HEAVY), light("second")):
        queue.submit(workspace, job)

    assert [queue.claim(workspace, queue.LIGHT).id for _ in range(2)] == ["first", "second"]
    assert queue.claim(workspace, queue.LIGHT) is None
    assert queue.claim(workspace, queue.HEAVY).id == "training"


def moves(workspace, *steps):
    """The order of four jobs that wait, after each (job, place) of `steps` was done."""
    for name in "abcd":
        queue.submit(workspace, light(name))
    for name, to in steps:
        queue.move(workspace, name, to)
    return "".join(job.id for job in queue.waiting(workspace, queue.LIGHT))


@pytest.mark.parametrize(
    ("steps", "order"),
    [
        ([], "abcd"),
        ([("c", "up")], "acbd"),
        ([("b", "down")], "acbd"),
        ([("d", "first")], "dabc"),
        ([("a", "last")], "bcda"),
        ([("a", "up"), ("d", "down")], "abcd"),
        ([("d", "first"), ("c", "first"), ("d", "down")], "cadb"),
        ([("c", "up"), ("c", "up"), ("c", "down"), ("c", "down")], "abcd"),
    ],
)
def test_a_job_that_waits_goes_where_it_is_moved_and_is_claimed_there(workspace, steps, order):
    assert moves(workspace, *steps) == order
    assert "".join(queue.claim(workspace, queue.LIGHT).id for _ in range(4)) == order


def test_moves_at_random_leave_the_order_that_a_list_would_have(workspace):
    order, draws = list("abcd"), random.Random(3)
    moves(workspace)
    for _ in range(60):
        name, to = draws.choice("abcd"), draws.choice(["first", "up", "down", "last"])
        place = order.index(name)
        order.remove(name)
        order.insert({"first": 0, "up": max(place - 1, 0), "down": place + 1, "last": 3}[to], name)

        assert [job.id for job in queue.move(workspace, name, to)] == order


def test_what_comes_after_a_move_waits_behind_all_and_the_order_outlives_the_catalogue(workspace):
    moves(workspace, ("d", "first"))
    queue.submit(workspace, light("e"))
    workspace.catalogue.unlink()

    assert "".join(job.id for job in queue.waiting(workspace, queue.LIGHT)) == "dabce"


def test_only_what_waits_is_moved_and_lanes_do_not_mix(workspace):
    queue.submit(workspace, queue.Job("training", "train", queue.HEAVY))
    queue.submit(workspace, light("one"))
    assert [job.id for job in queue.move(workspace, "training", "up")] == ["training"]
    queue.claim(workspace, queue.LIGHT)

    with pytest.raises(InputError, match="one is running; only what waits"):
        queue.move(workspace, "one", "first")
    with pytest.raises(InputError, match="'sideways'; it can be moved to first, up, down, last"):
        queue.move(workspace, "training", "sideways")


def test_what_is_queued_again_has_no_priority_of_before(workspace):
    moves(workspace, ("d", "first"))
    queue.request_stop(workspace, "d")

    assert queue.requeue(workspace, "d").priority == 0
    assert "".join(job.id for job in queue.waiting(workspace, queue.LIGHT)) == "abcd"


def test_a_second_submit_of_an_id_is_the_job_that_is_there(workspace):
    """FAULTS 22: Start clicked twice."""
    first = queue.submit(workspace, light("one", source="a"))

    assert queue.submit(workspace, light("one", source="b")) == first
    assert len(queue.list_jobs(workspace)) == 1


def test_the_folder_says_what_the_catalogue_says(workspace):
    queue.submit(workspace, light("one", source="a"))
    queue.claim(workspace, queue.LIGHT)
    job = queue.finish(workspace, "one", queue.FAILED, "It was empty.")

    assert queue.Job(**read_json(job.folder(workspace) / "job.json")) == job == queue.get(workspace, "one")
    assert (job.status, job.cause, job.ended) == (queue.FAILED, "It was empty.", True)


def test_how_a_job_ended_is_not_overwritten(workspace):
    queue.submit(workspace, light("one"))
    queue.claim(workspace, queue.LIGHT)
    queue.finish(workspace, "one", queue.DONE)

    assert queue.finish(workspace, "one", queue.INTERRUPTED, "killed").status == queue.DONE


def test_stop_ends_a_queued_job_at_once_and_asks_a_running_one(workspace):
    """FAULTS 22: Stop clicked twice."""
    for name in ("running", "waiting"):
        queue.submit(workspace, light(name))
    running = queue.claim(workspace, queue.LIGHT)

    for _ in range(2):
        assert queue.request_stop(workspace, "waiting").status == queue.STOPPED
        assert queue.request_stop(workspace, "running").status == queue.RUNNING

    assert queue.stop_requested(workspace, running)
    assert queue.claim(workspace, queue.LIGHT) is None


def test_an_ended_job_can_be_queued_again_without_its_old_stop(workspace):
    queue.submit(workspace, light("one", source="a"))
    job = queue.claim(workspace, queue.LIGHT)
    queue.request_stop(workspace, "one")
    queue.finish(workspace, "one", queue.STOPPED)

    again = queue.requeue(workspace, "one", more=1)

    assert (again.status, again.payload, again.ended_at) == (queue.QUEUED, {"source": "a", "more": 1}, None)
    assert not queue.stop_requested(workspace, job)
    assert queue.requeue(workspace, "one", more=2) == again


def test_a_running_job_whose_process_is_gone_is_shown_as_interrupted(workspace, monkeypatch):
    queue.submit(workspace, light("one"))
    job = queue.claim(workspace, queue.LIGHT)
    assert queue.get(workspace, "one").status == queue.RUNNING, "its process may not be up yet"
    monkeypatch.setattr(queue, "STARTUP_SECONDS", 0)
    holder = python(HOLD, job.folder(workspace))
    assert holder.stdout.readline() == "held\n"
    assert queue.get(workspace, "one").status == queue.RUNNING

    holder.kill()
    holder.communicate()

    assert queue.get(workspace, "one").status == queue.INTERRUPTED
    assert "killed" in queue.get(workspace, "one").cause


def test_a_reused_process_id_fools_nobody(workspace, monkeypatch):
    """FAULTS 19: alive is a lock, so the id of a living process in the lock's file means nothing."""
    queue.submit(workspace, light("one"))
    job = queue.claim(workspace, queue.LIGHT)
    (job.folder(workspace) / alive.LOCK_NAME).write_text("1")
    monkeypatch.setattr(queue, "STARTUP_SECONDS", 0)

    assert queue.list_jobs(workspace)[0].status == queue.INTERRUPTED


def test_looking_whether_a_process_lives_does_not_keep_it_from_its_lock(tmp_path):
    assert not alive.is_alive(tmp_path)
    lock = alive.hold(tmp_path)

    assert alive.is_alive(tmp_path)
    lock.release()
    assert not alive.is_alive(tmp_path)
    alive.hold(tmp_path, timeout_seconds=0).release()


def test_jobs_are_listed_newest_first_by_kind_and_status(workspace):
    for job in (light("a"), queue.Job("b", "train", queue.HEAVY), light("c")):
        queue.submit(workspace, job)
        time.sleep(0.002)
    queue.claim(workspace, queue.LIGHT)

    assert [job.id for job in queue.list_jobs(workspace)] == ["c", "b", "a"]
    assert [job.id for job in queue.list_jobs(workspace, kind="import")] == ["c", "a"]
    assert [job.id for job in queue.list_jobs(workspace, statuses=(queue.RUNNING,))] == ["a"]


def test_only_an_ended_job_is_forgotten(workspace):
    queue.submit(workspace, light("one"))

    with connect(workspace) as db, pytest.raises(InputError, match="Stop it first"):
        queue.forget(db, "one")
    queue.request_stop(workspace, "one")
    with connect(workspace) as db:
        queue.forget(db, "one")

    with pytest.raises(NotFoundError, match="no job 'one'"):
        queue.get(workspace, "one")
