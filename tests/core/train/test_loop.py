import dataclasses
import zipfile

import keras
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

import models
from core.augment.config import AugmentConfig
from core.data.packed import Packed
from core.errors import ConfigError
from core.train import loop
from core.train.config import TrainConfig
from core.train.feeding import order
from core.train.loop import predict, train

CONFIG = TrainConfig(
    architecture="small_cnn",
    architecture_options={"blocks": 2, "filters": 4, "dense_units": 8, "dropout": 0.3},
    image_size=8,
    epochs=3,
    batch_size=32,
    learning_rate=1e-2,
    schedule="one_cycle",
    augment=AugmentConfig((("rotation", 0.05), ("zoom", 0.1))),
)
PLAIN = TrainConfig(architecture="fast_cnn", architecture_options={"filters": 4}, image_size=8, epochs=2, batch_size=32)

LEARNS_AT_ONCE = dataclasses.replace(
    PLAIN,
    architecture="small_cnn",
    architecture_options={"blocks": 1, "filters": 32, "batch_norm": False, "dropout": 0.0, "dense_units": 64},
    epochs=5,
    learning_rate=1e-2,
)


def quiet(moment):
    pass


def after_steps(steps):
    """A `should_stop` that says yes from its call number `steps` on."""
    asked = iter(range(1, 10_000))
    return lambda: next(asked) >= steps


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


@pytest.fixture(scope="module")
def contrary_data(small_data):
    """Every validation image has a wrong label, so that whatever is learnt makes the validation loss worse."""
    return dataclasses.replace(small_data, val_labels=(small_data.val_labels + 1) % 10)


@pytest.fixture(scope="module")
def whole(small_data):
    """The uninterrupted run, with dropout, batch norm, augmentation and a schedule in it."""
    return train(CONFIG, small_data, quiet)


def test_the_same_config_and_seed_give_the_same_weights_and_figures(small_data, whole):
    again = train(CONFIG, small_data, quiet)

    assert same(whole.model, again.model)
    timeless = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
    for one, other in zip(whole.history, again.history, strict=True):
        assert {name: one[name] for name in timeless} == {name: other[name] for name in timeless}


def test_another_seed_gives_other_weights(small_data, whole):
    assert not same(whole.model, train(dataclasses.replace(CONFIG, seed=1), small_data, quiet).model)


