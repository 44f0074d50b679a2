"""A run's temperature and rule: fitted on validation, kept in its folder, what Predictor answers with."""

import dataclasses
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics

from core.data import shelf
from core.data.dataset import picture_file, read_index
from core.errors import InputError, NotFoundError, Stopped
from core.evaluate import calibrated, class_threshold, rule, validated
from core.evaluate.answers import Answers, read_answers, tempered
from core.evaluate.calibrated import find_calibration
from core.evaluate.calibration import equal_width
from core.evaluate.class_threshold import RECALL, Wish
from core.evaluate.completion import complete_all
from core.evaluate.evaluation import (
    evaluation_folder,
    find_evaluation,
    read_answer,
    read_predictions,
    shown_predictions,
)
from core.evaluate.recalibration import calibrate, helps_surely, use_temperature
from core.evaluate.renaming import rename_dataset
from core.evaluate.rule import choose_rule, decide, find_rule
from core.evaluate.selective import choose_threshold
from core.evaluate.temperature import log_loss
from core.evaluate.validated import kept_validation_answers, validation_answers
from core.predict.predictor import Predictor
from tests.making import read_json


def predicted(workspace, run, split="val"):
    """What the predictor answers to the pictures of a split."""
    index = read_index(workspace, (found := validated.learnt_from(workspace, run)))
    files = index.loc[index["split"] == split, "file"]
    return list(
        Predictor.of_run(workspace, run).predict((file, picture_file(workspace, found, file)) for file in files)
    )


def kept(workspace, run, temperature, in_use=False):
    """As if that temperature had been fitted."""
    fitted = dataclasses.replace(calibrate(workspace, run)[0], temperature=temperature, in_use=in_use)
    calibrated.keep(workspace, run, fitted)
    complete_all(workspace, run)


def test_calibrating_evaluates_validation_fits_and_keeps(own):
    workspace, run = own
    shutil.rmtree(evaluation_folder(workspace, run, "digits@1", "val"), ignore_errors=True)
    assert find_calibration(workspace, run) is None
    stages = []

    fitted, _ = calibrate(workspace, run, on_progress=lambda progress: stages.append(progress.stage))

    answers = validation_answers(workspace, run)
    after = tempered(answers, fitted.temperature)
    assert find_calibration(workspace, run) == fitted
    assert (fitted.dataset, fitted.split, fitted.n) == ("digits@1", "val", len(answers.labels))
    figures = find_evaluation(workspace, run, "digits@1", "val").figures
    assert fitted.log_loss_before == figures["log_loss_uncalibrated"]
    assert fitted.in_use == helps_surely(answers, fitted.log_loss_before, fitted.log_loss_after)
    assert figures["temperature"] == (fitted.temperature if fitted.in_use else 1)
    assert fitted.log_loss_after == log_loss(after.labels, after.probabilities) <= fitted.log_loss_before
    assert fitted.ece_after == equal_width(after.correct, after.probabilities.max(1)).error
    assert "Answering" in stages
    assert "Fitting the temperature" in stages


def test_the_test_split_is_never_touched(own, monkeypatch):
    workspace, run = own
    shutil.rmtree(evaluation_folder(workspace, run, "digits@1", "val"), ignore_errors=True)
    read = []
    monkeypatch.setattr(
        validated,
        "read_answers",
        lambda w, r, evaluation: read.append(evaluation.split) or read_answers(w, r, evaluation),
    )
    shutil.rmtree(evaluation_folder(workspace, run, "digits@1", "test"))

    calibrate(workspace, run)
    decide(workspace, run, 0.2)

    assert set(read) == {"val"}
    assert not evaluation_folder(workspace, run, "digits@1", "test").exists()


