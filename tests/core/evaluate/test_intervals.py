import numpy as np
import pytest
from scipy.stats import binomtest, norm
from statsmodels.stats.proportion import proportion_confint

from core.evaluate.intervals import (
    NORMAL_95,
    effective_number,
    f1_interval,
    images_of_interval,
    most_by_likeness,
    quantile_between,
    score_interval,
    wilson_interval,
)


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (3, 7), (199, 200), (9871, 10_000)])
def test_the_interval_of_a_share_is_scipys_and_statsmodels(hits, n):
    found = wilson_interval(hits, n)

    theirs = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert found == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert found == pytest.approx(proportion_confint(hits, n, method="wilson"), abs=1e-12)


def test_an_interval_ends_where_the_figure_is_196_standard_errors_away():
    value, worth, lowest = 0.93, 77.7, -1.0

    for end in score_interval(value, worth, lowest):
        error = np.sqrt((end - lowest) * (1 - end) / worth)
        assert abs(value - end) / error == pytest.approx(NORMAL_95, abs=1e-9)


def test_a_figure_is_worth_as_many_images_as_its_standard_error_says():
    assert effective_number(0.8, np.sqrt(0.8 * 0.2 / 500)) == pytest.approx(500)
    assert effective_number(0.6, np.sqrt((0.8 * 0.2 / 500) * 4), lowest=-1.0) == pytest.approx(500)
    assert np.isnan(effective_number([1.0, 0.5], [0.1, 0.0])).all()


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (1, 7), (3, 7), (7, 7), (47, 71), (9990, 10_000)])
def test_an_interval_says_of_how_many_images_it_is(hits, n):
    assert images_of_interval(hits / n, wilson_interval(hits, n)) == pytest.approx(n)


def test_f1_has_the_interval_of_the_share_that_it_is_a_function_of():
    hits, either = 40, 55
    low, high = wilson_interval(hits, either)

    found = f1_interval(hits, either)

    assert found == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)), abs=1e-12)
    assert found[0] < 2 * hits / (hits + either) < found[1]


def test_between_two_values_an_interval_reaches_as_far_as_one_of_them_needs():
    assert quantile_between(0.0) == pytest.approx(norm.ppf(0.975))
    assert quantile_between(9.0) == pytest.approx(norm.ppf(0.95))
    # Of a figure at either of two values one standard error apart, by drawing: the interval reaches beyond both.
    drawn = np.random.default_rng(0).normal(size=400_000)
    reach = quantile_between(1.0)
    assert ((-reach <= drawn) & (drawn <= 1 + reach)).mean() == pytest.approx(0.95, abs=0.002)


@pytest.mark.parametrize(
    "sizes",
    [np.full(200, 6), np.append(np.full(300, 2), 90), np.arange(1, 31).repeat(8)],
    ids=["alike", "giant", "unlike"],
)
def test_groups_count_for_as_many_images_as_their_correlation_leaves(sizes):
    """The planted correlation is found again, on average; a single giant group does not decide it."""
    random, correlation, p, found = np.random.default_rng(2), 0.3, 0.8, []
    codes = np.repeat(np.arange(len(sizes)), sizes)
    spread = (1 - correlation) / correlation
    for _ in range(60):
        right = random.random(len(codes)) < random.beta(p * spread, (1 - p) * spread, len(sizes))[codes]
        of_group = np.bincount(codes, weights=right)
        unlike = (of_group * (sizes - of_group) / sizes).sum()
        found.append(float(most_by_likeness(len(codes), right.sum(), len(sizes), (sizes**2).sum(), unlike)))

    images = len(codes)
    true = images / (1 + correlation * ((sizes**2).sum() / images - 1))
    assert np.median(found) == pytest.approx(true, rel=0.12)