@pytest.mark.parametrize("steps", [3, 10, 13])
def test_a_run_stopped_in_any_step_and_resumed_ends_at_the_weights_of_the_uninterrupted_one(
    small_data, whole, tmp_path, steps
):
    stopped = train(CONFIG, small_data, quiet, after_steps(steps), tmp_path)
    assert stopped.stopped
    assert [epoch["whole"] for epoch in stopped.history] == [True] * (steps // 5) + [False] * bool(steps % 5)
    said = []

    resumed = train(CONFIG, small_data, said.append, checkpoints=tmp_path)

    assert (said[0].epoch, said[0].step) == (steps // 5 + 1, steps % 5), "no step is done again"
    assert same(resumed.model, whole.model)
    assert [epoch["val_loss"] for epoch in resumed.history] == [epoch["val_loss"] for epoch in whole.history]
    assert [epoch["loss"] for epoch in resumed.history] == pytest.approx([epoch["loss"] for epoch in whole.history])
    assert (resumed.best_epoch, resumed.stopped) == (whole.best_epoch, False)


class Killed(BaseException):
    """What stands for a kill: nobody catches it."""


EVERYTHING = {
    "as it is": CONFIG,
    "averaged, smoothed, balanced": dataclasses.replace(
        CONFIG, ema_momentum=0.9, label_smoothing=0.1, class_balance="sampling", optimizer="adamw"
    ),
    "in 16 bits": dataclasses.replace(CONFIG, precision="float16", class_balance="weights", schedule="constant"),
}


@pytest.mark.parametrize("config", EVERYTHING.values(), ids=EVERYTHING)
def test_a_run_cut_off_without_warning_ends_at_the_weights_of_the_uninterrupted_one(small_data, tmp_path, config):
    """A checkpoint after every step or so; the second kill hits while one is written."""
    uninterrupted = train(config, small_data, quiet)

    def dies(moment):
        if (moment.epoch, moment.step) == (2, 5):
            raise Killed

    with pytest.raises(Killed):
        train(config, small_data, dies, checkpoints=tmp_path, checkpoint_seconds=0)
    (tmp_path / ".new-half.npz").write_bytes(b"what a kill in the middle of writing leaves")
    said = []

    resumed = train(config, small_data, said.append, checkpoints=tmp_path, checkpoint_seconds=0)

    assert (said[0].epoch, said[0].step) > (1, 0), "this test needs a checkpoint"
    assert same(resumed.model, uninterrupted.model)
    assert [epoch["val_loss"] for epoch in resumed.history] == [epoch["val_loss"] for epoch in uninterrupted.history]


def test_a_finished_run_resumed_has_nothing_left_to_do(small_data, whole, tmp_path):
    train(CONFIG, small_data, quiet, checkpoints=tmp_path)
    said = []

    again = train(CONFIG, small_data, said.append, checkpoints=tmp_path)

    assert said == []
    assert same(again.model, whole.model)


def test_the_model_has_the_weights_of_the_lowest_validation_loss(contrary_data):
    trained = train(LEARNS_AT_ONCE, contrary_data, quiet)
    losses = [epoch["val_loss"] for epoch in trained.history]

    probabilities = predict(trained.model, contrary_data, contrary_data.val_rows).astype(np.float64)

    assert losses.index(min(losses)) + 1 == trained.best_epoch
    assert trained.best_epoch < len(losses), "this test needs a run that ends worse than it was"
    chosen = np.maximum(probabilities[np.arange(40), contrary_data.val_labels], 1e-7)
    assert -np.log(chosen).mean() == pytest.approx(min(losses), abs=1e-5)


def test_stop_in_mid_epoch_keeps_the_best_weights(contrary_data):
    whole = train(LEARNS_AT_ONCE, contrary_data, quiet)
    assert whole.best_epoch <= 3, "this test needs a run that ends worse than it was"

    stopped = train(LEARNS_AT_ONCE, contrary_data, quiet, after_steps(23))

    assert stopped.stopped
    assert [epoch["whole"] for epoch in stopped.history] == [True, True, True, True, False]
    assert stopped.best_epoch == whole.best_epoch
    assert same(stopped.model, whole.model)


def test_val_figures_agree_with_scikit_learn(small_data, whole):
    probabilities = predict(whole.model, small_data, small_data.val_rows).astype(np.float64)
    probabilities /= probabilities.sum(1, keepdims=True)
    best = whole.history[whole.best_epoch - 1]

    assert log_loss(small_data.val_labels, probabilities, labels=range(10)) == pytest.approx(best["val_loss"], abs=1e-5)
    assert accuracy_score(small_data.val_labels, probabilities.argmax(1)) == best["val_accuracy"]


def test_training_and_selection_read_no_other_row_than_train_and_val(small_data, monkeypatch):
    read, take = [], Packed.take
    monkeypatch.setattr(Packed, "take", lambda packed, rows: read.extend(rows.tolist()) or take(packed, rows))

    train(PLAIN, small_data, quiet)

    assert set(read) == set(range(200))
    assert read.count(0) == PLAIN.epochs, "each training image once an epoch"


def test_whatever_the_other_rows_hold_the_weights_are_the_same(small_data):
    noisy = small_data.packed.images.copy()
    noisy[200:] = np.random.default_rng(0).integers(0, 256, noisy[200:].shape)
    changed = dataclasses.replace(small_data, packed=Packed(noisy, small_data.packed.rows))

    assert same(train(PLAIN, small_data, quiet).model, train(PLAIN, changed, quiet).model)


def test_validation_images_are_never_augmented(small_data):
    still = dataclasses.replace(PLAIN, epochs=1, learning_rate=1e-9, optimizer="sgd", momentum=0.0)
    wild = dataclasses.replace(still, augment=AugmentConfig((("rotation", 0.5), ("brightness", 0.8))))
    options = {"blocks": 1, "filters": 4, "dense_units": 0, "dropout": 0.0, "batch_norm": False}

    def val_loss(config):
        without_statistics = dataclasses.replace(config, architecture="small_cnn", architecture_options=options)
        return train(without_statistics, small_data, quiet).history[0]["val_loss"]

    assert val_loss(wild) == pytest.approx(val_loss(still), abs=1e-6)


def test_the_model_that_comes_out_holds_no_augmentation(whole):
    names = {type(layer).__name__ for layer in whole.model._flatten_layers()}

    assert not [name for name in names if name.startswith("Random")]
    assert whole.model.input_shape == (None, 8, 8, 1)
    assert all(weight.dtype == "float32" for weight in whole.model.weights)


def test_the_order_of_images_is_a_function_of_seed_and_epoch():
    labels = np.arange(50) % 3
    one, two = dataclasses.replace(PLAIN, seed=1), dataclasses.replace(PLAIN, seed=2)
    np.testing.assert_array_equal(order(one, 2, labels), order(one, 2, labels))
    assert sorted(order(one, 2, labels)) == list(range(50))
    assert (order(one, 2, labels) != order(one, 3, labels)).any()
    assert (order(one, 2, labels) != order(two, 2, labels)).any()


def test_balanced_sampling_draws_each_class_equally_often():
    labels = np.repeat([0, 1, 2], [9000, 900, 100])

    drawn = order(dataclasses.replace(PLAIN, class_balance="sampling"), 1, labels)

    assert len(drawn) == 10_000
    assert np.bincount(labels[drawn]) == pytest.approx([3333, 3333, 3333], abs=200)  # 4 standard deviations


def test_early_stopping_ends_after_so_many_epochs_without_a_lower_loss(contrary_data):
    trained = train(dataclasses.replace(LEARNS_AT_ONCE, epochs=30, early_stopping_patience=2), contrary_data, quiet)

    assert len(trained.history) == trained.best_epoch + 2
    assert not trained.stopped


def test_a_loss_that_is_not_a_number_ends_the_training_with_the_cause_and_advice(small_data, monkeypatch):
    """FAULTS 21"""
    build = models.build

    def broken(*arguments):
        model = build(*arguments)
        model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
        return model

    monkeypatch.setattr(models, "build", broken)

    with pytest.raises(
        ConfigError, match=r"The loss became nan in epoch 1, step 1\. Take a lower learning rate \(it is 0\.0"
    ):
        train(PLAIN, small_data, quiet)


LAST_STEP_BREAKS = dataclasses.replace(PLAIN, epochs=3, optimizer="sgd", momentum=0.0, gradient_clip_norm=None)


@pytest.mark.parametrize("average", [None, 0.9], ids=["weights", "averaged weights"])
def test_validation_that_is_not_a_number_ends_the_training_too_and_keeps_what_was_said(
    small_data, monkeypatch, average
):
    """FAULTS 21. What breaks is the last step of the second epoch, whose own loss was that of the step before."""
    taken, said = [], []
    take = loop.Steps.take

    def breaks(self, images, labels):
        take(self, images, labels)
        taken.append(1)
        if len(taken) == 10:
            for variable in self._model.trainable_variables:
                variable.assign(np.full(variable.shape, np.nan, np.float32))
            if average:
                for variable in self._model.optimizer._model_variables_moving_average:
                    variable.assign(np.full(variable.shape, np.nan, np.float32))

    monkeypatch.setattr(loop.Steps, "take", breaks)

    with pytest.raises(ConfigError, match=r"The validation loss became nan in epoch 2\. Take a lower learning rate"):
        train(dataclasses.replace(LAST_STEP_BREAKS, ema_momentum=average), small_data, said.append)

    assert [epoch["epoch"] for epoch in said[-1].history] == [1]
    assert np.isfinite([epoch["val_loss"] for epoch in said[-1].history]).all()


def test_weights_that_are_not_finite_are_never_kept_though_the_answers_are(small_data, monkeypatch):
    """An infinite variance of batch norm makes all answers alike, not NaN."""
    take = loop.Steps.take

    def breaks(self, images, labels):
        take(self, images, labels)
        for variable in self._model.non_trainable_variables:
            if variable.name == "moving_variance":
                variable.assign(np.full(variable.shape, np.inf, np.float32))

    monkeypatch.setattr(loop.Steps, "take", breaks)

    with pytest.raises(ConfigError, match=r"Weights of the network became inf in epoch 1\. Take a lower learning rate"):
        train(dataclasses.replace(CONFIG, epochs=1), small_data, quiet)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "rmsprop"])
