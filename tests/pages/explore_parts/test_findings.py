"""Findings on Explore: how many, framed by group, why, and what can be done about each."""

import re

import pytest
from PIL import Image
from skimage import data as photos

from core.commands.data import data_check
from core.data.add import add
from core.data.checks import check
from core.data.edits import LeaveOut, Move, Relabel
from pages.explore_parts import finding_of_one, tiles
from pages.shared import cached
from tests.making import write_classes
from tests.pages.conftest import again, labels, press, said

TWO_LABELS, LEAK = "two_labels-error", "split_leak-error"


@pytest.fixture
def galleries(monkeypatch):
    """What the galleries were given last, by their keys; `click` is the tile that is clicked once in a gallery."""
    drawn, click = {}, {}

    def gallery(shown, key, **options):
        drawn[key] = [(tile.id, tile.caption, tile.group) for tile in shown]
        return click.pop(key, None)

    monkeypatch.setattr(tiles, "gallery", gallery)
    monkeypatch.setattr(finding_of_one, "gallery", gallery)
    drawn["click"] = click
    return drawn


def unsaved(page):
    """The edits that are not saved, without the images' hashes."""
    edits = cached.draft(page.query_params["draft"]).edits if "draft" in page.query_params else ()
    return [
        (type(edit), getattr(edit, "label", getattr(edit, "split", "")), [name.path for name in edit.images])
        for edit in edits
    ]


def test_the_head_the_chips_and_the_command_line_count_alike(workspace, flawed, explore):
    class Options:
        name, nested = "pets", {}

    counts = data_check(workspace, Options)[0]["counts"]
    page = explore(flawed)

    (chips,) = [group for group in page.get("button_group") if group.label == "Findings"]
    assert counts == {"two_labels": 1, "split_leak": 1, "class_size": 2, "exact_duplicates": 2, "too_dark": 1,
                      "few_test_images": 2}  # fmt: skip
    assert [int(words.rpartition(" ")[2]) for words in chips.options] == list(counts.values())
    assert "**9** findings" in said(page)


def test_groups_are_framed_with_class_and_split_on_each_tile(flawed, explore, galleries):
    page = explore(flawed, finding="exact_duplicates-note")

    assert galleries["explore_gallery"] == [
        ("0", "cat · Train", "0"), ("24", "cat · Test", "0"), ("1", "cat · Train", "1"), ("25", "dog · Train", "1")
    ]  # fmt: skip
    assert "4 images in 2 groups" in said(page)


def test_the_large_view_has_the_twin_and_the_reason_and_keeps_one_of_both(flawed, explore, galleries):
    galleries["click"]["explore_gallery"] = "0"

    page = explore(flawed, finding=LEAK)

    assert "1 of 2 images" in said(page)
    assert "a leak that flatters the figures" in page.caption[-1].value
    assert galleries["explore_twins"] == [("24", "cat · Test", "")]
    galleries["click"]["explore_gallery"] = "0"
    press(page, "Keep this, leave the others out")
    assert unsaved(page) == [(LeaveOut, "", ["leak.png"])]


def test_in_the_large_view_all_of_a_group_get_one_label(flawed, explore, galleries):
    galleries["click"]["explore_gallery"] = "25"

    page = explore(flawed, finding=TWO_LABELS)

    galleries["click"]["explore_gallery"] = "25"
    press(page, "All are cat")
    assert unsaved(page) == [(Relabel, "cat", ["wrong.png"])]


@pytest.mark.parametrize(
    ("finding", "words", "edits"),
    [
        (TWO_LABELS, "Relabel 1 image to cat", [(Relabel, "cat", ["wrong.png"])]),
        (TWO_LABELS, "Leave all of them out", [(LeaveOut, "", ["1.png", "wrong.png"])]),
        (LEAK, "Keep one of each", [(LeaveOut, "", ["0.png"])]),
        ("too_dark-note", "Leave all 1 out", [(LeaveOut, "", ["black.png"])]),
    ],
)
def test_a_finding_is_mended_at_a_click(flawed, explore, finding, words, edits):
    assert unsaved(press(explore(flawed, finding=finding), words)) == edits


def test_classes_that_lack_images_lead_to_adding_some(flawed, explore):
    page = press(explore(flawed, finding="class_size-warning"), "Add images")

    assert [tab.label for tab in page.tabs][-4:] == ["Upload", "Folder on this machine", "Webcam", "Known sets"]


def test_before_a_test_split_of_the_source_is_changed_it_is_asked(flawed, explore):
    page = press(explore(flawed, finding=LEAK), "Keep them on one side")

    assert unsaved(page) == []
    assert re.search("came with a test split of its own. 1 image would leave it", said(page))
    press(page, "Keep them on one side", "Leave out 1 copy that are not in it")
    assert unsaved(page) == [(LeaveOut, "", ["0.png"])]


def test_whoever_wants_it_changed_gets_that(flawed, explore):
    page = press(explore(flawed, finding=LEAK), "Keep them on one side", "Move 1 image")

    assert unsaved(page) == [(Move, "train", ["leak.png"])]


@pytest.fixture
def twins(workspace, tmp_path):
    """A photo under one label and a near copy of it under another, among others."""
    folder = write_classes(tmp_path / "pets", {"cat": 3, "dog": 3})
    photo = Image.fromarray(photos.chelsea()).crop((0, 0, 160, 160))
    photo.save(folder / "cat" / "photo.png")
    photo.resize((120, 120)).save(folder / "dog" / "photo.jpg", quality=75)
    return add(workspace, str(folder))


def test_two_things_that_look_alike_are_called_different_for_good(workspace, twins, explore, galleries):
    page = press(explore(twins, finding=TWO_LABELS), "They are different things")

    assert "1 group called different: find again" in labels(page)
    assert "two_labels" not in {issue.kind for issue in check(workspace, twins)}
    page = press(page, "1 group called different: find again")
    assert "two_labels" in {issue.kind for issue in check(workspace, twins)}


def test_in_the_large_view_one_group_is_called_different(workspace, twins, explore, galleries):
    galleries["click"]["explore_gallery"] = "3"
    page = explore(twins, finding=TWO_LABELS)

    galleries["click"]["explore_gallery"] = "3"
    press(page, "Different things")

    assert "two_labels" not in {issue.kind for issue in check(workspace, twins)}


def test_of_the_very_same_picture_nobody_can_say_that_it_is_two_things(flawed, explore):
    assert "They are different things" not in labels(explore(flawed, finding=TWO_LABELS))


def test_the_likeness_of_near_copies_is_set_on_the_page(workspace, tmp_path, explore, monkeypatch):
    asked = []
    monkeypatch.setattr(cached, "issues", lambda reference, thresholds: asked.append(thresholds) or [])
    page = explore(add(workspace, str(write_classes(tmp_path / "pets", {"cat": 3, "dog": 3}))))

    (likeness,) = [field for field in page.number_input if field.label == "Near copies: likeness at least"]
    likeness.set_value(likeness.value + 0.05)
    again(page)

    assert asked[-1].near_similarity == pytest.approx(asked[0].near_similarity + 0.05)
    assert "limits" in page.query_params
