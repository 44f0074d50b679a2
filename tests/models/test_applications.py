import subprocess
import sys

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

import models
from core.predict.export import compare, to_litert
from models import ARCHITECTURES
from models.applications import BODIES
from models.pretrained import keras_weights
from tests.making import noise

FAMILIES = ["mobilenet_v3_small", "efficientnet_v2_b0", "convnext_tiny"]


def decided(variant, shape):
    """The network with a last layer that names each of four pictures, by what sets its features apart."""
    model = models.build("applications", shape, 4, {"variant": variant})
    shown = pictures(*shape[1:]).astype("float32")
    for _ in range(5):
        model(shown, training=True)  # batch norm has averages of its own then
    features = keras.Model(model.input, model.layers[-1].input).predict(shown, verbose=0)
    apart = features - features.mean(0)
    kernel = 4 * apart.T / (apart**2).sum(1)
    model.layers[-1].set_weights([kernel, -features.mean(0) @ kernel])
    return model


def pictures(size, channels, count=4):
    return np.stack([noise(seed, size, size, channels).reshape(size, size, channels) for seed in range(count)])


def test_every_variant_of_the_table_is_a_network():
    assert set(ARCHITECTURES["applications"].options["variant"].choices) == set(BODIES)


@pytest.mark.parametrize("variant", FAMILIES)
def test_grey_pictures_are_answered_as_their_copies_in_colour(variant):
    grey = models.build("applications", (32, 32, 1), 4, {"variant": variant})
    colour = models.build("applications", (32, 32, 3), 4, {"variant": variant})
    colour.set_weights(grey.get_weights())
    shown = pictures(32, 1).astype("float32")

    np.testing.assert_allclose(grey.predict(shown, verbose=0), colour.predict(shown.repeat(3, 3), verbose=0), atol=1e-6)


@pytest.mark.parametrize("variant", ["mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_v2_b1"])
def test_averages_of_batch_norm_follow_within_a_short_training(variant):
    model = models.build("applications", (32, 32, 3), 2, {"variant": variant})

    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {layer.momentum for layer in norms} == {0.9}


@pytest.mark.slow
def test_the_exported_model_answers_as_the_keras_model_which_opens_without_fovea(tmp_path):
    shown, answers = pictures(32, 1), {}
    np.save(tmp_path / "shown.npy", shown)
    for variant in FAMILIES:
        is_decided = variant != "mobilenet_v3_small"  # as it begins, it sees less difference than float32 can hold
        model = decided(variant, (32, 32, 1)) if is_decided else models.build("applications", (32, 32, 1), 4, {})
        to_litert(model, tmp_path / "model.tflite")
        model.save(tmp_path / f"{variant}.keras")
        parity = compare(model, tmp_path / "model.tflite", shown)
        assert parity["agreement"] == 1, variant
        answers[variant] = model.predict(shown.astype("float32"), verbose=0)
        if is_decided:
            assert (answers[variant].argmax(1) == range(4)).all(), f"{variant} tells pictures apart"

    code = f"""import keras, numpy
shown = numpy.load("shown.npy").astype("float32")
for variant in {FAMILIES}:
    numpy.save(variant + ".npy", keras.models.load_model(variant + ".keras").predict(shown, verbose=0))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for variant in FAMILIES:
        np.testing.assert_allclose(np.load(tmp_path / f"{variant}.npy"), answers[variant], atol=1e-5)


@pytest.mark.parametrize("variant", FAMILIES)
def test_weights_of_keras_own_files_are_taken_whatever_the_size_and_the_colours(variant, tmp_path, monkeypatch):
    learnt = BODIES[variant](include_top=False, weights=None, input_shape=(64, 64, 3), pooling="avg")
    with h5py.File(tmp_path / "body.h5", "w") as file:  # the format of the published files
        legacy_h5_format.save_weights_to_hdf5_group(file, learnt)
    monkeypatch.setattr(keras_weights, "file_of", lambda name: tmp_path / "body.h5")

    model = models.build("applications", (32, 32, 1), 3, {"variant": variant, "weights": "imagenet"})

    for mine, theirs in zip(model.get_weights(), learnt.get_weights(), strict=False):
        np.testing.assert_array_equal(mine, theirs)
    assert len(model.get_weights()) == len(learnt.get_weights()) + 2
