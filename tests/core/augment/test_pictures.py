"""Our own changes of pictures, against Pillow, Keras and cases worked by hand."""

import keras
import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
from skimage import data as photos

from core import images
from core.augment import pictures
from core.augment.layers import OneOf, Vary
from tests.making import encoded

SIDE = 24


@pytest.fixture(scope="module")
def photo():
    """(2, 24, 24, 3) float32: two real photos."""
    taken = (photos.astronaut(), photos.coffee())
    return np.stack([images.load(encoded(array), SIDE, 3) for array in taken]).astype("float32")


def pillow(photo, change):
    """What `change` makes of each picture, as float32."""
    return np.stack([np.asarray(change(Image.fromarray(one.astype(np.uint8)))) for one in photo]).astype("float32")


def values(*of_each, pictures_=2):
    """The same values for each picture."""
    return np.repeat(np.array([of_each], "float32"), pictures_, 0)


def test_solarize_inverts_what_pillow_inverts(photo):
    ours = pictures.solarize(photo, values(1.0), 0.5)

    np.testing.assert_array_equal(ours, pillow(photo, lambda one: ImageOps.solarize(one, 128)))


@pytest.mark.parametrize("value", [-1.0, -0.4, 0.0, 0.8])
def test_colour_is_that_of_pillow(photo, value):
    ours = pictures.colour(photo, values(value), 1.0)

    theirs = pillow(photo, lambda one: ImageEnhance.Color(one).enhance(1 + value))
    assert np.abs(ours - theirs).max() <= 2, "Pillow rounds in between"


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.9])
def test_sharpness_is_that_of_pillow_within_the_border(photo, value):
    ours = np.array(pictures.sharpness(photo, values(value), 1.0))

    theirs = pillow(photo, lambda one: ImageEnhance.Sharpness(one).enhance(1 + value))
    assert np.abs(ours - theirs)[:, 1:-1, 1:-1].max() <= 2, "Pillow rounds in between"


def test_equalize_is_that_of_keras_on_one_picture_at_a_time(photo):
    """On a batch Keras' own makes one histogram of all its pictures."""
    layer = keras.layers.Equalization()

    ours = np.array(pictures.equalize(photo, values(0.0), 1.0))

    np.testing.assert_array_equal(ours, np.concatenate([layer(photo[:1]), layer(photo[1:])]))
    flat = np.full((1, 8, 8, 1), 77, "float32")
    np.testing.assert_array_equal(pictures.equalize(flat, values(0.0, pictures_=1), 1.0), flat)


def test_blur_is_a_gaussian_that_darkens_no_border(photo):
    ours = np.array(pictures.blur(photo, values(1.0), 1.5))

    theirs = pillow(photo, lambda one: one.filter(ImageFilter.GaussianBlur(1.5)))
    assert np.abs(ours - theirs)[:, 4:-4, 4:-4].mean() < 1.5, "Pillow takes three box filters for it"
    white = np.full((1, 9, 9, 1), 255, "float32")
    np.testing.assert_allclose(pictures.blur(white, values(1.0, pictures_=1), 3.0), white, atol=1e-3)


def test_crop_takes_the_window_that_the_values_say(photo):
    right_bottom = np.array(pictures.crop(photo, values(1.0, 1.0, 1.0), 0.5))
    left_top = np.array(pictures.crop(photo, values(1.0, -1.0, -1.0), 0.5))

    # Half of a side of 23 steps: every second output pixel is an input pixel.
    np.testing.assert_allclose(left_top[:, ::2, ::2], photo[:, :12, :12], atol=0.01)
    np.testing.assert_allclose(right_bottom[:, 1::2, 1::2], photo[:, 12:, 12:], atol=0.01)
    np.testing.assert_array_equal(pictures.crop(photo, values(-1.0, 0.3, 0.3), 0.5), photo)


def test_perspective_and_elastic_leave_the_picture_where_nothing_moves_it(photo):
    np.testing.assert_allclose(pictures.perspective(photo, values(0.0, 0.0), 0.5), photo, atol=0.01)
    np.testing.assert_allclose(pictures.elastic(photo, values(*[0.0] * 50), 0.1), photo, atol=0.01)


def test_perspective_enlarges_the_near_side_and_shrinks_the_far_one():
    """A board of level stripes: the samples lie closer where the depth is greater."""
    stripes = np.tile(np.linspace(0, 255, 41, dtype="float32")[None, :, None, None], (1, 1, 41, 1))

    tilted = np.array(pictures.perspective(stripes, values(1.0, 0.0, pictures_=1), 0.5))[0, :, :, 0]

    steps = np.diff(tilted, axis=0)[20]
    assert steps[0] > 1.8 * steps[20] > 1.8 * 1.2 * steps[40]


def test_elastic_moves_by_the_field_that_the_values_say():
    """The same value everywhere is a shift by that part of the side."""
    ramp = np.tile(np.arange(41, dtype="float32")[None, None, :, None], (1, 41, 1, 1))
    to_the_right = np.tile([0.0, 1.0], 25)

    moved = np.array(pictures.elastic(ramp, values(*to_the_right, pictures_=1), 0.1))

    np.testing.assert_allclose(moved[0, :, :36, 0], ramp[0, :, :36, 0] + 4, atol=0.01)


def test_each_picture_goes_through_one_layer_and_every_layer_gets_its_share(photo):
    marks = [Vary(lambda images, values, strength: images + strength, 1.0 + place, 0) for place in range(7)]
    drawn = np.zeros((1000, 1, 1, 1), "float32")

    marked = np.array(OneOf(marks, 5)(drawn, training=True)).ravel()

    assert np.bincount(marked.astype(int), minlength=8)[0] == 0
    assert np.bincount(marked.astype(int), minlength=8)[1:].min() >= 130
    assert np.abs(np.corrcoef(marked, np.arange(1000))[0, 1]) < 0.1, "whatever its place in the batch"
    kept = np.array(OneOf(marks, 5)(np.arange(5, dtype="float32")[:, None, None, None] * 100, training=True)).ravel()
    np.testing.assert_array_equal(kept // 100, np.arange(5), "in their order")
