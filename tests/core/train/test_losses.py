import dataclasses

import keras
import numpy as np
import pytest
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight

from core.augment.config import AugmentConfig
from core.train.class_weights import class_weights
from core.train.config import TrainConfig
from core.train.losses import loss, takes_one_hot
from core.train.precision import set_precision

LABELS = np.array([0, 0, 0, 0, 0, 1, 1, 2], dtype=np.int32)
PROBABILITIES = np.random.default_rng(0).dirichlet(np.ones(3), 8).astype(np.float32)
MIXING = AugmentConfig((("mixup", 0.2),))


def value(config):
    given = np.eye(3, dtype=np.float32)[LABELS] if takes_one_hot(config) else LABELS
    return np.asarray(keras.ops.convert_to_numpy(loss(config, LABELS, 3)(given, PROBABILITIES)))


def test_class_weights_are_those_of_scikit_learn():
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)

    np.testing.assert_allclose(class_weights(LABELS, 3), expected, rtol=1e-6)
    assert class_weights(LABELS, 3)[LABELS].mean() == pytest.approx(1)
    np.testing.assert_allclose(class_weights(LABELS, 4), [*expected, 1.0], rtol=1e-6)


@pytest.mark.parametrize("augment", [AugmentConfig(), MIXING], ids=["integers", "mixed labels"])
def test_weighted_loss_is_scikit_learns_log_loss_with_sample_weights(augment):
    each = value(TrainConfig(class_balance="weights", augment=augment))

    weights = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)[LABELS]
    wanted = log_loss(LABELS, PROBABILITIES.astype(np.float64), sample_weight=weights)
    assert each.shape == (8,)
    assert each.sum() / weights.sum() == pytest.approx(wanted, rel=1e-5)


def test_smoothed_loss_is_keras_own():
    each = value(TrainConfig(label_smoothing=0.2))

    keras_own = keras.losses.CategoricalCrossentropy(label_smoothing=0.2, reduction=None)
    expected = keras.ops.convert_to_numpy(keras_own(np.eye(3, dtype=np.float32)[LABELS], PROBABILITIES))
    np.testing.assert_allclose(each, expected, rtol=1e-6)


def test_smoothing_by_hand():
    config = TrainConfig(label_smoothing=0.3, loss="mean_squared_error")
    made = loss(config, LABELS, 3)

    got = float(made(np.array([[1.0, 0.0, 0.0]], np.float32), np.array([[0.5, 0.25, 0.25]], np.float32))[0])

    assert got == pytest.approx(((0.8 - 0.5) ** 2 + (0.1 - 0.25) ** 2 * 2) / 3)


def test_what_keras_has_is_named():
    assert loss(TrainConfig(), LABELS, 3) == "sparse_categorical_crossentropy"
    assert loss(TrainConfig(augment=MIXING), LABELS, 3) == "categorical_crossentropy"
    assert loss(TrainConfig(loss="mean_squared_error"), LABELS, 3) == "mean_squared_error"


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_layers_compute_in_16_bits_and_weights_and_answers_stay_in_32(precision):
    import models

    model = models.build("small_cnn", (16, 16, 1), 3, {"blocks": 2, "filters": 4})
    images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 1)).astype("float32")
    exact = np.asarray(model(images))

    set_precision(model, precision)
    coarse = model(images)

    assert coarse.dtype == "float32"
    assert all(weight.dtype == "float32" for weight in model.weights)
    assert {layer.compute_dtype for layer in model.layers[1:-1]} == {precision}
    assert 0 < np.abs(np.asarray(coarse) - exact).max() < 0.05
    set_precision(model, "float32")
    np.testing.assert_array_equal(np.asarray(model(images)), exact)


def test_a_config_without_these_fields_is_read():
    old = {name: one for name, one in TrainConfig().to_json().items() if name not in ("ema_momentum", "class_balance")}

    assert TrainConfig.from_json(old) == dataclasses.replace(TrainConfig())