def test_a_temperature_in_use_changes_probabilities_and_no_label(own):
    workspace, run = own
    before = predicted(workspace, run)
    kept(workspace, run, 2.5)
    assert predicted(workspace, run) == before, "kept is not in use"

    use_temperature(workspace, run, True)
    after = predicted(workspace, run)

    expected = tempered(validation_answers(workspace, run), 2.5).probabilities
    assert [one.label for one in after] == [one.label for one in before]
    assert [[name for name, _ in one.top] for one in after] == [[name for name, _ in one.top] for one in before]
    np.testing.assert_allclose([one.probability for one in after], expected.max(1), atol=1e-6)
    use_temperature(workspace, run, False)
    assert predicted(workspace, run) == before


def test_a_rule_withholds_what_is_under_its_threshold_and_nothing_else_changes(own):
    workspace, run = own
    before = predicted(workspace, run)
    assert not any(one.withheld for one in before)

    kept = decide(workspace, run, 0.05)
    after = predicted(workspace, run)

    assert find_rule(workspace, run) == kept
    assert [one.withheld for one in after] == [one.probability < kept.threshold for one in before]
    assert sum(not one.withheld for one in after) == kept.answered < len(after)
    assert [dataclasses.replace(one, withheld=False) for one in after] == before
    assert after[0].to_json()["withheld"] is after[0].withheld
    rule.remove(workspace, run)
    assert predicted(workspace, run) == before


def test_a_rule_is_chosen_anew_with_another_temperature(own):
    workspace, run = own
    kept(workspace, run, 2.5)
    first = decide(workspace, run, 0.2)

    assert use_temperature(workspace, run, True) == ""
    second = find_rule(workspace, run)

    assert (first.temperature, second.temperature) == (1.0, 2.5)
    chosen = choose_rule(run, tempered(validation_answers(workspace, run), 2.5), 2.5, 0.2)
    assert second == dataclasses.replace(chosen, fitted_at=second.fitted_at)
    rule.keep(workspace, run, first)
    assert find_rule(workspace, run) is None, "made for another temperature"


def test_a_rule_that_another_temperature_cannot_keep_goes_and_says_so(own):
    workspace, run = own
    kept(workspace, run, 20.0)  # nothing is sure any more
    decide(workspace, run, 0.1)
    rule.keep(workspace, run, dataclasses.replace(find_rule(workspace, run), error_rate=1e-3))

    said = use_temperature(workspace, run, True)

    assert said.startswith("The rule is removed. At most 0.1 % wrong cannot be promised on 179 validation images")
    assert not (run.folder(workspace) / "decision.json").exists()


def test_a_rate_that_cannot_be_promised_names_the_images_it_takes_and_one_that_can(own):
    workspace, run = own

    with pytest.raises(InputError, match=r"it takes 3,911 answers, none of them wrong\. .* At most \d+ % can be"):
        decide(workspace, run, 0.001)
    assert find_rule(workspace, run) is None
    with pytest.raises(InputError, match=r"must lie between 0 and 1"):
        decide(workspace, run, 1.0)


def test_where_the_images_are_too_few_for_any_rate_more_of_them_are_asked_for_and_no_better_model(own):
    workspace, run = own
    every = validation_answers(workspace, run)
    some = np.arange(11)
    few = dataclasses.replace(
        every, rows=every.rows[some], labels=every.labels[some], probabilities=every.probabilities[some]
    )

    with pytest.raises(InputError) as said:
        choose_rule(run, few, 1.0, 0.05)

    # 0.8^17 = 0.0225 and 0.8^18 = 0.018 are the chances of no mistake at 20 %; 0.4 of the risk of 5 % is 0.02
    assert "up to 20 %, which takes 18: more validation images are needed" in str(said.value)
    assert "better model" not in str(said.value)
    wrong = dataclasses.replace(every, probabilities=np.roll(every.probabilities, 1, axis=1))
    with pytest.raises(InputError, match="train a better model"):
        choose_rule(run, wrong, 1.0, 0.05)


