import math

import numpy as np
import pytest

from core.evaluate.answers import Answers, independent_images
from core.evaluate.conformal import (
    ADAPTIVE,
    LEVEL,
    PLAIN,
    Conformal,
    Measured,
    chance_of_so_few,
    chance_of_so_few_of_any,
    fewest_images,
    fit,
    fit_classes,
    measure,
    measure_classes,
    scores,
    sets,
)
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


def drawn(random, images, hardness=0.0):
    """Labels and probabilities of two classes, alike drawn but for how hard they are."""
    sure = 1 / (1 + np.exp(-random.normal(1.5 - hardness, 1.5, images)))
    return np.zeros(images, np.int64), np.stack([sure, 1 - sure], axis=1)


@pytest.mark.parametrize(("fitted", "images", "coverage"), [(60, 3000, 0.9), (500, 500, 0.95), (200, 40, 0.8)])
def test_images_drawn_as_those_of_validation_are_said_to_differ_at_the_stated_level(fitted, images, coverage):
    random, tries = np.random.default_rng(0), 1500
    alarms = by_wilson = 0
    for _ in range(tries):
        made = fit(*drawn(random, fitted), coverage)
        labels, probabilities = drawn(random, images)
        measured = measure(labels, sets(probabilities, made))
        alarms += chance_of_so_few(measured, made) <= LEVEL
        by_wilson += measured.interval[1] < coverage

    assert alarms / tries <= LEVEL + 3 * math.sqrt(LEVEL * (1 - LEVEL) / tries)
    assert alarms / tries >= LEVEL / 3, "and no more seldom than a discrete number of images makes it"
    if fitted < images:
        assert by_wilson / tries > 0.2, "the interval alone ignores the draw of the validation images"


def test_images_that_are_harder_are_said_to_differ():
    random = np.random.default_rng(1)
    made = fit(*drawn(random, 500), 0.9)
    labels, probabilities = drawn(random, 500, hardness=1.5)

    assert chance_of_so_few(measure(labels, sets(probabilities, made)), made) < 1e-6


def test_the_chance_of_so_few_is_that_of_drawing_both_splits_in_all_orders():
    """Of n + m images in any order, at most k of the m are under the r-th smallest of the n: counted by hand."""
    n, m, coverage = 4, 2, 0.8  # r = 4: the limit is the largest of four
    none_held = Measured(0, np.ones(m, np.int64), (0.0, 1.0))

    # Both of the two are above all four: of the 15 places that two of six may take, one.
    assert chance_of_so_few(none_held, Conformal(PLAIN, coverage, 0.5, n)) == pytest.approx(1 / 15)
    # Of 3 images none could be 80 % sure: all classes are in each set.
    assert chance_of_so_few(none_held, Conformal(PLAIN, coverage, math.inf, 3)) == 1


def test_groups_stand_for_as_many_images():
    made, measured = Conformal(PLAIN, 0.9, 0.5, 1000), Measured(850, np.ones(1000, np.int64), (0.8, 0.9))

    assert chance_of_so_few(measured, made) < 0.001
    assert chance_of_so_few(measured, made, 50, 50) > 0.1


def bursts(random, groups):
    """Few large bursts, many small ones; the images of one are all alike."""
    of_image = np.repeat(np.arange(groups), np.where(random.random(groups) < 0.1, 100, 5))
    sure = random.random(groups)[of_image]
    return Answers(
        ("a", "b"), of_image, np.zeros(len(of_image), np.int64), np.stack([sure, 1 - sure], axis=1), of_image
    )


def test_groups_of_unlike_sizes_count_for_fewer_than_they_are():
    random, tries = np.random.default_rng(0), 400
    alarms = by_number = 0
    for _ in range(tries):
        validation, test = bursts(random, 100), bursts(random, 100)
        made = fit(validation.labels, validation.probabilities, 0.8)
        measured = measure(test.labels, sets(test.probabilities, made))
        alarms += chance_of_so_few(measured, made, independent_images(validation), independent_images(test)) <= LEVEL
        by_number += chance_of_so_few(measured, made, 100, 100) <= LEVEL

    assert alarms / tries <= LEVEL + 3 * math.sqrt(LEVEL * (1 - LEVEL) / tries)
    assert by_number / tries > 0.15, "large bursts say the same a hundred times"


