import keras
import numpy as np
import pytest

import models
from core.train import checkpoint
from core.train.checkpoint import Checkpoint, Clock, Position


@pytest.fixture
def model():
    made = models.build("fast_cnn", (8, 8, 1), 3, {"filters": 4})
    made.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy")
    made.optimizer.build(made.trainable_variables)
    return made


def step(model):
    x = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1)).astype("float32")
    model.train_on_batch(x, np.arange(8) % 3)


def test_model_and_optimizer_come_back_as_they_were(model, tmp_path):
    step(model)
    checkpoint.save(
        tmp_path, Checkpoint(checkpoint.capture(model), model.get_weights(), [{"epoch": 1}], Position(3, 1.5))
    )
    step(model)
    after_two = checkpoint.capture(model)

    saved = checkpoint.load(tmp_path)
    checkpoint.restore(model, saved.variables)
    assert saved.history == [{"epoch": 1}]
    assert saved.position == Position(3, 1.5)
    step(model)

    for one, other in zip(checkpoint.capture(model), after_two, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_optimizers_step_count_and_moments_are_in_it(model):
    step(model)

    assert len(checkpoint.capture(model)) == len(model.weights) + len(model.optimizer.variables)
    assert int(model.optimizer.iterations) in [int(v) for v in checkpoint.capture(model) if v.ndim == 0]


def test_best_weights_are_kept_beside_the_last(model, tmp_path):
    best = model.get_weights()
    step(model)
    checkpoint.save(tmp_path, Checkpoint(checkpoint.capture(model), best, []))

    for one, other in zip(checkpoint.load(tmp_path).best, best, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_full_disk_leaves_the_last_checkpoint_whole(tmp_path, monkeypatch):
    """FAULTS 20"""
    first = Checkpoint([np.arange(5.0)], [np.arange(2.0)], [{"epoch": 1}])
    checkpoint.save(tmp_path, first)

    def full(path, **arrays):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("core.train.checkpoint.np.savez", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save(tmp_path, Checkpoint([np.zeros(5)], [], []))

    np.testing.assert_array_equal(checkpoint.load(tmp_path).variables[0], np.arange(5.0))
    assert [path.name for path in tmp_path.iterdir()] == [checkpoint.FILE_NAME]


def test_a_checkpoint_of_another_network_is_not_taken(model):
    with pytest.raises(ValueError, match=r"zip|shorter|longer"):
        checkpoint.restore(model, checkpoint.capture(model)[:-1])


def test_before_the_first_one_there_is_none(tmp_path):
    assert checkpoint.load(tmp_path) is None


def test_a_checkpoint_of_an_older_fovea_is_not_taken(tmp_path):
    np.savez(tmp_path / checkpoint.FILE_NAME, variable0=np.zeros(3), best0=np.zeros(3), history=np.zeros(2, np.uint8))

    assert checkpoint.load(tmp_path) is None


def test_checkpoints_never_take_more_than_a_fiftieth_of_the_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("core.train.checkpoint.time.monotonic", lambda: now[0])
    clock = Clock(every_seconds=10)
    assert clock.is_due(between_epochs=True)
    assert not clock.is_due()
    now[0] = 10.0
    assert clock.is_due()

    clock.saved(seconds=2.0)

    now[0] = 109.0
    assert not clock.is_due()
    assert not clock.is_due(between_epochs=True)
    now[0] = 110.0
    assert clock.is_due()
