import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binom, binomtest, norm

from core.evaluate.mcnemar import sign_flip_p
from core.evaluate.resolution import (
    FEWEST,
    Resolution,
    images_needed,
    of_choice,
    of_figures,
    of_validation,
    resolution,
    smallest_difference,
    to_choose_from,
    together,
)
from core.evaluate.shares import of_share


def power_of_mcnemar(error, difference, n, draws=20_000, seed=0):
    """How often the asymptotic McNemar test sees it, of models that err independently: by simulation."""
    random = np.random.default_rng(seed)
    other = error + difference
    only_first = error * (1 - other)
    only_other = other * (1 - error)
    counts = random.multinomial(n, [only_first, only_other, 1 - only_first - only_other], size=draws)
    apart = counts[:, 0] - counts[:, 1]
    discordant = np.maximum(counts[:, 0] + counts[:, 1], 1)
    return float((np.abs(apart) / np.sqrt(discordant) > norm.ppf(0.975)).mean())


@pytest.mark.parametrize(("error", "difference"), [(0.01, 0.005), (0.05, 0.01), (0.1, 0.03), (0.3, 0.02)])
def test_so_many_images_show_the_difference_8_times_in_10(error, difference):
    n = math.ceil(images_needed(error, difference))

    assert power_of_mcnemar(error, difference, n) == pytest.approx(0.8, abs=0.015)  # ± 0.003 of it by chance


def test_the_exact_test_sees_it_about_as_often():
    error, difference = 0.1, 0.02
    n = math.ceil(images_needed(error, difference))
    only_one = error * (1 - error - difference) + (error + difference) * (1 - error)
    share = (error + difference) * (1 - error) / only_one
    power = 0.0
    for discordant in range(n + 1):
        weight = binom.pmf(discordant, n, only_one)
        if weight < 1e-9:
            continue
        counts = np.arange(discordant + 1)
        p_value = np.minimum(2 * binom.cdf(np.minimum(counts, discordant - counts), discordant, 0.5), 1)
        power += weight * binom.pmf(counts, discordant, share)[p_value <= 0.05].sum()

    assert power == pytest.approx(0.8, abs=0.025)


def test_a_hand_worked_case():
    # e = 0.1, d = 0.05: only one right 2 × 0.1 × 0.9 + 0.05 × 0.8 = 0.22;
    # (1.959964 × √0.22 + 0.841621 × √(0.22 - 0.0025))² / 0.05² = (0.919308 + 0.392502)² / 0.0025 = 688.34.
    assert images_needed(0.1, 0.05) == pytest.approx(688.34, abs=0.01)


@pytest.mark.parametrize("error", [0.0, 0.02, 0.4, 0.9])
def test_the_smallest_difference_is_the_one_for_which_the_images_are_enough(error):
    smallest = smallest_difference(error, 2000)

    assert images_needed(error, smallest) == pytest.approx(2000, rel=1e-9)
    assert smallest_difference(error, 3) is None


def test_it_says_what_more_images_would_bring():
    found = resolution(0.96, (0.945, 0.975), 1000, 1000)

    assert found.half_width == pytest.approx(0.015)
    assert found.wanted == 0.01
    assert found.more_images == math.ceil(images_needed(0.04, 0.01)) - 1000
    assert found.sentence() == (
        "± 1.5 points. These images would show a difference of 2.8 points to a model that errs independently, "
        "a smaller one where both err on the same images; "
        "to see one of 1 point you need about 5,700 more images."
    )


def test_of_far_more_images_than_there_are_it_says_no_number():
    found = resolution(0.9, (0.8, 0.96), 55, 55)

    assert found.more_images > 10_000, "of the photos of one afternoon nobody makes so many"
    assert found.sentence().endswith(
        "one of 1 point takes far more images than this set can give, over 10 times as many."
    )


def test_images_in_groups_count_for_fewer():
    alone, grouped = (resolution(0.9, (0.88, 0.92), 1000, worth) for worth in (1000, 250))

    assert grouped.smallest > 1.9 * alone.smallest
    assert grouped.more_images + 1000 == pytest.approx(4 * (alone.more_images + 1000), abs=4)


def test_a_few_images_tell_nothing_and_it_says_so():
    found = resolution(1.0, (0.5, 1.0), 3, 3)

    assert found.smallest is None
    assert found.sentence().startswith("± 25 points. These images are too few to show a difference to another model;")


