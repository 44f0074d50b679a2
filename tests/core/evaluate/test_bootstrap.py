import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from core.evaluate.bootstrap import means_and_errors, resampled_cells, resampled_units, studentised_intervals

MOST = np.array([2.0])


def test_each_resample_draws_as_many_units_as_there_are():
    weights = np.concatenate(list(resampled_units(7, resamples=500, seed=3)))

    assert weights.shape == (500, 7)
    assert (weights.sum(1) == 7).all()
    np.testing.assert_allclose(weights.mean(0), 1, atol=6 * np.sqrt(6 / 7 / 500))


def test_cells_are_drawn_by_their_shares():
    shares = np.array([0.7, 0.2, 0.1])
    counts = np.concatenate(list(resampled_cells(shares, np.array([0]), np.array([50]), resamples=2000, seed=3)))

    assert (counts.sum(1) == 50).all()
    np.testing.assert_allclose(counts.mean(0), 50 * shares, atol=0.4)


def test_each_stratum_of_cells_has_as_many_images_in_every_draw():
    shares, starts = np.array([0.3, 0.1, 0.2, 0.2, 0.2]), np.array([0, 2])
    counts = np.concatenate(list(resampled_cells(shares, starts, np.array([8, 30]), resamples=2000, seed=3)))

    assert (counts[:, :2].sum(1) == 8).all() and (counts[:, 2:].sum(1) == 30).all()
    np.testing.assert_allclose(counts.mean(0), [6, 2, 10, 10, 10], atol=0.4)


def test_blocks_do_not_change_what_is_drawn(monkeypatch):
    whole = np.concatenate(list(resampled_units(10, resamples=30)))
    monkeypatch.setattr("core.evaluate.bootstrap.BLOCK", 40)
    blocks = list(resampled_units(10, resamples=30))

    assert len(blocks) == 8
    assert (np.concatenate(blocks) == whole).all()


def test_standard_errors_over_blocks_are_numpys_without_what_is_undefined():
    random = np.random.default_rng(0)
    draws = 0.9 + 1e-4 * random.normal(size=(90, 3))
    draws[::4, 1] = np.nan
    draws[:, 2] = np.nan
    blocks = [{"figure": draws[:50]}, {"figure": draws[50:]}]

    means, errors = means_and_errors(blocks, {"figure": np.array([0.9, 0.9, np.nan])})

    assert errors["figure"][:2] == pytest.approx(np.nanstd(draws[:, :2], axis=0, ddof=1), rel=1e-9)
    assert means["figure"][:2] == pytest.approx(np.nanmean(draws[:, :2], axis=0), rel=1e-9)
    assert np.isnan([means["figure"][2], errors["figure"][2]]).all()


def test_a_studentised_interval_is_that_of_a_naive_loop_over_the_same_resamples():
    values = np.random.default_rng(1).exponential(size=40)
    error = values.std() / np.sqrt(40)
    distances = []
    for weights in np.concatenate(list(resampled_units(40))):
        drawn = np.repeat(values, weights.astype(int))
        distances.append((drawn.mean() - values.mean()) / (drawn.std() / np.sqrt(40)))
    near, distant = np.percentile(distances, [2.5, 97.5])

    found = studentised_intervals(values[:, None], np.ones(40), np.array([1e6]))

    assert found[0] == pytest.approx([values.mean() - error * distant, values.mean() - error * near], abs=1e-9)
    assert found[0, 1] - values.mean() > values.mean() - found[0, 0], "wider to the side of the few large ones"


def test_values_that_do_not_differ_have_no_interval():
    assert np.isnan(studentised_intervals(np.full((20, 1), 0.3), np.ones(20), MOST)).all()
    assert np.isnan(studentised_intervals(np.array([[0.3]]), np.ones(1), MOST)).all()


@pytest.mark.parametrize("seed", range(5))
def test_too_few_values_have_no_interval_rather_than_one_of_no_width(seed):
    """Two differ in every second draw only, and then by as much: percentiles of that are where the mean is."""
    for values in ([0.4718, 0.4722], [0.1, 2.0], [0.4718, 0.4722, 0.4720]):
        assert np.isnan(studentised_intervals(np.array(values)[:, None], np.ones(len(values)), MOST, seed=seed)).all()
    low, high = studentised_intervals(np.array([[0.1], [0.4], [0.7], [2.0]]), np.ones(4), MOST, seed=seed)[0]
    assert low < 0.8 < high


def test_where_one_group_has_all_of_the_loss_the_upper_end_is_that_of_a_share_of_so_many_groups():
    """As of 21 bursts, one with four sure mistakes: studentised alone, its end is the worst that there is."""
    sums = np.full((21, 1), 17 * 1e-4)
    sums[5] = 4 * 1.9

    low, high = studentised_intervals(sums, np.full(21, 17.0), MOST)[0]

    mean = sums.sum() / (21 * 17)
    assert low <= mean
    assert high == pytest.approx(2 * proportion_confint(21 * mean / 2, 21, method="wilson")[1], abs=1e-9)
