import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from core.evaluate import uncertainty
from core.evaluate.class_sums import OF_EACH_CLASS, WHOLE, ClassSums
from core.evaluate.intervals import effective_number, f1_interval, score_interval, wilson_interval


def answers(seed, n=300, classes=5):
    random = np.random.default_rng(seed)
    labels = random.choice(classes, n, p=random.dirichlet(np.full(classes, 3.0)))
    predicted = np.where(random.random(n) < 0.8, labels, random.integers(0, classes, n))
    return labels, predicted


THEIRS = {
    "balanced_accuracy": sklearn_metrics.balanced_accuracy_score,
    "macro_f1": lambda labels, named: sklearn_metrics.f1_score(labels, named, average="macro"),
    "weighted_f1": lambda labels, named: sklearn_metrics.f1_score(labels, named, average="weighted"),
    "matthews": sklearn_metrics.matthews_corrcoef,
    "cohen_kappa": sklearn_metrics.cohen_kappa_score,
}


@pytest.mark.parametrize("name", WHOLE)
def test_figures_of_many_resamples_are_scikit_learns_of_each(name):
    labels, predicted = answers(0)
    random = np.random.default_rng(1)
    drawn = [random.integers(0, 300, 300) for _ in range(5)]
    each = [ClassSums.of_matrix(sklearn_metrics.confusion_matrix(labels[rows], predicted[rows])) for rows in drawn]
    at_once = ClassSums(*(np.stack([getattr(one, part) for one in each]) for part in ("support", "named", "hits")))

    found = WHOLE[name].make(at_once)

    assert found == pytest.approx([THEIRS[name](labels[rows], predicted[rows]) for rows in drawn], abs=1e-9)


def test_what_is_undefined_is_not_a_number():
    one_class = ClassSums(np.array([4.0, 0.0]), np.array([4.0, 0.0]), np.array([4.0, 0.0]))

    assert [name for name, figure in WHOLE.items() if np.isnan(figure.make(one_class))] == ["matthews", "cohen_kappa"]
    assert all(np.isnan(figure.make(one_class)[1]) for figure in OF_EACH_CLASS.values())


def test_standard_errors_are_those_of_drawing_images_one_by_one():
    labels, predicted = answers(2, n=1000, classes=3)
    matrix = sklearn_metrics.confusion_matrix(labels, predicted)
    random = np.random.default_rng(3)
    each = []
    for _ in range(1000):
        rows = random.integers(0, 1000, 1000)
        drawn = np.bincount(3 * labels[rows] + predicted[rows], minlength=9).reshape(3, 3)
        each.append([float(figure.make(ClassSums.of_matrix(drawn))) for figure in WHOLE.values()])

    found = uncertainty.of_images(matrix).whole

    for (name, figure), error in zip(WHOLE.items(), np.std(each, axis=0), strict=True):
        value, (low, high) = float(figure.make(ClassSums.of_matrix(matrix))), found[name]
        naive = score_interval(value, effective_number(value, error, figure.lowest), figure.lowest)
        assert high - low == pytest.approx(float(naive[1] - naive[0]), rel=0.1)  # 2.2 % by chance, twice


def test_shares_of_independent_images_have_wilsons_interval():
    labels, predicted = answers(4)
    matrix = sklearn_metrics.confusion_matrix(labels, predicted)

    found = uncertainty.of_images(matrix)

    assert found.whole["accuracy"] == pytest.approx(wilson_interval(matrix.trace(), 300), abs=1e-12)
    for place in range(5):
        hits, of_class, named = matrix[place, place], matrix[place].sum(), matrix[:, place].sum()
        assert found.of_classes["recall"][place] == pytest.approx(wilson_interval(hits, of_class), abs=1e-12)
        assert found.of_classes["precision"][place] == pytest.approx(wilson_interval(hits, named), abs=1e-12)
        assert found.of_classes["f1"][place] == pytest.approx(f1_interval(hits, of_class + named - hits), abs=1e-12)


def test_with_all_right_nothing_is_certain():
    found = uncertainty.of_images(np.diag([100, 100, 100]))

    for name, (low, high) in found.whole.items():
        assert high == 1.0
        assert 1 - low == pytest.approx(1 - wilson_interval(300, 300)[0], rel=0.6), name


