"""The sweep of a learning curve."""

import dataclasses

import numpy as np
import pytest
from sklearn.datasets import load_digits

from core.data.add import add
from core.train import more_data, runs, sweeps
from core.train.config import TrainConfig
from core.train.presets import PRESETS
from core.workspace import queue


@pytest.fixture
def few_digits(workspace, tmp_path):
    digits = load_digits()
    np.savez(tmp_path / "few.npz", x_train=(digits.images[:600] * 15).astype(np.uint8), y_train=digits.target[:600])
    return add(workspace, str(tmp_path / "few.npz"))


def test_a_curve_is_a_sweep_over_shares_that_knows_its_run(workspace, few_digits):
    run = runs.create(workspace, few_digits, TrainConfig(preset="textbook", architecture="textbook_cnn", epochs=2))
    assert more_data.find(workspace, run) is None

    sweep = more_data.begin(workspace, run)
    again = more_data.begin(workspace, run, sweep_id=sweep.id)

    assert again == sweep == more_data.find(workspace, run)
    assert sweep.title == f"Learning curve of {run.title}"
    made = [runs.find_run(workspace, trial.run).config for trial in sweep.trials]
    assert [config.train_share for config in made] == [0.1, 0.2, 0.5, 1.0]
    assert {config.epochs for config in made} == {2}, "what somebody chose stays"
    assert {config.architecture for config in made} == {"textbook_cnn"}
    assert sweeps.list_sweeps(workspace)[0].curve_of == run.id
    other = sweeps.create(workspace, few_digits, run.config, {"seed": "0,1"})
    assert other.curve_of == ""
    assert more_data.find(workspace, run) == sweep


def test_a_recipe_that_finds_its_epochs_finds_them_for_each_share(workspace, few_digits):
    run = runs.create(workspace, few_digits, PRESETS["fast"].config)

    made = [runs.find_run(workspace, trial.run).config for trial in more_data.begin(workspace, run).trials]

    assert [config.epochs for config in made] == [60, 60, 60, 54], "800 steps, and 60 epochs at most"
    assert {config.batch_size for config in made} == {32}, "the largest power of 2 that a tenth has"


def test_three_runs_a_share_have_three_seeds(workspace, few_digits):
    run = runs.create(workspace, few_digits, TrainConfig(epochs=1, seed=5))

    sweep = more_data.begin(workspace, run, more_data.FAST, seeds=3)

    made = [runs.find_run(workspace, trial.run).config for trial in sweep.trials]
    assert sorted((config.train_share, config.seed) for config in made) == [
        (share, seed) for share in more_data.SHARES for seed in (5, 6, 7)
    ]
    assert {config.preset for config in made} == {"fast"}


def test_weights_of_a_run_that_saw_everything_are_not_begun_with(workspace, few_digits):
    run = dataclasses.replace(
        runs.create(workspace, few_digits, TrainConfig(epochs=1)), config=TrainConfig(epochs=1, start_from="another")
    )

    assert more_data.base_config(run, few_digits).start_from is None


def test_what_it_costs_is_told_from_what_the_run_took(workspace, few_digits):
    run = runs.create(workspace, few_digits, TrainConfig(epochs=2, batch_size=16))
    assert more_data.estimate_seconds(workspace, run) is None

    run = runs.record(workspace, run.id, seconds=100.0)

    assert more_data.estimate_seconds(workspace, run) == pytest.approx(180, rel=0.1)
    assert more_data.estimate_seconds(workspace, run, seeds=3) == pytest.approx(540, rel=0.1)
    assert more_data.estimate_seconds(workspace, run, more_data.FAST) is None
    queue.request_stop(workspace, run.id)


def test_runs_of_a_learning_curve_are_models_only_where_no_other_is(workspace, few_digits):
    run = runs.create(workspace, few_digits, TrainConfig(preset="textbook", architecture="textbook_cnn", epochs=2))
    parts = [trial.run for trial in more_data.begin(workspace, run).trials]
    for part in parts:
        runs.record(workspace, part, test_accuracy=1.0)
    assert {one.id for one in more_data.models(workspace, runs.list_runs(workspace))} == set(parts)

    runs.record(workspace, run.id, test_accuracy=0.9)

    assert [one.id for one in more_data.models(workspace, runs.list_runs(workspace))] == [run.id]
    assert [one.id for one in more_data.without_curves(workspace, runs.list_runs(workspace))] == [run.id]
