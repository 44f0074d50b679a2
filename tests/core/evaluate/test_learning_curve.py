"""What more data should bring, against planted curves."""

import numpy as np
import pytest

from core.evaluate.learning_curve import fit

SIZES = np.array([1_000, 2_000, 5_000, 10_000])


def planted(scale, power, floor, images=SIZES):
    return scale * images.astype(float) ** -power + floor


def gain_of(scale, power, floor):
    now, then = planted(scale, power, floor, np.array([10_000, 20_000]))
    return float(now - then)


@pytest.mark.parametrize(("scale", "power"), [(2, 0.4), (5, 0.5), (0.5, 0.2)])
def test_a_power_law_is_found_where_many_answers_show_it(scale, power):
    error = planted(scale, power, 0.0)

    curve = fit(SIZES, error * 10**7, np.full(4, 10**7))

    assert curve.gain == pytest.approx(gain_of(scale, power, 0.0), rel=0.1)
    np.testing.assert_allclose(np.interp(SIZES, curve.images, curve.error), error, rtol=0.02)
    assert (curve.low <= curve.error).all()
    assert (curve.error <= curve.high).all()
    assert (curve.images[0], curve.images[-1]) == pytest.approx((1_000, 20_000))


@pytest.mark.parametrize(
    ("scale", "power", "floor", "answered"),
    [(2, 0.4, 0.0, 10_000), (2, 0.4, 0.02, 10_000), (5, 0.5, 0.05, 2_000), (2, 0.4, 0.0, 500)],
)
def test_its_interval_holds_the_planted_gain(scale, power, floor, answered):
    random = np.random.default_rng(0)
    wrong = random.binomial(answered, planted(scale, power, floor), (80, 4))

    intervals = [fit(SIZES, one, np.full(4, answered)).gain_interval for one in wrong]

    true = gain_of(scale, power, floor)
    assert np.mean([low <= true <= high for low, high in intervals]) >= 0.9


def test_where_the_curve_falls_steeply_more_data_is_said_to_help():
    random = np.random.default_rng(1)
    wrong = random.binomial(10_000, planted(2, 0.4, 0.0), (40, 4))

    assert np.mean([fit(SIZES, one, np.full(4, 10_000)).is_told for one in wrong]) >= 0.9


def test_of_flat_points_it_cannot_be_told():
    random = np.random.default_rng(2)
    wrong = random.binomial(1_000, 0.1, (80, 4))

    assert np.mean([fit(SIZES, one, np.full(4, 1_000)).is_told for one in wrong]) <= 0.05


def test_points_that_no_curve_explains_make_the_interval_wider():
    smooth = planted(2, 0.4, 0.0) * 10_000
    rough = smooth * [1, 1.25, 0.75, 1]

    def width(wrong):
        low, high = fit(SIZES, wrong, np.full(4, 10_000)).gain_interval
        return high - low

    assert width(rough) > 1.5 * width(smooth)


def test_three_runs_a_share_are_used_together_and_two_sizes_are_too_few():
    error = np.repeat(planted(2, 0.4, 0.0), 3)
    answered = np.full(12, 2_000)
    images = np.repeat(SIZES, 3)

    one, three = fit(SIZES, error[::3] * 2_000, answered[:4]), fit(images, error * 2_000, answered)

    assert three.gain_interval[1] - three.gain_interval[0] < one.gain_interval[1] - one.gain_interval[0]
    assert fit(images[:6], error[:6] * 2_000, answered[:6]) is None


def test_no_mistake_at_all_is_no_error_of_the_fit():
    curve = fit(SIZES, np.array([3, 1, 0, 0]), np.full(4, 100))

    assert np.isfinite([curve.gain, *curve.gain_interval]).all()


def test_other_shapes_that_fit_as_well_foretell_other_gains():
    error = planted(2, 0.4, 0.0)
    few, many = fit(SIZES, error * 500, np.full(4, 500)), fit(SIZES, error * 10**6, np.full(4, 10**6))
    least, most = few.other_gains

    assert 0 <= least < few.gain < most
    assert many.other_gains is None, "a million answers show its shape"
    exponential = 0.02 + 0.1 * np.exp(-SIZES / 2_000)
    assert fit(SIZES, exponential * 2_000, np.full(4, 2_000)).other_gains[0] < 0.002, "it has flattened already"
