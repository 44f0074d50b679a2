import dataclasses

import pytest

from core.data.add import add
from core.data.append import append
from core.data.dataset import Dataset, find, read_index
from core.data.edit import apply, restore, undo
from core.data.edits import LeaveOut, MergeClasses, PutBack, Relabel, RenameClass, names_of
from core.data.same_classes import same_classes
from core.data.shelf import rename
from core.data.sources import Picture
from core.errors import DamagedError
from core.workspace.atomic import write_json
from core.workspace.catalogue import connect, put_dataset
from tests.making import png, read_json, write_classes


@pytest.fixture
def fruit(workspace, tmp_path):
    """Version 1, of apple, lemon, orange."""
    return add(workspace, str(write_classes(tmp_path / "fruit", {"apple": 6, "lemon": 6, "orange": 6})))


def images_of(workspace, dataset, label, count=None):
    index = read_index(workspace, dataset)
    return tuple(names_of(index, index.index[index["label"] == label][:count]))


def in_steps(workspace, dataset, *steps):
    """The version that comes of `steps`, each of which is saved."""
    for step in steps:
        dataset = apply(workspace, dataset, [step] if not isinstance(step, list) else step)
    return dataset


ORANGES = RenameClass("orange", "oranges")
SWAP = [RenameClass("apple", "x"), RenameClass("orange", "apple"), RenameClass("x", "orange")]
SAME = {"apple": "apple", "lemon": "lemon"}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([ORANGES], {**SAME, "orange": "oranges"}, id="one"),
        pytest.param([ORANGES, RenameClass("oranges", "mandarin")], {**SAME, "orange": "mandarin"}, id="a chain"),
        pytest.param(
            [[ORANGES, RenameClass("oranges", "mandarin")]], {**SAME, "orange": "mandarin"}, id="a chain, saved at once"
        ),
        pytest.param([ORANGES, RenameClass("oranges", "orange")], {**SAME, "orange": "orange"}, id="forth and back"),
        pytest.param([SWAP], {"apple": "orange", "lemon": "lemon", "orange": "apple"}, id="swapped at once"),
        pytest.param(SWAP, {"apple": "orange", "lemon": "lemon", "orange": "apple"}, id="swapped in steps"),
        pytest.param(
            [ORANGES, RenameClass("apple", "orange")],
            {"apple": "orange", "lemon": "lemon", "orange": "oranges"},
            id="a name that another had",
        ),
        pytest.param(
            [MergeClasses(("orange",), "citrus")], {**SAME, "orange": "citrus"}, id="a merge of one is a rename"
        ),
        pytest.param([MergeClasses(("orange", "lemon"), "citrus")], {"apple": "apple"}, id="a merge"),
        pytest.param([MergeClasses(("orange",), "lemon")], SAME, id="a merge into one that is there, by name"),
        pytest.param([ORANGES, MergeClasses(("lemon",), "oranges")], {"apple": "apple"}, id="a rename, then a merge"),
        pytest.param([[ORANGES, MergeClasses(("lemon",), "oranges")]], {"apple": "apple"}, id="both at once"),
        pytest.param(
            [MergeClasses(("lemon",), "orange"), ORANGES],
            {"apple": "apple"},
            id="a merge, then a rename of what came of it",
        ),
    ],
)
def test_renamed_classes_are_followed_and_merged_ones_are_not(workspace, fruit, steps, expected):
    now = in_steps(workspace, fruit, *steps)

    assert same_classes(workspace, fruit, now) == expected
    assert same_classes(workspace, now, fruit) == {there: name for name, there in expected.items()}


def test_images_that_go_another_way_do_not_hide_a_rename(workspace, fruit):
    two, first = images_of(workspace, fruit, "orange", 2), images_of(workspace, fruit, "apple", 1)

    now = in_steps(workspace, fruit, [ORANGES, Relabel(two, "lemon"), Relabel(first, "oranges")])

    assert same_classes(workspace, fruit, now) == {**SAME, "orange": "oranges"}


def test_a_new_class_with_the_old_name_is_another_one(workspace, fruit):
    now = in_steps(workspace, fruit, ORANGES, Relabel(images_of(workspace, fruit, "apple", 2), "orange"))

    assert same_classes(workspace, fruit, now) == {**SAME, "orange": "oranges"}
    assert same_classes(workspace, now, fruit) == {**SAME, "oranges": "orange"}


def test_all_images_relabelled_to_a_new_class_are_a_rename_and_a_part_of_them_is_none(workspace, fruit):
    every = images_of(workspace, fruit, "orange")

    part = apply(workspace, fruit, [Relabel(every[:5], "oranges")])
    assert same_classes(workspace, fruit, part) == {**SAME, "orange": "orange"}
    whole = apply(workspace, undo(workspace, part), [Relabel(every[:2], "oranges"), Relabel(every[2:], "oranges")])
    assert same_classes(workspace, fruit, whole) == {**SAME, "orange": "oranges"}


def test_a_name_that_was_given_and_taken_again_before_saving_hides_no_rename(workspace, fruit):
    every = images_of(workspace, fruit, "orange")

    now = apply(workspace, fruit, [ORANGES, Relabel(every, "mandarin")])

    assert same_classes(workspace, fruit, now) == {**SAME, "orange": "mandarin"}


