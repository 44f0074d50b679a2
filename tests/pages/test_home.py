"""Home: what waits is said, with the way to it."""

from dataclasses import replace

import pytest
import streamlit as st
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from core.data import collect
from core.data.add import add
from core.train.config import TrainConfig
from core.train.runs import Run, save
from pages.shared.recorded import PARAMETER, TOKEN
from tests.making import PROJECT, png, write_classes
from tests.pages.conftest import again, keep_answered, labels, press, said


def home():
    return AppTest.from_file(str(PROJECT / "pages/home.py"))


@pytest.fixture
def recording(workspace):
    """The token of three frames from the webcam, one of them sorted out."""
    token = collect.begin(workspace)
    folder = collect.folder_of(workspace, token)
    for frame in ("a-0", "a-1", "a-2"):
        (folder / frame).write_bytes(png(0))
        collect.note(folder, collect.Frame(frame, "mug"))
    collect.drop(folder, "a-1")
    return token


@pytest.mark.parametrize("with_data", [False, True])
def test_what_was_recorded_and_not_saved_is_said_and_led_back_to_also_after_a_refresh(
    workspace, tmp_path, recording, monkeypatch, with_data
):
    led = []
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: led.append(query_params))
    if with_data:
        add(workspace, str(write_classes(tmp_path / "pets", {"cat": 3, "dog": 3})))
    page = home()
    page.session_state[TOKEN] = recording
    again(page)

    refreshed = home()
    refreshed.query_params[PARAMETER] = page.query_params[PARAMETER]
    for shown in (page, again(refreshed)):
        assert "2 images from the webcam are not saved yet" in said(shown)
        assert "No images yet" not in said(shown)
        press(shown, "Go on with them")
    assert led == [{"collect": recording}] * 2


@pytest.mark.parametrize("name", ["train", "augment"])
def test_pages_that_need_data_lead_to_what_was_recorded_and_not_saved(recording, name, monkeypatch):
    links = []
    monkeypatch.setattr(st, "page_link", lambda page, **given: links.append(given["query_params"]))
    page = AppTest.from_file(str(PROJECT / f"pages/{name}.py"))
    page.session_state[TOKEN] = recording
    again(page)

    assert "2 images from the webcam are not saved yet. Save them as a data set." in said(page)
    assert "There is no data set yet" not in said(page)
    assert links == [{"collect": recording}]
    assert page.query_params[PARAMETER] == recording


def test_train_says_what_was_recorded_and_not_saved_beside_another_data_set(
    workspace, tmp_path, recording, monkeypatch
):
    links = []
    monkeypatch.setattr(st, "page_link", lambda page, **given: links.append(given.get("query_params")))
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 30, "dog": 30}, height=32, width=32)))
    page = again(AppTest.from_file(str(PROJECT / "pages/train.py")))
    assert "not saved" not in said(page)
    links.clear()
    page.session_state[TOKEN] = recording

    again(page)

    assert "2 images from the webcam are not saved yet." in said(page)
    assert {"collect": recording} in links
    assert page.query_params[PARAMETER] == recording


@pytest.mark.parametrize("name", ["train", "augment"])
def test_pages_that_need_data_say_so_where_nothing_was_recorded(workspace, name, monkeypatch):
    monkeypatch.setattr(st, "page_link", lambda page, **given: None)
    page = again(AppTest.from_file(str(PROJECT / f"pages/{name}.py")))

    assert "There is no data set yet" in said(page)


def test_whoever_recorded_nothing_hears_of_no_other_recording(recording):
    page = again(home())

    assert "No images yet" in said(page)
    assert "Add your images" in labels(page)
    assert PARAMETER not in page.query_params


@pytest.mark.parametrize(
    ("right", "doubt"), [(90, ""), (55, ", not surely better than always guessing the largest class")]
)
def test_the_accuracy_is_doubted_where_guessing_may_be_as_good(workspace, right, doubt):
    """Of 100 images, half of each class: Wilson's interval of 55 reaches from 45.2 to 64.4, that of 90 from 82.6."""
    figures = {"test_accuracy": right / 100, "test_interval": [0.452, 0.644] if right == 55 else [0.826, 0.945]}
    made = Run("one", "pets@1", TrainConfig("fast_cnn"), created_at=1.0, figures=figures)
    save(workspace, made)
    keep_answered(workspace, made, right)

    assert f")** of its test images right{doubt}." in said(again(home()))


def test_the_name_of_a_run_is_told_from_the_sentence_that_it_stands_in(workspace):
    figures = {"test_accuracy": 0.5, "test_interval": [0.4, 0.6]}
    made = Run("one", "pets@1", TrainConfig("fast_cnn"), name="with one more hat", created_at=1.0, figures=figures)
    save(workspace, made)

    assert "Show “with one more hat” a picture of your own." in said(again(home()))


def test_a_runs_validation_accuracy_has_its_interval_while_its_data_is_there(workspace, tmp_path):
    dataset = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 40, "dog": 40})))
    images = dataset.per_split["val"]
    for name, reference in (("one", dataset.reference), ("gone", "gone@1")):
        made = Run(name, reference, TrainConfig("fast_cnn"), name=name, created_at=1.0)
        save(workspace, replace(made, figures={"val_accuracy": 0.75}))

    (table,) = again(home()).dataframe
    said = dict(zip(table.value["run"], table.value["accuracy"].str.replace("\N{NO-BREAK SPACE}", " "), strict=True))

    low, high = (f"{end * 100:.1f}" for end in binomtest(round(0.75 * images), images).proportion_ci(method="wilson"))
    assert said == {"one": f"75.0 % ({low} to {high})", "gone": "75.0 %"}
