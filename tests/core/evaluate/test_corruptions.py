import io
import itertools

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import convolve
from skimage import color, data
from skimage.util import random_noise

from core.evaluate.corruptions import CORRUPTIONS, SEVERITIES, corrupt
from core.evaluate.corruptions.blur import disc
from core.evaluate.corruptions.sampling import convolve as ours
from core.evaluate.corruptions.sampling import magnified, sampled, smeared
from core.evaluate.corruptions.strengths import between
from tests.making import PROJECT

GREY = np.full((8, 64, 64, 3), 128, np.uint8)


def photos(size):
    """(3, size, size, 3) uint8 real photographs."""
    parts = (data.chelsea()[:300, 60:360], data.coffee()[:400, 100:500], data.astronaut())
    return np.stack([np.asarray(Image.fromarray(one).resize((size, size))) for one in parts])


def difference(images, name, severity):
    """How much is changed; by frost, which darkens what it brightens, how little is left."""
    changed = corrupt(images, name, severity).astype(float)
    if name == "frost":
        return 100 * (
            1 - np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(changed, images, strict=True)])
        )
    return np.abs(changed - images).mean()


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("size", [32, 96, 224])
def test_each_severity_changes_photos_more_than_the_one_before(name, size):
    changes = [difference(photos(size), name, severity) for severity in SEVERITIES]

    assert changes[0] > 0.4
    assert all(more > 1.01 * less for less, more in itertools.pairwise(changes)), changes


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_severity_changes_small_grey_digits_more_than_the_one_before(name, digits_28):
    changes = [difference(digits_28, name, severity) for severity in SEVERITIES]

    assert all(more > 1.01 * less for less, more in itertools.pairwise(changes)), changes


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("shape", [(3, 8, 8, 1), (2, 8, 8, 3), (1, 61, 61, 1), (1, 250, 250, 3)])
def test_any_square_size_and_both_kinds_of_channels_come_back_as_they_went_in(name, shape):
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for severity in (1, 5):
        changed = corrupt(images, name, severity)
        assert (changed.shape, changed.dtype) == (shape, np.uint8)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_picture_is_corrupted_alike_alone_and_among_others_and_otherwise_by_another_seed(name):
    images = photos(32)
    together = corrupt(images, name, 3, seed=1)

    np.testing.assert_array_equal(corrupt(images[2:], name, 3, seed=1)[0], together[2])
    is_random = name not in ("defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate", "jpeg_compression")
    assert (corrupt(images, name, 3, seed=2) != together).any() == is_random


def test_gaussian_noise_has_the_published_deviation():
    for severity, deviation in zip(SEVERITIES, (0.08, 0.12, 0.18, 0.26, 0.38), strict=True):
        images = np.full((2, 224, 224, 3), 128, np.uint8)
        ours = corrupt(images, "gaussian_noise", severity) / 255
        theirs = random_noise(images / 255, "gaussian", rng=1, var=deviation**2)
        assert ours.std() == pytest.approx(theirs.std(), rel=0.01)
        assert ours.mean() == pytest.approx(theirs.mean(), abs=2e-3)


def test_shot_noise_counts_photons():
    values = corrupt(np.full((4, 224, 224, 1), 102, np.uint8), "shot_noise", 2) / 255  # 0.4, 25 photons

    assert values.mean() == pytest.approx(0.4, abs=2e-3)
    assert values.var() == pytest.approx(0.4 / 25, rel=0.02)
    assert np.abs(values * 25 - np.rint(values * 25)).max() < 25 / 255  # whole photons, but for the rounding to pixels


def test_impulse_noise_is_as_much_salt_and_pepper_as_scikit_image_makes():
    images = np.full((2, 224, 224, 3), 128, np.uint8)
    ours = corrupt(images, "impulse_noise", 5)
    theirs = random_noise(images / 255, "s&p", amount=0.27, rng=1)

    assert (ours == 0).mean() == pytest.approx((theirs == 0).mean(), abs=3e-3)
    assert (ours == 255).mean() == pytest.approx((theirs == 1).mean(), abs=3e-3)
    assert set(np.unique(ours)) == {0, 128, 255}


@pytest.mark.parametrize("radius", [1.5, 8])  # few taps, and so many that Fourier's way is taken
def test_a_kernel_is_convolved_as_scipy_does(radius):
    image = photos(48)[0].astype(np.float32) / 255
    kernel = disc(radius, 0.5)
    kernel[0, 1] += 0.01  # no symmetry
    theirs = np.stack([convolve(image[..., c].astype(float), kernel, mode="mirror") for c in range(3)], -1)

    np.testing.assert_allclose(ours(image[None], kernel[::-1, ::-1])[0], theirs, atol=1e-5)


def test_a_disc_is_the_pixels_within_its_radius():
    assert (disc(3, 0.01) > 0).sum() == 29  # lattice points with x² + y² ≤ 9
    assert disc(6, 0.5).sum() == pytest.approx(1)


