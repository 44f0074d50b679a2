import keras
import numpy as np
import pytest
from skimage import data as photos

from core import images
from core.augment import pipeline
from core.augment.config import PRESETS, AugmentConfig
from core.augment.operations import OPERATIONS
from tests.making import encoded

SEVERAL = AugmentConfig((("rotation", 0.1, 0.5), ("randaugment", 0.5), ("elastic", 0.05), ("erasing", 0.2)))
EVERYTHING = AugmentConfig(tuple((name, operation.default) for name, operation in OPERATIONS.items()))


@pytest.fixture(scope="module")
def photo():
    """(4, 32, 32, 3) uint8: four real photos."""
    taken = (photos.astronaut(), photos.coffee(), photos.chelsea(), photos.rocket())
    return np.stack([images.load(encoded(array), 32, 3) for array in taken])


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_varies_pictures_and_keeps_shape_and_range(name, photo):
    images = np.repeat(photo, 4, 0).astype("float32")
    layer = pipeline.build(AugmentConfig(((name, OPERATIONS[name].maximum),)), 3)
    pipeline.seed(layer, 1, 1)

    varied = np.array(layer({"images": images, "labels": np.ones((16, 1), "float32")}, training=True)["images"])

    assert (varied.shape, varied.dtype) == ((16, 32, 32, 3), np.float32)
    assert varied.min() >= 0
    assert varied.max() <= 255.001
    assert (np.abs(varied - images).max((1, 2, 3)) > 1).sum() >= 3
    assert varied.std() > 5, "still a picture"


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if not operation.needs_colour])
def test_every_operation_that_needs_no_colour_varies_grey_pictures_of_a_few_pixels(name, photo):
    grey = np.repeat(photo[:, 10:18, 10:18, :1], 4, 0)

    varied, _ = pipeline.draw(AugmentConfig(((name, OPERATIONS[name].maximum),)), grey, 1)

    assert varied.shape == grey.shape
    assert (varied != grey).any()


def test_pictures_of_one_batch_are_varied_differently(photo):
    same = np.repeat(photo[:1], 6, 0)

    varied, _ = pipeline.draw(PRESETS["digits"], same, 0)

    assert len(np.unique(varied.reshape(6, -1), axis=0)) == 6


def test_the_same_seed_gives_the_same_draw_and_another_seed_another(photo):
    def drawn(seed, epoch):
        return pipeline.draw(SEVERAL, photo, seed, epoch)[0]

    np.testing.assert_array_equal(drawn(5, 1), drawn(5, 1))
    assert (drawn(5, 1) != drawn(6, 1)).any()
    assert (drawn(5, 1) != drawn(5, 2)).any()


def test_without_training_pictures_come_back_as_they_are(photo):
    layer = pipeline.build(EVERYTHING, 3)

    np.testing.assert_array_equal(layer(photo.astype("float32"), training=False), photo)


def test_the_random_state_is_a_function_of_seed_and_epoch(photo):
    model = pipeline.build(SEVERAL, 3)

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
    varied, _ = pipeline.draw(AugmentConfig((("flip_horizontal", 1.0),)), np.repeat(photo, 8, 0), 0)

    originals = np.repeat(photo, 8, 0)
    as_it_was = (varied == originals).all((1, 2, 3))
    mirrored = (varied == originals[:, :, ::-1]).all((1, 2, 3))
    assert (as_it_was ^ mirrored).all()
    assert 0 < mirrored.sum() < len(varied)


@pytest.mark.parametrize("name", ["rotation", "flip_vertical", "erasing", "augmix"])
def test_a_probability_is_the_share_of_pictures_that_are_changed(name, photo):
    many = np.repeat(photo[:1], 200, 0)
    strength = OPERATIONS[name].maximum

    varied, _ = pipeline.draw(AugmentConfig(((name, strength, 0.3),)), many, 0)
    always, _ = pipeline.draw(AugmentConfig(((name, strength, 1.0),)), many, 0)

    assert 0.2 <= (varied != many).any((1, 2, 3)).mean() <= 0.4  # three standard deviations
    assert (always != many).any((1, 2, 3)).mean() > 0.97


def test_colour_operations_are_left_out_on_grey_pictures():
    assert pipeline.build(AugmentConfig((("hue", 0.1), ("saturation", 0.1))), 1) is None
    with_rest = pipeline.build(AugmentConfig((("hue", 0.1), ("zoom", 0.1))), 1)
    assert [type(layer).__name__ for layer in with_rest.layers] == ["RandomZoom"]


def test_nothing_chosen_is_nothing_done(photo):
    assert pipeline.build(AugmentConfig(), 3) is None
    assert pipeline.draw(AugmentConfig(), photo, 0)[0] is photo


@pytest.mark.parametrize("name", ["cutmix", "mixup"])
def test_labels_are_mixed_by_as_much_as_the_pictures_are(name):
    """Picture k is all of tone 20 k, so that its mean tells what it is made of."""
    tones = 20.0 * np.arange(10)
    images = np.broadcast_to(tones[:, None, None, None], (10, 40, 40, 1)).astype(np.uint8)

    mixed, labels = pipeline.draw(AugmentConfig(((name, 1.0, 1.0),)), images, 3, labels=np.eye(10, dtype=np.float32))

    np.testing.assert_allclose(labels.sum(1), 1, atol=1e-6)
    assert (labels.max(1) < 0.99).sum() >= 5
    assert ((labels > 1e-6).sum(1) <= 2).all()
    # A pasted rectangle ends between pixels, and its label does not.
    np.testing.assert_allclose(mixed.mean((1, 2, 3)), labels @ tones, atol=8 if name == "cutmix" else 0.6)


def test_what_is_not_mixed_keeps_its_label():
    images = np.random.default_rng(0).integers(0, 256, (64, 16, 16, 1), np.uint8)
    labels = np.eye(8, dtype=np.float32)[np.arange(64) % 8]

    varied, mixed = pipeline.draw(AugmentConfig((("mixup", 1.0, 0.5),)), images, 0, labels=labels)

    same = (varied == images).all((1, 2, 3))
    assert 0.25 < same.mean() < 0.8
    np.testing.assert_array_equal(mixed[same], labels[same])
    assert (np.abs(mixed[~same] - labels[~same]).max(1) > 0).mean() > 0.8, "a partner may be of the same class"


def test_dropout_is_seeded_too():
    model = keras.Sequential([keras.Input((100,)), keras.layers.Dropout(0.5)])

    def dropped():
        pipeline.seed(model, 1, 1)
        return np.array(model(np.ones((1, 100), "float32"), training=True))

    np.testing.assert_array_equal(dropped(), dropped())
