import math

import numpy as np
import pytest

from core.evaluate.conformal import ADAPTIVE, PLAIN, Conformal, fewest_images, fit, measure, scores, sets
from core.evaluate.intervals import wilson_interval
from tests.core.evaluate.test_calibration import answers

KINDS = (PLAIN, ADAPTIVE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("sure", [0.5, 1.0, 3.0])
def test_coverage_of_new_images_is_at_least_what_was_asked(kind, coverage, sure):
    held = images = 0
    for seed in range(60):
        labels, probabilities = answers(seed, n=1000, classes=6, sure=sure)
        conformal = fit(labels[:400], probabilities[:400], coverage, kind)
        measured = measure(labels[400:], sets(probabilities[400:], conformal))
        held, images = held + measured.held, images + 600

    assert held / images >= coverage - 0.01
    if kind == PLAIN:
        assert held / images <= coverage + 0.01, "sets are no larger than they need to be"


@pytest.mark.parametrize("kind", KINDS)
def test_the_limit_is_the_stated_order_statistic(kind):
    labels, probabilities = answers(0, n=99)
    own = sorted(scores(probabilities, kind)[i, label] for i, label in enumerate(labels))

    assert fit(labels, probabilities, 0.9, kind).limit == own[90 - 1]  # ⌈100 · 0.9⌉
    assert fit(labels, probabilities, 0.99, kind).limit == own[-1]
    assert fit(labels[1:], probabilities[1:], 0.99, kind).limit == math.inf


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95, 0.99, 0.999])
def test_the_fewest_images_that_tell_sets_apart(coverage):
    n = fewest_images(coverage)
    labels, probabilities = answers(0, n=n)

    assert math.isfinite(fit(labels, probabilities, coverage).limit)
    assert math.isinf(fit(labels[1:], probabilities[1:], coverage).limit)


def test_scores_of_a_hand_worked_case():
    probabilities = np.array([[0.2, 0.5, 0.3]])

    np.testing.assert_allclose(scores(probabilities, PLAIN), [[0.8, 0.5, 0.7]])
    np.testing.assert_allclose(scores(probabilities, ADAPTIVE), [[0.8, 0.0, 0.5]], atol=1e-12)


def test_sets_of_a_hand_worked_case():
    probabilities = np.array([[0.2, 0.5, 0.3], [0.9, 0.06, 0.04], [0.34, 0.33, 0.33]])

    def members(kind, limit):
        inside = sets(probabilities, Conformal(kind, 0.9, limit, 100))
        return [np.flatnonzero(row).tolist() for row in inside]

    assert members(PLAIN, 0.7) == [[1, 2], [0], [0, 1, 2]]
    assert members(PLAIN, 0.4) == [[], [0], []]
    assert members(ADAPTIVE, 0.5) == [[1, 2], [0], [0, 1]], "the likeliest is always there"
    assert members(ADAPTIVE, 0.0) == [[1], [0], [0]]
    assert members(PLAIN, math.inf) == [[0, 1, 2]] * 3


def test_what_is_measured_of_sets_is_counted():
    inside = np.array([[True, False], [True, True], [False, False], [False, True]])

    measured = measure(np.array([0, 1, 0, 0]), inside)

    assert (measured.held, measured.coverage) == (2, 0.5)
    assert measured.sizes.tolist() == [1, 2, 0, 1]
    assert measured.interval == wilson_interval(2, 4)
