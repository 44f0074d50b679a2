"""A threshold for one class: chosen on validation by a wish, kept with the run, and what Predictor and the command line say by it."""

import math
import shutil

import numpy as np
import pytest

from core.data.dataset import picture_file, read_index
from core.errors import InputError
from core.evaluate import class_threshold, rule
from core.evaluate.answers import Answers
from core.evaluate.calibrated import calibrate, learnt_from, validation_answers
from core.evaluate.class_threshold import COST, PRECISION, RECALL, Wish, choose, named
from core.predict.predictor import Predictor
from core.workspace import Workspace
from tests.making import fovea

CLASSES = ("ok", "defect", "dirt")


@pytest.fixture
def own(trained, tmp_path):
    """A copy of the trained workspace, to fit in: (workspace, run)."""
    shutil.copytree(trained.workspace.root, tmp_path / "copy", ignore=shutil.ignore_patterns("*.lock"))
    return Workspace.open(tmp_path / "copy"), trained.run


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
    fitted = calibrate(workspace, run)
    class_threshold.keep(workspace, run, choose(run, validation_answers(workspace, run), "3", Wish(RECALL, 0.95), 1.0))

    assert rule.use_temperature(workspace, run, True) == ""

    anew = class_threshold.find(workspace, run)
    assert anew is not None
    assert (anew.temperature, anew.wish) == (fitted.temperature, Wish(RECALL, 0.95))
    assert anew.hits / (anew.hits + anew.misses) >= 0.95
    assert math.isfinite(anew.threshold)
