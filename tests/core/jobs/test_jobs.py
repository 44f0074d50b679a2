import dataclasses
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.datasets import load_digits

from core.data.add import add
from core.data.dataset import find, read_index
from core.data.packed import Packed
from core.errors import ConfigError, HelperError
from core.evaluate.evaluation import find_evaluation
from core.jobs import child, evaluating, importing, start, supervisor, training
from core.jobs.context import Context
from core.jobs.kinds import KINDS
from core.jobs.spawn import how_it_ended
from core.jobs.supervisor import Supervisor
from core.jobs.watch import log_tail, look, told
from core.progress import Progress
from core.train import runs
from core.train.config import TrainConfig
from core.workspace import events, queue
from core.workspace.catalogue import connect
from tests.making import class_entries, left_behind, write_classes, write_zip

PATIENCE_SECONDS = 120


def wait_for(done):
    """Wait until `done()` gives something, and give it back."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if answer := done():
            return answer
        time.sleep(0.05)
    raise AssertionError("waited too long")


def ended(workspace, job_id):
    job = queue.get(workspace, job_id)
    return job if job.ended else None


@pytest.fixture
def few_digits(workspace, tmp_path):
    digits = load_digits()
    np.savez(tmp_path / "few.npz", x_train=(digits.images[:300] * 15).astype(np.uint8), y_train=digits.target[:300])
    return add(workspace, str(tmp_path / "few.npz"))


def claimed(workspace, job):
    queue.submit(workspace, job)
    return Context(workspace, queue.claim(workspace, job.lane))


def test_an_import_goes_through_the_queue_and_the_supervisor_ends_behind_it(workspace, tmp_path):
    archive = write_zip(tmp_path / "pets.zip", class_entries({"cat": 12, "dog": 12}))

    first = start.start(workspace, "import", "import-1", source=str(archive), name="pets")
    again = start.start(workspace, "import", "import-1", source=str(archive), name="pets")

    assert again == first
    job = wait_for(lambda: ended(workspace, "import-1"))
    assert (job.status, job.cause) == (queue.DONE, "")
    assert job.result == {"dataset": "pets@1", "images": 24, "left_out": 0}
    assert find(workspace, "pets").images == 24
    assert len(queue.list_jobs(workspace)) == 1
    said = [event["event"] for event in events.read(job.folder(workspace))[0]]
    assert (said[0], said[-1]) == ("started", "ended")
    wait_for(lambda: not start.supervisor_lives(workspace))


def test_a_job_that_waits_though_no_supervisor_lives_gets_one_from_who_watches(workspace, tmp_path):
    folder = write_classes(tmp_path / "pets", {"cat": 12, "dog": 12})
    queue.submit(workspace, queue.Job("import-1", "import", queue.LIGHT, {"source": str(folder)}))
    job = queue.get(workspace, "import-1")
    assert look(workspace, job).stage == "Waiting"
    assert not start.supervisor_lives(workspace)

    look(workspace, dataclasses.replace(job, queued_at=job.queued_at - 60))

    assert wait_for(lambda: ended(workspace, "import-1")).status == queue.DONE
    wait_for(lambda: not start.supervisor_lives(workspace))


def test_a_failed_import_says_why_and_removes_the_upload(workspace):
    upload = workspace.uploads / "bad.zip"
    upload.write_bytes(b"no zip")

    start.start(workspace, "import", "import-1", source=str(upload), remove_source=True)

    job = wait_for(lambda: ended(workspace, "import-1"))
    assert job.status == queue.FAILED
    assert "bad.zip is not a whole zip archive" in job.cause
    assert left_behind(workspace) == ["jobs/import-1"]


def test_an_import_can_queue_the_training_that_follows_it(workspace, tmp_path):
    folder = write_classes(tmp_path / "pets", {"cat": 100, "dog": 100})
    payload = {"source": str(folder), "train": {"preset": "fast", "run": "the-run"}}

    importing.run(claimed(workspace, queue.Job("import-1", "import", queue.LIGHT, payload)))

    assert runs.find_run(workspace, "the-run").dataset == "pets@1"
    assert queue.claim(workspace, queue.HEAVY).id == "the-run"


def test_a_training_reads_the_test_split_only_when_the_model_is_fixed(workspace, few_digits, monkeypatch):
    config = TrainConfig(architecture="fast_cnn", architecture_options={"filters": 4}, epochs=2, batch_size=32)
    run = runs.create(workspace, few_digits, config)
    context = Context(workspace, queue.claim(workspace, queue.HEAVY))
    reads, take = [], Packed.take

    def watched(packed, rows):
        reads.append((set(rows.tolist()), (context.folder / "model.tflite").exists()))
        return take(packed, rows)

    monkeypatch.setattr(Packed, "take", watched)
    result = training.run(context)

    index = read_index(workspace, few_digits)
    test_rows = set(index.index[index["split"] == "test"])
    before = set().union(*(rows for rows, is_fixed in reads if not is_fixed))
    assert before == set(index.index) - test_rows
    assert test_rows <= set().union(*(rows for rows, is_fixed in reads if is_fixed))
    assert result == {"stopped": False}
    figures = runs.find_run(workspace, run.id).figures
    assert figures["test_accuracy"] == find_evaluation(workspace, run, run.dataset, "test").figures["accuracy"]
    assert figures["epochs"] == 2
    moment = events.last(context.folder, "training")
    assert (moment["epoch"], moment["step"], moment["steps"]) == (2, 8, 8)


def test_the_evaluate_job_keeps_an_evaluation(trained):
    workspace = trained.workspace
    payload = {"run": trained.run.id, "dataset": "digits@1", "split": "train"}
    context = claimed(workspace, queue.Job(start.new_job_id("evaluate"), "evaluate", queue.LIGHT, payload))

    result = evaluating.run(context)
    queue.finish(workspace, context.job.id, queue.DONE, result=result)

    assert result == payload
    assert find_evaluation(workspace, trained.run, "digits@1", "train").figures["n"] > 1000


def child_that(code):
    return lambda workspace, job, place: subprocess.Popen([sys.executable, "-c", code])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed (signal 9)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by signal 11 (Segmentation fault)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGRTMIN + 6)", "ended by signal 40 (Real-time signal 6)"),
        ("raise SystemExit(3)", "ended with code 3"),
    ],
)
def test_a_child_that_dies_without_a_word_is_recorded_with_the_cause(workspace, monkeypatch, code, said):
    monkeypatch.setattr(supervisor, "spawn", child_that(code))
    monkeypatch.setattr(supervisor, "LINGER_SECONDS", 0.5)
    queue.submit(workspace, queue.Job("one", "import", queue.LIGHT))

    Supervisor(workspace).serve()

    job = queue.get(workspace, "one")
    assert job.status == queue.INTERRUPTED
    assert said in job.cause


def test_what_is_deleted_before_its_process_left_holds_up_nobody(workspace, monkeypatch):
    def spawn(workspace, job, place):
        queue.finish(workspace, job.id, queue.DONE)  # as a child does, which then takes a while to go
        if job.id == "one":
            with connect(workspace) as db:
                queue.forget(db, "one")
        return subprocess.Popen([sys.executable, "-c", ""])

    monkeypatch.setattr(supervisor, "spawn", spawn)
    monkeypatch.setattr(supervisor, "LIGHT_AT_ONCE", 1)
    monkeypatch.setattr(supervisor, "LINGER_SECONDS", 0.5)
    for job_id in ("one", "two", "three"):
        queue.submit(workspace, queue.Job(job_id, "import", queue.LIGHT))

    Supervisor(workspace).serve()

    assert [(job.id, job.status) for job in queue.list_jobs(workspace)] == [("three", queue.DONE), ("two", queue.DONE)]


def test_one_training_at_a_time_and_light_jobs_beside_it(workspace, monkeypatch):
    started = []

    def spawn(workspace, job, place):
        started.append((job.id, sorted(one.id for one in queue.list_jobs(workspace, statuses=(queue.RUNNING,)))))
        return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5)"])

    monkeypatch.setattr(supervisor, "spawn", spawn)
    monkeypatch.setattr(supervisor, "LINGER_SECONDS", 0.5)
    for number in range(2):
        queue.submit(workspace, queue.Job(f"train-{number}", "train", queue.HEAVY))
    for number in range(3):
        queue.submit(workspace, queue.Job(f"light-{number}", "import", queue.LIGHT))

    Supervisor(workspace).serve()

    assert sorted(job_id for job_id, _ in started) == ["light-0", "light-1", "light-2", "train-0", "train-1"]
    for _, running in started:
        assert sum(name.startswith("train") for name in running) <= 1
        assert sum(name.startswith("light") for name in running) <= 2
    assert any("train-0" in running and "light-0" in running for _, running in started)


def test_every_kind_of_job_has_a_module_that_runs_it():
    for module in KINDS.values():
        assert callable(getattr(__import__(module, fromlist=["run"]), "run"))  # noqa: B009


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "The memory is full. Take a smaller batch"),
        (RuntimeError("RESOURCE_EXHAUSTED: OOM when allocating"), "The memory is full"),
        (
            OSError(28, "No space left on device", "checkpoint.npz"),
            "The disk is full (checkpoint.npz). Free some space",
        ),
        (OSError(30, "Read-only file system", "log.txt"), "log.txt cannot be written (Read-only file system)"),
        (KeyError("x"), "Something in Fovea went wrong (KeyError: 'x'). The log has the details."),
    ],
)
def test_unforeseen_failures_are_told_with_cause_and_advice(error, said):
    """FAULTS 20 and 21"""
    assert child.in_words(error).startswith(said)


class Crash(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "fault", "code"),
    [
        (ConfigError("Something in Fovea went wrong, says a class of that name."), queue.INPUT, 0),
        (MemoryError(), queue.INPUT, 0),
        (OSError(28, "No space left on device"), queue.INPUT, 0),
        (HelperError("No answer."), queue.FOVEA, 1),
        (Crash("batch_size is too large"), queue.FOVEA, 1),
    ],
)
def test_whose_fault_a_failure_is_is_recorded_by_its_kind_not_read_off_its_words(
    workspace, monkeypatch, capfd, error, fault, code
):
    def fails(context):
        raise error

    monkeypatch.setattr(importing, "run", fails)
    context = claimed(workspace, queue.Job("one", "import", queue.LIGHT))

    assert child._run(context) == code
    assert ("Traceback" in capfd.readouterr().err) == bool(code), "only Fovea's own faults leave a trace"

    job = queue.get(workspace, "one")
    assert (job.status, job.fault) == (queue.FAILED, fault)
    assert queue.requeue(workspace, "one").fault == ""


def test_a_killed_process_is_told_with_its_likely_cause():
    assert "the memory was full" in how_it_ended(-9)


def test_a_crash_in_a_job_is_recorded_with_its_trace_in_the_log(workspace):
    start.start(workspace, "import", "import-1")  # no source: a bug

    job = wait_for(lambda: ended(workspace, "import-1"))

    assert job.status == queue.FAILED
    assert "KeyError: 'source'" in job.cause
    assert "Traceback" in log_tail(workspace, job)


def epoch(number, **more):
    figures = {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.25, "val_accuracy": 0.9, "seconds": 2.0}
    return {"epoch": number, **figures, **more}


def test_the_log_is_told_in_lines_for_people(workspace):
    context = claimed(workspace, queue.Job("one", "train", queue.HEAVY))
    context.tell("started", device="GPU 1", pid=7)
    for done in (0, 5):
        context.on_progress(Progress("Packing images", done, 10))
    context.tell("training", epochs=2, history=[])
    context.tell("training", epochs=2, history=[epoch(1)])
    context.tell("training", epochs=2, history=[epoch(1)])
    context.on_progress(Progress("Saving the model"))
    context.tell("ended", status="failed", cause="The disk is full.")

    lines = [line.partition("  ")[2] for line in told(workspace, context.job, [epoch(1), epoch(2)])]

    def line(number):
        return f"Epoch {number} of 2: loss 0.5, accuracy 75.0 %; validation loss 0.25, accuracy 90.0 %; 2.0 s"

    assert lines == [
        "Started on GPU 1", "Packing images", line(1), line(2), "Saving the model", "Failed. The disk is full."
    ]  # fmt: skip
    context.tell("training", epochs=5, history=[epoch(1), epoch(2, strength=100.0)])
    assert told(workspace, context.job)[-1].partition("  ")[2].startswith("Strength 100: loss 0.5")


def test_a_view_tells_how_far_a_job_is(workspace):
    job = queue.submit(workspace, queue.Job("one", "train", queue.HEAVY))
    assert look(workspace, job).stage == "Waiting"
    job = queue.claim(workspace, queue.HEAVY)
    events.append(
        job.folder(workspace), "progress", stage="Reading images", done=5, total=20, unit="images", seconds=10.0
    )
    view = look(workspace, job)
    assert (view.stage, view.unit_fraction, view.seconds_left, view.fraction) == ("Reading images", 0.25, 30.0, 0.0)
    moment = {"epoch": 2, "epochs": 4, "step": 5, "steps": 10, "seconds_left": 9.0, "images_per_second": 7.0}
    events.append(job.folder(workspace), "training", **moment)
    view = look(workspace, job)
    assert (view.stage, view.fraction, view.unit_fraction, view.seconds_left) == ("Epoch 2 of 4", 0.375, 0.5, 9.0)
    assert view.is_learning
    events.append(job.folder(workspace), "training", **moment, unit="strength")  # a last layer alone has no epochs
    assert look(workspace, job).stage == "Strength 2 of up to 4"
    events.append(job.folder(workspace), "training", **{**moment, "epoch": 4, "step": 10, "seconds_left": 0.0})
    assert look(workspace, job).seconds_left is None  # the test images are yet to be answered


def test_what_an_earlier_attempt_said_is_no_news(workspace):
    queue.submit(workspace, queue.Job("one", "train", queue.HEAVY))
    job = queue.claim(workspace, queue.HEAVY)
    events.append(job.folder(workspace), "training", epoch=2, epochs=4, step=5, steps=10, seconds_left=9.0)

    queue.finish(workspace, "one", queue.FAILED)
    queue.requeue(workspace, "one")

    assert look(workspace, queue.claim(workspace, queue.HEAVY)).training is None


def test_a_start_clicked_twice_is_one_run(workspace, few_digits):
    """FAULTS 22"""
    config = TrainConfig(architecture="fast_cnn", batch_size=32)

    first, second = (runs.create(workspace, few_digits, config, "one-click") for _ in range(2))

    assert first == second
    assert len(runs.list_runs(workspace)) == len(queue.list_jobs(workspace)) == 1


def test_name_and_notes_are_kept_beside_the_figures(workspace, few_digits):
    run = runs.create(workspace, few_digits, TrainConfig(architecture="fast_cnn", batch_size=32))
    runs.record(workspace, run.id, test_accuracy=0.5)

    runs.describe(workspace, run, " My run ", "with notes")

    kept = runs.find_run(workspace, "My run")
    assert (kept.title, kept.notes, kept.figures) == ("My run", "with notes", {"test_accuracy": 0.5})
