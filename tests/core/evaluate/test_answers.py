import numpy as np
import pandas as pd

from core.evaluate.answers import group_codes, read_answers, unit_codes
from core.evaluate.evaluation import find_evaluation, read_predictions


def test_the_arrays_are_the_kept_table(trained):
    evaluation = find_evaluation(trained.workspace, trained.run, "digits@1", "test")
    table = read_predictions(trained.workspace, trained.run, evaluation)

    answers = read_answers(trained.workspace, trained.run, evaluation)

    assert [answers.classes[place] for place in answers.labels] == table["label"].tolist()
    assert [answers.classes[place] for place in answers.predicted] == table["predicted"].tolist()
    assert answers.rows.tolist() == table["row"].tolist()
    np.testing.assert_allclose(answers.probabilities.sum(1), 1, atol=1e-12)
    assert answers.correct.mean() == evaluation.figures["accuracy"]
    assert answers.groups is None  # digits has none


def test_images_of_a_group_share_a_code_and_those_without_stand_alone():
    codes = group_codes(pd.Series(["ann", "", "bob", "ann", ""]))

    assert codes[0] == codes[3]
    assert len(set(codes.tolist())) == 4


def test_groups_of_one_are_no_groups():
    assert group_codes(pd.Series(["ann", "", "bob", ""])) is None


def test_images_hang_together_by_unit_and_in_earlier_evaluations_by_group():
    table = pd.DataFrame({"group": ["ann", "ann", "", ""], "unit": ["ann", "ann", "x", "x"]})

    assert len(set(unit_codes(table))) == 2
    assert len(set(unit_codes(table[["group"]]))) == 3
    assert unit_codes(table[[]]) is None
