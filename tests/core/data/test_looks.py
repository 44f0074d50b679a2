"""What is measured of how a picture looks, against NumPy and against what is done to the picture."""

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data as photos
from skimage.measure import blur_effect

from core import images
from core.data.checks import Thresholds
from core.data.looks import LOOKS, blur_of, looks_of, looks_of_array
from tests.making import noise

NAMES = ("coffee", "astronaut", "chelsea", "rocket", "camera", "coins")


def grey(name, radius=0):
    photo = Image.fromarray(getattr(photos, name)()).filter(ImageFilter.GaussianBlur(radius))
    return images.thumbnail(photo).convert("L")


def test_brightness_contrast_and_tones_are_those_of_numpy():
    pictures = [grey(name) for name in NAMES]

    found = looks_of(pictures, [300] * len(pictures))

    for picture, row in zip(pictures, found, strict=True):
        tones = np.asarray(picture)
        expected = [tones.mean(), tones.std(), *np.percentile(tones, [5, 99], method="inverted_cdf")]
        np.testing.assert_allclose(row[:4], expected, atol=0.01)


def test_an_array_of_tiny_pictures_gives_the_same_but_for_blur():
    tiny = np.stack([noise(seed, 20, 20, 1) // (seed + 1) for seed in range(5)])

    together = looks_of_array(tiny)

    np.testing.assert_allclose(together, looks_of([Image.fromarray(one) for one in tiny], [20] * 5), rtol=1e-5)
    assert np.isnan(together[:, LOOKS.index("blur")]).all()


@pytest.mark.parametrize("name", NAMES)
def test_blur_grows_with_the_radius_and_parts_crisp_from_blurred(name):
    values = [blur_of(grey(name, radius)) for radius in (0, 1, 2, 4, 8)]

    assert values == sorted(values)
    assert values[0] < 0.8
    assert values[-1] > Thresholds().blur


def test_blur_orders_pictures_like_the_metric_that_it_comes_from():
    pictures = [grey(name, radius) for name in NAMES for radius in (0, 1, 2, 4, 8)]

    ours = [blur_of(picture) for picture in pictures]
    theirs = [blur_effect(np.asarray(picture), h_size=11) for picture in pictures]

    assert np.corrcoef(ours, theirs)[0, 1] > 0.8


def test_a_picture_without_any_edge_counts_as_blurred():
    assert blur_of(Image.new("L", (160, 120), 90)) == 1.0


def test_no_pictures_have_no_looks():
    assert looks_of([], []).shape == (0, len(LOOKS))
