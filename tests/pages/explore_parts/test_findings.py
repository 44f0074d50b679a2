"""Findings on Explore: how many, framed by group, why, and what can be done about each."""

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from skimage import data as photos

from core.commands.data import data_check
from core.data import drafts, series
from core.data.add import add
from core.data.checks import Issue, check
from core.data.dataset import find, read_index
from core.data.edits import Group, LeaveOut, Move, Relabel, names_of
from pages.explore_parts import filters, finding_of_one, tiles
from pages.explore_parts.findings import Kind
from pages.shared import cached
from tests.making import png, write_classes, write_figures
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


def test_what_a_finding_says_adds_up_to_its_chip_and_says_what_is_counted_and_of_how_many_images():
    def alike(number, message):
        return Issue("two_labels", "error", (f"{number}.png", f"{number}-2.png"), message)

    six = Kind("two_labels-error", tuple(alike(number, f"{'aabcde'[number]}.") for number in range(6)))
    copies = Kind(
        "exact_duplicates-note", tuple(replace(alike(number, "Twice."), kind="exact_duplicates") for number in range(2))
    )
    few = Kind("few", (Issue("few_test_images", "note", tuple("1234567"), "Too few.", classes=("cat", "dog")),))
    dark = Kind("dark", (Issue("too_dark", "note", ("1", "2"), "2 are dark."),))

    assert filters._in_words(six) == [
        "6 groups, 12 images. 2 groups: a\\.",
        "1 group: b\\. And 3 more groups like these.",
    ]
    assert filters._in_words(copies) == ["2 groups, 4 images. Twice\\."]
    assert filters._in_words(few) == ["2 classes, 7 images. Too few\\."]
    assert filters._in_words(dark) == ["2 are dark\\."]


def test_the_head_the_chips_and_the_command_line_count_alike(workspace, flawed, explore):
    class Options:
        name, nested = "pets", {}

    counts = data_check(workspace, Options)[0]["counts"]
    page = explore(flawed)

    (chips,) = [group for group in page.get("button_group") if group.label == "Findings"]
    assert counts == {"two_labels": 1, "split_leak": 1, "class_size": 2, "exact_duplicates": 2, "too_dark": 1,
                      "few_test_images": 2}  # fmt: skip
    assert [int(words.rpartition(" ")[2]) for words in chips.options] == list(counts.values())
    assert any("**9** findings" in numbers.label for numbers in page.expander)


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
        (TWO_LABELS, "Leave all 2 images out", [(LeaveOut, "", ["1.png", "wrong.png"])]),
        (LEAK, "Keep one of each", [(LeaveOut, "", ["0.png"])]),
        ("too_dark-note", "Leave all 1 out", [(LeaveOut, "", ["black.png"])]),
    ],
)
def test_a_finding_is_mended_at_a_click(flawed, explore, finding, words, edits):
    assert unsaved(press(explore(flawed, finding=finding), words)) == edits


@pytest.mark.parametrize(
    ("finding", "before", "edit", "told"),
    [
        (TWO_LABELS, 1, Relabel, "1 of 1 mended"),
        (TWO_LABELS, 1, Move, ""),
        (LEAK, 1, Move, "1 of 1 mended"),
        ("exact_duplicates-note", 2, LeaveOut, "1 of 2 mended"),
        ("exact_duplicates-note", 2, Relabel, ""),
        ("too_dark-note", 1, LeaveOut, "1 of 1 mended"),
    ],
)
def test_what_unsaved_changes_mend_of_a_finding_is_said(workspace, flawed, explore, finding, before, edit, told):
    index = read_index(workspace, flawed)
    rows = {"too_dark-note": [26], LEAK: [24], TWO_LABELS: [25]}.get(finding, [24] if edit is LeaveOut else [25])
    names = tuple(names_of(index, rows))
    change = LeaveOut(names) if edit is LeaveOut else edit(names, "cat" if edit is Relabel else "train")
    token = drafts.new_token()
    drafts.change(workspace, token, flawed, lambda _: (change,))

    page = explore(flawed, finding=finding, draft=token)

    (chips,) = [group for group in page.get("button_group") if group.label == "Findings"]
    assert chips.value in finding
    assert any(words.endswith(f" {before}") for words in chips.options)
    assert ("that wait to be saved" in said(page)) == bool(told)
    assert told in said(page)


