"""The exact test, its power and its interval, against statsmodels, enumeration, numeric optimisation and simulation."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm
from statsmodels.stats.contingency_tables import mcnemar

from core.evaluate.mcnemar import exact_p, images_needed, sign_flip_p, verdict_rates
from core.evaluate.paired_interval import bootstrap_interval, score_interval


def test_p_values_are_those_of_statsmodels():
    random = np.random.default_rng(0)
    pairs = [(0, 0), (0, 6), (5, 5), (3, 12), (400, 460), *random.integers(0, 200, (60, 2)).tolist()]

    for fewer, more in pairs:
        theirs = mcnemar([[7, fewer], [more, 9]], exact=True).pvalue
        assert exact_p(np.array(fewer), np.array(more)) == pytest.approx(min(theirs, 1.0), abs=1e-9)


@pytest.mark.parametrize("images", [10, 40, 300])
@pytest.mark.parametrize("discordant", [0.01, 0.05, 0.2, 0.6, 1.0])
def test_false_alarms_are_at_most_5_percent_by_enumeration(images, discordant):
    counts = np.arange(images + 1)
    m, k = np.meshgrid(counts, counts, indexing="ij")
    seen = (k <= m) & (exact_p(k, np.maximum(m - k, 0)) <= 0.05)
    alarms = np.where(seen, binom.pmf(k, m, 0.5), 0).sum(1)

    rate = float(binom.pmf(counts, images, discordant) @ alarms)

    assert rate <= 0.05
    worse, _, better = verdict_rates(images, discordant, 0.0)
    assert worse + better == pytest.approx(rate, abs=1e-9)


@pytest.mark.parametrize(("images", "fewer", "more"), [(60, 0.05, 0.2), (200, 0.02, 0.03), (120, 0.0, 0.1)])
def test_the_rates_of_the_verdicts_are_the_sum_over_all_tables(images, fewer, more):
    """Against a naive sum over every table of that many images."""
    from scipy.stats import multinomial

    tables = np.array([(b, c) for b in range(images + 1) for c in range(images + 1 - b)])
    both = np.column_stack([tables, images - tables.sum(1)])
    chances = multinomial.pmf(both, images, [fewer, more, 1 - fewer - more])
    seen = np.array([binom.cdf(min(b, c), b + c, 0.5) * 2 <= 0.05 for b, c in tables])
    better = chances[seen & (tables[:, 1] > tables[:, 0])].sum()
    worse = chances[seen & (tables[:, 1] < tables[:, 0])].sum()

    assert verdict_rates(images, fewer + more, more - fewer) == pytest.approx((worse, 1 - worse - better, better))


def test_so_many_images_show_the_difference_in_four_of_five_tries():
    needed = images_needed(0.03, 0.01)

    assert verdict_rates(needed, 0.03, 0.01)[2] >= 0.8
    assert verdict_rates(round(needed * 0.96), 0.03, 0.01)[2] < 0.8
    assert 2_200 < needed < 2_700  # Connor (1987), by the normal distribution: 2,349 without continuity
    assert images_needed(0.03, -0.01) == needed
    assert images_needed(0.03, 0.0) is None
    assert images_needed(0.5, 1e-6) is None


def test_the_sign_flip_test_is_the_share_of_all_flips():
    random = np.random.default_rng(1)
    for _ in range(20):
        sums = random.integers(-4, 6, 11)
        flips = np.array(list(itertools.product([-1, 1], repeat=len(sums)))) @ sums
        share = (np.abs(flips) >= abs(sums.sum())).mean()

        assert sign_flip_p(sums) == pytest.approx(share, abs=1e-12)


def test_for_images_that_stand_alone_the_sign_flip_test_is_mcnemars():
    for fewer, more in ((0, 6), (3, 12), (50, 80)):
        sums = np.array([-1] * fewer + [1] * more + [0] * 40)

        assert sign_flip_p(sums) == pytest.approx(float(exact_p(np.array(fewer), np.array(more))), abs=1e-12)
        assert sign_flip_p(sums * 3) == pytest.approx(sign_flip_p(sums), abs=1e-12), "the unit does not matter"
    assert sign_flip_p(np.zeros(5, int)) == 1.0


def test_many_groups_agree_with_flips_drawn_at_random():
    random = np.random.default_rng(2)
    sums = random.integers(-9, 11, 400)
    flips = random.choice([-1, 1], (20_000, 400)) @ sums
    share = (np.abs(flips) >= abs(sums.sum())).mean()

    assert sign_flip_p(sums) == pytest.approx(share, abs=4 * np.sqrt(0.25 / 20_000))


def likeliest(fewer, more, images, difference):
    """The share of images that only the first names right, likeliest if the difference is so: by search."""
    rest = images - fewer - more

    def cost(q):
        parts = ((fewer, q), (more, q + difference), (rest, 1 - 2 * q - difference))
        return -sum(count * np.log(max(share, 1e-300)) for count, share in parts if count)

    ends = max(0.0, -difference), (1 - difference) / 2
    return minimize_scalar(cost, bounds=ends, method="bounded", options={"xatol": 1e-12}).x


@pytest.mark.parametrize(("images", "fewer", "more"), [(50, 1, 9), (200, 12, 20), (1_000, 0, 3), (80, 30, 10)])
def test_at_the_ends_of_the_interval_the_difference_is_just_not_refuted(images, fewer, more):
    """Tango's statistic with the likeliest variance found by search, not by his formula."""
    for end in score_interval([fewer], [more], [images], 1.96):
        difference = float(end[0])
        q = likeliest(fewer, more, images, difference)
        error = np.sqrt((2 * q + difference - difference**2) / images)
        assert abs((more - fewer) / images - difference) / error == pytest.approx(1.96, abs=1e-3)


