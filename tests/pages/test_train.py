"""Train, where a data set cannot be trained on."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.augment.config import AugmentConfig
from core.augment.saved import save
from core.data import drafts, edit, shelf
from core.data.add import add
from core.data.checks import Issue
from core.data.edits import RenameClass
from core.jobs import estimate
from core.train.presets import PRESETS
from core.train.recommend import recommend
from core.train.runs import list_runs
from pages.shared import cached, doubtful
from tests.making import png, write_classes


def app():
    from pages.train_parts import start

    start.show()


@pytest.mark.parametrize(("bursts", "suits"), [(1, False), (3, True)])
def test_beside_a_training_that_cannot_begin_no_recipe_suits_and_a_link_leads_to_more_images(
    workspace, tmp_path, monkeypatch, bursts, suits
):
    links = []
    monkeypatch.setattr(st, "page_link", lambda page, **given: links.append(given))
    cached.workspace.clear()
    rows = [(f"{of}{burst}-{n}.png", of, f"{of} {burst}") for of in "ab" for burst in range(bursts) for n in range(4)]
    for number, (name, _, _) in enumerate(rows):
        (tmp_path / name).write_bytes(png(number, 120, 130))
    (tmp_path / "desk.csv").write_text("\n".join(["path,label,group", *map(",".join, rows)]))
    add(workspace, str(tmp_path / "desk.csv"))

    page = AppTest.from_function(app).run()

    assert not page.exception
    assert any("Suits this data" in line.value for line in page.markdown) == suits
    assert any("130 × 120 " in line.value for line in page.caption), "as the files are, which training fits to 96 × 96"
    assert [given["query_params"] for given in links] == ([] if suits else [{"data": "desk@1", "add": "more"}])
    assert any("each class needs three or more bursts" in line.value for line in page.error) != suits


def test_the_recipe_that_suits_this_data_comes_first_with_its_time_here_and_the_others_on_demand(
    workspace, flawed, monkeypatch
):
    monkeypatch.setattr(estimate, "multiplications_per_second", lambda: estimate.REFERENCE)
    advised = PRESETS[recommend(workspace, flawed).preset]

    monkeypatch.setattr(st, "page_link", lambda page, **given: None)
    page = AppTest.from_function(app).run()

    assert not page.exception
    texts = [line.value for line in page.markdown]
    assert f"**{advised.title}**" in texts
    assert advised.title != PRESETS["fast"].title
    assert any("Suits this data" in text for text in texts)
    parts = [
        f"{flawed.per_split[split]} {word}"
        for split, word in (("train", "training"), ("val", "validation"), ("test", "test"))
    ]
    assert any(", ".join(parts) in line.value for line in page.caption)
    assert any(" here, estimated from the speed of this machine" in line.value for line in page.caption)
    assert not [text for text in texts if PRESETS["fast"].sentence in text]
    assert not [button for button in page.button if button.label.startswith("Choose")]


@pytest.mark.parametrize("number", [1, 2])
def test_beside_start_stands_how_many_edits_are_not_trained_on_and_a_link_to_them(
    workspace, tmp_path, monkeypatch, number
):
    links = []
    monkeypatch.setattr(st, "page_link", lambda page, **given: links.append(given))
    cached.workspace.clear()
    pets = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 30, "dog": 30}, height=32, width=32)))
    edits = (RenameClass("cat", "tom"), RenameClass("dog", "pup"))[:number]
    token = drafts.new_token()
    drafts.change(workspace, token, pets, lambda before: before + edits)
    page = AppTest.from_function(app)
    assert not any("not saved" in line.value for line in page.run().markdown)
    links.clear()
    page.query_params["draft"] = token  # as Explore left it, or a refresh of Train finds it

    page.run()

    assert not page.exception
    (told,) = [line.value for line in page.markdown if "not saved" in line.value]
    assert ("1 edit of this data set is", "2 edits of this data set are")[number - 1] in told
    assert told.endswith("not saved: training uses version 1.")
    assert {"data": "pets@1", "draft": token} in [given["query_params"] for given in links]
    assert page.query_params["draft"] == token


def test_an_earlier_version_says_which_is_newer_and_leads_there(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(st, "page_link", lambda page, **given: None)
    cached.workspace.clear()
    pets = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 30, "dog": 30}, height=32, width=32)))
    edit.apply(workspace, pets, [RenameClass("cat", "tom")])
    page = AppTest.from_function(app)
    page.query_params["data"] = "pets@1"

    told = [line.value for line in page.run().caption if "An earlier version" in line.value]
    assert told == [":material/history: An earlier version: version 2 is newer."]
    next(button for button in page.button if button.label == "Go to version 2").click().run()

    assert not page.exception
    assert page.session_state["last_data"] == "pets@2"
    assert not [line for line in page.caption if "An earlier version" in line.value]


def test_a_click_on_start_after_the_data_was_deleted_trains_on_no_other(workspace, flawed, tmp_path, monkeypatch):
    monkeypatch.setattr(st, "page_link", lambda page, **given: None)
    cached.workspace.clear()
    add(workspace, str(write_classes(tmp_path / "trio", {"cat": 20, "dog": 20, "owl": 20}, first_seed=300)))
    page = AppTest.from_function(app)
    page.query_params["data"] = "trio@1"
    (start,) = [button for button in page.run().button if button.label.startswith("Train on")]
    shelf.delete(workspace, "trio")

    start.click()
    page.run()

    assert not page.exception
    assert list_runs(workspace) == []
    assert any("There is no data set 'trio'" in told.value for told in [*page.warning, *page.error, *page.info])
    assert page.query_params["data"] in ("pets@1", ["pets@1"])


def test_series_in_two_splits_are_said_before_a_training(flawed, monkeypatch):
    monkeypatch.setattr(st, "page_link", lambda page, **given: None)
    series = Issue("series_in_splits", "warning", ("a", "b"), "", groups=(("a", "b"),))
    monkeypatch.setattr(doubtful, "issues", lambda reference: [series])

    page = AppTest.from_function(app).run()

    assert not page.exception
    told = [line.value.replace("\\", "") for line in page.markdown if "in two splits" in line.value]
    assert told == [":material/warning: **1 series stands in two splits (2 images): the figures would be too high**"]


def test_with_a_saved_augmentation_in_hand_train_opens_with_a_recipe_that_uses_it_and_any_other_says_that_it_does_not(
    workspace, tmp_path, monkeypatch
):
    monkeypatch.setattr(st, "page_link", lambda page, **given: None)
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 30, "dog": 30}, height=96, width=96)))
    turned = AugmentConfig((("rotation", 0.05),))
    save(workspace, "for pets", turned)
    page = AppTest.from_function(app)
    page.query_params["augment"] = "for pets"

    def trained_with():
        assert not page.exception
        (what,) = [line.value for line in page.caption if "images of " in line.value and " × " in line.value]
        return what.replace("\\", "").partition("Augmentation: ")[2]

    def unused():
        said = (line.value.replace("\\", "") for line in page.markdown)
        return [line for line in said if "not use your augmentation" in line]

    page.run()
    assert page.query_params.get("preset") is None
    assert "**Fine-tune**" in [line.value for line in page.markdown]
    assert (trained_with(), unused()) == ("Rotate 0.05.", [])

    page.button(key="advised").click().run()
    assert "**Quick plus**" in [line.value for line in page.markdown]
    assert trained_with() == ""
    assert unused() == ["This training does not use your augmentation “for pets”; Fine-tune does."]

    page.button(key="take_augmenting").click().run()
    assert (trained_with(), unused()) == ("Rotate 0.05.", [])

    page = AppTest.from_function(app)
    page.query_params["augment"] = "forgotten"
    page.run()
    assert "**Quick plus**" in [line.value for line in page.markdown]
    assert not [line for line in page.markdown if "your augmentation" in line.value]
