"""Intervals hold the truth as often as they say; `python -m benchmarks coverage` does more of it."""

import numpy as np
import pytest

from benchmarks import coverage
from core.evaluate.intervals import wilson_interval

SIMULATIONS = 400
ERROR = 0.0109  # Monte-Carlo standard error of a coverage of 95 %


def test_the_accuracys_interval_holds_the_truth_as_often_as_it_says():
    cells = [
        (n, p)
        for n in (*range(50, 200, 13), *range(200, 5001, 400))
        for p in (0.5, 0.63, 0.8, 0.9, 0.95, 0.98, 0.99)
        if n * p * (1 - p) >= coverage.REGULAR
    ]

    found = [coverage.exact_coverage(n, p) for n, p in cells]

    assert min(found) >= coverage.LOWEST
    assert max(found) <= coverage.HIGHEST
    assert 0.94 <= np.mean(found) <= 0.96


def test_the_exact_coverage_of_a_hand_worked_case():
    # Of two images: nobody (0 to 0.658), one (0.095 to 0.905), both (0.342 to 1) may be right; 0.3 is in the first two.
    assert [wilson_interval(hits, 2) for hits in range(3)] == [
        pytest.approx(ends, abs=1e-3) for ends in ((0, 0.658), (0.095, 0.905), (0.342, 1))
    ]
    assert coverage.exact_coverage(2, 0.3) == pytest.approx(0.7**2 + 2 * 0.3 * 0.7)


@pytest.mark.parametrize("make", coverage.REGULAR_CASES)
def test_intervals_hold_the_truth_as_often_as_they_say_in_simulation(make):
    for one in coverage.simulate(make(), simulations=SIMULATIONS, resamples=200):
        assert coverage.LOWEST - 2 * ERROR <= one.coverage <= coverage.HIGHEST + 2 * ERROR, one.line()


def test_no_interval_is_given_of_a_mean_over_classes_half_of_which_have_hardly_an_image():
    zipf = coverage.MANY_CLASSES[-1]

    found = {one.name.split(":")[0]: one for one in coverage.simulate(zipf(), simulations=5, resamples=20)}

    assert all(found[name].coverage is None for name in ("macro_f1", "balanced_accuracy", "weighted_f1"))
    assert "none is given" in found["macro_f1"].line()
    assert found["matthews"].given == found["cohen_kappa"].given == 1
