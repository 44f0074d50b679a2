import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from core.evaluate.disparity import MOST_PARTS, disparity, parts_of
from core.evaluate.slice_columns import Column


def cameras(counts):
    """A column and answers: `counts` is {camera: (right, images)}."""
    values = np.array([name for name, (_, n) in counts.items() for _ in range(n)], dtype=object)
    good = np.concatenate([np.arange(n) < right for right, n in counts.values()])
    return Column("column_camera", "camera", values), good


def test_rates_have_wilsons_interval_and_come_worst_first():
    column, good = cameras({"a": (90, 100), "b": (40, 50), "c": (195, 200)})

    rates = disparity(good, column).rates

    assert [(rate.where, rate.n, rate.good) for rate in rates] == [
        ("camera: b", 50, 40),
        ("camera: a", 100, 90),
        ("camera: c", 200, 195),
    ]
    for rate in rates:
        assert (rate.low, rate.high) == pytest.approx(
            proportion_confint(rate.good, rate.n, 0.05, method="wilson"), abs=1e-9
        )


def test_gaps_have_newcombes_interval_at_bonferronis_level():
    column, good = cameras({"a": (90, 100), "b": (40, 50), "c": (195, 200)})

    found = disparity(good, column)

    under = confint_proportions_2indep(40, 50, 285, 300, method="newcomb", compare="diff", alpha=0.05 / 3)
    between = confint_proportions_2indep(40, 50, 195, 200, method="newcomb", compare="diff", alpha=0.05 / 3)
    assert found.under_rest.difference == pytest.approx(285 / 300 - 0.8)
    assert (found.under_rest.low, found.under_rest.high) == pytest.approx([-end for end in under[::-1]], abs=1e-9)
    assert found.largest.better == "camera: c"
    assert (found.largest.low, found.largest.high) == pytest.approx([-end for end in between[::-1]], abs=1e-9)
    assert not found.largest.may_be_chance


def test_where_nothing_differs_the_largest_of_ten_gaps_is_called_chance():
    surely = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        column = Column("brightness", "brightness", random.normal(0, 1, 1_000))
        surely += not disparity(random.random(1_000) < 0.9, column).largest.may_be_chance

    assert surely <= 18


def bursts(sizes, right):
    """Groups of these sizes, each right or wrong as a whole."""
    return np.repeat(np.arange(len(sizes)), sizes), np.repeat(right, sizes).astype(bool)


def test_a_part_of_few_bursts_takes_no_part_in_a_gap_however_many_images_it_has():
    groups, good = bursts([9, 9, 8, *[5] * 20], [0, 0, 0, *[1] * 16, *[0] * 4])
    column = Column("column_camera", "camera", np.where(groups < 3, "dark", "light").astype(object))

    alone, found = disparity(good, column), disparity(good, column, groups)

    assert not alone.under_rest.may_be_chance
    assert (found.under_rest, found.largest, found.by_group) == (None, None, True)
    assert [(rate.n, rate.share) for rate in found.rates] == [(rate.n, rate.share) for rate in alone.rates]


def test_whole_bursts_have_newcombes_interval_of_as_many_bursts_or_a_wider_one():
    right = np.concatenate([np.arange(40) < 16, np.arange(40) < 36])
    groups, good = bursts([5] * 80, right)
    column = Column("column_camera", "camera", np.where(groups < 40, "a", "b").astype(object))

    found = disparity(good, column, groups)

    low, high = confint_proportions_2indep(36, 40, 16, 40, method="newcomb", compare="diff", alpha=0.05 / 2)
    assert found.under_rest.difference == pytest.approx(0.5)
    assert found.under_rest.low == pytest.approx(low, abs=0.03)  # Student's quantile, and the bootstrap's chance
    assert found.under_rest.high == pytest.approx(high, abs=0.03)
    assert found.under_rest.high - found.under_rest.low > 0.99 * (high - low)


def test_only_images_of_the_wanted_kind_count_and_bands_stay_those_of_all():
    random = np.random.default_rng(0)
    column = Column("brightness", "brightness", random.normal(0, 1, 1_000))
    good, among = random.random(1_000) < 0.8, random.random(1_000) < 0.3

    rates = disparity(good, column, among=among).rates

    assert [rate.part for rate in rates] == parts_of(column)
    assert sum(rate.n for rate in rates) == among.sum()
    assert sum(rate.good for rate in rates) == (good & among).sum()


@pytest.mark.parametrize(("images", "bands"), [(1_000, 10), (200, 5), (30, 2)])
def test_numbers_are_looked_at_in_tenths_fifths_or_halves(images, bands):
    column = Column("brightness", "brightness", np.random.default_rng(0).normal(0, 1, images))

    parts = parts_of(column)

    assert [int(part.of(column).sum()) for part in parts] == [images // bands] * bands


def test_few_distinct_numbers_are_looked_at_one_by_one_and_ties_stay_together():
    few = Column("column_year", "year", np.repeat([2019.0, 2020, 2021], 300))
    tied = Column("column_x", "x", np.concatenate([np.zeros(500), np.arange(1, 501.0)]))

    assert [(part.low, part.high) for part in parts_of(few)] == [(2019, 2019), (2020, 2020), (2021, 2021)]
    assert sum(int(part.of(tied).sum()) for part in parts_of(tied)) == 1_000
    assert int(parts_of(tied)[0].of(tied).sum()) == 500


def test_of_many_values_the_largest_are_looked_at_and_the_others_counted():
    values = np.array([f"v{i}" for i in range(60) for _ in range(i + 1)], dtype=object)

    found = disparity(np.arange(len(values)) % 7 > 0, Column("column_x", "x", values))

    assert (len(found.rates), found.left) == (MOST_PARTS, 60 - MOST_PARTS)
    assert min(rate.n for rate in found.rates) == 60 - MOST_PARTS + 1


def test_one_part_or_parts_too_small_have_no_gap():
    column, good = cameras({"a": (90, 100), "b": (3, 5)})

    found = disparity(good, column)

    assert (found.under_rest, found.largest) == (None, None)
    assert len(found.rates) == 2