def test_every_optimizer_and_loss_learns(small_data, optimizer):
    loss = "mean_squared_error" if optimizer == "adamw" else "cross_entropy"
    config = dataclasses.replace(
        PLAIN, optimizer=optimizer, loss=loss, epochs=3, learning_rate=1e-2, gradient_clip_norm=5.0
    )

    history = train(config, small_data, quiet).history

    assert history[-1]["loss"] < history[0]["loss"]


def test_progress_says_where_it_is_and_what_came_of_the_epochs_before(small_data):
    said = []

    trained = train(PLAIN, small_data, said.append)

    last = said[-1]
    assert (last.epoch, last.epochs, last.step, last.steps) == (2, 2, 5, 5)
    assert said[0].step == 0
    assert list(last.history) == trained.history[:1]
    assert sum(epoch["step_images"] for epoch in trained.history) == 2 * 160 - 2 * 32


def test_the_saved_model_opens_in_keras_without_fovea(small_data, tmp_path):
    trained = train(dataclasses.replace(PLAIN, schedule="one_cycle", epochs=1), small_data, quiet)
    trained.model.save(tmp_path / "model.keras")

    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        config = archive.read("config.json").decode()
    assert "fovea" not in config
    assert '"module": "core' not in config
    assert same(keras.saving.load_model(tmp_path / "model.keras"), trained.model)
