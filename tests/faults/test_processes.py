"""FAULTS: processes."""

import os
import shutil
import signal
import time

import keras
import numpy as np
import psutil
import pytest
from sklearn.datasets import load_digits

from core.data.add import add
from core.data.dataset import find
from core.jobs import start
from core.jobs.watch import look
from core.train import checkpoint, runs
from core.train.config import TrainConfig
from core.train.environment import make_deterministic
from core.train.loop import train
from core.train.training_data import gather
from core.workspace import events, queue
from tests.making import fovea

CONFIG = TrainConfig(
    architecture="small_cnn",
    architecture_options={"blocks": 2, "filters": 8, "dense_units": 16, "dropout": 0.3},
    image_size=32,
    epochs=6,
    batch_size=8,
    learning_rate=3e-3,
    schedule="one_cycle",
)
SHOWN_WITHIN_SECONDS = 15  # the promise of FAULTS 18
PATIENCE_SECONDS = 240


@pytest.fixture
def run(workspace, tmp_path):
    digits = load_digits()
    np.savez(tmp_path / "few.npz", x_train=(digits.images[:900] * 15).astype(np.uint8), y_train=digits.target[:900])
    return runs.create(workspace, add(workspace, str(tmp_path / "few.npz")), CONFIG)


def wait_for(done, seconds=PATIENCE_SECONDS):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := done():
            return answer
        time.sleep(0.02)
    raise AssertionError("waited too long")


def in_mid_epoch(workspace, run, epoch):
    """Whether the training is past the first steps of that epoch or beyond."""
    job = queue.get(workspace, run.id)
    assert not job.ended, job.cause
    training = look(workspace, job).training
    return bool(training) and training["epoch"] >= epoch and 0 < training["step"] < training["steps"]


@pytest.mark.slow
def test_a_trainer_killed_in_mid_epoch_is_shown_as_interrupted_and_resumes_to_the_weights_of_the_uninterrupted_run(
    workspace, run
):
    """FAULTS 18 and 19. The supervisor is killed first: the training outlives it, and a lock tells that it is gone."""
    folder = run.folder(workspace)
    start.ensure_supervisor(workspace)
    wait_for(lambda: in_mid_epoch(workspace, run, 2))
    pid = events.last(folder, "started")["pid"]
    os.kill(psutil.Process(pid).ppid(), signal.SIGKILL)
    wait_for(lambda: in_mid_epoch(workspace, run, 3))
    assert not start.supervisor_lives(workspace)

    os.kill(pid, signal.SIGKILL)
    (folder / "checkpoint/.new-half.npz").write_bytes(b"what a kill in the middle of writing leaves")
    wait_for(lambda: queue.get(workspace, run.id).status == queue.INTERRUPTED, SHOWN_WITHIN_SECONDS)
    shown = fovea(workspace, "runs", "show", run.id)
    assert shown["status"] == "interrupted"
    assert "killed" in shown["cause"]

    saved = checkpoint.load(folder / "checkpoint")
    assert saved is not None

    answer = fovea(workspace, "runs", "resume", run.id)

    assert (answer["status"], answer["epochs"]) == ("done", 6)
    assert answer["test_accuracy"] is not None
    resumed_at = [event for event in events.read(folder)[0] if event["event"] in ("started", "training")]
    last_start = max(i for i, event in enumerate(resumed_at) if event["event"] == "started")
    first = resumed_at[last_start + 1]
    reached = len(saved.history) + 1, saved.position.step
    assert (first["epoch"], first["step"]) == reached > (1, 0), "it goes on from the very step that was saved"
    if shutil.which("nvidia-smi"):
        pytest.skip("weights are repeatable bit for bit on a CPU only")
    uninterrupted = weights_of_the_uninterrupted_run(workspace, run)
    resumed = keras.saving.load_model(folder / "model.keras").get_weights()
    for one, other in zip(resumed, uninterrupted, strict=True):
        np.testing.assert_array_equal(one, other)


def weights_of_the_uninterrupted_run(workspace, run):
    make_deterministic()
    data = gather(workspace, find(workspace, run.dataset), run.config)
    return train(run.config, data, lambda moment: None).model.get_weights()


@pytest.mark.slow
def test_a_running_training_that_is_stopped_twice_keeps_its_best_model_and_is_evaluated(workspace, run):
    """FAULTS 22"""
    start.ensure_supervisor(workspace)
    start.ensure_supervisor(workspace)
    wait_for(lambda: in_mid_epoch(workspace, run, 1))

    queue.request_stop(workspace, run.id)
    answer = fovea(workspace, "runs", "stop", run.id)

    assert answer["status"] == "stopped"
    assert 1 <= answer["epochs"] <= 6
    assert answer["test_accuracy"] is not None
    assert runs.has_model(workspace, run)
    started = [event for event in events.read(run.folder(workspace))[0] if event["event"] == "started"]
    assert len(started) == 1, "two supervisors that were asked for start one child"
