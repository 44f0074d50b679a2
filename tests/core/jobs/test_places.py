import json
import subprocess
import sys
import time

import pytest

from core.jobs import places, supervisor
from core.jobs.places import Place, beside
from core.jobs.spawn import environment
from core.jobs.supervisor import Supervisor
from core.workspace import events, queue

TELL = """
import json, os, sys, time
with open(sys.argv[1], "a") as file:
    file.write(json.dumps([sys.argv[2], os.environ.get("CUDA_VISIBLE_DEVICES"), os.environ["FOVEA_DEVICE"], time.time()]) + "\\n")
time.sleep(float(sys.argv[3]))
"""


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(places, "gpus", lambda: [{"index": 0, "name": "Large"}, {"index": 1, "name": "Small"}])


@pytest.fixture
def children(monkeypatch, tmp_path):
    """Children that only tell what they see; gives back a function that reads it: [[job, gpu, device, time], …]."""
    told = tmp_path / "told"

    def spawn(workspace, job, place):
        command = [sys.executable, "-c", TELL, str(told), job.id, str(job.payload.get("seconds", 0.5))]
        return subprocess.Popen(command, env=environment(place))

    monkeypatch.setattr(supervisor, "spawn", spawn)
    monkeypatch.setattr(supervisor, "LINGER_SECONDS", 0.5)
    return lambda: [json.loads(line) for line in told.read_text().splitlines()]


def heavy(workspace, job_id, **payload):
    return queue.submit(workspace, queue.Job(job_id, "train", queue.HEAVY, payload))


def test_a_machine_without_a_gpu_is_one_place_whose_environment_says_nothing_of_gpus(monkeypatch):
    monkeypatch.setattr(places, "gpus", list)

    assert places.places() == [Place()]
    assert Place().environment == {"FOVEA_DEVICE": "CPU"}


@pytest.mark.parametrize(
    ("visible", "expected"),
    [(None, ["0", "1"]), ("1", ["1"]), ("1, 0", ["1", "0"]), ("", [None]), ("-1", [None])],
)
def test_every_gpu_that_may_be_seen_is_a_place(monkeypatch, two_gpus, visible, expected):
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    assert [place.gpu for place in places.places()] == expected


def test_with_two_gpus_two_trainings_run_at_once_each_on_its_own_and_light_jobs_see_none(workspace, two_gpus, children):
    for job_id in ("first", "second", "third"):
        heavy(workspace, job_id)
    queue.submit(workspace, queue.Job("light", "import", queue.LIGHT))

    Supervisor(workspace).serve()

    seen = {job_id: (gpu, device, at) for job_id, gpu, device, at in children()}
    assert {seen["first"][:2], seen["second"][:2]} == {("0", "GPU 0, Large"), ("1", "GPU 1, Small")}
    assert abs(seen["first"][2] - seen["second"][2]) < 0.4
    assert seen["third"][0] in ("0", "1")
    assert seen["third"][2] - min(seen["first"][2], seen["second"][2]) >= 0.4
    assert seen["light"][:2] == ("", "CPU")


def test_a_new_supervisor_leaves_the_gpu_alone_that_a_running_training_has(workspace, two_gpus, children, monkeypatch):
    monkeypatch.setattr(queue, "STARTUP_SECONDS", 2.0)
    for job_id in ("of_before", "next"):
        heavy(workspace, job_id)
    of_before = queue.claim(workspace, queue.HEAVY)
    events.append(of_before.folder(workspace), "started", pid=1, device="GPU 0, Large")

    Supervisor(workspace).serve()

    assert [one[:3] for one in children()] == [["next", "1", "GPU 1, Small"]]


def test_while_it_is_not_known_which_gpu_a_training_has_no_other_is_started(workspace, two_gpus, children, monkeypatch):
    monkeypatch.setattr(queue, "STARTUP_SECONDS", 1.5)
    for job_id in ("of_before", "next"):
        heavy(workspace, job_id)
    begun = time.time()
    queue.claim(workspace, queue.HEAVY)

    Supervisor(workspace).serve()

    ((job_id, _, _, at),) = children()
    assert job_id == "next"
    assert at - begun >= 1.5


def test_light_jobs_see_what_the_machine_has_where_there_is_no_gpu():
    assert beside([Place()]) == Place()


def test_a_training_of_two_gpus_waits_until_both_are_free_and_nobody_overtakes_it(workspace, two_gpus, children):
    heavy(workspace, "first", seconds=1.0)
    heavy(workspace, "of_two", gpus=2)
    heavy(workspace, "third")

    Supervisor(workspace).serve()

    told = children()
    assert [one[0] for one in told] == ["first", "of_two", "third"]
    assert told[1][1:3] == ["0,1", "GPU 0, Large and GPU 1, Small"]
    assert told[1][3] - told[0][3] >= 0.9
    assert told[2][3] - told[1][3] >= 0.4


def test_a_new_supervisor_knows_both_gpus_of_a_running_training(workspace, two_gpus, children, monkeypatch):
    monkeypatch.setattr(queue, "STARTUP_SECONDS", 1.5)
    heavy(workspace, "of_before", gpus=2)
    heavy(workspace, "next")
    begun = time.time()
    of_before = queue.claim(workspace, queue.HEAVY)
    events.append(of_before.folder(workspace), "started", pid=1, device="GPU 0, Large and GPU 1, Small")

    Supervisor(workspace).serve()

    ((job_id, _, _, at),) = children()
    assert job_id == "next"
    assert at - begun >= 1.5


def test_a_training_of_more_gpus_than_there_are_is_started_and_says_so_itself(workspace, two_gpus, children):
    heavy(workspace, "greedy", gpus=5)

    Supervisor(workspace).serve()

    assert children()[0][1] == "0,1"