def test_files_that_were_not_read_are_listed_and_no_other_images_are_shown(workspace, tmp_path, explore, galleries):
    folder = write_classes(tmp_path / "pets", {"cat": 3, "dog": 3})
    (folder / "cat" / "half.png").write_bytes(png(1)[:60])

    page = explore(add(workspace, str(folder)), finding="unreadable-warning")

    assert "explore_gallery" not in galleries
    assert list(page.dataframe[0].value["path"]) == ["cat/half.png"]
    assert "not in the data set" in said(page)
    for tab in ("Map", "Sizes"):
        page.session_state["explore_tabs_pets"] = tab
        again(page)
        assert "6 images" not in said(page)


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
    page = press(explore(twins, finding=TWO_LABELS), "Mark them as different things")

    assert "1 group called different: find again" in labels(page)
    assert "two_labels" not in {issue.kind for issue in check(workspace, twins)}
    page = press(page, "1 group called different: find again")
    assert "two_labels" in {issue.kind for issue in check(workspace, twins)}


def test_all_near_copies_of_a_data_set_are_called_different_and_found_again(workspace, twins, explore, galleries):
    page = press(explore(twins, finding=TWO_LABELS), "All near copies of this data set are different things")

    assert "All near copies of this data set are different things" not in labels(page)
    page = press(page, "Save as version 2")
    assert "two_labels" not in {issue.kind for issue in check(workspace, find(workspace, "pets"))}
    page = press(page, "Near copies called different: find again")
    press(page, "Save as version 3")
    assert "two_labels" in {issue.kind for issue in check(workspace, find(workspace, "pets"))}


def test_in_the_large_view_one_group_is_called_different(workspace, twins, explore, galleries):
    galleries["click"]["explore_gallery"] = "3"
    page = explore(twins, finding=TWO_LABELS)

    galleries["click"]["explore_gallery"] = "3"
    press(page, "Different things")

    assert "two_labels" not in {issue.kind for issue in check(workspace, twins)}


def test_of_the_very_same_picture_nobody_can_say_that_it_is_two_things(flawed, explore):
    assert "Mark them as different things" not in labels(explore(flawed, finding=TWO_LABELS))


def test_the_likeness_of_near_copies_is_set_on_the_page(workspace, tmp_path, explore, monkeypatch):
    asked = []
    monkeypatch.setattr(cached, "issues", lambda reference, thresholds: asked.append(thresholds) or [])
    page = explore(add(workspace, str(write_classes(tmp_path / "pets", {"cat": 3, "dog": 3}))))

    (likeness,) = [field for field in page.number_input if field.label == "Near copies: likeness at least"]
    likeness.set_value(likeness.value + 0.05)
    again(page)

    assert asked[-1].near_similarity == pytest.approx(asked[0].near_similarity + 0.05)
    assert "limits" in page.query_params


@pytest.fixture
def bursts(workspace, tmp_path):
    """Two bursts of cup and one of hat before one background, and other images of both."""
    folder = tmp_path / "bursts"
    folder.mkdir()
    wall = Image.fromarray(photos.chelsea()).crop((0, 0, 160, 160))
    rows = [(f"{group}{number}.jpg", label, f"webcam-{group}") for group, label in (("a", "cup"), ("b", "cup"), ("c", "hat"))
            for number in range(3)]  # fmt: skip
    for place, (name, _, _) in enumerate(rows):
        wall.save(folder / name, quality=60 + place)
    for number in range(12):
        rows.append((f"{number}.png", "cup" if number % 2 else "hat", ""))
        (folder / rows[-1][0]).write_bytes(png(number))
    (folder / "list.csv").write_text("\n".join(["path,label,group", *map(",".join, rows)]))
    return add(workspace, str(folder / "list.csv"))


def mends(page):
    """What is offered for the finding, in its order."""
    words = [one for one in labels(page) if re.match("Add images|Keep one|Mark |Leave all|Keep them", one)]
    return [re.sub(" [0-9]+", "", one) for one in words]


