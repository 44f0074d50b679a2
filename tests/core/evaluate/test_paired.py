"""Runs on the same images: what is joined, what is said, and at which rates."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from statsmodels.stats.multitest import multipletests

from core.evaluate import paired as under_test
from core.evaluate.paired import (
    BETTER,
    NO_EVIDENCE,
    WORSE,
    Paired,
    bootstrapped,
    compare,
    compare_classes,
    images_needed,
    join,
    places_of,
)


def table(rows, labels, predicted, probability=0.9, groups=None):
    made = pd.DataFrame({"row": rows, "label": labels, "predicted": predicted, "probability": probability})
    return made if groups is None else made.assign(group=groups)


def paired(correct, labels=None, groups=None, sureness=None):
    """Runs that are right or wrong as `correct`, (R, N), says."""
    correct = np.asarray(correct, bool)
    labels = np.zeros(correct.shape[1], int) if labels is None else np.asarray(labels)
    names = tuple(f"class {place}" for place in range(labels.max() + 1))
    sure = np.full(correct.shape, 0.9) if sureness is None else np.asarray(sureness)
    return Paired(names, np.arange(correct.shape[1]), labels, correct, sure, groups, 0)


def of_counts(both, fewer, more, none):
    """Two runs of which so many images both, only the first, only the second, and neither names right."""
    counts = (both, fewer, more, none)
    return paired([np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)])


def test_images_that_a_run_does_not_know_are_left_out_for_all_and_counted():
    first = table([5, 1, 9, 2], ["b", "a", "c", "a"], ["b", "b", "c", "a"])
    second = table([2, 5, 1], ["a", "b", "a"], ["a", "a", "a"])  # it knows no class c

    joined = join([first, second], ["c", "b", "a", "d"], images=6)

    assert joined.rows.tolist() == [1, 2, 5]
    assert [joined.classes[place] for place in joined.labels] == ["a", "a", "b"]
    assert joined.classes == ("b", "a")
    assert joined.correct.tolist() == [[False, True, True], [True, True, False]]
    assert joined.left_out == 3
    assert joined.groups is None


def test_categories_of_different_runs_meet_by_name():
    first = table([0, 1], ["a", "b"], ["a", "b"]).astype({"label": "category", "predicted": "category"})
    second = table([0, 1], ["a", "b"], ["z", "b"]).astype({"label": "category", "predicted": "category"})

    assert join([first, second], ["a", "b"], 2).correct.tolist() == [[True, True], [False, True]]


def test_the_counts_and_the_difference_are_those_of_the_table():
    (found,) = compare(of_counts(880, 30, 60, 30))

    assert (found.both_right, found.only_reference, found.only_run, found.both_wrong) == (880, 30, 60, 30)
    assert found.difference == pytest.approx(0.03, abs=1e-12)
    assert found.p_value == pytest.approx(2 * binom.cdf(30, 90, 0.5), abs=1e-9)
    assert (found.verdict, found.level, found.groups) == (BETTER, 0.95, None)
    assert found.interval[0] > 0
    (other_way,) = compare(of_counts(880, 60, 30, 30))
    assert other_way.verdict == WORSE
    np.testing.assert_allclose(other_way.interval, [-found.interval[1], -found.interval[0]], atol=1e-9)


@pytest.mark.parametrize(("images", "seed"), [(1_000, 0), (10_000, 1)])
def test_one_point_is_told_at_the_rates_that_the_exact_test_predicts(images, seed):
    """97 and 98 % right, 3 % of the images told apart: the rates by summation over every count that matters."""
    fewer, more, draws = 0.01, 0.02, 2_000
    predicted = 0.0
    for discordant in range(images * 9 // 100 + 1):
        k = np.arange(discordant + 1)
        says_better = (2 * binom.cdf(discordant - k, discordant, 0.5) <= 0.05) & (2 * k > discordant)
        of_so_many = binom.pmf(k, discordant, more / (fewer + more))[says_better].sum()
        predicted += binom.pmf(discordant, images, fewer + more) * of_so_many
    drawn = np.random.default_rng(seed).multinomial(images, [0.96, fewer, more, 0.01], draws)

    verdicts = [compare(of_counts(*counts))[0].verdict for counts in drawn[:150]]
    p_values = under_test.mcnemar.exact_p(drawn[:, 1], drawn[:, 2])
    rate = ((p_values <= 0.05) & (drawn[:, 2] > drawn[:, 1])).mean()

    assert rate == pytest.approx(predicted, abs=4 * np.sqrt(predicted * (1 - predicted) / draws) + 1e-3)
    assert verdicts.count(BETTER) / 150 == pytest.approx(predicted, abs=0.15)
    if images == 1_000:
        assert predicted < 0.5
        assert verdicts.count(NO_EVIDENCE) > 75
    else:
        assert predicted > 0.999
        assert verdicts.count(BETTER) == 150
    assert WORSE not in verdicts


def test_equal_runs_are_told_apart_in_at_most_5_percent():
    drawn = np.random.default_rng(2).multinomial(500, [0.9, 0.03, 0.03, 0.04], 300)

    verdicts = [compare(of_counts(*counts))[0].verdict for counts in drawn]

    assert len(verdicts) - verdicts.count(NO_EVIDENCE) <= 300 * 0.05 + 2 * np.sqrt(300 * 0.05 * 0.95)


def test_verdict_and_interval_never_contradict_each_other():
    random = np.random.default_rng(3)
    for _ in range(40):
        runs, images = random.integers(2, 6), random.integers(20, 400)
        skill = random.uniform(0.5, 0.95, (runs, 1))
        groups = random.integers(0, images // random.integers(1, 6), images) if random.random() < 0.5 else None
        for one in compare(paired(random.random((runs, images)) < skill, groups=groups)):
            low, high = one.interval
            assert low <= one.difference <= high
            if one.verdict == NO_EVIDENCE:
                assert low <= 0 <= high
            else:
                assert low >= 0 if one.verdict == BETTER else high <= 0


def test_many_runs_are_judged_together_by_holm():
    random = np.random.default_rng(4)
    correct = random.random((5, 800)) < np.array([0.80, 0.80, 0.83, 0.86, 0.90])[:, None]

    found = compare(paired(correct))

    alone = [compare(paired(correct[[0, place]]))[0] for place in range(1, 5)]
    rejected, adjusted, *_ = multipletests([one.p_value for one in alone], 0.05, "holm")
    np.testing.assert_allclose([one.p_adjusted for one in found], adjusted, atol=1e-9)
    assert [one.verdict != NO_EVIDENCE for one in found] == rejected.tolist()
    assert all(one.level >= 0.95 for one in found)
    assert max(one.level for one in found) == pytest.approx(1 - 0.05 / 4)


def test_the_reference_may_be_any_run():
    random = np.random.default_rng(5)
    correct = random.random((3, 300)) < 0.7

    found = compare(paired(correct), reference=1)

    assert [one.difference for one in found] == pytest.approx(
        [correct[0].mean() - correct[1].mean(), correct[2].mean() - correct[1].mean()]
    )


def test_groups_are_respected():
    """Eight people of 50 images each; one of them decides everything, which is no evidence."""
    groups = np.repeat(np.arange(8), 50)
    reference = np.ones(400, bool)
    reference[:40] = False  # all of the first person's
    run = np.ones(400, bool)

    (alone,) = compare(paired([reference, run]))
    (grouped,) = compare(paired([reference, run], groups=groups))

    assert alone.verdict == BETTER
    assert grouped.verdict == NO_EVIDENCE
    assert grouped.groups == 8
    assert grouped.interval[0] <= 0 < grouped.interval[1]
    assert grouped.interval[1] - grouped.interval[0] > 2 * (alone.interval[1] - alone.interval[0])
    assert bootstrapped(paired([reference, run], groups=groups), 1) is None, "0 to 30 points, of one group: too narrow"
    parted = np.random.default_rng(0).random(400) < 0.3
    more = ((run ^ parted).astype(int) - reference).reshape(40, 10).sum(1)
    drawn = [more[np.random.default_rng(seed).integers(0, 40, 40)].sum() / 400 for seed in range(4000)]
    found = bootstrapped(paired([reference, run ^ parted], groups=np.arange(400) // 10), 1)
    assert found == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.01)


def grouped_draws(random, groups, fewer, more, draws):
    """Pairs of runs whose images come in groups that are alike."""
    for _ in range(draws):
        codes = np.repeat(np.arange(groups), random.integers(1, 20, groups))
        shares = random.dirichlet(6.0 * np.array([fewer, more, 1 - fewer - more]), groups)[codes]
        place = (random.random((len(codes), 1)) > shares.cumsum(1)[:, :2]).sum(1)
        yield paired([place != 1, place != 0], groups=codes)


@pytest.mark.parametrize(("groups", "fewer", "more"), [(20, 0.05, 0.05), (60, 0.03, 0.08)])
def test_intervals_over_groups_cover_what_they_promise(groups, fewer, more):
    found = [compare(one)[0] for one in grouped_draws(np.random.default_rng(6), groups, fewer, more, 200)]

    covered = np.mean([one.interval[0] <= more - fewer <= one.interval[1] for one in found])

    assert covered >= 0.92
    if fewer == more:
        assert np.mean([one.verdict != NO_EVIDENCE for one in found]) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)


def test_one_group_tells_nothing():
    correct = np.array([[False] * 30, [True] * 30])

    (found,) = compare(paired(correct, groups=np.zeros(30, int)))

    assert (found.verdict, found.interval, found.p_value) == (NO_EVIDENCE, (-1.0, 1.0), 1.0)


def test_each_class_is_judged_with_all_others_in_mind():
    random = np.random.default_rng(17)
    labels = random.integers(0, 6, 3_000)
    correct = random.random((2, 3_000)) < 0.9
    correct[1, labels == 4] = random.random((labels == 4).sum()) < 0.7

    found = compare_classes(paired(correct, labels), 1)

    for place, one in enumerate(found):
        of_class = labels == place
        assert one.images == of_class.sum()
        assert one.difference == pytest.approx(correct[1, of_class].mean() - correct[0, of_class].mean())
        assert one.p_adjusted >= one.p_value
    assert [one.verdict for one in found].index(WORSE) == 4
    assert sum(one.verdict != NO_EVIDENCE for one in found) == 1


def test_equal_runs_have_no_class_that_differs_in_19_of_20_draws():
    random = np.random.default_rng(8)
    labels = np.repeat(np.arange(10), 60)
    alarms = [
        any(one.verdict != NO_EVIDENCE for one in compare_classes(paired(random.random((2, 600)) < 0.85, labels), 1))
        for _ in range(40)
    ]

    assert np.mean(alarms) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 40)


def test_the_images_that_only_one_got_right_come_surest_mistake_first():
    correct = [[True, True, False, False, True, False], [True, False, True, False, False, False]]
    sureness = [[0.5, 0.6, 0.7, 0.4, 0.6, 0.9], [0.9, 0.3, 0.6, 0.8, 0.8, 0.7]]
    made = paired(correct, sureness=sureness)

    assert places_of(made, "only_reference", 1).tolist() == [4, 1]
    assert places_of(made, "only_run", 1).tolist() == [2]
    assert places_of(made, "both_wrong", 1).tolist() == [5, 3]
    assert places_of(made, "both_right", 1).tolist() == [0]


def test_groups_that_hang_together_take_more_images():
    random = np.random.default_rng(9)
    lean = np.repeat(random.choice([-1, 0, 1], 200, p=[0.05, 0.8, 0.15]), 10)
    correct = [lean <= 0, lean >= 0]

    alone, grouped = images_needed(paired(correct), 1), images_needed(paired(correct, groups=np.arange(2_000) // 10), 1)

    assert grouped == pytest.approx(10 * alone, rel=0.1)
    assert images_needed(of_counts(50, 5, 5, 3), 1) is None