@pytest.mark.parametrize(
    "merge",
    [
        [MergeClasses(("lemon", "orange"), "apple")],
        [MergeClasses(("lemon", "orange"), "citrus"), RenameClass("citrus", "apple")],
    ],
)
def test_a_merge_into_the_name_of_a_class_that_is_gone_is_another_class(workspace, fruit, merge):
    every = images_of(workspace, fruit, "apple")

    now = in_steps(workspace, fruit, LeaveOut(every), merge, RenameClass("apple", "citrus"))

    assert same_classes(workspace, fruit, now) == {}  # a run's apples are not asked about as citrus


def test_undo_and_going_back_have_the_names_of_the_version_that_they_equal(workspace, fruit):
    second = apply(workspace, fruit, [ORANGES])
    third = undo(workspace, second)
    fourth = restore(workspace, third, second)
    fifth = apply(workspace, fourth, [RenameClass("oranges", "mandarin")])

    assert same_classes(workspace, second, third) == {**SAME, "oranges": "orange"}
    assert same_classes(workspace, fruit, fourth) == {**SAME, "orange": "oranges"}
    assert same_classes(workspace, third, fifth) == {**SAME, "orange": "mandarin"}


def test_a_class_that_was_away_for_a_version_is_still_the_same(workspace, fruit):
    every = images_of(workspace, fruit, "orange")

    now = in_steps(workspace, fruit, ORANGES, LeaveOut(every))
    assert same_classes(workspace, fruit, now) == SAME
    assert same_classes(workspace, fruit, in_steps(workspace, now, PutBack(every))) == {**SAME, "orange": "oranges"}


def test_more_images_and_the_source_added_again_keep_the_way_to_the_names(workspace, fruit, tmp_path):
    second = apply(workspace, fruit, [ORANGES])
    (tmp_path / "new.png").write_bytes(png(99))
    more = append(workspace, second, [Picture("oranges/new.png", "oranges", tmp_path / "new.png")], "")
    assert same_classes(workspace, fruit, more) == {**SAME, "orange": "oranges"}

    (tmp_path / "fruit/kiwi").mkdir()
    (tmp_path / "fruit/kiwi/0.png").write_bytes(png(98))
    again = add(workspace, str(tmp_path / "fruit"))  # with its own names

    assert (again.version, again.parent) == (4, None)
    assert same_classes(workspace, more, again) == {**SAME, "oranges": "orange"}
    assert same_classes(workspace, fruit, again) == {**SAME, "orange": "orange"}


def test_a_renamed_data_set_keeps_its_renamed_classes(workspace, fruit):
    apply(workspace, fruit, [ORANGES])

    first, second = rename(workspace, "fruit", "stall")

    assert same_classes(workspace, first, second) == {**SAME, "orange": "oranges"}


def test_versions_of_an_earlier_fovea_are_followed_by_their_words(workspace, fruit):
    now = in_steps(workspace, fruit, ORANGES, MergeClasses(("lemon",), "apple"), RenameClass("apple", "pome"))
    for version in (2, 3, 4):
        file = find(workspace, f"fruit@{version}").folder(workspace) / "dataset.json"
        value = read_json(file)
        del value["renamed"]
        write_json(file, value)
        with connect(workspace) as db:
            put_dataset(db, value)

    now = find(workspace, now.reference)
    assert now.renamed is None
    assert same_classes(workspace, fruit, now) == {"orange": "oranges"}


def lose(workspace, dataset):
    """Damage what says what a version is, as it is found once the catalogue is made anew from the files."""
    (dataset.folder(workspace) / "dataset.json").write_text("{")
    workspace.catalogue.unlink()


def test_a_version_between_that_cannot_be_read_is_told_and_no_name_is_guessed(workspace, fruit):
    second = apply(workspace, fruit, SWAP)
    third = apply(workspace, second, [RenameClass("lemon", "lime")])
    fourth = apply(workspace, third, [RenameClass("lime", "citron")])
    whole = same_classes(workspace, fruit, fourth)
    text = (second.folder(workspace) / "dataset.json").read_text()
    lose(workspace, second)

    for then, now in ((fruit, fourth), (fourth, fruit), (fruit, third)):
        with pytest.raises(
            DamagedError, match=rf"in {now.reference} than in {then.reference} cannot .*v2/dataset.json"
        ):
            same_classes(workspace, then, now)
    assert same_classes(workspace, third, fourth) == {"apple": "apple", "lime": "citron", "orange": "orange"}
    again = restore(workspace, fourth, fruit)
    assert same_classes(workspace, fruit, again) == {name: name for name in fruit.classes}, "it is the same version"
    (second.folder(workspace) / "dataset.json").write_text(text)
    assert same_classes(workspace, fruit, fourth) == whole


def test_a_version_like_one_that_cannot_be_read_is_not_taken_for_the_one_before_it(workspace, fruit):
    swapped = apply(workspace, fruit, SWAP)
    back = restore(workspace, undo(workspace, swapped), swapped)
    lose(workspace, swapped)

    with pytest.raises(DamagedError, match=r"v2/dataset\.json"):
        same_classes(workspace, fruit, back)


def test_what_was_renamed_goes_to_json_and_back(workspace, fruit):
    now = apply(workspace, fruit, [ORANGES, MergeClasses(("lemon",), "apple")])

    assert now.renamed == {"orange": "oranges", "lemon": None, "apple": None}
    assert Dataset.from_json(read_json(now.folder(workspace) / "dataset.json")) == now
    assert dataclasses.replace(now, renamed={}) != now
