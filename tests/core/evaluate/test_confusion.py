from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix

from core.evaluate.confusion import (
    BY_COLUMN,
    BY_ROW,
    COUNTS,
    Pair,
    as_table,
    confused_pairs,
    confusion_counts,
    shares,
    with_mistakes,
)
from core.spreadsheet import safe_csv


@pytest.fixture(params=[(2, 20), (7, 300), (30, 150)], ids=["two", "some", "sparse"])
def answers(request):
    """Labels and answers of so many classes; of the last class there is no image, the first is never named."""
    classes, images = request.param
    random = np.random.default_rng(classes)
    return random.integers(0, classes - 1, images), random.integers(1, classes, images), classes


def test_counts_are_those_of_scikit_learn(answers):
    labels, predicted, classes = answers

    ours = confusion_counts(labels, predicted, classes)

    assert ours.tolist() == confusion_matrix(labels, predicted, labels=range(classes)).tolist()


@pytest.mark.parametrize(("by", "normalize"), [(BY_ROW, "true"), (BY_COLUMN, "pred"), (COUNTS, None)])
def test_shares_are_those_of_scikit_learn(answers, by, normalize):
    labels, predicted, classes = answers

    ours = shares(confusion_counts(labels, predicted, classes), by)

    theirs = confusion_matrix(labels, predicted, labels=range(classes), normalize=normalize)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_pairs_are_those_that_a_loop_over_the_images_counts(answers):
    labels, predicted, classes = answers
    found = []
    for one, other in combinations(range(classes), 2):
        there = sum(1 for label, named in zip(labels, predicted, strict=True) if (label, named) == (one, other))
        back = sum(1 for label, named in zip(labels, predicted, strict=True) if (label, named) == (other, one))
        images = sum(1 for label in labels if label in (one, other))
        if there or back:
            found.append(
                Pair(other, one, back, there, images) if back > there else Pair(one, other, there, back, images)
            )
    found.sort(key=lambda pair: (-pair.mistakes, -pair.share, pair.first, pair.second))

    assert confused_pairs(confusion_counts(labels, predicted, classes)) == found


def test_a_pair_by_hand():
    matrix = np.array([[5, 3, 0], [12, 8, 0], [1, 0, 9]])

    pairs = confused_pairs(matrix)

    assert pairs == [Pair(1, 0, 12, 3, 28), Pair(2, 0, 1, 0, 18)]
    assert (pairs[0].mistakes, pairs[0].share) == (15, 15 / 28)


def test_classes_with_mistakes_on_either_side_and_the_most_of_them():
    matrix = np.array([[9, 0, 0, 1], [0, 9, 0, 0], [4, 0, 9, 0], [0, 0, 0, 0]])

    assert with_mistakes(matrix).tolist() == [0, 2, 3]
    assert with_mistakes(matrix, 2).tolist() == [0, 2]
    assert with_mistakes(np.diag([3, 4])).tolist() == []


def test_the_table_keeps_order_and_names_and_is_safe_in_a_spreadsheet():
    classes = ("=cmd()", "true_class", "cat")
    matrix = np.array([[5, 2, 0], [0, 4, 1], [3, 0, 6]])

    table = as_table(matrix, classes, np.array([2, 0, 1]), COUNTS)

    assert table.columns.tolist() == ["true_class", "predicted_cat", "predicted_=cmd()", "predicted_true_class"]
    assert table.set_index("true_class").loc["cat", "predicted_=cmd()"] == 3
    lines = safe_csv(table).decode().splitlines()
    assert lines[0] == "true_class,predicted_cat,predicted_=cmd(),predicted_true_class"
    assert lines[2] == "'=cmd(),0,5,2"


def test_the_table_by_row_has_recall_on_its_diagonal():
    table = as_table(np.array([[3, 1], [0, 4]]), ("a", "b"), np.array([0, 1]), BY_ROW)

    expected = {"true_class": ["a", "b"], "predicted_a": [0.75, 0.0], "predicted_b": [0.25, 1.0]}
    pd.testing.assert_frame_equal(table, pd.DataFrame(expected))
