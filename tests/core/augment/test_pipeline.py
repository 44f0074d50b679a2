import keras
import numpy as np
import pytest
from skimage import data as photos

from core import images
from core.augment import pipeline
from core.augment.config import PRESETS, AugmentConfig
from core.augment.operations import OPERATIONS
from tests.making import encoded

EVERYTHING = AugmentConfig(tuple((name, operation.default) for name, operation in OPERATIONS.items()))


@pytest.fixture(scope="module")
def photo():
    """(4, 32, 32, 3) uint8: four real photos."""
    taken = (photos.astronaut(), photos.coffee(), photos.chelsea(), photos.rocket())
    return np.stack([images.load(encoded(array), 32, 3) for array in taken])


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_varies_pictures_and_keeps_shape_and_range(name, photo):
    varied = pipeline.draw(AugmentConfig(((name, OPERATIONS[name].maximum),)), np.repeat(photo, 4, 0), 1)

    assert (varied.shape, varied.dtype) == ((16, 32, 32, 3), np.uint8)
    assert (varied != np.repeat(photo, 4, 0)).any()
    assert varied.std() > 5, "still a picture"


def test_pictures_of_one_batch_are_varied_differently(photo):
    same = np.repeat(photo[:1], 6, 0)

    varied = pipeline.draw(PRESETS["digits"], same, 0)

    assert len(np.unique(varied.reshape(6, -1), axis=0)) == 6


def test_the_same_seed_gives_the_same_draw_and_another_seed_another(photo):
    np.testing.assert_array_equal(pipeline.draw(EVERYTHING, photo, 5), pipeline.draw(EVERYTHING, photo, 5))
    assert (pipeline.draw(EVERYTHING, photo, 5) != pipeline.draw(EVERYTHING, photo, 6)).any()


def test_without_training_pictures_come_back_as_they_are(photo):
    model = pipeline.build(EVERYTHING, 32, 3)

    np.testing.assert_array_equal(model(photo.astype("float32"), training=False), photo)


def test_the_random_state_is_a_function_of_seed_and_epoch(photo):
    model = pipeline.build(PRESETS["strong"], 32, 3)

    def draws(seed, epoch, steps):
        pipeline.seed(model, seed, epoch)
        return np.stack([model(photo.astype("float32"), training=True) for _ in range(steps)])

    first = draws(3, 2, 2)
    draws(3, 1, 5)  # whatever was drawn before does not matter
    np.testing.assert_array_equal(draws(3, 2, 2), first)
    assert (first[0] != first[1]).any(), "each step draws anew"
    assert (draws(3, 4, 2) != first).any()
    assert (draws(4, 2, 2) != first).any()


def test_flips_are_mirrored_copies(photo):
    varied = pipeline.draw(AugmentConfig((("flip_horizontal", 1.0),)), np.repeat(photo, 8, 0), 0)

    originals = np.repeat(photo, 8, 0)
    as_it_was = (varied == originals).all((1, 2, 3))
    mirrored = (varied == originals[:, :, ::-1]).all((1, 2, 3))
    assert (as_it_was ^ mirrored).all()
    assert 0 < mirrored.sum() < len(varied)


def test_colour_operations_are_left_out_on_grey_pictures():
    assert pipeline.build(AugmentConfig((("hue", 0.1), ("saturation", 0.1))), 16, 1) is None
    with_rest = pipeline.build(AugmentConfig((("hue", 0.1), ("zoom", 0.1))), 16, 1)
    assert [type(layer).__name__ for layer in with_rest.layers] == ["RandomZoom"]


def test_nothing_chosen_is_nothing_done(photo):
    assert pipeline.build(AugmentConfig(), 32, 3) is None
    assert pipeline.draw(AugmentConfig(), photo, 0) is photo


def test_dropout_is_seeded_too():
    model = keras.Sequential([keras.Input((100,)), keras.layers.Dropout(0.5)])

    def dropped():
        pipeline.seed(model, 1, 1)
        return np.array(model(np.ones((1, 100), "float32"), training=True))

    np.testing.assert_array_equal(dropped(), dropped())
