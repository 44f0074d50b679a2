import numpy as np
import pytest
from scipy.stats import beta, binom

from core.evaluate.intervals import wilson_interval
from core.evaluate.selective import choose_threshold, fewest_images, grid, measure, risk_coverage, times_needed


def draw(random, n, sure):
    """(correct, confidence) of a model that is `sure` times as sure as it should be: 1 is calibrated."""
    margin = random.gamma(1.2, 4.0, n)  # log odds of being right
    return random.random(n) < expit(margin), expit(margin * sure)


def expit(x):
    return 1 / (1 + np.exp(-x))


def true_risk(threshold, sure, n=2_000_000):
    """Share of the answered that is wrong, of infinitely many images (nearly: without drawing the labels)."""
    margin = np.random.default_rng(99).gamma(1.2, 4.0, n)
    answered = expit(margin * sure) >= threshold
    return float((1 - expit(margin))[answered].mean()) if answered.any() else 0.0


@pytest.mark.parametrize(
    ("n", "error_rate", "sure"),
    [(800, 0.02, 1.0), (2000, 0.01, 1.0), (2000, 0.05, 2.0), (6000, 0.01, 3.0), (300, 0.1, 0.5), (3000, 0.01, 0.4)],
)
def test_the_promise_is_broken_by_at_most_5_in_100_validation_draws(n, error_rate, sure):
    random = np.random.default_rng(n)
    risks, broken, chosen = {}, 0, 0
    draws = 600
    for _ in range(draws):
        choice = choose_threshold(*draw(random, n, sure), error_rate)
        if choice is not None:
            chosen += 1
            if choice.threshold not in risks:
                risks[choice.threshold] = true_risk(choice.threshold, sure, 200_000)
            broken += risks[choice.threshold] > error_rate

    assert broken <= binom.ppf(0.999, draws, 0.05)
    assert chosen > draws / 2


def test_the_choice_keeps_its_promise_by_the_bound_of_clopper_and_pearson():
    correct, confidence = draw(np.random.default_rng(0), 4000, 1.5)

    choice = choose_threshold(correct, confidence, 0.02)

    answered = confidence >= choice.threshold
    assert (choice.images, choice.answered, choice.wrong) == (4000, answered.sum(), (~correct[answered]).sum())
    upper = beta.ppf(0.95, choice.wrong + 1, choice.answered - choice.wrong)
    assert upper <= 0.02
    assert choice.threshold in grid(0.02)[0]


def test_it_is_the_naive_walk_over_the_grid():
    for seed in range(20):
        correct, confidence = draw(np.random.default_rng(seed), 800, 1.0 + seed % 3)
        level, expected = 0.0, None
        for threshold, spare in zip(*grid(0.05), strict=True):
            answered = [i for i, value in enumerate(confidence) if value >= threshold]
            wrong = sum(not correct[i] for i in answered)
            level += spare * 0.05
            if sum(binom.pmf(k, len(answered), 0.05) for k in range(wrong + 1)) <= level:
                expected = threshold
            else:
                level = 0.0

        choice = choose_threshold(correct, confidence, 0.05)

        assert (choice and choice.threshold) == expected


def test_a_model_that_is_better_than_asked_answers_everything():
    correct = np.arange(2000) % 1000 > 0

    choice = choose_threshold(correct, np.where(correct, 0.99, 0.4), 0.05)

    assert (choice.threshold, choice.answered, choice.wrong) == (0.0, 2000, 2)


@pytest.mark.parametrize("error_rate", [0.001, 0.01, 0.05, 0.2])
def test_too_few_images_promise_nothing_and_the_fewest_that_may_is_said(error_rate):
    n = fewest_images(error_rate)
    confidence = np.full(n, 1 - error_rate * (1 - 1e-9))  # where the largest share of the risk begins

    assert choose_threshold(np.ones(n, bool), confidence, error_rate) is not None
    assert choose_threshold(np.ones(n - 1, bool), confidence[1:], error_rate) is None