def test_a_smear_along_the_row_is_a_half_gaussian():
    line = np.zeros((1, 9, 9, 1), np.float32)
    line[0, 4, 6] = 1
    weights = np.exp(-(np.arange(4) ** 2) / 2)  # the fifth is below a thousandth
    weights /= weights.sum()

    np.testing.assert_allclose(smeared(line, 6, 1, np.zeros(1))[0, 4, :, 0], [0, 0, 0, *weights[::-1], 0, 0], atol=1e-6)


def test_a_magnification_is_sampled_bilinearly():
    ramp = np.arange(9, dtype=np.float32)[None, :, None, None] * np.ones((1, 9, 9, 1), np.float32)

    np.testing.assert_allclose(magnified(ramp, 2)[0, :, 0, 0], 4 + (np.arange(9) - 4) / 2)


def test_samples_between_pixels_agree_with_scipy_mirrored_at_the_edge():
    from scipy.ndimage import map_coordinates

    image = np.random.default_rng(0).random((1, 12, 12, 1), np.float32)
    rows, columns = np.random.default_rng(1).uniform(-5, 16, (2, 1, 12, 12))
    theirs = map_coordinates(image[0, ..., 0].astype(float), (rows[0], columns[0]), order=1, mode="mirror")

    np.testing.assert_allclose(sampled(image, rows, columns)[0, ..., 0], theirs, atol=1e-5)


def test_brightness_raises_the_value_of_scikit_images_hsv():
    images = photos(224)
    for severity, more in zip(SEVERITIES, (0.1, 0.2, 0.3, 0.4, 0.5), strict=True):
        hsv = color.rgb2hsv(images)
        hsv[..., 2] = np.clip(hsv[..., 2] + more, 0, 1)
        np.testing.assert_allclose(corrupt(images, "brightness", severity), color.hsv2rgb(hsv) * 255, atol=0.51)


def test_contrast_keeps_the_mean_and_the_published_share_of_the_deviation():
    images = photos(224)
    for severity, kept in zip(SEVERITIES, (0.4, 0.3, 0.2, 0.1, 0.05), strict=True):
        changed = corrupt(images, "contrast", severity)
        np.testing.assert_allclose(changed.mean((1, 2)), images.mean((1, 2)), atol=0.2)
        np.testing.assert_allclose(changed.std((1, 2)), kept * images.std((1, 2)), atol=0.2)


def test_pixelate_is_the_mean_of_blocks_where_they_are_whole():
    images = photos(224)
    blocks = images.reshape(3, 56, 4, 56, 4, 3).mean((2, 4))
    changed = corrupt(images, "pixelate", 5)  # a quarter of the side

    np.testing.assert_allclose(changed, blocks.repeat(4, 1).repeat(4, 2), atol=1)


def test_jpeg_is_what_pillow_writes_at_the_published_quality():
    images = photos(224)
    for severity, quality in zip(SEVERITIES, (25, 18, 15, 10, 7), strict=True):
        file = io.BytesIO()
        Image.fromarray(images[0]).save(file, "JPEG", quality=quality)
        np.testing.assert_array_equal(corrupt(images, "jpeg_compression", severity)[0], np.asarray(Image.open(file)))


def test_fog_keeps_the_range_of_tones():
    images = photos(96)

    assert (corrupt(images, "fog", 5).max((1, 2, 3)) <= images.max((1, 2, 3))).all()


def test_strengths_go_by_equal_ratios_from_the_small_to_the_large_pictures():
    assert between((1, 2), (4, 8), 32) == between((1, 2), (4, 8), 8) == (1, 2)
    assert between((1, 2), (4, 8), round((32 * 224) ** 0.5)) == pytest.approx((2, 4), rel=0.01)
    assert between((1, 2), (4, 8), 448, lengths=(1,)) == (4, 16)


def test_what_is_no_batch_of_square_pictures_or_no_corruption_is_refused():
    for wrong in (GREY.astype(np.float32), GREY[:, :32], GREY[..., :2], GREY[:, :7, :7]):
        with pytest.raises(ValueError, match="Pictures must be uint8"):
            corrupt(wrong, "fog", 1)
    for name, severity in (("rain", 1), ("fog", 0), ("fog", 6)):
        with pytest.raises(ValueError, match="There is no"):
            corrupt(GREY, name, severity)


@pytest.fixture(scope="module")
def digits_28():
    """(60, 28, 28, 1) uint8 handwritten digits."""
    with np.load(PROJECT / "core/data/sources/bundled/mnist.npz") as mnist:
        return mnist["x_test"][:60][..., None]


def test_frost_at_32_pixels_has_the_published_strengths():
    """CIFAR-10-C: what the picture and what the ice is multiplied with (arXiv:1903.12261), but for 0.42 instead of 0.4."""
    strengths = [CORRUPTIONS["frost"].strength(severity, 32)[:2] for severity in SEVERITIES]

    assert strengths == [(1, 0.2), (1, 0.3), (0.9, 0.4), (0.85, 0.42), (0.75, 0.45)]