def test_of_bursts_that_look_alike_none_is_offered_to_go_and_the_likeliest_answer_stands_first(
    bursts, explore, galleries
):
    assert mends(explore(bursts, finding="near_duplicates-note"))[:2] == ["Add images", "Mark them as different things"]
    page = explore(bursts, finding="two_labels-warning")
    words = labels(page)

    assert mends(page)[:1] == ["Mark them as different things"]
    assert not any(one.startswith(("Leave all", "Keep one of each")) for one in words)
    (chips,) = [group for group in page.get("button_group") if group.label == "Findings"]
    assert any("Alike under two labels 1" in one for one in chips.options)


def test_in_the_large_view_of_bursts_none_is_left_out(bursts, explore, galleries):
    galleries["click"]["explore_gallery"] = "0"

    words = labels(explore(bursts, finding="two_labels-warning"))

    assert "Keep this, leave the others out" not in words
    assert words.index("Different things") < words.index("All are cup")


@pytest.fixture
def paired(workspace, tmp_path):
    """Eight pictures twice, four of them below a folder `left`, and a pair of two labels whose images stand in two splits."""
    folder = tmp_path / "pairs"
    for number in range(8):
        side = folder / ("left" if number < 4 else "right")
        side.mkdir(parents=True, exist_ok=True)
        for copy in "ab":
            (side / f"{number}{copy}.png").write_bytes(png(900 + number))
    rows = [f"{path.relative_to(folder)},cat,train" for path in sorted(folder.rglob("*.png"))]
    for name, label, split in (("one.png", "cat", "train"), ("other.png", "dog", "val"), ("third.png", "dog", "val")):
        (folder / name).write_bytes(png(999))
        rows.append(f"{name},{label},{split}")
    (folder / "list.csv").write_text("\n".join(["path,label,split", *rows]))
    return add(workspace, str(folder / "list.csv"))


def test_only_what_the_filters_let_through_is_mended(paired, explore):
    page = explore(paired, finding="exact_duplicates-note", path="left")

    page = press(page, "Keep one of each, leave 4 out")

    assert unsaved(page) == [(LeaveOut, "", [f"left/{number}b.png" for number in range(4)])]


def test_only_what_is_selected_of_a_finding_is_mended(paired, explore):
    page = explore(paired, finding="exact_duplicates-note")
    page.toggle[0].set_value(True)
    page.session_state["explore_selected"] = (paired.reference, {3})  # left/1b.png
    page = press(again(page), "Keep one of each, leave 1 out")

    assert unsaved(page) == [(LeaveOut, "", ["left/1b.png"])]


def test_what_is_left_out_already_is_not_left_out_again(paired, explore):
    page = press(explore(paired, finding="exact_duplicates-note", path="left"), "Keep one of each, leave 4 out")
    page = explore(paired, finding="exact_duplicates-note", draft=page.query_params["draft"])

    page = press(page, "Keep one of each, leave 4 out")

    assert [sorted(images) for _, _, images in unsaved(page)] == [
        [f"{side}/{number}b.png" for number in numbers]
        for side, numbers in (("left", range(4)), ("right", range(4, 8)))
    ]


def test_a_selection_that_the_filters_hide_is_said(paired, explore):
    page = explore(paired, path="right")
    page.toggle[0].set_value(True)
    page.session_state["explore_selected"] = (paired.reference, {0, 1, 8})

    assert "**3 selected**, 2 of them not among these" in said(again(page))


RIGHT = "Label that is right"


def right_label(page):
    (box,) = [one for one in page.selectbox if one.label == RIGHT]
    return box


def test_copies_that_get_one_label_come_to_one_side_of_the_split(paired, explore):
    page = explore(paired, finding=TWO_LABELS)
    right_label(page).set_value("dog")

    page = press(again(page), "Relabel 1 image to dog")

    assert unsaved(page) == [(Relabel, "dog", ["one.png"]), (Move, "val", ["one.png"])]


def test_findings_of_one_message_are_counted(paired, explore):
    told = explore(paired, finding="exact_duplicates-note").caption

    assert any(re.match(r"9 groups, 19 images. 8 groups: The same picture 2 times", one.value) for one in told)


def test_one_unfit_threshold_leaves_the_others(paired, explore):
    page = explore(paired, limits="near_similarity:0.85,odd_size:1e20,nonsense:3")

    assert "“Odd size: times the median” stays at 5" in said(page).replace("\\", "")
    assert page.query_params["limits"] == "near_similarity:0.85"
    (likeness,) = [field for field in page.number_input if field.label == "Near copies: likeness at least"]
    assert likeness.value == 0.85


