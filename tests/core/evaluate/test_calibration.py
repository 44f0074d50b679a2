import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import softmax
from sklearn.metrics import log_loss

from core.evaluate.calibration import FITS, TOO_LITTLE, TOO_MUCH, UNKNOWN, claim, equal_mass, equal_width
from core.evaluate.intervals import wilson_interval
from core.evaluate.metrics import expected_calibration_error
from core.evaluate.temperature import fit_temperature, temper


def answers(seed, n=500, classes=7, sure=1.0):
    """Labels drawn from the softmax of logits, and what a model says that is `sure` times as sure as that."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2.5, (n, classes))
    chances = softmax(logits, axis=1)
    labels = (chances.cumsum(1) > random.random((n, 1))).argmax(1)
    return labels, softmax(logits * sure, axis=1)


def judged(seed, **more):
    labels, probabilities = answers(seed, **more)
    return probabilities.argmax(1) == labels, probabilities.max(1)


@pytest.mark.parametrize("seed", range(3))
def test_bins_of_equal_width_agree_with_a_naive_loop(seed):
    correct, confidence = judged(seed)

    ours = equal_width(correct, confidence)

    gap, place = 0.0, 0
    for number in range(15):
        inside = [i for i, value in enumerate(confidence) if number / 15 < value <= (number + 1) / 15]
        if not inside:
            continue
        right = sum(bool(correct[i]) for i in inside)
        mean = sum(confidence[i] for i in inside) / len(inside)
        gap += len(inside) / len(correct) * abs(right / len(inside) - mean)
        assert (ours.images[place], ours.right[place]) == (len(inside), right)
        assert ours.confidence[place] == pytest.approx(mean, abs=1e-9)
        assert ours.interval[place] == pytest.approx(wilson_interval(right, len(inside)), abs=1e-9)
        assert (ours.low[place], ours.high[place]) == pytest.approx((number / 15, (number + 1) / 15), abs=1e-9)
        assert sorted(inside) == np.flatnonzero(ours.place == place).tolist()
        place += 1
    assert place == len(ours.images)
    assert ours.error == pytest.approx(gap, abs=1e-9)
    assert ours.error == pytest.approx(expected_calibration_error(correct, confidence), abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_bins_of_equal_mass_agree_with_a_naive_loop(seed):
    correct, confidence = judged(seed, n=500 + seed)

    ours = equal_mass(correct, confidence)

    ranked = sorted(range(len(confidence)), key=lambda i: confidence[i])
    bins = [[] for _ in range(15)]
    for rank, i in enumerate(ranked):
        bins[rank * 15 // len(ranked)].append(i)
    assert max(map(len, bins)) - min(map(len, bins)) <= 1
    gap = 0.0
    for place, inside in enumerate(bins):
        right = sum(bool(correct[i]) for i in inside)
        mean = sum(confidence[i] for i in inside) / len(inside)
        gap += len(inside) / len(ranked) * abs(right / len(inside) - mean)
        assert (ours.images[place], ours.right[place]) == (len(inside), right)
        assert ours.confidence[place] == pytest.approx(mean, abs=1e-9)
        assert (ours.low[place], ours.high[place]) == (confidence[inside[0]], confidence[inside[-1]])
    assert ours.error == pytest.approx(gap, abs=1e-9)


def test_equal_confidences_share_a_bin_whatever_their_order():
    confidence = np.array([0.5] * 10 + [1.0] * 90)
    correct = np.arange(100) % 3 > 0

    ours = equal_mass(correct, confidence)
    mixed = np.random.default_rng(0).permutation(100)

    assert ours.images.tolist() == [10, 90]
    assert equal_mass(correct[mixed], confidence[mixed]).error == pytest.approx(ours.error, abs=1e-12)


def test_one_image_is_enough():
    for bins in (equal_width, equal_mass):
        ours = bins(np.array([False]), np.array([0.75]))
        assert (ours.images.tolist(), ours.error) == ([1], pytest.approx(0.75))


@pytest.mark.parametrize("sure", [0.4, 1.7, 3.0])
def test_the_temperature_is_the_minimum_that_another_optimiser_finds(sure):
    labels, probabilities = answers(1, sure=sure)

    ours = fit_temperature(labels, probabilities)

    def loss(log_temperature):
        fit = log_loss(labels, softmax(np.log(probabilities) / np.exp(log_temperature[0]), axis=1))
        return fit + log_temperature[0] ** 2 / (2 * np.log(2) ** 2) / len(labels)

    theirs = minimize(loss, [0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14})
    assert ours == pytest.approx(float(np.exp(theirs.x[0])), rel=1e-5)


def test_the_temperature_that_made_a_model_too_sure_is_found_again():
    labels, probabilities = answers(2, n=40_000, sure=2.0)

    assert fit_temperature(labels, probabilities) == pytest.approx(2.0, rel=0.03)


def test_tempered_probabilities_are_those_of_the_divided_logits():
    logits = np.random.default_rng(3).normal(0, 4, (50, 6))

    np.testing.assert_allclose(temper(softmax(logits, axis=1), 1.7), softmax(logits / 1.7, axis=1), atol=1e-12)


@pytest.mark.parametrize("lie", [np.ascontiguousarray, np.asfortranarray], ids=["rows", "columns"])
@pytest.mark.parametrize("classes", [2, 10, 37])
def test_an_image_gets_the_same_alone_and_among_others_to_the_last_bit(lie, classes):
    """Columns are how a table comes from Parquet; a threshold of one class may be exactly what one of its images has."""
    probabilities = np.random.default_rng(0).dirichlet(np.full(classes, 0.3), 200)

    together = temper(lie(probabilities), 1.7)

    assert all((together[row] == temper(probabilities[row : row + 1], 1.7)[0]).all() for row in range(200))


@pytest.mark.parametrize("temperature", [0.05, 0.7, 1.0, 3.0, 20.0])
def test_no_temperature_changes_the_named_class(temperature):
    _, probabilities = answers(4, sure=3.0)
    rounded = probabilities.astype(np.float32).astype(np.float64)

    assert (temper(rounded, temperature).argmax(1) == rounded.argmax(1)).all()


def test_probabilities_that_were_rounded_to_0_stay_finite():
    labels = np.array([1, 0, 0, 0] * 10)
    probabilities = np.array([[1.0, 0.0]] * 40)

    temperature = fit_temperature(labels, probabilities)

    assert temperature > 1
    assert np.isfinite(temper(probabilities, temperature)).all()


def test_a_temperature_whose_gain_may_be_chance_is_1():
    found = [fit_temperature(*answers(seed, n=400)) for seed in range(200)]  # of models that are calibrated

    assert np.mean([one != 1 for one in found]) <= 0.07


def test_a_few_images_without_a_mistake_are_no_reason_to_be_surer():
    few = np.array([[0.9, 0.1]] * 20)
    many = np.array([[0.9, 0.1]] * 400)

    assert fit_temperature(np.zeros(10, int), few[:10]) == 1.0
    assert 0.3 < fit_temperature(np.zeros(20, int), few) <= 1.0
    assert fit_temperature(np.zeros(400, int), many) < 0.5


def test_a_temperature_that_would_not_help_is_1():
    assert fit_temperature(np.array([0, 1]), np.array([[1.0, 0.0], [0.0, 1.0]])) == 1.0
    assert fit_temperature(np.array([0, 1]), np.full((2, 2), 0.5)) == 1.0


def test_what_a_run_claims_is_judged_by_bursts_and_by_few_of_them_not_at_all():
    claimed = np.full(96, 0.45)
    two_of_three, all_of_four = np.repeat([1, 1, 0], 32).astype(bool), np.repeat(np.arange(48) < 36, 2)

    assert claim(two_of_three, claimed).verdict == TOO_LITTLE  # as if each image stood for itself
    by_burst = claim(two_of_three, claimed, np.repeat(np.arange(3), 32))
    assert (by_burst.verdict, by_burst.independent) == (UNKNOWN, 3)
    assert by_burst.interval[0] < 0.1
    assert by_burst.interval[1] > 0.97

    pairs = np.repeat(np.arange(48), 2)
    assert claim(all_of_four, claimed, pairs).verdict == TOO_LITTLE
    assert claim(~all_of_four, claimed, pairs).verdict == TOO_MUCH
    assert claim(all_of_four, np.full(96, 0.85), pairs).verdict == FITS  # 75 % of 48: up to 85.1 %; of 96, 82.6 %
    assert claim(all_of_four, np.full(96, 0.85)).verdict == TOO_MUCH


def test_one_long_burst_beside_single_images_counts_as_next_to_nothing():
    groups = np.append(np.zeros(200, int), np.arange(1, 21))

    found = claim(groups > 0, np.full(220, 0.5), groups)

    assert (found.verdict, found.independent) == (UNKNOWN, 1)


def test_copies_of_images_give_no_temperature_that_the_images_alone_do_not():
    alone, copied, by_group = 0, 0, 0
    for seed in range(60):
        labels, probabilities = answers(seed, n=60)  # of models that are calibrated
        many, groups = np.repeat(np.arange(60), 8), np.repeat(np.arange(60), 8)
        alone += fit_temperature(labels, probabilities) != 1
        copied += fit_temperature(labels[many], probabilities[many]) != 1
        by_group += fit_temperature(labels[many], probabilities[many], groups) != 1

    assert copied > 10
    assert max(alone, by_group) <= 3
    assert fit_temperature(labels, probabilities, np.zeros(60, int)) == 1.0

    ten = np.repeat(
        [[0.9, 0.1]], 400, axis=0
    )  # ten bursts, all right: the gains do not differ, only the ratio can doubt them
    assert fit_temperature(np.zeros(400, int), ten) < 0.5
    assert fit_temperature(np.zeros(400, int), ten, np.arange(400) // 40) == 1.0
