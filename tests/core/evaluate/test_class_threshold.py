"""A threshold for one class: chosen on validation by a wish, kept with the run, and what Predictor and the command line say by it."""

import io
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.commands.answers import in_words
from core.data.dataset import picture_file, read_index
from core.errors import InputError
from core.evaluate import class_threshold, rule
from core.evaluate.answers import Answers
from core.evaluate.class_threshold import COST, PRECISION, RECALL, Wish, choose, named
from core.evaluate.recalibration import calibrate, use_temperature
from core.evaluate.validated import learnt_from, validation_answers
from core.predict.predictor import Predictor
from core.predict.table import csv_of
from tests.making import fovea

CLASSES = ("ok", "defect", "dirt")


def validation(run_classes=CLASSES):
    """Six images: three defects with 0.9, 0.6 and 0.2, three that are none with 0.7, 0.1 and 0.0."""
    of_defect = np.array([0.9, 0.6, 0.2, 0.7, 0.1, 0.0])
    probabilities = np.stack([1 - of_defect, of_defect, 0 * of_defect], axis=1)
    return Answers(run_classes, np.arange(6), np.array([1, 1, 1, 0, 0, 2]), probabilities)


@pytest.mark.parametrize(
    ("wish", "threshold", "hits", "alarms"),
    [
        (Wish(RECALL, 1.0), 0.2, 3, 1),  # worked out by hand from the six images
        (Wish(RECALL, 0.5), 0.6, 2, 1),
        (Wish(PRECISION, 1.0), 0.9, 1, 0),
        (Wish(COST, cost_of_miss=10.0), 0.2, 3, 1),
        (Wish(COST, cost_of_alarm=10.0), 0.9, 1, 0),
    ],
)
def test_the_threshold_is_what_the_wish_gives_on_validation(trained, wish, threshold, hits, alarms):
    chosen = choose(trained.run, validation(), "defect", wish, 1.0)

    assert (chosen.threshold, chosen.hits, chosen.misses, chosen.alarms) == (threshold, hits, 3 - hits, alarms)
    assert chosen.wish == wish
    assert (chosen.dataset, chosen.split, chosen.n) == (trained.run.dataset, "val", 6)


@pytest.mark.parametrize(
    ("label", "wish", "words"),
    [
        ("rust", Wish(RECALL, 0.9), "does not know"),
        ("ok", Wish(COST, cost_of_miss=0.0), "cheapest never"),
    ],
)
def test_a_threshold_that_cannot_be_says_why(trained, label, wish, words):
    with pytest.raises(InputError, match=words):
        choose(trained.run, validation(), label, wish, 1.0)


def test_the_class_is_said_from_its_threshold_on_and_below_it_the_likeliest_other():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.85, 0.05], [0.5, 0.19, 0.31], [0.0, 0.95, 0.05]])

    assert named(probabilities, 1, 0.2).tolist() == [1, 1, 0, 1]
    assert named(probabilities, 1, 0.9).tolist() == [0, 0, 0, 1]
    assert named(probabilities, 1, 0.0).tolist() == [1, 1, 1, 1]


def test_what_the_threshold_says_is_never_withheld_and_what_it_refuses_is_the_likeliest_other():
    # By hand, "defect" from 0.65 on: defect, ok (0.4), ok (0.8), defect, ok (0.9), ok (1.0); true: defect 3 times, ok twice, dirt.
    of_class, strict = SimpleNamespace(label="defect", threshold=0.65), SimpleNamespace(threshold=0.85)

    both = rule.kept_to(validation(), strict, of_class)
    alone = rule.kept_to(validation(), None, of_class)
    neither = rule.kept_to(validation(), strict, None)

    assert (both.images, both.answered, both.wrong) == (6, 4, 2)
    assert (alone.answered, alone.wrong) == (6, 4)
    assert (neither.answered, neither.wrong) == (3, 1)  # 0.9 defect, 0.9 ok, 1.0 ok that is dirt


def test_the_predictor_and_the_command_line_keep_to_it_until_it_is_removed(own):
    workspace, run = own
    answers = validation_answers(workspace, run)
    chosen = choose(run, answers, "3", Wish(COST, cost_of_miss=1e5), 1.0)
    index = read_index(workspace, (data := learnt_from(workspace, run)))
    files = [str(picture_file(workspace, data, file)) for file in index.loc[index["split"] == "val", "file"]]
    before = [one["label"] for one in fovea(workspace, "predict", run.id, *files)["predictions"]]

    class_threshold.keep(workspace, run, chosen)

    said = fovea(workspace, "predict", run.id, *files)["predictions"]
    labels = np.array([one["label"] for one in said])
    is_three = index.loc[index["split"] == "val", "label"].to_numpy() == "3"
    assert ((labels == "3") & is_three).sum() == chosen.hits == is_three.sum()  # so dear a miss lets none pass
    assert ((labels == "3") & ~is_three).sum() == chosen.alarms
    assert labels.tolist() != before
    assert [one["by_class_threshold"] for one in said] == (labels != np.array(before)).tolist()
    assert all(one["probability"] == dict(map(tuple, one["top"])).get(one["label"], one["probability"]) for one in said)
    class_threshold.remove(workspace, run)
    assert [one["label"] for one in fovea(workspace, "predict", run.id, *files)["predictions"]] == before


