"""Sets of classes and the threshold of one class: what is said where the images in hand differ from validation's."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.data.dataset import read_index
from core.evaluate import class_threshold
from core.evaluate.answers import Answers
from core.evaluate.evaluation import keep_answers, predictions_table
from pages.evaluate_parts import pictures
from pages.evaluate_parts.asked import Answered, Asked
from tests.pages.conftest import again, labels, press, said
from tests.pages.evaluate_parts.conftest import CLASSES, answers, without_data


def made(images, right):
    """Answers to so many images, half of each class, of which so many are right."""
    places = np.arange(images) % 2
    probabilities = answers(places, np.arange(images) < right)
    return Answers(CLASSES, np.arange(images), places, probabilities)


def sets(answered, validation, found):
    from pages.evaluate_parts import class_sets

    class_sets.show(answered, validation, found, 1.0)


@pytest.mark.parametrize(("right", "is_said"), [(70, False), (30, True)])
def test_sets_differ_from_validation_only_where_both_draws_do_not_explain_it(run, right, is_said):
    # Of 10 validation images 9 are right, so that sets of one class hold 80 % and more. That 70 of 100 new ones are held is
    # within what 10 images can tell (Beta(9, 2)), though the interval of 70 of 100, 60 to 78 %, excludes 80 %.
    validation, found = made(10, 9), made(100, right)
    app = AppTest.from_function(sets, args=(without_data(run, found.labels, found.probabilities), validation, found))
    app.query_params["hold"] = "0.8"

    again(app)

    assert any("differ from the validation images" in warning.value for warning in app.warning) == is_said


@pytest.mark.parametrize(("promise", "usual", "shares"), [("all", 0.99, 4), ("each", 0.9, 2)])
def test_what_is_promised_for_each_class_is_what_the_smallest_one_can_keep(run, promise, usual, shares):
    places = (np.arange(100) >= 90).astype(int)  # 90 % of 10 images of the second class can be promised, not 95 %
    validation = Answers(CLASSES, np.arange(100), places, answers(places, np.arange(100) % 7 > 0))
    found = made(100, 90)
    app = AppTest.from_function(sets, args=(without_data(run, found.labels, found.probabilities), validation, found))
    app.query_params["promise"] = promise

    again(app)

    (control,) = (one for one in app.get("button_group") if "is to hold the true class" in one.label)
    assert (control.value, len(control.options)) == (usual, shares)
    caption = next(one.value for one in app.caption if one.value.startswith("A larger share needs more"))
    assert ("10 validation images of the smallest class" in caption) == (promise == "each")


def one_class(answered, validation, found):
    from pages.evaluate_parts import one_class

    one_class.show(answered, validation, found, 1.0)


def one_class_app(run, right):
    validation, found = made(80, 80), made(80, right)
    app = AppTest.from_function(
        one_class, args=(without_data(run, found.labels, found.probabilities), validation, found)
    )
    app.query_params["by"] = "recall"
    return again(app)


@pytest.mark.parametrize(("right", "is_said"), [(40, True), (80, False)])
def test_a_wanted_recall_that_the_images_in_hand_exclude_is_warned_of(run, right, is_said):
    app = one_class_app(run, right)

    assert (
        any("the recall is less than the 95.0\u00a0% that is wanted" in said.value for said in app.warning) == is_said
    )


def test_the_threshold_of_one_class_is_used_and_removed_at_a_click(workspace, run):
    app = press(one_class_app(run, 80), "Use it: cat from 90.00\u00a0% on")

    used = class_threshold.find(workspace, run)
    assert (used.label, used.threshold, used.by) == ("cat", pytest.approx(0.9), "recall")
    assert not [words for words in labels(app) if words.startswith("Use it")]
    press(app, "Remove the threshold")
    assert class_threshold.find(workspace, run) is None


def test_what_the_threshold_keeps_back_is_called_not_the_class_and_that_it_is_better_without_is_said(run):
    labels = np.arange(80) % 2
    found = Answers(
        CLASSES, np.arange(80), labels, answers(labels, np.ones(80, bool), sure=0.8)
    )  # all right, none sure enough
    given = without_data(run, labels, found.probabilities)
    app = AppTest.from_function(one_class, args=(given, made(80, 80), found))
    app.query_params["by"] = "recall"

    again(app)

    assert set(app.dataframe[0].value["predicted"]) == {"not cat"}
    assert any("0 missed, 0 false alarms. On these images that is better." in one.value for one in app.caption)
    (use,) = [button for button in app.button if button.label.startswith("Use it")]
    assert use.proto.type == "secondary"


def test_an_image_that_the_threshold_misses_says_what_it_decides_and_what_is_likeliest(
    workspace, flawed, run, monkeypatch
):
    rows = read_index(workspace, flawed).query("split == 'test'")
    places = pd.Categorical(rows["label"], categories=CLASSES).codes
    likely = answers(
        places, np.ones(len(rows), bool), sure=0.8
    )  # all right, none as sure as the threshold of 90 % wants
    evaluation = keep_answers(workspace, run, flawed.reference, "test", rows, likely)
    table = predictions_table(rows, likely, CLASSES)
    given = Answered(Asked(run, flawed.reference, "test", flawed), evaluation, table, 1.0)
    found = Answers(CLASSES, rows.index.to_numpy(), places, likely)
    monkeypatch.setattr(pictures, "gallery", lambda tiles, *more, **named: tiles[0].id)
    monkeypatch.setattr(pictures, "open_large", lambda answered, row, among, said: said(row))
    app = AppTest.from_function(one_class, args=(given, made(80, 80), found))
    app.query_params["by"] = "recall"

    words = said(again(app)).replace("\u00a0", " ")

    assert (
        "By the threshold it is missed: **cat**, answered **not cat**, since cat, which has 80.00 %, is said from 90.00 % on."
        in words
    )
    assert "The likeliest class is **cat** with 80.0 %, which is right." in words
    assert "It is right" not in words


def keep(run, rule):
    from pages.evaluate_parts import withhold

    withhold._keep(run, rule, rule)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_class_threshold_beside_the_rule_is_said_to_be_outside_its_promise(run, monkeypatch, is_there):
    monkeypatch.setattr("streamlit.page_link", lambda *args, **named: None)  # AppTest knows one page
    threshold = SimpleNamespace(label="cat") if is_there else None
    monkeypatch.setattr(class_threshold, "find", lambda workspace, run: threshold)

    app = AppTest.from_function(keep, args=(run, SimpleNamespace(error_rate=0.05, threshold=0.9)))

    assert any("cat is said from its own threshold on" in one.value for one in again(app).caption) == is_there