@pytest.mark.parametrize(
    ("images", "rates", "said"),
    [
        (17, [], "20 % takes 18 validation images"),
        (18, [0.2], "10 % takes 38 validation images"),
        (180, [0.05, 0.1, 0.2], "2 % takes 194 validation images that are answered without a mistake; there are 180."),
        (4000, list(rule.OFFERED), ""),
    ],
)
def test_only_rates_are_offered_that_so_many_images_can_promise(images, rates, said):
    assert rule.offered(images) == rates
    assert rule.next_takes(images).startswith(said)
    sure = np.ones(images)
    for rate in rule.OFFERED:
        assert (choose_threshold(sure.astype(bool), sure, rate) is not None) == (rate in rates)


def test_use_of_what_was_not_fitted_is_refused(own):
    with pytest.raises(InputError, match="has no temperature yet"):
        use_temperature(*own, True)


def test_deleted_data_is_named_unless_validation_is_kept(own):
    workspace, run = own
    calibrate(workspace, run)
    from core.data import shelf

    shelf.delete(workspace, "digits")
    calibrate(workspace, run)
    shutil.rmtree(evaluation_folder(workspace, run, "digits@1", "val"))

    with pytest.raises(NotFoundError, match="digits"):
        calibrate(workspace, run)


def test_stop_keeps_nothing(own):
    workspace, run = own
    shutil.rmtree(evaluation_folder(workspace, run, "digits@1", "val"), ignore_errors=True)

    with pytest.raises(Stopped):
        calibrate(workspace, run, should_stop=lambda: True)

    assert find_calibration(workspace, run) is None


def test_fitting_again_leaves_in_use_as_it_was(own):
    workspace, run = own
    calibrate(workspace, run)
    use_temperature(workspace, run, True)

    assert calibrate(workspace, run)[0].in_use


def test_a_renamed_data_set_is_named_in_what_was_fitted(own):
    workspace, run = own
    calibrate(workspace, run)
    decide(workspace, run, 0.1)
    chosen = class_threshold.choose(run, validation_answers(workspace, run), "3", Wish(RECALL, 0.9), 1.0)
    class_threshold.keep(workspace, run, chosen)

    rename_dataset(workspace, "digits", "numbers")

    for name in ("calibration.json", "decision.json", "class_threshold.json"):
        assert read_json(run.folder(workspace) / name)["dataset"] == "numbers@1"


def test_another_model_of_the_run_forgets_what_was_fitted_on_the_first(own):
    workspace, run = own
    calibrate(workspace, run)
    decide(workspace, run, 0.1)
    chosen = class_threshold.choose(run, validation_answers(workspace, run), "3", Wish(RECALL, 0.9), 1.0)
    class_threshold.keep(workspace, run, chosen)

    validated.forget_earlier_model(workspace, run)

    assert find_calibration(workspace, run) is None
    assert find_rule(workspace, run) is None
    assert class_threshold.find(workspace, run) is None
    assert not (run.folder(workspace) / "evaluation").exists()


