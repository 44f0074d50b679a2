"""What edits did to a test split, against figures worked by hand."""

import re

import numpy as np
import pytest

from core.data.add import add
from core.data.dataset import read_index
from core.data.edit import apply, restore, undo
from core.data.edits import LeaveOut, MergeClasses, Move, PutBack, Relabel, RenameClass, names_of
from core.data.hand_edits import changed_by_hand, left_without, touched
from core.errors import InputError
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
        f"4 test images were relabelled, moved out or left out by hand since version 1: {SO}"
    )
    assert changed_by_hand(workspace, undo(workspace, fourth)).startswith("1 test image was relabelled")


def test_images_that_are_moved_into_the_test_split_make_another_test_of_it(workspace, pets):
    learnt, cat = images(workspace, pets, "train", "dog"), images(workspace, pets, "test", "cat")[0]
    moved = [Move((*learnt[:2], cat), "test"), LeaveOut((cat,))]

    assert touched(workspace, pets, moved) == f"3 test images are moved in or left out: {SO}"
    assert touched(workspace, pets, [Move((learnt[0],), "test")]) == f"1 test image is moved in: {SO}"
    assert touched(workspace, pets, [*moved[:1], Move(tuple(learnt), "train"), LeaveOut((learnt[0],))]) == ""
    second = apply(workspace, pets, [Move(tuple(learnt[:2]), "test")])
    assert changed_by_hand(workspace, second) == f"2 test images were moved in by hand since version 1: {SO}"
    third = apply(workspace, second, [LeaveOut((cat,)), Move((learnt[0],), "train")])
    assert changed_by_hand(workspace, third).startswith("2 test images were moved in or left out by hand")


def test_what_a_draft_leaves_a_split_without_is_said_by_the_name_that_the_class_then_has(workspace, pets):
    cats, dogs = (images(workspace, pets, "test", of) for of in ("cat", "dog"))
    moved = [RenameClass("cat", "moggy"), Move(tuple(cats), "train")]

    assert left_without(workspace, pets, moved) == (
        "Then there is no test image of moggy: move others there, or add some."
    )
    assert left_without(workspace, pets, [*moved, LeaveOut(tuple(dogs))]).startswith(
        "Then there is no test image of dog, no test image of moggy:"
    )
    assert left_without(workspace, pets, [Move(tuple(cats[1:]), "train")]) == ""
    assert left_without(workspace, pets, [MergeClasses(("dog",), "cat")]) == "", "a class that is gone lacks nothing"


def test_images_of_merged_classes_are_another_question(workspace, pets):
    merged = apply(
        workspace,
        pets,
        [Relabel((images(workspace, pets, "train", "dog")[0],), "emu"), MergeClasses(("cat", "dog"), "pet")],
    )
    assert changed_by_hand(workspace, merged).startswith("6 test images were relabelled by hand")


def test_what_is_not_saved_says_how_many_test_images_it_touches(workspace, pets):
    test, learnt = images(workspace, pets, "test", "cat"), images(workspace, pets, "train", "cat")

    def told(*edits):
        return touched(workspace, pets, edits)

    assert told(LeaveOut(tuple(learnt)), RenameClass("cat", "moggy")) == ""
    edits = [Relabel((*test[:2], learnt[0]), "dog"), LeaveOut((test[0],)), LeaveOut((test[2],)), PutBack((test[2],))]
    assert told(*edits) == f"2 test images are relabelled or left out: {SO}"
    assert told(Relabel((test[0],), "dog"), Relabel((test[0],), "cat")) == "", "and back again"
    assert told(MergeClasses(("cat",), "dog"), LeaveOut((test[0],))) == (
        f"3 test images are relabelled or left out: {SO}"
    ), "the cats that become dogs; the dogs stay what they are called"
    assert told(MergeClasses(("cat",), "moggy")) == "", "one class with another name"
    assert told(RenameClass("emu", "cat")) == "", "what cannot be saved"


def test_test_images_that_are_put_back_are_told_before_they_are(workspace, pets):
    cats = images(workspace, pets, "test", "cat")
    second = apply(workspace, pets, [LeaveOut(tuple(cats[:2]))])

    assert touched(workspace, second, [PutBack((cats[0],))]) == f"1 test image is put back: {SO}"
    assert touched(workspace, second, [PutBack((cats[0],)), LeaveOut((cats[0],))]) == ""


def a_draft(random, names):
    """Two to five edits of images and classes, as they come."""

    def some():
        return tuple(names[row] for row in random.permutation(len(names))[: random.integers(1, 5)])

    def of():
        return str(random.choice(["cat", "dog", "emu", "owl"]))

    kinds = [
        lambda: Relabel(some(), of()),
        lambda: LeaveOut(some()),
        lambda: PutBack(some()),
        lambda: Move(some(), str(random.choice(["train", "val", "test"]))),
        lambda: RenameClass(of(), of()),
        lambda: MergeClasses((of(),), of()),
        lambda: MergeClasses((of(), of()), of()),
    ]
    return [kinds[random.integers(len(kinds))]() for _ in range(random.integers(2, 6))]


def test_what_is_told_of_a_draft_is_told_of_it_once_it_is_saved(workspace, tmp_path):
    random, is_or_are = np.random.default_rng(0), {" was ": " is ", " were ": " are "}
    sizes = {f"{split}/{of}": 3 for split in ("train", "test") for of in ("cat", "dog", "emu")}
    first = base = add(workspace, str(write_classes(tmp_path / "pets", sizes)))
    names = names_of(read_index(workspace, first))
    saved = 0
    while saved < 25:
        edits = a_draft(random, names)
        before = touched(workspace, base, edits)
        try:
            made = apply(workspace, base, edits)
        except InputError:
            assert before == ""
            continue
        after = changed_by_hand(workspace, made).replace(" by hand since version 1", "")
        assert before == re.sub(" (was|were) ", lambda word: is_or_are[word[0]], after, count=1), edits
        base = restore(workspace, made, first)
        saved += 1
