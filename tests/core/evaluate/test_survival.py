"""How often answers survive, with a model of which it is known what it looks at."""

import keras
import numpy as np
import pytest
from PIL import Image

from core.augment.config import AugmentConfig
from core.data.add import add
from core.errors import InputError
from core.evaluate.survival import measure
from core.predict.export import to_litert
from core.train import runs
from core.train.config import TrainConfig

EVERY = AugmentConfig(
    (("flip_horizontal", 1.0), ("flip_vertical", 1.0), ("invert", 1.0), ("cutmix", 1.0), ("hue", 0.5))
)


@pytest.fixture
def sided(workspace, tmp_path):
    """A data set of pictures with light on the left or on the right, and a run that says on which."""
    random = np.random.default_rng(0)
    for label in ("left", "right"):
        (tmp_path / "in" / label).mkdir(parents=True)
        for number in range(20):
            pixels = random.integers(0, 60, (12, 12), np.uint8)
            pixels[:, slice(0, 6) if label == "left" else slice(6, 12)] += 150
            Image.fromarray(pixels).save(tmp_path / "in" / label / f"{number}.png")
    dataset = add(workspace, str(tmp_path / "in"), "sided")
    run = runs.create(workspace, dataset, TrainConfig(architecture="fast_cnn", batch_size=4, image_size=12))
    inputs = keras.Input((12, 12, 1))
    column = keras.layers.Flatten()(keras.layers.AveragePooling2D((12, 6))(inputs))  # means of both halves
    model = keras.Model(inputs, keras.layers.Softmax()(column / 50.0))
    run.folder(workspace).mkdir(exist_ok=True)
    to_litert(model, run.folder(workspace) / "model.tflite")
    return workspace, run, dataset


def test_what_the_model_looks_at_decides_what_survives(sided):
    workspace, run, dataset = sided

    survival = measure(workspace, run, dataset, EVERY)

    assert survival.images == dataset.per_split["val"]
    assert survival.shares == {"flip_horizontal": 0.0, "flip_vertical": 1.0, "invert": 0.0}, (
        "mixing and hue are left out"
    )
    assert survival.strengths == dict.fromkeys(survival.shares, 1.0)


def test_operations_for_which_there_is_no_time_are_left_out(sided):
    workspace, run, dataset = sided

    assert measure(workspace, run, dataset, EVERY, seconds=0.0).shares == {}


def test_a_run_without_a_model_is_named(sided):
    workspace, run, dataset = sided
    (run.folder(workspace) / "model.tflite").unlink()

    with pytest.raises(InputError, match="has no model yet"):
        measure(workspace, run, dataset, EVERY)