def test_a_page_of_the_gallery_ends_with_a_group(paired, explore, galleries, monkeypatch):
    monkeypatch.setattr(tiles, "A_PAGE", 5)

    explore(paired, finding="exact_duplicates-note")
    assert len(galleries["explore_gallery"]) == 6

    explore(paired, finding="exact_duplicates-note", page="3")
    assert len(galleries["explore_gallery"]) == 7


@pytest.fixture
def mixed(workspace, tmp_path):
    """Four pictures that are a plant and a tool each, and one that is a bride and a tool."""
    rows = []
    for number, other in enumerate(["plants"] * 4 + ["people"]):
        for label in (other, "tools"):
            (tmp_path / f"{number}_{label}.png").write_bytes(png(700 + number))
            rows.append(f"{number}_{label}.png,{label},train")
    (tmp_path / "mixed.csv").write_text("\n".join(["path,label,split", *rows]))
    return add(workspace, str(tmp_path / "mixed.csv"))


def test_one_label_is_kept_for_groups_of_the_same_labels_only_and_none_is_preset(mixed, explore):
    page = explore(mixed, finding=TWO_LABELS)
    groups = page.selectbox(key="explore_label_groups")
    assert (groups.options, groups.value) == (["4 groups of plants and tools", "1 group of people and tools"], None)
    assert RIGHT not in [one.label for one in page.selectbox]

    groups.select_index(0)
    page = again(page)
    right = right_label(page)
    assert (right.options, right.value) == (["plants", "tools"], None)
    assert "4 groups of plants and tools, of all that were found." in said(page).replace("\\", "")

    right.set_value("tools")
    page = press(again(page), "Relabel 4 images to tools")
    assert unsaved(page) == [(Relabel, "tools", [f"{number}_plants.png" for number in range(4)])]


def test_one_label_is_kept_of_what_is_selected_and_that_is_said(mixed, explore):
    page = explore(mixed, finding=TWO_LABELS)
    page.toggle[0].set_value(True)
    page.session_state["explore_selected"] = (mixed.reference, {0})
    page = again(page)

    assert "1 group of plants and tools, of those selected." in said(page).replace("\\", "")
    right_label(page).set_value("plants")
    page = press(again(page), "Relabel 1 image to plants")
    assert unsaved(page) == [(Relabel, "plants", ["0_tools.png"])]
    page.session_state["explore_selected"] = (mixed.reference, {2})
    assert right_label(again(page)).value is None, "what was right of one group is not chosen for the next"


def test_a_move_that_leaves_a_class_without_images_in_a_split_says_so(workspace, tmp_path, explore):
    rows = [("0.png", "cat", "train", 0), ("1.png", "cat", "train", 1), ("2.png", "cat", "val", 0), ("3.png", "dog", "val", 3),
            ("4.png", "dog", "train", 4)]  # fmt: skip
    for name, _, _, seed in rows:
        (tmp_path / name).write_bytes(png(seed))
    (tmp_path / "few.csv").write_text("\n".join(["path,label,split", *(",".join(row[:3]) for row in rows)]))

    page = press(explore(add(workspace, str(tmp_path / "few.csv")), finding=LEAK), "Keep them on one side")

    assert [edit[:2] for edit in unsaved(page)] == [(Move, "train")]
    words = "Then there is no validation image of cat: move others there, or add some."
    assert any(words in line.value.replace("\\", "") for line in page.caption), "as long as it waits to be saved"


SERIES = "series_in_splits-warning"
ONE_SIDE = "Keep each series on one side"