@pytest.mark.parametrize("images", [100, 1_000, 10_000])
@pytest.mark.parametrize(("fewer", "more"), [(0.02, 0.02), (0.02, 0.03), (0.01, 0.05), (0.1, 0.1)])
def test_the_score_interval_covers_what_it_promises(images, fewer, more):
    drawn = np.random.default_rng(3).multinomial(images, [fewer, more, 1 - fewer - more], 6_000).T

    low, high = score_interval(drawn[0], drawn[1], np.full(6_000, images), norm.isf(0.025))

    covered = ((low <= more - fewer) & (more - fewer <= high)).mean()
    assert 0.93 <= covered <= (0.975 if images * (fewer + more) >= 8 else 1)


@pytest.mark.parametrize("alpha", [0.05, 0.025, 0.001])
def test_where_the_exact_test_sees_a_difference_the_interval_leaves_out_0(alpha):
    for discordant in (*range(1, 300), 1_000, 5_000):
        fewer = np.arange(discordant // 2 + 1)
        seen = fewer[exact_p(fewer, discordant - fewer) <= alpha]
        if len(seen):
            more = discordant - seen
            low, _ = score_interval(seen, more, np.full(len(seen), 10_000), norm.isf(alpha / 2))
            assert (low > 0).all()


def test_the_bootstrap_draws_images_or_whole_groups_anew():
    random = np.random.default_rng(4)
    sums = random.choice([-1, 0, 1], 2_000, p=[0.05, 0.85, 0.1])
    naive = [random.choice(sums, len(sums)).mean() for _ in range(3_000)]
    grouped = sums.reshape(100, 20).sum(1)
    naive_groups = [random.choice(grouped, 100).sum() / 2_000 for _ in range(3_000)]

    ours = bootstrap_interval(sums, np.ones(2_000, int))
    ours_grouped = bootstrap_interval(grouped, np.full(100, 20))

    assert ours == pytest.approx(np.quantile(naive, [0.025, 0.975]), abs=1.5e-3)
    assert ours_grouped == pytest.approx(np.quantile(naive_groups, [0.025, 0.975]), abs=1.5e-3)