@pytest.mark.parametrize(("right", "wrong"), [(60, 0), (38, 1), (90, 3)])
def test_so_many_more_images_as_these_are_the_fewest_that_promise_the_rate(right, wrong):
    """All are answered just where the largest share of the risk begins, so that one binomial test decides (Clopper-Pearson)."""
    correct = np.arange(right + wrong) < right
    confidence = np.full(right + wrong, 0.95 * (1 + 1e-9))
    assert choose_threshold(correct, confidence, 0.05) is None

    images = times_needed(correct, confidence, 0.05) * (right + wrong)

    risk = wrong / (right + wrong)
    bounds = [beta.ppf(1 - 0.4 * 0.05, risk * n + 1, n - risk * n) for n in (images * 0.999, images * 1.001)]
    assert bounds[0] > 0.05 > bounds[1]
    if not wrong:
        assert np.ceil(images) == fewest_images(0.05)
        groups = np.repeat(np.arange(right), 3)
        of_groups = times_needed(correct[groups], confidence[groups], 0.05, groups=groups)
        assert of_groups * right == pytest.approx(images, rel=1e-5), "a group is one image"


def test_where_too_many_of_the_surest_are_wrong_no_number_of_images_helps():
    correct = np.arange(200) % 10 > 0

    assert times_needed(correct, np.full(200, 0.99), 0.05) is None
    assert times_needed(correct, np.full(200, 0.3), 0.01) is None
    assert times_needed(correct, np.full(200, 0.99), 0.2) < 1


def test_a_model_that_is_always_wrong_promises_nothing():
    assert choose_threshold(np.zeros(1000, bool), np.linspace(0.2, 1, 1000), 0.1) is None
    assert choose_threshold(np.zeros(0, bool), np.zeros(0), 0.1) is None


def test_the_shares_of_the_risk_are_the_whole_of_it_and_the_last_threshold_answers_everything():
    for error_rate in (0.001, 0.01, 0.03, 0.5):
        thresholds, spare = grid(error_rate)
        assert spare.sum() == pytest.approx(1)
        assert thresholds[-1] == 0
        assert (np.diff(thresholds) <= 0).all()
        assert thresholds[spare == 0.4] == pytest.approx([1 - error_rate])


def test_what_a_threshold_gives_is_counted():
    given = measure(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.3, 0.2]), 0.8)

    assert (given.images, given.answered, given.wrong) == (4, 2, 1)
    assert (given.coverage, given.error) == (0.5, 0.5)
    assert (given.coverage_interval, given.error_interval) == (wilson_interval(2, 4), wilson_interval(1, 2))
    nothing = measure(np.array([True]), np.array([0.5]), 0.6)
    assert (nothing.coverage, nothing.error, nothing.error_interval) == (0, None, None)


@pytest.mark.parametrize("most", [10_000, 40])
def test_risk_and_coverage_agree_with_a_naive_loop(most):
    correct, confidence = draw(np.random.default_rng(5), 400, 1.0)
    confidence = confidence.round(2)  # many are equal

    curve = risk_coverage(correct, confidence, most)

    assert len(curve.threshold) <= most
    assert (curve.coverage[-1], curve.risk[-1]) == (1, pytest.approx((~correct).mean()))
    if most > 400:
        assert curve.threshold.tolist() == sorted(set(confidence), reverse=True)
    for place, threshold in enumerate(curve.threshold):
        answered = [i for i in range(400) if confidence[i] >= threshold]
        wrong = sum(not correct[i] for i in answered)
        assert (curve.answered[place], curve.wrong[place]) == (len(answered), wrong)
        assert curve.coverage[place] == pytest.approx(len(answered) / 400, abs=1e-9)
        assert curve.risk[place] == pytest.approx(wrong / len(answered), abs=1e-9)
        assert curve.interval[place] == pytest.approx(wilson_interval(wrong, len(answered)), abs=1e-9)


@pytest.mark.parametrize("error_rate", [0.05, 0.1, 0.2])
def test_bursts_that_are_alike_promise_what_as_many_single_images_do(error_rate):
    for seed in range(10):
        correct, confidence = draw(np.random.default_rng(seed), 150, 1.0)
        alone = choose_threshold(correct, confidence, error_rate)

        groups = np.repeat(np.arange(150), 6)
        copied = choose_threshold(correct[groups], confidence[groups], error_rate, groups=groups)

        assert (copied is None) == (alone is None)
        if alone and copied:
            assert copied.threshold == alone.threshold
            assert (copied.answered, copied.wrong) == (6 * alone.answered, 6 * alone.wrong)


def test_three_bursts_promise_nothing_however_many_images_they_have():
    correct, confidence = np.ones(900, bool), np.full(900, 0.999)

    assert choose_threshold(correct, confidence, 0.01) is not None
    assert choose_threshold(correct, confidence, 0.2, groups=np.repeat(np.arange(3), 300)) is None