def test_series_in_two_splits_are_framed_and_kept_on_one_side(workspace, tmp_path, explore, galleries):
    frames = add(workspace, str(write_figures(tmp_path / "frames")))
    (issue,) = [issue for issue in check(workspace, frames) if issue.kind == "series_in_splits"]

    page = explore(frames, finding=SERIES)

    index = cached.index(frames.reference)
    shown = [(index["path"].iloc[int(row)], group) for row, _, group in galleries["explore_gallery"]]
    assert shown == [(path, str(number)) for number, paths in enumerate(issue.groups) for path in paths]
    assert f"{len(issue.images)} images in {len(issue.groups)} series of numbered names" in said(page)
    page = press(page, ONE_SIDE)
    *moves, (kind, _, grouped) = unsaved(page)
    assert {kind for kind, _, _ in moves} == {Move}
    assert (kind, len(grouped)) == (Group, 60)
    assert f"{len(issue.groups)} of {len(issue.groups)} mended by changes that wait to be saved" in said(page)
    again_pressed = press(page, ONE_SIDE)
    assert len(unsaved(again_pressed)) == len(moves) + 1
    assert any("Each series is on one side already" in one.value for one in again_pressed.toast)


def test_a_hint_at_series_offers_to_keep_them_on_one_side_too(workspace, tmp_path, explore, galleries, monkeypatch):
    monkeypatch.setattr(series, "LEAST_ALIKE", 1.1)  # frames, of which nothing is proof
    frames = add(workspace, str(write_figures(tmp_path / "frames")))

    page = explore(frames, finding="series_in_splits-note")

    assert "60 images are numbered in 10 series" in said(page)
    assert unsaved(press(page, ONE_SIDE))[-1][0] == Group


def test_first_parts_of_names_are_offered_where_they_join_series(workspace, tmp_path, explore, galleries):
    frames = add(workspace, str(write_figures(tmp_path / "frames", frames=3, sides=("s", "se"))))

    page = press(explore(frames, finding=SERIES), "Keep each of 10 first parts on one side")

    assert unsaved(page)[-1][0] == Group
    assert len(unsaved(page)[-1][2]) == 60
    assert labels(page).count(ONE_SIDE) == 1


def test_before_series_change_a_test_split_of_the_source_it_is_asked(workspace, tmp_path, explore):
    folder = write_figures(tmp_path / "frames")
    for file in sorted(folder.rglob("*-[12].png")):
        part = folder / "test" / file.parent.name
        part.mkdir(parents=True, exist_ok=True)
        file.rename(part / file.name)
    for label in ("elf", "orc"):
        (folder / "train").mkdir(exist_ok=True)
        (folder / label).rename(folder / "train" / label)

    page = press(explore(add(workspace, str(folder)), finding=SERIES), ONE_SIDE)

    assert unsaved(page) == []
    assert re.search(
        "came with a test split of its own. [0-9]+ images would leave it and [0-9]+ images would", said(page)
    )
    assert not any(words.startswith("Leave out") for words in labels(page))
    press(page, ONE_SIDE, "Move ")
    assert [edit[0] for edit in unsaved(page)][-2:] == [Move, Group]


def test_in_the_large_view_of_a_series_none_is_to_be_left_out(workspace, tmp_path, explore, galleries):
    frames = add(workspace, str(write_figures(tmp_path / "frames")))
    (issue,) = [issue for issue in check(workspace, frames) if issue.kind == "series_in_splits"]
    index = cached.index(frames.reference)
    galleries["click"]["explore_gallery"] = str(np.flatnonzero(index["path"] == issue.groups[1][0])[0])

    page = explore(frames, finding=SERIES)

    assert [index["path"].iloc[int(row)] for row, _, _ in galleries["explore_twins"]] == list(issue.groups[1][1:])
    assert "Keep this, leave the others out" not in labels(page)


def test_of_bursts_more_bursts_are_recorded_and_of_files_images_are_added(workspace, tmp_path, flawed, explore):
    rows = [(f"{of}{burst}-{n}.png", of, f"webcam-{of}-{burst}") for of in "ab" for burst in range(3) for n in range(3)]
    for number, (name, _, _) in enumerate(rows):
        (tmp_path / name).write_bytes(png(number))
    (tmp_path / "desk.csv").write_text("\n".join(["path,label,group", *map(",".join, rows)]))
    desk = add(workspace, str(tmp_path / "desk.csv"))

    page = explore(desk, finding="few_test_images-note")
    assert "Add images" not in labels(page)
    assert "then one more burst of each tests" in said(page)
    page = press(page, "Record more bursts")
    assert "Record with the webcam" in said(page)
    assert "desk" in page.query_params["into"]

    page = explore(flawed, finding="few_test_images-note")
    assert "Add images" in labels(page)
    assert "Record more bursts" not in labels(page)