def test_each_doubt_about_the_promise_is_said(own):
    workspace, run = own
    alone = validation_answers(workspace, run)
    grouped = dataclasses.replace(alone, groups=np.arange(len(alone.labels)) // 2)

    def said(answers: Answers, *more: str) -> str:
        return " ".join(rule.caveats(run, answers, *more))

    assert "another data set" in said(alone, "other@1", "test")
    assert "chose the threshold" in said(alone, "digits@1", "val")
    assert "learnt from" in said(alone, "digits@1", "train")
    assert "came with the source" in said(alone, "digits@1", "test", "source")
    assert "of 90 groups" in said(grouped, "digits@1", "test", "fovea")
    assert rule.caveats(run, alone, "digits@1", "test", "fovea") == [
        "The validation images also chose the best epoch, which flatters the promise a little."
    ]
    quick = dataclasses.replace(run, config=dataclasses.replace(run.config, trainable="head"))
    assert "chose the best strength," in " ".join(rule.caveats(quick, alone, "digits@1", "test", "fovea"))
    fixed = dataclasses.replace(quick, config=dataclasses.replace(quick.config, head_strength=100.0))
    assert rule.caveats(fixed, alone, "digits@1", "test", "fovea") == []


def test_images_of_a_group_promise_no_more_than_one_of_them(own):
    _, run = own
    images = Answers(("a", "b"), np.arange(300), np.zeros(300, int), np.tile([0.99, 0.01], (300, 1)))
    bursts = dataclasses.replace(images, groups=np.arange(300) // 30)

    assert choose_rule(run, images, 1.0, 0.05).answered == 300
    with pytest.raises(InputError, match="300 validation images of 10 groups: it takes 77 separate answers"):
        choose_rule(run, bursts, 1.0, 0.05)
    assert rule.separate(bursts) == 10
    with pytest.raises(InputError, match=r"About 67 more validation groups would do, if it is as often right"):
        choose_rule(run, bursts, 1.0, 0.05)  # 77 groups; at 0.99 the largest share of the risk of 5 % begins
    some = dataclasses.replace(
        images, rows=images.rows[:60], labels=images.labels[:60], probabilities=images.probabilities[:60]
    )
    with pytest.raises(InputError, match=r"About 17 more validation images would do, .* At most 10 % can be"):
        choose_rule(run, some, 1.0, 0.05)
    wrong = dataclasses.replace(some, labels=np.arange(60) % 5 // 4)
    with pytest.raises(InputError, match=r"answered as these are, would not help.*train a better model") as refused:
        choose_rule(run, wrong, 1.0, 0.05)
    assert "validate on more" not in str(refused.value)
    with pytest.raises(InputError, match=r"cannot be told.*train a better model.*, and validate on more\.") as refused:
        choose_rule(run, dataclasses.replace(wrong, groups=np.arange(60) // 10), 1.0, 0.05)
    assert "validation images are needed" not in str(refused.value)
    # 3 of 50 wrong where 5 % are asked for: true may be 2 % as well as 16 %; and 1 of 21 would take thousands.
    for wrongly in (np.arange(60) % 20 // 19, (np.arange(60) < 60) & (np.arange(60) % 21 == 5)):
        with pytest.raises(
            InputError, match="How many more validation images would do, if any number does, cannot be told"
        ):
            choose_rule(run, dataclasses.replace(some, labels=wrongly.astype(int)), 1.0, 0.05)
    assert rule.next_takes(10, are_groups=True).endswith(
        "validation images of as many groups that are answered without a mistake; there are 10 groups."
    )


def test_the_rule_that_is_chosen_is_the_one_of_the_calibrated_probabilities(own):
    workspace, run = own
    kept(workspace, run, 1.5, in_use=True)

    chosen = decide(workspace, run, 0.1)

    validation = tempered(validation_answers(workspace, run), 1.5)
    confidence = validation.probabilities.max(1)
    assert chosen.temperature == 1.5
    assert chosen.answered == (confidence >= chosen.threshold).sum()
    assert chosen.wrong == (~validation.correct[confidence >= chosen.threshold]).sum()


def test_a_fit_is_offered_only_where_the_validation_images_are_there_or_answered(own):
    workspace, run = own
    assert validated.hindrance(workspace, run) == ""
    validation_answers(workspace, run)
    shelf.delete(workspace, "digits")
    assert validated.hindrance(workspace, run) == "", "they are answered already"

    shutil.rmtree(evaluation_folder(workspace, run, "digits@1", "val"))

    assert "digits@1, which it learnt from, was deleted" in validated.hindrance(workspace, run)
    with pytest.raises((InputError, NotFoundError)):
        calibrate(workspace, run)


def test_one_image_has_the_probabilities_that_its_tile_has(own):
    workspace, run = own
    kept(workspace, run, 1.7)
    use_temperature(workspace, run, True)
    answers = tempered(validation_answers(workspace, run), 1.7)
    evaluation = find_evaluation(workspace, run, "digits@1", "val")
    table = read_predictions(workspace, run, evaluation)

    for place in (0, 5):
        shown = read_answer(workspace, run, evaluation, int(answers.rows[place]))
        best = answers.probabilities[place].argmax()
        assert table["probability"][place] == answers.probabilities[place, best]
        assert shown[0] == (answers.classes[best], pytest.approx(answers.probabilities[place, best]))


def test_figures_are_of_the_probabilities_in_use_and_come_back_as_the_model_says(own):
    workspace, run = own
    kept(workspace, run, 2.5)
    file = evaluation_folder(workspace, run, "digits@1", "test") / "metrics.json"
    before, table = (
        file.read_text(),
        read_predictions(workspace, run, find_evaluation(workspace, run, "digits@1", "test")),
    )

    use_temperature(workspace, run, True)
    evaluation = find_evaluation(workspace, run, "digits@1", "test")
    answers = read_answers(workspace, run, evaluation)
    truth = tempered(answers, 2.5).probabilities

    assert evaluation.temperature == 2.5
    assert evaluation.figures["log_loss"] == pytest.approx(sklearn.metrics.log_loss(answers.labels, truth), rel=1e-6)
    assert evaluation.figures["ece"] == pytest.approx(equal_width(answers.correct, truth.max(1)).error)
    own_ones = {name: evaluation.figures[f"{name}_uncalibrated"] for name in ("log_loss", "ece")}
    assert own_ones == {name: json.loads(before)[name] for name in own_ones}
    shown = shown_predictions(workspace, run, evaluation)
    np.testing.assert_array_equal(shown[[f"p_{name}" for name in evaluation.classes]], truth)
    assert (shown["probability"] == truth.max(1)).all()

    use_temperature(workspace, run, False)
    assert file.read_text() == before
    pd.testing.assert_frame_equal(
        read_predictions(workspace, run, find_evaluation(workspace, run, "digits@1", "test")), table
    )


@pytest.mark.parametrize(
    ("images", "per_group", "gain", "used"),
    [
        (200, 1, 0.01, True),
        (199, 1, 0.01, False),
        (60, 1, 0.1, True),
        (59, 1, 0.5, False),
        (200, 1, 0, False),
        (400, 4, 0.01, False),
    ],
)
def test_a_temperature_is_used_unasked_where_enough_images_or_a_large_gain_speak_for_it(images, per_group, gain, used):
    answers = Answers(("a", "b"), np.arange(images), np.zeros(images, int), np.full((images, 2), 0.5))
    if per_group > 1:
        answers = dataclasses.replace(answers, groups=np.arange(images) // per_group)

    assert helps_surely(answers, 1.0, 1 - gain) is used


def test_every_training_fits_its_temperature_at_its_end(trained):
    fitted = find_calibration(trained.workspace, trained.run)

    assert fitted is not None
    assert fitted.n == len(kept_validation_answers(trained.workspace, trained.run).labels)


def test_the_first_fit_of_an_earlier_run_chooses_its_decisions_anew_and_says_what_had_to_go(own):
    workspace, run = own
    before = decide(workspace, run, 0.1)
    chosen = class_threshold.choose(run, validation_answers(workspace, run), "3", Wish(RECALL, 0.9), 1.0)
    class_threshold.keep(workspace, run, chosen)

    fitted, gone = calibrate(workspace, run)

    assert (fitted.in_use, gone) == (True, "")
    assert (
        find_rule(workspace, run).temperature == class_threshold.find(workspace, run).temperature == fitted.temperature
    )
    assert find_rule(workspace, run).error_rate == before.error_rate
    use_temperature(workspace, run, False)
    rule.keep(workspace, run, dataclasses.replace(find_rule(workspace, run), error_rate=1e-3))
    (run.folder(workspace) / "calibration.json").unlink()
    assert "The rule is removed." in calibrate(workspace, run)[1]
