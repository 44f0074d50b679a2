"""KERAS_BACKEND=jax trains, resumes and is evaluated by the same code."""

import json
import os

import pytest

from core.workspace import Workspace
from tests.making import copy, python, read_json

JAX = {**os.environ, "KERAS_BACKEND": "jax"}


@pytest.mark.slow
def test_jax_learns_mnist_and_its_model_answers_like_any_other(made_mnist, tmp_path):
    workspace = Workspace.open(copy(made_mnist / "workspace", tmp_path / "mnist"))

    done = python(
        "-m", "core", "--workspace", workspace.root,
        "train", "mnist", "--preset", "fast", "--images-per-class", 150, "--epochs", 4, "--json",
        env=JAX,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["test_accuracy"] > 0.9
    assert read_json(workspace.run(answer["run"]) / "environment.json")["backend"] == "jax"
    parity = read_json(workspace.run(answer["run"]) / "run.json")["figures"]["parity"]
    assert parity["agreement"] == 1


def test_jax_resumes_to_the_weights_of_the_uninterrupted_run(tmp_path):
    done = python("-m", "tests.core.train.resume_once", tmp_path, env=JAX)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["backend"] == "jax"
    assert found["stopped"]
    assert found["same"]


@pytest.mark.slow
def test_two_devices_take_the_steps_of_one_and_learn_as_well():
    done = python("-m", "tests.core.train.two_devices")

    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["difference"] < 1e-5, "44 steps by the mean of two devices' gradients are those of one"
    assert found["accuracies"] == pytest.approx([0.95, 0.95], abs=0.04)
    assert found["refused"] == "gpus is 3; this machine has 2. Take fewer."
