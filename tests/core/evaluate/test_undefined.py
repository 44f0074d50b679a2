"""No figure ends a job: on the smallest situations each is a finite number, or null with its reason, and right."""

import json
import math
import warnings

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from core.evaluate import calibration, conformal, curves, learning_curve, paired, selective, temperature
from core.evaluate.disparity import disparity
from core.evaluate.intervals import wilson_interval
from core.evaluate.metrics import figures
from core.evaluate.ranking import influences, ranking_intervals
from core.evaluate.resolution import resolution
from core.evaluate.slice_columns import Column, Sliceable
from core.evaluate.slices import find_slices
from core.evaluate.undefined import REASONS

CLASSES = ("a", "b", "c", "d")


def situations(number, seed=0):
    """Labels, probabilities and groups of 1 to 4 images: all right, all wrong, ties, 0 and 1, absent classes."""
    random = np.random.default_rng(seed)
    for _ in range(number):
        n, classes = int(random.integers(1, 5)), int(random.integers(1, 5))
        labels, every = random.integers(classes, size=n), np.eye(classes)
        probabilities = [
            random.dirichlet(np.ones(classes), n),
            every[random.integers(classes, size=n)],
            every[labels],
            every[(labels + 1) % classes],
            np.full((n, classes), 1 / classes),
            (every[labels] + every[(labels + 1) % classes]) / 2,
        ][random.integers(6)]
        groups = None if random.random() < 0.4 else random.integers(min(3, n), size=n)
        yield labels, probabilities, groups


@pytest.fixture(autouse=True)
def _warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def as_json(value):
    return json.loads(json.dumps(value, allow_nan=False))  # raises on NaN and infinity


def test_every_figure_of_a_tiny_evaluation_is_a_number_or_null_with_its_reason():
    for labels, probabilities, groups in situations(200):
        found = as_json(figures(labels, probabilities, CLASSES[: probabilities.shape[1]], groups))

        for one in (found, *found["per_class"]):
            nulls = {name for name, value in one.items() if value is None}
            assert nulls == set(one["undefined"])
            assert all(name in REASONS or name.removesuffix("_ci95") in REASONS for name in nulls)
            for name, value in one.items():
                if name.endswith("_ci95") and value is not None:
                    low, high = value
                    figure = one[name.removesuffix("_ci95")]
                    assert low - 1e-9 <= figure <= high + 1e-9, (name, figure, value)


def test_what_is_defined_is_what_scikit_learn_says():
    for labels, probabilities, _ in situations(150, seed=1):
        classes = probabilities.shape[1]
        found, predicted = figures(labels, probabilities, CLASSES[:classes]), probabilities.argmax(1)
        assert found["accuracy"] == pytest.approx(sklearn_metrics.accuracy_score(labels, predicted))
        assert found["confusion"] == [
            [int(((labels == row) & (predicted == column)).sum()) for column in range(classes)]
            for row in range(classes)
        ]
        if classes > 1:
            loss = sklearn_metrics.log_loss(labels, probabilities, labels=np.arange(classes))
            assert found["log_loss"] == pytest.approx(loss)
            assert temperature.log_loss(labels, probabilities) == pytest.approx(loss)
        if found["matthews"] is not None:
            assert found["matthews"] == pytest.approx(sklearn_metrics.matthews_corrcoef(labels, predicted), abs=1e-9)
        for place, one in enumerate(found["per_class"]):
            mine = labels == place
            if not mine.any():
                assert one["recall"] is None and one["roc_auc"] is None
                assert one["undefined"]["recall"] == "There is no image of this class."
            elif not mine.all():
                assert one["roc_auc"] == pytest.approx(sklearn_metrics.roc_auc_score(mine, probabilities[:, place]))


def test_the_auc_of_one_pair_is_worth_one_image():
    right, scores = np.array([True, False]), np.array([0.9, 0.2])

    assert ranking_intervals(influences(right, scores), right)[1] == pytest.approx(wilson_interval(1, 1))
    assert ranking_intervals(influences(right, -scores), right)[1] == pytest.approx(wilson_interval(0, 1))


