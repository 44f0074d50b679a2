"""What is offered of a run that has ended."""

import pytest
from streamlit.testing.v1 import AppTest

from core.data import shelf
from core.data.add import add
from core.data.dataset import find
from core.data.edit import apply
from core.data.edits import RenameClass
from core.train import runs
from core.train.presets import preset
from core.workspace import queue
from pages.shared.messages import plain
from tests.making import write_classes
from tests.pages.conftest import again, keep_answered


def ended(run_id):
    from core.train.runs import find_run
    from core.workspace import queue
    from pages.shared.cached import workspace
    from pages.train_parts import ended

    ended.show(find_run(workspace(), run_id), queue.get(workspace(), run_id))


@pytest.fixture
def run(workspace, tmp_path):
    """A run that was stopped before it began."""
    write_classes(tmp_path / "in", {"a": 6, "b": 6})
    dataset = add(workspace, str(tmp_path / "in"), "few")
    made = runs.create(workspace, dataset, preset("fast").config)
    queue.request_stop(workspace, made.id)
    return made


def test_training_again_is_not_offered_once_the_data_is_gone(workspace, run):
    def labels(app):
        return [button.label for button in app.button]

    app = AppTest.from_function(ended, args=(run.id,)).run()
    assert not app.exception and "Train again with these settings" in labels(app)

    shelf.delete(workspace, "few")
    app.run()

    assert not app.exception and "Train again with these settings" not in labels(app)
    assert any("was deleted" in caption.value for caption in app.caption)


def test_the_accuracy_names_the_classes_that_it_says_nothing_about(workspace, run, monkeypatch):
    monkeypatch.setattr("streamlit.page_link", lambda *args, **named: None)  # AppTest knows one page
    measured = {"test_accuracy": 1.0, "test_interval": [0.7, 1.0], "val_accuracy": 1.0, "best_epoch": 1, "epochs": 1}
    rest = {"images_per_second": 9.0, "seconds": 1.0, "parameters": 9, "untested": ["b"]}
    runs.record(workspace, run.id, **measured, **rest)

    app = AppTest.from_function(ended, args=(run.id,)).run()

    assert any("no test image of b, so it says nothing about it" in caption.value for caption in app.caption)
    (download,) = app.get("download_button")
    assert download.proto.disabled
    assert "model.tflite and model.keras and labels.json of it are missing" in download.proto.help
    for name in ("model.tflite", "model.keras", "labels.json"):
        (run.folder(workspace) / name).write_bytes(b"")
    (download,) = app.run().get("download_button")
    assert not download.proto.disabled
    assert not app.info


@pytest.mark.parametrize(("right", "doubted"), [(55, True), (90, False)])
def test_the_accuracy_is_doubted_where_guessing_may_be_as_good(workspace, run, monkeypatch, right, doubted):
    monkeypatch.setattr("streamlit.page_link", lambda *args, **named: None)
    measured = {"test_accuracy": right / 100, "test_interval": [0.4, 1.0], "val_accuracy": 1.0, "best_epoch": 1}
    rest = {"images_per_second": 9.0, "seconds": 1.0, "parameters": 9, "epochs": 1}
    runs.record(workspace, run.id, **measured, **rest)
    keep_answered(workspace, run, right)

    app = again(AppTest.from_function(ended, args=(run.id,)))

    doubt = plain("Test accuracy: not surely better than always guessing the largest class.")
    assert (doubt in [caption.value for caption in app.caption]) == doubted


def test_below_the_curves_stands_that_it_knows_its_training_images_alone(workspace, run, monkeypatch):
    monkeypatch.setattr("streamlit.page_link", lambda *args, **named: None)
    epoch = {"epoch": 1, "loss": 0.1, "accuracy": 1.0, "val_loss": 9.0, "val_accuracy": 0.0}
    measured = {"test_accuracy": 0.0, "test_interval": [0.0, 0.7], "val_accuracy": 0.0, "best_epoch": 1, "epochs": 1}
    rest = {"images_per_second": 9.0, "seconds": 1.0, "parameters": 9, "history": [epoch]}
    runs.record(workspace, run.id, **measured, **rest)

    app = AppTest.from_function(ended, args=(run.id,)).run()

    assert not app.exception
    assert "it knows its training images (100 %) but not the validation images (0 %)" in app.info[0].value.replace(
        "\\", ""
    ).replace("\N{NO-BREAK SPACE}", " ")


def test_an_epoch_that_was_stopped_within_is_not_called_done_or_best(workspace, run, monkeypatch):
    monkeypatch.setattr("streamlit.page_link", lambda *args, **named: None)
    epoch = {"epoch": 1, "accuracy": 1.0, "val_accuracy": 1.0, "whole": False}
    measured = {"test_accuracy": 1.0, "test_interval": [0.7, 1.0], "val_accuracy": 1.0, "best_epoch": 1, "epochs": 1}
    rest = {"images_per_second": 9.0, "seconds": 1.0, "parameters": 9, "history": [epoch]}
    monkeypatch.setattr("pages.train_parts.run_parts.draw_curves", lambda *args: None)
    runs.record(workspace, run.id, **measured, **rest)

    app = AppTest.from_function(ended, args=(run.id,)).run()

    said = "\n".join(element.value for kind in ("markdown", "caption", "html") for element in app.get(kind))
    assert not app.exception
    assert "of 60, stopped within the next" in said and "epoch 1, stopped within it" in said
    assert "of the lowest validation loss" not in said


def again_form():
    from pages.train_parts import start

    start.show()


def test_training_again_names_the_newest_version_and_the_form_says_what_it_learnt_from(workspace, run, monkeypatch):
    monkeypatch.setattr("streamlit.page_link", lambda *args, **named: None)
    apply(workspace, find(workspace, "few"), [RenameClass("a", "c")])
    app = AppTest.from_function(ended, args=(run.id,)).run()

    next(one for one in app.button if one.label == "Train again with these settings on version 2").click().run()
    assert app.session_state["last_data"] == "few@2"

    form = AppTest.from_function(again_form)
    form.query_params["data"], form.query_params["like"] = "few@2", run.id
    form.run()
    assert not form.exception
    told = [line.value.replace("\\", "") for line in form.markdown if "Settings as in" in line.value]
    assert told[0].endswith("It learnt from few@1, this training learns from few@2.")


@pytest.mark.parametrize(("recipe", "is_said"), [("quick", True), ("fast", False)])
def test_the_speed_of_training_the_last_layer_alone_is_not_taken_for_that_of_its_embedding(
    workspace, run, monkeypatch, recipe, is_said
):
    monkeypatch.setattr("streamlit.page_link", lambda *args, **named: None)
    measured = {"test_accuracy": 1.0, "test_interval": [0.7, 1.0], "val_accuracy": 1.0, "best_epoch": 1, "epochs": 1}
    rest = {"images_per_second": 3131.0, "seconds": 1.0, "parameters": 9}
    made = runs.create(workspace, find(workspace, "few"), preset(recipe).config)
    queue.request_stop(workspace, made.id)
    runs.record(workspace, made.id, **measured, **rest)

    app = AppTest.from_function(ended, args=(made.id,)).run()

    assert not app.exception
    shown = "\n".join(element.value for kind in ("markdown", "caption", "html") for element in app.get(kind))
    assert ("the last layer alone" in shown) == is_said
