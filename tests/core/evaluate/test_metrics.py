import json
import math

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from core.evaluate.intervals import wilson_interval
from core.evaluate.losses import log_losses
from core.evaluate.metrics import expected_calibration_error, figures, places_of_truth


def answers(seed, n=400, classes=8, skill=2.0):
    """Labels and probabilities of a classifier that is right more often than not."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, n)
    scores = random.normal(size=(n, classes))
    scores[np.arange(n), labels] += skill
    probabilities = np.exp(scores)
    return labels, probabilities / probabilities.sum(1, keepdims=True)


def names(classes):
    return tuple(f"class {i}" for i in range(classes))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("classes", [2, 6, 12])
def test_all_figures_agree_with_scikit_learn(seed, classes):
    labels, probabilities = answers(seed, classes=classes)
    predicted = probabilities.argmax(1)

    ours = figures(labels, probabilities, names(classes))

    def close(value):
        return pytest.approx(value, abs=1e-9)

    assert ours["accuracy"] == pytest.approx(sklearn_metrics.accuracy_score(labels, predicted), abs=1e-9)
    assert ours["macro_f1"] == pytest.approx(sklearn_metrics.f1_score(labels, predicted, average="macro"), abs=1e-9)
    assert ours["log_loss"] == pytest.approx(sklearn_metrics.log_loss(labels, probabilities), abs=1e-9)
    assert ours["balanced_accuracy"] == close(sklearn_metrics.balanced_accuracy_score(labels, predicted))
    assert ours["weighted_f1"] == close(sklearn_metrics.f1_score(labels, predicted, average="weighted"))
    assert ours["matthews"] == close(sklearn_metrics.matthews_corrcoef(labels, predicted))
    assert ours["cohen_kappa"] == close(sklearn_metrics.cohen_kappa_score(labels, predicted))
    for place, one in enumerate(ours["per_class"]):
        of_class = labels == place, probabilities[:, place]
        assert one["average_precision"] == close(sklearn_metrics.average_precision_score(*of_class))
        assert one["roc_auc"] == close(sklearn_metrics.roc_auc_score(*of_class))
    top2 = 1.0 if classes == 2 else sklearn_metrics.top_k_accuracy_score(labels, probabilities, k=2)
    assert ours["top2_accuracy"] == close(top2)
    top5 = 1.0 if classes <= 5 else sklearn_metrics.top_k_accuracy_score(labels, probabilities, k=5)
    assert ours["top5_accuracy"] == pytest.approx(top5, abs=1e-9)
    assert ours["confusion"] == sklearn_metrics.confusion_matrix(labels, predicted).tolist()
    theirs = np.array(sklearn_metrics.precision_recall_fscore_support(labels, predicted))
    mine = np.array([[one[name] for one in ours["per_class"]] for name in ("precision", "recall", "f1", "support")])
    np.testing.assert_allclose(mine, theirs, atol=1e-9)


@pytest.mark.parametrize("ties", [False, True])
def test_the_true_class_has_scikit_learns_place_among_the_likeliest(ties):
    labels, probabilities = answers(4, classes=6)
    probabilities = np.round(probabilities, 1) if ties else probabilities
    before = places_of_truth(labels, probabilities)

    for k in range(1, 6):
        theirs = sklearn_metrics.top_k_accuracy_score(labels, probabilities, k=k, labels=np.arange(6))
        assert (before < k).mean() == pytest.approx(theirs, abs=1e-12)


def test_the_brier_score_is_a_naive_sum_over_images_and_classes():
    labels, probabilities = answers(5, n=50, classes=4)
    total = 0.0
    for label, row in zip(labels, probabilities, strict=True):
        for place, probability in enumerate(row):
            total += (probability - (place == label)) ** 2

    assert figures(labels, probabilities, names(4))["brier"] == pytest.approx(total / 50, abs=1e-9)


def test_of_two_classes_the_brier_score_is_twice_scikit_learns():
    labels, probabilities = answers(6, classes=2)

    ours = figures(labels, probabilities, names(2))["brier"]

    assert ours == pytest.approx(2 * sklearn_metrics.brier_score_loss(labels, probabilities[:, 1]), abs=1e-9)


def test_the_losses_of_images_average_to_the_log_loss_even_where_a_probability_is_0():
    labels, probabilities = np.array([0, 1, 1]), np.array([[1.0, 0.0], [0.3, 0.7], [1.0, 0.0]])

    assert log_losses(labels, probabilities).mean() == pytest.approx(
        sklearn_metrics.log_loss(labels, probabilities), abs=1e-9
    )


@pytest.mark.parametrize("grouped", [False, True])
def test_every_figure_has_an_interval_around_it(grouped):
    labels, probabilities = answers(7)
    groups = np.random.default_rng(0).integers(0, 60, len(labels)) if grouped else None

    ours = figures(labels, probabilities, names(8), groups)

    without = {"baseline_accuracy", "ece", "n", "effective_n", "groups", "per_class", "confusion", "undefined"}
    for one, keys in [
        (ours, set(ours) - without),
        *((one, set(one) - {"class", "support", "undefined"}) for one in ours["per_class"]),
    ]:
        for name in (key for key in keys if not key.endswith("_ci95")):
            low, high = one[f"{name}_ci95"]
            assert low < one[name] < high
    json.dumps(ours, allow_nan=False)
    assert figures(labels, probabilities, names(8), groups) == ours, "the seed is fixed"


def test_figures_do_not_depend_on_groups_but_intervals_do():
    labels, probabilities = answers(8)
    groups = np.repeat(np.arange(80), 5)  # wrong together or right together
    order = np.argsort(probabilities.argmax(1) == labels, kind="stable")
    labels, probabilities = labels[order], probabilities[order]

    alone, grouped = figures(labels, probabilities, names(8)), figures(labels, probabilities, names(8), groups)

    assert grouped["macro_f1"] == alone["macro_f1"]
    width = {name: np.diff(one["accuracy_ci95"]).item() for name, one in (("alone", alone), ("grouped", grouped))}
    assert width["grouped"] == pytest.approx(np.sqrt(5) * width["alone"], rel=0.1)
    assert grouped["effective_n"] == pytest.approx(80, rel=0.15)
    assert alone["effective_n"] == 400
    assert (grouped["groups"], alone["groups"]) == (80, 400)


def test_top_k_of_as_many_classes_is_1_for_certain():
    labels, probabilities = answers(9, classes=4)

    ours = figures(labels, probabilities, names(4))

    assert (ours["top5_accuracy"], ours["top5_accuracy_ci95"]) == (1.0, [1.0, 1.0])
    assert ours["top2_accuracy"] < 1


def test_wilsons_interval_is_that_of_a_hand_worked_case():
    # 15 of 20, z = 1.959964, z² = 3.841459: centre (15 + z²/2) / (20 + z²) = 16.9207295 / 23.841459 = 0.709719,
    # half width z / (20 + z²) × sqrt(15 × 5 / 20 + z²/4) = 0.0822082 × sqrt(4.7103647) = 0.178419.
    assert wilson_interval(15, 20) == pytest.approx((0.531300, 0.888138), abs=2e-6)


def test_wilsons_interval_at_the_edges():
    # Nobody of n: from 0 to z² / (n + z²).
    assert wilson_interval(0, 10) == pytest.approx((0, 3.841459 / 13.841459), abs=1e-6)
    assert wilson_interval(10, 10) == pytest.approx((10 / 13.841459, 1), abs=1e-6)
    assert wilson_interval(0, 0) is None


@pytest.mark.parametrize("seed", range(3))
def test_ece_agrees_with_a_naive_loop_over_15_bins(seed):
    labels, probabilities = answers(seed, skill=1.0)
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == labels

    total = 0.0
    for number in range(15):
        inside = [i for i, value in enumerate(confidence) if number / 15 < value <= (number + 1) / 15]
        if inside:
            accuracy = sum(correct[i] for i in inside) / len(inside)
            mean = sum(confidence[i] for i in inside) / len(inside)
            total += len(inside) / len(labels) * abs(accuracy - mean)

    assert expected_calibration_error(correct, confidence) == pytest.approx(total, abs=1e-9)


def test_ece_of_a_hand_worked_case():
    # Bin of 0.9: one of two right, |0.5 - 0.9| × 2/3; bin of 0.6: right, |1 - 0.6| × 1/3.
    assert expected_calibration_error(np.array([True, False, True]), np.array([0.9, 0.9, 0.6])) == pytest.approx(0.4)
    assert expected_calibration_error(np.array([True]), np.array([1.0])) == 0


def test_an_undefined_figure_is_none_and_never_a_made_up_zero():
    labels = np.array([0, 0, 1])
    probabilities = np.array([[0.9, 0.05, 0.05], [0.8, 0.1, 0.1], [0.7, 0.2, 0.1]])

    per_class = figures(labels, probabilities, ("a", "b", "c"))["per_class"]

    assert {key: per_class[1][key] for key in ("class", "precision", "precision_ci95", "recall", "f1", "support")} == {
        "class": "b", "precision": None, "precision_ci95": None, "recall": 0.0, "f1": 0.0, "support": 1
    }  # fmt: skip
    assert per_class[1]["recall_ci95"] == pytest.approx(list(wilson_interval(0, 1)))
    assert {key for key, value in per_class[2].items() if value is None} == {
        "precision", "recall", "f1", "average_precision", "roc_auc",
        "precision_ci95", "recall_ci95", "f1_ci95", "average_precision_ci95", "roc_auc_ci95",
    }  # fmt: skip
    assert per_class[2]["recall"] is None
    assert per_class[2]["recall_ci95"] is None
    assert per_class[2]["support"] == 0


def test_the_baseline_is_the_largest_class():
    probabilities = np.full((10, 3), 1 / 3)

    assert figures(np.array([0] * 2 + [1] * 7 + [2]), probabilities, names(3))["baseline_accuracy"] == 0.7


def test_the_interval_of_the_accuracy_holds_it():
    labels, probabilities = answers(0)
    ours = figures(labels, probabilities, names(8))
    low, high = ours["accuracy_ci95"]

    assert low < ours["accuracy"] < high
    assert (low, high) == pytest.approx(wilson_interval(round(ours["accuracy"] * 400), 400), abs=1e-12)


def test_top_k_is_known_to_be_no_worse_than_what_it_holds_image_by_image():
    labels, probabilities = np.zeros(378, int), np.full((378, 6), 0.01)
    probabilities[:, 0] = 0.95
    probabilities[:4, :2] = [[0.4, 0.56]]  # four mistakes of one group; the second guess is always right

    ours = figures(labels, probabilities, names(6), np.repeat(np.arange(21), 18))

    accuracy, top2, top5 = (ours[f"{name}_ci95"] for name in ("accuracy", "top2_accuracy", "top5_accuracy"))
    assert accuracy[0] == pytest.approx(wilson_interval(21, 21)[0]), "21 groups, none of them wrong, show no more"
    assert top2 == top5 == [accuracy[0], 1.0]
    assert accuracy[1] < 1


@pytest.mark.parametrize("wrong", [0, 1, 2, 5])
def test_a_wrong_image_in_a_group_makes_nothing_surer_than_none(wrong):
    """Three bursts of which one image was wrong were said to be worth twelve: 74 to 100 %, where with none wrong it was 44."""
    labels, probabilities = np.zeros(63, int), np.tile([0.9, 0.1], (63, 1))
    probabilities[:wrong] = [0.2, 0.8]

    ours = figures(labels, probabilities, ("a", "b"), np.repeat(np.arange(3), 21))

    assert ours["accuracy_ci95"][0] <= wilson_interval(3, 3)[0] + 1e-9
    assert ours["per_class"][0]["recall_ci95"] == pytest.approx(ours["accuracy_ci95"], abs=1e-12)
    assert ours["effective_n"] < 5
    flipped = figures(1 - labels, probabilities, ("a", "b"), np.repeat(np.arange(3), 21))
    assert flipped["accuracy_ci95"] == pytest.approx([1 - end for end in ours["accuracy_ci95"][::-1]])


def test_one_image_is_enough():
    ours = figures(np.array([1]), np.array([[0.25, 0.75]]), ("a", "b"))

    assert (ours["n"], ours["accuracy"], ours["log_loss"]) == (1, 1.0, pytest.approx(-math.log(0.75)))
    assert ours["accuracy_ci95"] == pytest.approx(list(wilson_interval(1, 1)))
    assert (ours["log_loss_ci95"], ours["matthews"], ours["matthews_ci95"]) == (None, None, None)
    assert ours["confusion"] == [[0, 0], [0, 1]]


def test_an_interval_stays_within_what_the_figure_can_be():
    probabilities = np.full((20, 2), 0.5)
    probabilities[:18] = [0.999, 0.001]
    probabilities[18:] = [0.98, 0.02]

    ours = figures(np.array([0] * 19 + [1]), probabilities, ("a", "b"))

    low, high = ours["brier_ci95"]
    assert 0 <= low < ours["brier"] < high <= 2