def test_a_fine_test_set_is_asked_for_finer_differences():
    assert resolution(0.99, (0.988, 0.992), 10_000, 10_000).wanted == 0.002
    assert isinstance(resolution(0.5, (0.499, 0.501), 10**9, 10**9), Resolution)


def figures(n, effective_n, groups):
    return {"n": n, "effective_n": effective_n, "groups": groups, "accuracy": 0.5, "accuracy_ci95": [0.0, 0.79]}


def test_what_hangs_together_is_said_with_the_groups_that_compare_tests():
    assert together(figures(64, 2.9, 3)) == (
        "Copies, near copies and images of one burst or group are often right or wrong together: these 64 images, 3 groups "
        "in all, tell about as much as 2 that stand alone: too few to rely on any figure of them."
    )
    assert together(figures(64, 0.41, 1)).endswith(
        "64 images, 1 group in all, tell about as much as 1 that stands alone: too few to rely on any figure of them."
    )
    assert together(figures(64, 6.0, 6)).endswith("tell about as much as 6 that stand alone.")
    assert together(figures(64, 64.0, 64)) is None
    assert together({"n": 64}) is None, "an evaluation of an earlier Fovea"


def test_fewer_groups_than_the_test_of_a_pair_can_ever_decide_show_no_difference():
    assert sign_flip_p(np.full(FEWEST - 1, 9)) > 0.05 >= sign_flip_p(np.full(FEWEST, 9)), "all speak for one model"
    few, enough = (of_figures(figures(200, 100.0, groups)) for groups in (FEWEST - 1, FEWEST))

    assert few.smallest is None
    assert few.of_a_pair() == "Both answer the very same images, but these are too few to show a difference."
    assert few.sentence().startswith("± 40 points. These images are too few to show a difference")
    assert enough.of_a_pair().endswith(
        "a difference of 20 points shows if they err independently of each other, and a smaller one the more they err on "
        "the same images."
    )
    assert "show a difference of 20 points" in enough.sentence()


def test_somebody_chooses_among_the_runs_on_the_data_of_the_one_in_hand_of_whatever_version():
    def run(run_id, dataset, accuracy=None):
        return SimpleNamespace(
            id=run_id, dataset=dataset, figures={} if accuracy is None else {"val_accuracy": accuracy}
        )

    alone, no_figure = run("a", "desk@1", 0.9), run("b", "desk@1")
    pets, more = [run("c", "pets@2", 0.6), run("d", "pets@1", 0.7)], [run("e", "cups@1", 0.5), run("f", "cups@1", 0.4)]
    runs = [alone, no_figure, *pets, *more]

    assert to_choose_from(runs, "f") == ("cups@1", 0.5)
    assert to_choose_from(runs, None) == to_choose_from(runs, "b") == ("pets@2", 0.7)
    assert to_choose_from(runs, "a") is None
    assert to_choose_from([alone, no_figure], None) is None


def test_runs_are_ranked_no_finer_than_the_validation_images_tell():
    # At half right only one of two models is right on half of the images: (1.96 √0.5 + 0.84 √(0.5 - 0.196²))² / 0.196² = 100.
    assert of_choice(0.5, np.ones(100), "desk@1") == (
        "With the 100 validation images of desk@1 differences under about 20 points may well be chance."
    )
    assert of_choice(0.5, np.full(100, 4), "desk@1") == (
        "With the 400 validation images of desk@1, which tell as much as 100, differences under about 20 points may well be chance."
    )
    assert "no run can be said to be better" in of_choice(0.6, np.full(3, 20), "desk@1")
    assert of_choice(0.5, np.ones(20_000), "mnist@1") is None


def test_the_interval_of_validation_images_is_wilsons_or_what_an_evaluation_gives_of_groups_that_are_of_one_mind():
    for accuracy, n in ((0.75, 40), (1.0, 7)):
        truth = binomtest(round(accuracy * n), n).proportion_ci(method="wilson")
        assert of_validation(accuracy, np.ones(n)) == pytest.approx((truth.low, truth.high))
    for sizes, right in (([17] * 3, [1, 1, 0]), ([5] * 40, [1] * 30 + [0] * 10), ([30, 1, 1, 5, 5], [1, 0, 0, 1, 1])):
        groups, answers = np.repeat(np.arange(len(sizes)), sizes), np.repeat(right, sizes).astype(bool)
        told = of_validation(answers.mean(), np.array(sizes))
        assert told == pytest.approx(of_share(answers, groups), abs=0.03), "the same figure has one interval"