@pytest.mark.parametrize("kind", [PLAIN, ADAPTIVE])
def test_copies_lead_to_the_limit_of_the_images_alone(kind):
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(4), 60)
    labels = random.integers(0, 4, 60)
    groups = np.repeat(np.arange(60), 5)
    copies = Answers(tuple("abcd"), groups, labels[groups], probabilities[groups], groups)

    for coverage in (0.8, 0.9, 0.95, 0.99):
        alone = fit(labels, probabilities, coverage, kind)
        copied = fit(copies.labels, copies.probabilities, coverage, kind, independent_images(copies))
        assert copied.limit == alone.limit  # infinite for 99 %, which 60 cannot keep
    inside = sets(probabilities, fit(labels, probabilities, 0.8, kind))
    by_group = measure(copies.labels, inside[groups], groups).interval
    single = measure(labels, inside).interval
    assert by_group[1] - by_group[0] == pytest.approx(single[1] - single[0], rel=0.15)
    assert measure(copies.labels, inside[groups]).interval[0] > by_group[0]


@pytest.mark.parametrize("kind", KINDS)
def test_class_by_class_a_hard_class_has_its_share_too(kind):
    """Class 1 is a tenth of the images and much harder than class 0, as defects are."""
    random, held = np.random.default_rng(0), {"all": np.zeros(2), "each": np.zeros(2)}
    images = np.zeros(2)
    for _ in range(200):
        labels = (np.arange(1200) % 10 == 0).astype(int)
        right = 1 / (1 + np.exp(-random.normal(np.where(labels == 1, 0.5, 3.0), 1.5)))
        probabilities = np.where(labels[:, None] == [0, 1], right[:, None], 1 - right[:, None])
        fitted, judged = slice(0, 600), slice(600, 1200)
        for name, made in (
            ("all", (fit(labels[fitted], probabilities[fitted], 0.9, kind),)),
            ("each", fit_classes(labels[fitted], probabilities[fitted], 0.9, kind)),
        ):
            found = measure_classes(labels[judged], sets(probabilities[judged], *made))
            held[name] += [one.held for one in found]
        images += np.bincount(labels[judged])

    assert (held["each"] / images >= 0.9 - 0.01).all()
    assert (held["all"] / images)[1] < 0.75, "the promise over all images is kept at the cost of the few"


def test_a_class_without_validation_images_is_in_every_set():
    labels, probabilities = answers(0, n=300)
    of_two = labels != 2
    made = fit_classes(labels[of_two], probabilities[of_two], 0.9)

    assert [one.images for one in made] == [(labels == 0).sum(), (labels == 1).sum(), 0, *np.bincount(labels)[3:]]
    assert sets(probabilities, *made)[:, 2].all()
    assert measure_classes(labels[of_two], sets(probabilities[of_two], *made))[2] is None


@pytest.mark.parametrize(("hardness", "alarms"), [(0.0, (0, 9)), (1.5, (50, 60))])
def test_that_one_class_is_harder_is_said_and_alike_ones_are_not(hardness, alarms):
    random, found = np.random.default_rng(0), 0
    for _ in range(60):
        fitted, judged = (
            Answers(("a", "b"), np.arange(600), np.repeat([0, 1], 300), np.concatenate([one, other[:, ::-1]]))
            for one, other in ((drawn(random, 300)[1], drawn(random, 300, harder)[1]) for harder in (0.0, hardness))
        )
        made = fit_classes(fitted.labels, fitted.probabilities, 0.9)
        of_classes = measure_classes(judged.labels, sets(judged.probabilities, *made))
        found += chance_of_so_few_of_any(of_classes, made, fitted, judged) <= LEVEL

    assert alarms[0] <= found <= alarms[1]