def test_a_class_with_few_images_leaves_the_balanced_accuracy_unsure():
    many = uncertainty.of_images(np.array([[190, 10], [0, 200]])).whole["balanced_accuracy"]
    few = uncertainty.of_images(np.array([[190, 10], [0, 4]])).whole["balanced_accuracy"]

    assert few[1] - few[0] > 1.5 * (many[1] - many[0])


def test_copies_in_a_group_tell_no_more_than_one_of_them():
    labels, predicted = answers(5)
    alone = uncertainty.of_images(sklearn_metrics.confusion_matrix(labels, predicted))
    groups = np.repeat(np.arange(300), 4)

    copied = uncertainty.of_groups(np.repeat(labels, 4), np.repeat(predicted, 4), {}, 5, groups)

    assert copied.effective_n == pytest.approx(300, rel=0.12)
    for name, interval in alone.whole.items():
        assert copied.whole[name] == pytest.approx(interval, abs=0.01), name
    for name in ("recall", "precision", "f1"):
        for one, other in zip(alone.of_classes[name], copied.of_classes[name], strict=True):
            assert other == pytest.approx(one, abs=0.04)


def test_images_are_worth_no_fewer_than_groups_that_are_wholly_right_or_wrong():
    # Three bursts of a webcam, as of a class of pupils: by Kish (Σ size)² / Σ size², which of equal sizes is 3.
    labels, predicted = np.zeros(63, int), np.repeat([0, 0, 1], 21)
    alike, unlike = np.repeat([0, 1, 2], 21), np.repeat([0, 1, 2], [40, 12, 11])

    found = uncertainty.of_groups(labels, predicted, {}, 2, alike)

    assert found.effective_n == 3
    assert uncertainty.of_groups(labels, predicted, {}, 2, unlike).effective_n == pytest.approx(63**2 / 1865)
    low, high = found.whole["accuracy"]
    assert high - low > 0.9, "of three the interval is Student's, as wide as before"


def test_groups_with_nothing_wrong_count_as_one_image_each():
    labels = np.tile([0, 1], 50)
    groups = np.repeat(np.arange(20), 5)

    found = uncertainty.of_groups(labels, labels, {}, 3, groups)

    assert found.whole["accuracy"] == pytest.approx(wilson_interval(20, 20), abs=1e-12)
    assert found.of_classes["recall"][2] is None
    of_class = 50**2 / (10 * 3**2 + 10 * 2**2)  # Kish, of ten groups with three images of the class and ten with two
    assert found.of_classes["recall"][0] == pytest.approx(
        [float(end) for end in score_interval(1.0, of_class)], abs=1e-12
    )


@pytest.mark.parametrize("each", [False, True], ids=["as they come", "so many of each"])
def test_macro_f1_of_many_small_classes_is_held_however_they_were_drawn(each):
    """300 classes of 5 images, a fifth wrong: drawn as they come macro F1 is two standard errors too low."""
    random, classes, recall = np.random.default_rng(6), 300, 0.8
    of_class, held = np.full(classes, 5), 0
    for _ in range(30):
        drawn = of_class if each else random.multinomial(5 * classes, np.full(classes, 1 / classes))
        labels = np.repeat(np.arange(classes), drawn)
        right = random.random(len(labels)) < recall
        predicted = np.where(right, labels, (labels + random.integers(1, classes, len(labels))) % classes)
        matrix = sklearn_metrics.confusion_matrix(labels, predicted, labels=np.arange(classes))
        low, high = uncertainty.of_images(matrix, resamples=60).whole["macro_f1"] or (0, 1)
        held += low <= recall <= high

    assert held >= 26


def test_a_mean_over_classes_many_of_which_were_seen_once_has_no_interval():
    labels = np.append(np.repeat(np.arange(40), 10), np.arange(40, 43))
    matrix = sklearn_metrics.confusion_matrix(labels, labels)

    found = uncertainty.of_images(matrix).whole
    fewer = uncertainty.of_images(matrix[:41, :41]).whole
    once, twice = (
        uncertainty.of_groups(labels[:400], labels[:400], {}, 40, np.arange(400) // images).whole for images in (10, 5)
    )

    for without, given in ((found, fewer), (once, twice)):
        unknown = {name for name, interval in without.items() if interval is None}
        assert unknown == {"balanced_accuracy", "macro_f1", "weighted_f1"}
        assert None not in given.values()