@pytest.mark.parametrize("seed", range(20))
def test_the_auc_of_one_burst_a_class_is_worth_one_pair_too(seed):
    right, groups = np.repeat([True, False], 7), np.repeat([0, 1], 7)
    scores = np.random.default_rng(seed).normal(size=14) + right

    found = influences(right, scores)
    _, (low, high) = ranking_intervals(found, right, groups)

    one, z = sklearn_metrics.roc_auc_score(right, scores), 1.959964  # Wilson's interval of a share of one
    half = z * math.sqrt(one * (1 - one) + z**2 / 4)
    assert (low, high) == pytest.approx(((one + z**2 / 2 - half) / (1 + z**2), (one + z**2 / 2 + half) / (1 + z**2)))


def test_what_is_made_of_answers_is_finite_or_none():
    """Calibration, temperature, the rule, sets, thresholds of a class."""
    for labels, probabilities, _ in situations(200, seed=2):
        correct, confidence = probabilities.argmax(1) == labels, probabilities.max(1)
        for bins in (calibration.equal_width, calibration.equal_mass):
            as_json([bins(correct, confidence).error, bins(correct, confidence).interval.tolist()])
        as_json(temperature.fit_temperature(labels, probabilities))
        assert np.isfinite(temperature.temper(probabilities, 2.0)).all()
        assert selective.choose_threshold(correct, confidence, 0.05) is None  # as many promise nothing
        measured = selective.measure(correct, confidence, 0.9)
        assert (measured.error is None) == (measured.error_interval is None) == (measured.answered == 0)
        as_json(selective.risk_coverage(correct, confidence).interval.tolist())
        for kind in (conformal.PLAIN, conformal.ADAPTIVE):
            made = conformal.fit(labels, probabilities, 0.9, kind)
            assert math.isinf(made.limit)  # 9 images at least
            assert conformal.measure(labels, conformal.sets(probabilities, made)).held == len(labels)
        of_class = curves.curves(labels == 0, probabilities[:, 0])
        assert (of_class is None) == (len(set((labels == 0).tolist())) == 1)
        if of_class:
            as_json([of_class.precision.tolist(), of_class.recall.tolist(), of_class.false_alarm_rate.tolist()])
            as_json(
                [of_class.thinned(2).roc_auc, curves.with_precision(of_class, 0.9), curves.with_recall(of_class, 1)]
            )


def test_comparisons_and_slices_of_tiny_splits_are_finite_or_none():
    random = np.random.default_rng(3)
    for labels, probabilities, groups in situations(30, seed=3):
        n, named = len(labels), tuple(CLASSES[place] for place in np.unique(labels))
        codes = np.unique(labels, return_inverse=True)[1]
        correct = random.random((3, n)) < random.choice([0, 0.5, 1])
        runs = paired.Paired(named, np.arange(n), codes, correct, np.full((3, n), 0.5), groups, 0)
        as_json([one.to_json() for one in paired.compare(runs)])
        as_json([one.to_json() for one in paired.compare_classes(runs, 1)])
        as_json([paired.bootstrapped(runs, 2), paired.images_needed(runs, 2)])
        values = np.where(random.random(n) < 0.3, np.nan, random.random(n).round(1))
        columns = (Column("class", "class", labels.astype(str)), Column("brightness", "brightness", values))
        images = Sliceable(CLASSES, labels, probabilities.argmax(1), groups, columns, True)
        as_json(find_slices(images, permutations=19).to_json())
        as_json([disparity(images.correct, column, groups).to_json() for column in columns])
        accuracy = float(images.correct.mean())
        assert "nan" not in resolution(accuracy, wilson_interval(int(images.correct.sum()), n), n, 1.0).sentence()


def test_a_learning_curve_of_one_test_image_is_finite():
    random = np.random.default_rng(4)
    for _ in range(60):
        images = random.choice([10, 50, 100, 101, 102, 1000], size=int(random.integers(3, 6)))
        answered = np.full(len(images), int(random.integers(1, 4)))
        found = learning_curve.fit(images, random.integers(0, answered + 1), answered)
        if found:
            as_json([found.gain, found.gain_interval, found.error.tolist(), found.low.tolist(), found.high.tolist()])
            assert -1 <= found.gain_interval[0] <= found.gain <= found.gain_interval[1] <= 1