CALLED = ("animals", "food", "tools")


def of_three(*rows, threshold=0.0):
    """Answers to pictures with these probabilities, by "tools from 83.66 % on"."""
    pool = SimpleNamespace(input_shape=(1, 1, 1), predict=lambda pixels: np.array(rows, np.float32))
    of_class = SimpleNamespace(label="tools", threshold=0.8366)
    predictor = Predictor(CALLED, pool, "crop", threshold=threshold, of_class=of_class)
    return predictor.rank(np.zeros((len(rows), 1, 1, 1), np.uint8), [f"{place}.png" for place in range(len(rows))])


def test_a_class_that_its_threshold_keeps_back_is_refused_and_stays_the_predicted_one_in_the_csv():
    answers = of_three([0.103, 0.094, 0.803], [0.05, 0.05, 0.9], [0.7, 0.2, 0.1])
    table = pd.read_csv(io.BytesIO(csv_of(answers, CALLED, "run-1")))

    assert [one.refused for one in answers] == ["tools", None, None]
    assert table["answer"].tolist() == ["not tools", "tools", "animals"], "as pages say it"
    assert [one.to_json()["answer"] for one in answers] == table["answer"].tolist()
    assert table["label"].tolist() == ["animals", "tools", "animals"]
    assert table["predicted"].tolist() == ["tools", "tools", "animals"]
    assert table["by_class_threshold"].tolist() == [True, False, False]
    assert table.columns[-1] == "by_class_threshold"


@pytest.mark.parametrize(
    ("row", "least", "words"),
    [
        ([0.103, 0.094, 0.803], 0.0, "not tools (likeliest tools 80.30 %, said from 83.66 % on only)"),
        ([0.103, 0.094, 0.803], 0.5, "I don't know (likeliest tools 80.30 %, said from 83.66 % on only)"),
        ([0.05, 0.05, 0.9], 0.0, "tools 90.00 %"),
        ([0.6, 0.3, 0.1], 0.0, "animals 60.00 %"),
        ([0.6, 0.3, 0.1], 0.7, "I don't know (likeliest animals 60.00 %)"),
    ],
)
def test_the_command_line_says_in_words_what_the_threshold_decided(row, least, words):
    (answer,) = of_three(row, threshold=least)

    assert in_words(answer, SimpleNamespace(threshold=0.8366), ranked=False) == words


def test_the_classes_that_were_asked_for_are_listed_in_words():
    (answer,) = of_three([0.6, 0.3, 0.1])

    assert in_words(answer, None, ranked=True) == "animals 60.00 %; top 3: animals 60.00 %, food 30.00 %, tools 10.00 %"
    assert in_words(replace(answer, top=answer.top[:1]), None, ranked=True) == "animals 60.00 %"


@pytest.mark.parametrize(
    ("wish", "without", "is_better"),
    [
        (Wish(RECALL, 0.9), (3, 1), True),  # of 5 missed and 1 false alarm
        (Wish(RECALL, 0.9), (5, 1), False),
        (Wish(PRECISION, 0.9), (3, 2), False),  # fewer false alarms may be what is wanted
        (Wish(COST), (3, 2), True),
        (Wish(COST, cost_of_alarm=3.0), (3, 2), False),
    ],
)
def test_it_is_better_without_a_threshold_that_costs_more_or_gains_nothing(wish, without, is_better):
    assert wish.is_better_without(SimpleNamespace(misses=5, alarms=1), *without) == is_better


def test_what_the_threshold_says_is_not_withheld_by_the_rule(own):
    workspace, run = own
    rule.keep(workspace, run, made := rule.decide(workspace, run, 0.2))
    chosen = choose(run, validation_answers(workspace, run), "3", Wish(COST, cost_of_miss=1e5), 1.0)
    class_threshold.keep(workspace, run, chosen)
    predictor = Predictor.of_run(workspace, run)
    predictor.threshold = max(made.threshold, 0.9)
    index = read_index(workspace, (data := learnt_from(workspace, run)))
    files = index.loc[index["split"] == "val", "file"]

    said = list(predictor.predict((file, picture_file(workspace, data, file)) for file in files))

    assert not any(one.withheld for one in said if one.label == "3")
    assert all(one.withheld == (one.probability < predictor.threshold) for one in said if one.label != "3")


def test_another_temperature_chooses_the_threshold_anew_by_the_same_wish(own):
    workspace, run = own
    fitted, _ = calibrate(workspace, run)
    use_temperature(workspace, run, False)
    class_threshold.keep(workspace, run, choose(run, validation_answers(workspace, run), "3", Wish(RECALL, 0.95), 1.0))

    assert use_temperature(workspace, run, True) == ""

    anew = class_threshold.find(workspace, run)
    assert anew is not None
    assert (anew.temperature, anew.wish) == (fitted.temperature, Wish(RECALL, 0.95))
    assert anew.hits / (anew.hits + anew.misses) >= 0.95
    assert math.isfinite(anew.threshold)
