"""Training on varied pictures: what the preview shows, mixed labels, resuming."""

import dataclasses

import keras
import numpy as np
import pytest

from core.augment import pipeline
from core.augment.config import PRESETS, AugmentConfig
from core.augment.layers import InOrder
from core.augment.operations import OPERATIONS
from core.compute import preview_augmentation
from core.train.config import TrainConfig
from core.train.feeding import order
from core.train.loop import train
from core.train.trainee import MixedTrainee

PLAIN = TrainConfig(
    architecture="small_cnn",
    architecture_options={"blocks": 1, "filters": 4, "dense_units": 8, "dropout": 0.3},
    image_size=8,
    epochs=2,
    batch_size=32,
    seed=11,
)
MIXED = AugmentConfig((("zoom", 0.1, 0.7), ("cutmix", 1.0), ("elastic", 0.05), ("erasing", 0.2), ("mixup", 0.4)))
# What cuts at a threshold comes before what computes in between: training runs compiled, and the last bits differ.
LATER = ("brightness", "contrast", "blur", "sharpness", "elastic")
NAMES = [name for name, one in OPERATIONS.items() if not one.needs_colour and name not in LATER]
EVERYTHING = AugmentConfig([(name, OPERATIONS[name].default) for name in (*reversed(NAMES), *LATER)])


def quiet(moment):
    pass


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


class Recorder(keras.layers.Layer):
    """Keeps what passes it."""

    def __init__(self, pictures, labels):
        super().__init__()
        self.images = self.add_weight(shape=pictures, trainable=False)
        self.labels = self.add_weight(shape=labels, trainable=False)

    def call(self, data, training=False):
        if not isinstance(data, dict):
            self.images.assign(data)
            return data
        self.images.assign(data["images"])
        self.labels.assign(data["labels"])
        return data

    def compute_output_spec(self, data, training=False):
        return keras.tree.map_structure(lambda one: keras.KerasTensor(one.shape, one.dtype), data)


@pytest.mark.parametrize("config", [EVERYTHING, PRESETS["strong"]], ids=["everything", "strong"])
def test_the_preview_shows_the_very_pictures_and_labels_that_the_first_step_of_an_epoch_trains_on(
    small_data, monkeypatch, config
):
    build, recorder, seen = pipeline.build, Recorder((32, 8, 8, 1), (32, 10)), []
    monkeypatch.setattr(
        pipeline,
        "build",
        lambda chosen, channels: InOrder([build(chosen, channels), recorder], [0, 1] if chosen.mixes_labels else []),
    )

    def after_a_step():
        seen.append((recorder.images.numpy(), recorder.labels.numpy()))
        return False

    train(dataclasses.replace(PLAIN, augment=config), small_data, quiet, after_a_step)
    monkeypatch.undo()

    steps_an_epoch = len(seen) // 2
    for epoch in (1, 2):
        trained_images, trained_labels = seen[(epoch - 1) * steps_an_epoch]
        rows = order(PLAIN, epoch, small_data.train_labels)[:32]
        originals = small_data.packed.take(small_data.train_rows[rows])
        labels = np.eye(10, dtype=np.float32)[small_data.train_labels[rows]]
        shown, shown_labels = preview_augmentation(config.to_json(), originals, 2, 11, labels)
        # The preview is rounded to whole tones.
        np.testing.assert_allclose(shown[epoch - 1], trained_images, atol=0.51)
        if config.mixes_labels:
            np.testing.assert_allclose(shown_labels[epoch - 1], trained_labels, atol=1e-5)
            assert (trained_labels.max(1) < 1).any()
        assert (shown[epoch - 1] != originals).mean() > 0.5


def test_a_run_with_mixed_labels_that_was_stopped_and_resumed_ends_at_the_weights_of_the_uninterrupted_one(
    small_data, tmp_path
):
    config = dataclasses.replace(PLAIN, augment=MIXED, epochs=3)
    whole = train(config, small_data, quiet)
    steps = iter(range(1, 100))
    stopped = train(config, small_data, quiet, lambda: next(steps) >= 8, tmp_path)
    assert [epoch["whole"] for epoch in stopped.history] == [True, False]

    resumed = train(config, small_data, quiet, checkpoints=tmp_path)

    assert same(resumed.model, whole.model)
    assert [epoch["loss"] for epoch in resumed.history] == pytest.approx([epoch["loss"] for epoch in whole.history])


def test_loss_and_accuracy_are_those_of_the_mixed_labels():
    """Against a model that always answers the same, by the formulas."""
    probabilities = np.array([0.5, 0.3, 0.2], "float32")
    config = AugmentConfig((("mixup", 1.0),))
    images = np.zeros((16, 4, 4, 1), np.uint8)
    labels = np.eye(3, dtype=np.float32)[np.arange(16) % 3]
    inputs = keras.Input((4, 4, 1))
    answer = keras.layers.Dense(3, "softmax", kernel_initializer="zeros")(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, answer)
    model.layers[-1].bias.assign(np.log(probabilities))
    trainee = MixedTrainee(pipeline.build(config, 1), model)
    trainee.compile(keras.optimizers.SGD(1e-9), "categorical_crossentropy", metrics=["accuracy"])
    pipeline.seed(trainee, 4, 1)

    logs = trainee.train_on_batch({"images": images, "labels": labels}, labels, return_dict=True)

    _, mixed = pipeline.draw(config, images, 4, 1, labels)
    assert (mixed.max(1) < 0.95).sum() > 4
    assert logs["loss"] == pytest.approx(-(mixed * np.log(probabilities)).sum(1).mean(), abs=1e-5)
    assert logs["accuracy"] == pytest.approx((mixed.argmax(1) == 0).mean(), abs=1e-6)


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
def test_training_with_mixed_labels_learns_and_validation_is_never_mixed(small_data, loss):
    config = dataclasses.replace(
        PLAIN,
        architecture="fast_cnn",
        architecture_options={"filters": 16},
        augment=AugmentConfig((("cutmix", 1.0, 1.0),)),
        epochs=8,
        batch_size=16,
        learning_rate=1e-2,
        loss=loss,
    )

    history = train(config, small_data, quiet).history

    assert history[-1]["loss"] < history[0]["loss"]
    assert max(epoch["val_accuracy"] for epoch in history) > 0.6
    if loss == "cross_entropy":  # the entropy of mixed labels is a floor that the validation loss does not know
        assert history[-1]["loss"] > history[-1]["val_loss"]


def test_the_model_that_comes_out_of_mixing_is_a_plain_one(small_data):
    trained = train(dataclasses.replace(PLAIN, augment=AugmentConfig((("cutmix", 1.0),)), epochs=1), small_data, quiet)

    assert trained.model.input_shape == (None, 8, 8, 1)
    assert not {type(layer) for layer in trained.model._flatten_layers()} & {InOrder, MixedTrainee}
