import os

import keras
import numpy as np
import pytest

from core.evaluate.attacks import fgsm, pgd
from core.evaluate.gradients import logits_of, slope_of_loss
from tests.making import python


@pytest.fixture(scope="module")
def learnt():
    """A small model with batch norm and dropout that has learnt which half of a noisy picture is brighter: model, images, labels."""
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 400)
    images = random.normal(120, 30, (400, 8, 8, 1))
    images[labels == 0, :4] += 8
    images[labels == 1, 4:] += 8
    images = np.clip(images, 0, 255).astype(np.uint8)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, activation="softplus"),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(images, labels, epochs=12, verbose=0)
    return model, images, labels


def accuracy(model, images, labels):
    return (model.predict_on_batch(images.astype(np.float32)).argmax(1) == labels).mean()


def test_the_gradient_agrees_with_a_finite_difference(learnt):
    model, images, labels = learnt
    some, wanted = images[:3].astype(np.float32), labels[:3]
    slope = slope_of_loss(model)(some, wanted)

    def loss(pictures):
        probabilities = keras.ops.convert_to_numpy(model(pictures, training=False)).astype(np.float64)
        return -np.log(probabilities[np.arange(3), wanted])

    for row, column in ((1, 1), (4, 4), (6, 2)):
        step = np.zeros_like(some)
        step[:, row, column] = 2
        difference = (loss(some + step) - loss(some - step)) / 4
        np.testing.assert_allclose(slope[:, row, column, 0], difference, rtol=0.02, atol=2e-5)


def test_a_model_whose_probability_is_1_has_a_gradient_still(learnt):
    model, images, labels = learnt
    sure = keras.models.clone_model(model)
    sure.set_weights(model.get_weights())
    kernel, bias = sure.layers[-1].get_weights()
    sure.layers[-1].set_weights([kernel * 15, bias * 15])
    probabilities = sure.predict_on_batch(images.astype(np.float32))[np.arange(400), labels]
    margins = np.abs(np.diff(logits_of(sure).predict_on_batch(images.astype(np.float32)), axis=1))[:, 0]
    chosen = (probabilities == 1) & (margins < 80)
    slope = slope_of_loss(sure)(images[chosen].astype(np.float32), labels[chosen])

    assert chosen.any()
    assert np.abs(slope).max((1, 2, 3)).min() > 0


@pytest.mark.parametrize("budget", [1, 4, 16])
@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_budgets_are_kept_to_the_pixel(learnt, attack, budget):
    model, images, labels = learnt
    extreme = images.copy()
    extreme[:, ::2], extreme[:, 1::2] = 0, 255  # nowhere to go but inwards
    for pictures in (images, extreme):
        changed = attack(slope_of_loss(model), pictures, labels, budget)
        far = np.abs(changed.astype(int) - pictures)
        assert changed.dtype == np.uint8
        assert far.max() == budget


def test_pgd_is_at_least_as_strong_as_fgsm_and_both_are_stronger_than_noise(learnt):
    model, images, labels = learnt
    slope = slope_of_loss(model)
    for budget in (2, 4, 8):
        signs = np.random.default_rng(0).choice([-budget, budget], images.shape)
        noisy = np.clip(images + signs, 0, 255).astype(np.uint8)
        of_noise = accuracy(model, noisy, labels)
        of_fgsm = accuracy(model, fgsm(slope, images, labels, budget), labels)
        of_pgd = accuracy(model, pgd(slope, images, labels, budget), labels)
        assert of_pgd <= of_fgsm < of_noise


def test_jax_gives_the_gradient_that_tensorflow_gives(learnt, tmp_path):
    pytest.importorskip("jax")
    model, images, labels = learnt
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "some.npz", images=images[:5].astype(np.float32), labels=labels[:5])
    code = f"""
import keras, numpy as np
from core.evaluate.gradients import slope_of_loss
some = np.load({str(tmp_path / "some.npz")!r})
model = keras.saving.load_model({str(tmp_path / "model.keras")!r})
np.save({str(tmp_path / "slope.npy")!r}, slope_of_loss(model)(some["images"], some["labels"]))
"""
    done = python("-c", code, env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"})

    assert done.returncode == 0, done.stderr
    ours = slope_of_loss(model)(images[:5].astype(np.float32), labels[:5])
    np.testing.assert_allclose(np.load(tmp_path / "slope.npy"), ours, rtol=1e-3, atol=1e-6)
