"""What edits did to a test split, against figures worked by hand."""

import pytest

from core.data.add import add
from core.data.dataset import read_index
from core.data.edit import apply, undo
from core.data.edits import LeaveOut, MergeClasses, Move, PutBack, Relabel, RenameClass, names_of
from core.data.hand_edits import changed_by_hand, touched
from tests.making import write_classes

SO = "figures from before are not comparable; Compare judges runs on the same images."


@pytest.fixture
def pets(workspace, tmp_path):
    """Cats and dogs: four of each to learn from, three of each to test."""
    sizes = {f"{split}/{of}": images for split, images in (("train", 4), ("test", 3)) for of in ("cat", "dog")}
    return add(workspace, str(write_classes(tmp_path / "pets", sizes)))


def images(workspace, dataset, split, label):
    index = read_index(workspace, dataset)
    rows = [row for row, one in enumerate(index.itertuples()) if (one.split, one.label) == (split, label)]
    return names_of(index, rows)


def test_test_images_that_edits_changed_are_counted_over_all_versions_since_the_import(workspace, pets):
    assert changed_by_hand(workspace, pets) == ""
    cats, dogs = (images(workspace, pets, "test", of) for of in ("cat", "dog"))
    learnt = images(workspace, pets, "train", "cat")
    second = apply(workspace, pets, [Relabel((learnt[0],), "dog"), RenameClass("cat", "moggy")])
    assert changed_by_hand(workspace, second) == "", "only images to learn from, and a name"

    third = apply(workspace, second, [Relabel((cats[0],), "dog")])
    assert changed_by_hand(workspace, third) == f"1 test image was relabelled by hand since version 1: {SO}"

    fourth = apply(
        workspace, third, [LeaveOut((cats[0], cats[1])), Move((dogs[0],), "train"), Relabel((dogs[1],), "moggy")]
    )
    assert changed_by_hand(workspace, fourth) == (
        f"4 test images were relabelled, moved or left out by hand since version 1: {SO}"
    )
    assert changed_by_hand(workspace, undo(workspace, fourth)).startswith("1 test image was relabelled")


def test_images_that_are_moved_into_the_test_split_make_another_test_of_it(workspace, pets):
    learnt, cat = images(workspace, pets, "train", "dog"), images(workspace, pets, "test", "cat")[0]
    index, moved = read_index(workspace, pets), [Move((*learnt[:2], cat), "test"), LeaveOut((cat,))]

    assert touched(index, moved) == f"1 test image is among them and 2 images become test images: {SO}"
    assert touched(index, [Move((learnt[0],), "test")]) == f"1 image becomes a test image: {SO}"
    assert touched(index, [*moved[:1], Move(tuple(learnt), "train"), LeaveOut((learnt[0],))]).startswith("1 test image")
    second = apply(workspace, pets, [Move(tuple(learnt[:2]), "test")])
    assert changed_by_hand(workspace, second) == f"2 test images were moved by hand since version 1: {SO}"
    third = apply(workspace, second, [LeaveOut((cat,)), Move((learnt[0],), "train")])
    assert changed_by_hand(workspace, third).startswith("2 test images were moved or left out by hand")


def test_images_of_merged_classes_are_another_question(workspace, pets):
    merged = apply(
        workspace,
        pets,
        [Relabel((images(workspace, pets, "train", "dog")[0],), "emu"), MergeClasses(("cat", "dog"), "pet")],
    )
    assert changed_by_hand(workspace, merged).startswith("6 test images were relabelled by hand")


def test_what_is_not_saved_says_how_many_test_images_it_touches(workspace, pets):
    index, test = read_index(workspace, pets), images(workspace, pets, "test", "cat")
    learnt = images(workspace, pets, "train", "cat")

    assert touched(index, [LeaveOut(tuple(learnt)), RenameClass("cat", "moggy")]) == ""
    edits = [Relabel((*test[:2], learnt[0]), "dog"), LeaveOut((test[0],)), LeaveOut((test[2],)), PutBack((test[2],))]
    assert touched(index, edits) == f"2 test images are among them: {SO}"
