import dataclasses
import os

import pytest

from core.data.add import add
from core.jobs import estimate
from core.jobs.estimate import ALIKE, PREPARE_SECONDS, RUNS, SPEED, SPREAD, multiplications_per_second
from core.train import runs
from core.train.config import TrainConfig, resolve
from core.train.presets import PRESETS
from core.workspace.atomic import write_json
from tests.making import write_classes

CONFIG = TrainConfig(architecture="fast_cnn", image_size=28, epochs=10, batch_size=8)


@pytest.fixture
def pets(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(estimate, "gpus", list)
    return add(workspace, str(write_classes(tmp_path / "pets", {"cat": 50, "dog": 50})))


def ran(workspace, dataset, rate, seconds, processors=None, **changes):
    """A run that took so long and made so many images a second, its steps 8 s of it."""
    run = runs.create(workspace, dataset, dataclasses.replace(CONFIG, **changes))
    here = {"processors": processors or os.cpu_count(), "gpus": []}
    write_json(run.folder(workspace) / "environment.json", here)
    runs.record(workspace, run.id, images_per_second=rate, seconds=seconds, history=[{"step_seconds": 8.0}])


def of(workspace, dataset, **changes):
    return estimate.estimate(workspace, dataset, resolve(dataclasses.replace(CONFIG, **changes), dataset))


def test_such_runs_on_this_machine_tell_how_long_the_next_takes(workspace, pets):
    """80 images an epoch at 20 a second take 4 s; all else took 30 s."""
    for rate in (19.0, 20.0, 90.0):
        ran(workspace, pets, rate, 38.0)

    told = of(workspace, pets)

    assert told.known_by == RUNS
    assert told.low * told.high == pytest.approx((30 + 10 * 80 / 20) ** 2)
    assert told.high / told.low < 2
    assert of(workspace, pets, epochs=20).high > told.high + 40
    stopping = of(workspace, pets, early_stopping_patience=2)
    assert (stopping.high, stopping.low < told.low) == (told.high, True), "it may stop early, and may not"


def test_what_another_machine_network_or_image_size_took_is_no_measure_of_this(workspace, pets, monkeypatch):
    monkeypatch.setattr(estimate, "multiplications_per_second", lambda: estimate.REFERENCE / 10)
    ran(workspace, pets, 20.0, 38.0, processors=1000)
    ran(workspace, pets, 20.0, 38.0, architecture="small_cnn")
    slow = of(workspace, pets)
    assert slow.known_by == SPEED
    monkeypatch.setattr(estimate, "multiplications_per_second", lambda: estimate.REFERENCE)
    assert of(workspace, pets).high < slow.high

    ran(workspace, pets, 20.0, 38.0, image_size=56)

    alike = of(workspace, pets)
    assert alike.known_by == ALIKE
    assert alike.low < 30 + 10 * 80 / 20 / 3 < alike.high, "a quarter of the pixels, about a third of the time"
    assert 2 < alike.high / alike.low < slow.high / slow.low


@pytest.mark.parametrize("name", ["quick", "quick_plus"])
def test_what_runs_of_a_last_layer_took_here_tells_how_long_the_next_takes(workspace, pets, name):
    """Of 100 images 10 a second are embedded and 20 are evaluated at that rate; all else takes 3 s."""
    config = resolve(PRESETS[name].config, pets)
    assert estimate.estimate(workspace, pets, config).known_by == SPEED
    run = runs.create(workspace, pets, config)
    write_json(run.folder(workspace) / "environment.json", {"processors": os.cpu_count(), "gpus": []})
    spent = {"embedded": 200, "embedding": 20.0, "evaluated": 50, "evaluating": 5.0, "preparing": 40.0}
    runs.record(workspace, run.id, seconds=70.0, history=[{"step_seconds": 2.0}], spent=spent)

    told = estimate.estimate(workspace, pets, config)

    assert told.known_by == RUNS
    prepare = 0.0 if told.high / told.low < 2 else PREPARE_SECONDS * SPREAD[RUNS]
    assert told.low * (told.high - prepare) == pytest.approx((9 + 2 + 3) ** 2, rel=0.05)  # and it learns, in no time
    other = {"quick": "quick_plus", "quick_plus": "quick"}[name]
    assert estimate.estimate(workspace, pets, resolve(PRESETS[other].config, pets)).known_by == SPEED


def test_a_gpu_that_nothing_was_trained_on_is_not_guessed_at(workspace, pets, monkeypatch):
    monkeypatch.setattr(estimate, "gpus", lambda: [{"name": "NVIDIA H100"}])

    assert of(workspace, pets) is None


def test_the_real_training_of_the_digits_takes_what_is_told_after_it(trained):
    told = estimate.estimate(trained.workspace, trained.dataset, trained.run.config)

    assert told.known_by == RUNS
    assert told.low < trained.run.figures["seconds"] < told.high


@pytest.mark.parametrize("name", PRESETS)
def test_every_recipe_is_told_a_range(workspace, pets, name):
    told = estimate.estimate(workspace, pets, resolve(PRESETS[name].config, pets))

    assert 0 < told.low < told.high < 3600


def test_the_speed_of_the_machine_is_the_most_that_was_measured_however_busy_it_was_at_first(tmp_path, monkeypatch):
    monkeypatch.setenv("FOVEA_CACHE", str(tmp_path))
    for now, most in ((7e9, 7e9), (128e9, 128e9), (5e9, 128e9)):
        monkeypatch.setattr(estimate, "_multiplied_a_second", lambda period, now=now: now)
        assert multiplications_per_second() == most
    monkeypatch.setattr(estimate.os, "cpu_count", lambda: 1000)
    assert multiplications_per_second() == 5e9, "of another machine"


def test_the_speed_of_the_machine_can_be_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("FOVEA_CACHE", str(tmp_path))
    estimate._multiplied_a_second.cache_clear()
    assert 1e8 < multiplications_per_second() < 1e14
