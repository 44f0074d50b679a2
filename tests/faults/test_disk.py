"""FAULTS 20: the disk is full or read-only while a training saves. The disks are small ones, in memory."""

import os
import subprocess
import time
from threading import Thread

import numpy as np
import pytest
from sklearn.datasets import load_digits

from core.data.add import add
from core.jobs import child, supervisor, training
from core.jobs.context import Context
from core.train import checkpoint, loop, runs
from core.train.config import TrainConfig, resolve
from core.train.training_data import gather
from core.workspace import queue
from core.workspace.atomic import write_with
from tests.making import files_below, fill, python

CONFIG = TrainConfig(
    architecture="small_cnn",
    architecture_options={"blocks": 2, "filters": 8, "dense_units": 32, "dropout": 0.3},
    image_size=16,
    epochs=3,
    batch_size=32,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def dataset(workspace, tmp_path):
    digits = load_digits()
    np.savez(tmp_path / "few.npz", x_train=(digits.images[:300] * 15).astype(np.uint8), y_train=digits.target[:300])
    dataset = add(workspace, str(tmp_path / "few.npz"))
    gather(workspace, dataset, resolve(CONFIG, dataset))  # packed, on the large disk
    return dataset


def claimed(workspace, dataset):
    run = runs.create(workspace, dataset, CONFIG)
    return Context(workspace, queue.claim(workspace, queue.HEAVY)), run


def before_saving_epoch(monkeypatch, number, happens):
    saved = []

    def save(folder, value):
        saved.append(value)
        if len(saved) == number:
            happens()
        return checkpoint_save(folder, value)

    checkpoint_save = checkpoint.save
    monkeypatch.setattr(loop.checkpoint, "save", save)


def resumed(workspace, run):
    assert queue.requeue(workspace, run.id).status == queue.QUEUED
    child._run(Context(workspace, queue.claim(workspace, queue.HEAVY)))
    return queue.get(workspace, run.id)


def test_a_disk_that_is_full_to_the_last_byte_while_a_checkpoint_is_saved(workspace, dataset, small_disk, monkeypatch):
    small_disk(workspace.runs)
    context, run = claimed(workspace, dataset)
    before_saving_epoch(monkeypatch, 2, lambda: fill(workspace.runs))

    child._run(context)

    job = queue.get(workspace, run.id)
    assert job.status == queue.FAILED
    assert job.cause.startswith(f"The disk is full ({context.folder}/checkpoint/checkpoint.npz). Free some space")
    assert len(checkpoint.load(context.folder / "checkpoint").history) == 1, "the last one is intact"
    assert not any(".new-" in name or ".room" in name for name in files_below(context.folder))
    (workspace.runs / "ballast").unlink()
    assert resumed(workspace, run).status == queue.DONE
    assert runs.find_run(workspace, run.id).figures["epochs"] == 3


def test_a_disk_that_is_full_while_the_model_is_saved(workspace, dataset, small_disk, monkeypatch):
    small_disk(workspace.runs)
    context, run = claimed(workspace, dataset)

    def write(path, write):
        if path.name == "model.keras" and not (workspace.runs / "ballast").exists():
            fill(workspace.runs)
        write_with(path, write)

    monkeypatch.setattr(training, "write_with", write)
    child._run(context)

    job = queue.get(workspace, run.id)
    assert job.status == queue.FAILED
    assert job.cause.startswith(f"The disk is full ({context.folder}/model.keras). Free some space and resume")
    assert len(checkpoint.load(context.folder / "checkpoint").history) == 3
    assert not runs.has_model(workspace, run)
    (workspace.runs / "ballast").unlink()
    monkeypatch.setattr(training, "write_with", write_with)
    assert resumed(workspace, run).status == queue.DONE


def test_a_folder_that_becomes_read_only_while_a_checkpoint_is_saved(workspace, dataset, small_disk, monkeypatch):
    context, run = claimed(workspace, dataset)
    folder = context.folder / "checkpoint"
    small_disk(folder)
    before_saving_epoch(monkeypatch, 2, lambda: small_disk(folder, "remount,ro"))

    child._run(context)

    job = queue.get(workspace, run.id)
    assert job.status == queue.FAILED
    assert (
        job.cause == f"{folder}/checkpoint.npz cannot be written (Read-only file system). Make it writable and resume."
    )
    assert len(checkpoint.load(folder).history) == 1


def test_a_disk_that_is_full_from_the_start(workspace, dataset, small_disk):
    small_disk(workspace.runs)
    context, run = claimed(workspace, dataset)
    fill(workspace.runs)
    (workspace.runs / "ballast").open("r+b").truncate(os.path.getsize(workspace.runs / "ballast") - (64 << 10))

    child._run(context)

    assert queue.get(workspace, run.id).cause.startswith("The disk is full. Free some space")


def test_the_supervisor_outlives_a_disk_that_is_full_as_it_records_an_end(workspace, small_disk, monkeypatch, capsys):
    small_disk(workspace.jobs)
    job = queue.submit(workspace, queue.Job("killed", "import", queue.LIGHT))
    queue.claim(workspace, queue.LIGHT)
    waits = queue.submit(workspace, queue.Job("waits", "no such kind", queue.LIGHT))
    fill(workspace.jobs)
    monkeypatch.setattr(supervisor, "LINGER_SECONDS", 0.2)
    serving = supervisor.Supervisor(workspace)
    serving._children[job.id] = subprocess.Popen(["sh", "-c", "kill -9 $$"])
    thread = Thread(target=serving.serve)
    thread.start()
    said = ""
    while thread.is_alive() and "The disk is full" not in said:
        said += capsys.readouterr().err
        time.sleep(0.02)

    assert thread.is_alive(), "it goes on"
    assert queue.get(workspace, job.id).status == queue.RUNNING, "this test needs an end that could not be recorded"
    (workspace.jobs / "ballast").unlink()
    thread.join(60)

    assert not thread.is_alive()
    ended = queue.get(workspace, job.id)
    assert (ended.status, ended.fault) == (queue.INTERRUPTED, queue.FOVEA)
    assert "signal 9" in ended.cause
    assert queue.get(workspace, waits.id).ended, "what waited was started then"


def test_a_server_whose_workspace_cannot_be_written_says_so_and_ends(small_disk, tmp_path):
    small_disk(tmp_path / "disk")
    small_disk(tmp_path / "disk", "remount,ro")
    environment = {"FOVEA_WORKSPACE": str(tmp_path / "disk" / "workspace"), "PYTHONPATH": "."}

    done = python(
        "-m",
        "streamlit",
        "run",
        "streamlit_app.py",
        "--server.port",
        "0",
        env={**os.environ, **environment},
    )

    assert done.returncode == 1
    said = done.stderr + done.stdout
    assert f"Fovea cannot start. The workspace {tmp_path}/disk/workspace cannot be written (Read-only file" in said
    assert "Traceback" not in said
