import itertools
import math

import pytest

from core.errors import ConfigError
from core.train.config import TrainConfig
from core.train.search import MOST_RUNS, combinations

BASE = TrainConfig(architecture="small_cnn")


def test_all_combinations_of_lists_each_once_the_last_setting_changing_fastest():
    over = {"learning_rate": "0.001, 0.01", "batch_size": "32,64,64", "fit": "crop,pad"}

    found = combinations(BASE, over)

    expected = itertools.product([0.001, 0.01], [32, 64], ["crop", "pad"])
    assert [tuple(one.values()) for one in found] == list(expected)
    assert list(found[0]) == list(over)


def test_a_budget_takes_that_many_of_all_combinations_the_same_ones_for_a_seed():
    over = {"seed": ",".join(map(str, range(100))), "batch_size": "8,16,32"}

    everything = [{"seed": seed, "batch_size": size} for seed in range(100) for size in (8, 16, 32)]

    some = combinations(BASE, over, most=7)

    assert len({tuple(one.values()) for one in some}) == 7
    assert all(one in everything for one in some)
    assert some == combinations(BASE, over, most=7) != combinations(BASE, over, most=7, seed=1)


def test_a_range_is_drawn_evenly_in_its_logarithm():
    found = [one["learning_rate"] for one in combinations(BASE, {"learning_rate": "1e-5..1e-1"}, draws=200)]

    exponents = [math.log10(value) for value in found]
    assert all(-5 <= one <= -1 for one in exponents)
    shares = [sum(low <= one < low + 1 for one in exponents) / len(found) for low in (-5, -4, -3, -2)]
    assert all(0.15 < share < 0.35 for share in shares)  # a quarter each; evenly drawn values would be 90 % in the last


def test_whole_numbers_stay_whole_and_ranges_that_begin_at_nothing_are_drawn_evenly():
    over = {
        "batch_size": "8..256",
        "architecture_options.filters": "4..64",
        "augment.rotation": "0..0.5",
        "fit": "crop,pad",
    }

    found = combinations(BASE, over, draws=200)

    assert all(isinstance(one["batch_size"], int) and 8 <= one["batch_size"] <= 256 for one in found)
    assert all(isinstance(one["architecture_options.filters"], int) for one in found)
    assert 0.2 < sum(one["augment.rotation"] for one in found) / 200 < 0.3
    assert {one["fit"] for one in found} == {"crop", "pad"}


def test_what_runs_out_of_different_combinations_is_shorter():
    assert len(combinations(BASE, {"fit": "crop,pad"}, draws=10)) == 2
    assert len(combinations(BASE, {"learning_rate": "1e-4..1e-1"}, draws=10, most=4)) == 4


@pytest.mark.parametrize(
    ("over", "draws", "most", "said"),
    [
        ({}, None, None, "needs a setting with several values"),
        ({"learning_rate": "1e-4..1e-1"}, None, None, "learning_rate has a range, 0.0001..0.1: a random search"),
        ({"learning_rate": "1e-1..1e-4"}, 5, None, "is not a range; it is written LOW..HIGH"),
        ({"learning_rate": "low..high"}, 5, None, "is not a range"),
        ({"learning_rate": " , "}, None, None, "learning_rate has no values"),
        ({"augment": "digits,none"}, None, None, "augment cannot be searched as a whole"),
        ({"gpus": "1,2"}, None, None, "gpus cannot be searched: it is the same for all runs"),
        ({"fit": "crop,pad"}, 0, None, "The number of draws of a sweep is 0"),
        ({"fit": "crop,pad"}, None, -1, "The budget of a sweep is -1"),
        ({"seed": ",".join(map(str, range(30))), "batch_size": "1,2,3,4,5,6,7"}, None, None, "That would be 210 runs"),
        ({"learning_rate": "1e-4..1e-1"}, MOST_RUNS + 1, None, "That would be 201 runs"),
    ],
)
def test_what_cannot_be_searched_is_said(over, draws, most, said):
    with pytest.raises(ConfigError, match=said):
        combinations(BASE, over, draws, most)


def test_a_huge_grid_with_a_budget_is_never_written_out():
    numbers = ",".join(map(str, range(1, 1000)))
    over = dict.fromkeys(("seed", "epochs", "batch_size", "images_per_class", "early_stopping_patience"), numbers)

    assert len(combinations(BASE, over, most=3)) == 3
