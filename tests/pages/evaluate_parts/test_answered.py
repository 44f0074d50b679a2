"""What of a run's answers is offered and shown: how many images, calibrated or not, one of them large, all as a table."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.data import shelf
from core.data.add import add
from core.data.dataset import read_index
from core.data.edit import apply
from core.data.edits import RenameClass
from core.evaluate import paired
from core.evaluate import rule as rules
from core.evaluate.calibrated import Calibration, keep
from core.evaluate.evaluation import keep_answers
from core.evaluate.known_images import called_otherwise, known_images
from core.evaluate.measuring import Answering
from core.evaluate.rule import Rule
from core.evaluate.temperature import temper
from core.jobs import start as jobs
from core.train.own_classes import names_in
from core.train.runs import read_labels, save
from core.workspace import queue
from core.workspace.atomic import write_json
from pages.evaluate_parts import calibration, decide, pictures, robustness_ask, split_opinions
from pages.evaluate_parts.asked import Asked, find_answers
from pages.evaluate_parts.predictions import csv_of
from pages.shared import cached
from pages.shared.messages import plain
from tests.making import write_classes
from tests.pages.conftest import again, labels, press, said
from tests.pages.evaluate_parts.conftest import answers


def missing(asked):
    from pages.evaluate_parts import missing

    missing.show(asked)


def ask(asked):
    from pages.evaluate_parts import robustness_ask

    robustness_ask.show(asked)


def test_as_many_images_are_offered_as_are_of_known_classes(workspace, run, tmp_path, monkeypatch):
    monkeypatch.setattr(cached, "answering_cost", lambda *of: Answering(0.001, 28, 3))
    monkeypatch.setattr(robustness_ask, "usual_images", lambda cost, there: there)
    folder = write_classes(
        tmp_path / "zoo", {"train/cat": 2, "train/dog": 2, "test/cat": 3, "test/dog": 4, "test/emu": 5}
    )
    zoo = add(workspace, str(folder))
    asked = Asked(run, zoo.reference, "test", zoo)

    assert zoo.per_split["test"] == 12
    assert labels(again(AppTest.from_function(missing, args=(asked,)))) == ["Evaluate on 7 test images"]
    assert again(AppTest.from_function(ask, args=(asked,))).number_input[0].value == 7


def judged(asked):
    from pages.evaluate_parts import asked as question
    from pages.evaluate_parts import missing, verdict

    answered = question.find_answers(asked)
    verdict.show(answered) if answered else missing.show(asked)


def test_after_a_rename_all_images_are_offered_and_the_page_says_what_is_called_how(workspace, flawed, run):
    renamed = apply(workspace, flawed, [RenameClass("cat", "moggy")])
    asked = Asked(run, renamed.reference, "test", renamed)
    assert renamed.per_split["test"] == 7
    assert labels(again(AppTest.from_function(judged, args=(asked,)))) == ["Evaluate on 7 test images"]

    known = known_images(read_index(workspace, renamed), "test", names_in(workspace, run, renamed))
    likely = answers(known["label"] == "dog", np.arange(7) > 0)
    keep_answers(workspace, run, renamed.reference, "test", known, likely)
    page = again(AppTest.from_function(judged, args=(asked,)))
    assert labels(page) == ["Evaluate on 7 test images"], "an earlier Fovea, which followed no rename, kept that"

    keep_answers(workspace, run, renamed.reference, "test", known, likely, renamed={"cat": "moggy"})
    page = again(AppTest.from_function(judged, args=(asked,)))
    told = "Classes have this run's names: cat is called moggy in pets@2."
    assert [one.value for one in page.caption if "called" in one.value] == [plain(told)]


def test_runs_that_know_the_classes_by_older_names_are_offered_beside_it(workspace, flawed, run, monkeypatch):
    renamed = apply(workspace, flawed, [RenameClass("cat", "moggy"), RenameClass("dog", "hound")])
    newer = replace(run, id="two", name="second", dataset=renamed.reference)
    save(workspace, newer)
    write_json(newer.folder(workspace) / "labels.json", ["hound", "moggy"])
    (newer.folder(workspace) / "model.tflite").write_bytes(b"")
    index = read_index(workspace, renamed)
    for one in (run, newer):
        names = names_in(workspace, one, renamed)
        known = known_images(index, "test", names)
        codes = pd.Categorical(known["label"], categories=read_labels(workspace, one)).codes
        likely = answers(
            codes, np.arange(7) > (one is run)
        )  # each is wrong about the first image, the older one about two
        keep_answers(workspace, one, renamed.reference, "test", known, likely, renamed=called_otherwise(names))
    answered = find_answers(Asked(newer, renamed.reference, "test", renamed))
    drawn = []
    monkeypatch.setattr(split_opinions, "gallery", lambda tiles, *rest: drawn.extend(tiles))

    app = AppTest.from_function(comparing, args=(answered,))
    app.query_params["with"], app.query_params["who"] = run.id, paired.ONLY_REFERENCE
    again(app)

    assert "Only A right: **1**" in labels(app) and "Both right: **5**" in labels(app)
    assert [tile.caption for tile in drawn] == ["moggy → A moggy, B hound"], "in the names of the run in hand"


def comparing(answered):
    from pages.evaluate_parts import compare_models

    compare_models.show(answered)


def offer(run):
    from pages.evaluate_parts import arrays

    arrays.answer_validation(run)


def test_validation_images_are_answered_unasked_where_that_is_possible(workspace, flawed, run, monkeypatch):
    begun = []
    monkeypatch.setattr(jobs, "ensure_supervisor", begun.append)
    assert labels(again(AppTest.from_function(offer, args=(run,)))) == ["Cancel"]
    assert labels(again(AppTest.from_function(offer, args=(run,)))) == ["Cancel"]
    assert len(begun) == len(queue.list_jobs(workspace, "calibrate")) == 1
    queue.request_stop(workspace, f"calibrate-{run.id}")
    assert labels(again(AppTest.from_function(offer, args=(run,)))) == ["Try again"]
    shelf.delete(workspace, "pets")

    app = again(AppTest.from_function(offer, args=(run,)))

    assert labels(app) == []
    assert "was deleted" in app.info[0].value


@pytest.fixture
def calibrated(workspace, kept):
    """Answers that are given with a temperature of 2: 0.9 of two becomes 0.75."""
    keep(workspace, kept.run, Calibration(2.0, "pets@1", "val", 6, 1, 1, 1, 1, 1.0, in_use=True))
    assert temper(np.array([[0.9, 0.1]]), 2.0)[0, 0] == pytest.approx(0.75)
    return kept.answered


def deciding(answered):
    from pages.evaluate_parts import decide

    decide.show(answered)


def test_decide_shows_images_with_the_temperature_in_use(calibrated, monkeypatch):
    seen = []
    monkeypatch.setitem(decide.WAYS, "I don't know", lambda answered, *rest: seen.append(answered))

    again(AppTest.from_function(deciding, args=(calibrated,)))

    assert (seen[0].temperature, set(seen[0].table["probability"].round(6))) == (2.0, {0.75})


def calibrating(answered):
    from pages.evaluate_parts import calibration

    calibration.show(answered)


def test_calibration_shows_images_with_the_temperature_that_is_looked_at(calibrated, monkeypatch):
    seen = []
    monkeypatch.setattr(calibration.pictures, "show", lambda answered, *rest: seen.append(answered))
    app = AppTest.from_function(calibrating, args=(calibrated,))
    again(app)
    app = AppTest.from_function(calibrating, args=(calibrated,))
    app.query_params["probabilities"] = "The model itself"
    again(app)

    assert [one.temperature for one in seen] == [2.0, 1.0], "what is in use comes first"


def temperature(answered):
    from core.evaluate.calibrated import find_calibration
    from pages.evaluate_parts import temperature
    from pages.shared.cached import workspace

    temperature.show(answered, find_calibration(workspace(), answered.asked.run))


def test_that_a_rule_had_to_go_is_a_warning_until_another_is_kept(workspace, calibrated):
    def rule(temperature):
        return Rule(0.001, 0.95, 0.8, temperature, "pets@1", "val", 6, 6, 0, 0.0)

    run = calibrated.asked.run
    rules.keep(workspace, run, rule(2.0))
    app = again(AppTest.from_function(temperature, args=(calibrated,)))
    assert not app.warning

    app.toggle[0].set_value(False)
    again(app)
    assert "The rule is removed" in app.warning[0].value, "six images cannot promise that"
    assert again(app).warning

    rules.keep(workspace, run, rule(1.0))
    assert not again(app).warning


def tiles(answered):
    from pages.evaluate_parts import arrays, pictures

    answered = arrays.calibrated_by(answered, 2.0)
    pictures.show(answered, answered.table, "tried")


def test_a_large_view_has_the_tiles_probability_leads_on_and_edits(calibrated, monkeypatch):
    drawn, bars, links = [], [], []
    row = str(calibrated.table["row"].iloc[1])
    monkeypatch.setattr("streamlit.page_link", lambda page, **named: links.append(named["query_params"]))
    monkeypatch.setattr(pictures, "gallery", lambda shown, *rest: drawn.extend(shown) or row)
    monkeypatch.setattr(pictures, "probability_bars", lambda top, key, true_class: bars.extend(top))

    app = again(AppTest.from_function(tiles, args=(calibrated,)))

    assert drawn[1].caption.endswith("75.0\u00a0%")
    assert [probability for _, probability in bars] == pytest.approx([0.75, 0.25])
    assert "2 of 7 images" in said(app)
    assert {"Previous", "Next", "Leave out"} <= set(labels(app))
    assert links == [{"data": "pets@1", "image": row}]
    press(app, "Leave out")
    assert (
        cached.draft(app.session_state["explore_draft_pets"]).edits[0].images[0].path
        == calibrated.table["path"].iloc[1]
    )


def test_truth_and_prediction_have_columns_of_their_own_beside_every_probability(workspace, kept):
    table = pd.read_csv(io.BytesIO(csv_of(kept.answered, workspace)))

    assert table.columns.tolist() == ["path", "true_class", "predicted", "probability", "p_cat", "p_dog"]
    assert (table["true_class"] != table["predicted"]).tolist() == [True, False, False, True, False, False, True]


def mistakes(answered):
    from pages.evaluate_parts import mistakes

    mistakes.show(answered)


def test_mistakes_that_are_one_thing_over_again_are_counted(kept):
    table = kept.answered.table.iloc[:3].assign(row=[0, 24, 2], label="cat", predicted="dog")  # 0 and 24 are one file

    page = again(AppTest.from_function(mistakes, args=(replace(kept.answered, table=table),)))

    assert "2 of them are copies or near copies of each other." in said(page)
