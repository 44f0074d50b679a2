import dataclasses
import json
import threading

import numpy as np
import pandas as pd
import pytest

from core.data import shelf
from core.data.add import add
from core.data.dataset import LEFT_OUT_BY_HAND, Dataset, find, read_index, read_left_out
from core.data.edit import apply, changes, left_out_by_hand, restore, undo
from core.data.edits import (
    ImageName,
    LeaveOut,
    MergeClasses,
    Move,
    PutBack,
    Relabel,
    RenameClass,
    from_json,
    names_of,
    to_json,
)
from core.data.on_top import on_top
from core.data.packed import PackRecipe, pack
from core.errors import ConflictError, InputError
from core.workspace.atomic import write_json
from core.workspace.catalogue import connect, put_dataset
from tests.making import files_below, read_json, write_classes


@pytest.fixture
def pets(workspace, tmp_path):
    """Version 1 of 12 cats, 10 dogs and 6 tabbies, in a folder of their own, one unreadable file beside them."""
    folder = write_classes(tmp_path / "pets", {"cat": 12, "dog": 10, "tabby": 6})
    (folder / "cat/bad.png").write_bytes(b"")
    return add(workspace, str(folder))


def named(workspace, dataset, *paths):
    """The names of the images at these paths."""
    index = read_index(workspace, dataset)
    return tuple(name for name in names_of(index) if name.path in paths)


def labels(workspace, dataset):
    index = read_index(workspace, dataset)
    return dict(zip(index["path"], index["label"], strict=True))


def test_relabelled_images_have_the_new_class_and_nothing_else_changes(workspace, pets):
    before = read_index(workspace, pets)

    made = apply(workspace, pets, [Relabel(named(workspace, pets, "cat/000.png", "cat/001.png"), "dog")])

    after = read_index(workspace, made)
    changed = before["path"].isin(["cat/000.png", "cat/001.png"])
    assert after["label"].tolist() == before["label"].mask(changed, "dog").tolist()
    pd.testing.assert_frame_equal(after.drop(columns="label"), before.drop(columns="label"))
    assert (made.reference, made.parent) == ("pets@2", 1)
    assert made.per_class == {"cat": 10, "dog": 12, "tabby": 6}
    assert made.change == "2 images relabelled from cat to dog"
    assert made.fingerprint != pets.fingerprint
    assert find(workspace, "pets") == made
    assert find(workspace, "pets@1") == pets


def test_a_new_class_takes_its_place_in_the_order_and_a_class_without_images_is_gone(workspace, tmp_path):
    numbers = add(workspace, str(write_classes(tmp_path / "n", {"2": 3, "10": 3})))

    made = apply(workspace, numbers, [RenameClass("2", "30")])

    assert (numbers.classes, made.classes) == (("2", "10"), ("10", "30"))
    assert made.change == "class 2 renamed 30 (3 images)"


def test_classes_merge_into_one_of_them_or_a_new_one(workspace, pets):
    into_old = apply(workspace, pets, [MergeClasses(("tabby",), "cat")])
    into_new = apply(workspace, into_old, [MergeClasses(("cat", "dog"), "pet")])

    assert into_old.per_class == {"cat": 18, "dog": 10}
    assert into_old.change == "class tabby merged into cat (6 images)"
    assert into_new.per_class == {"pet": 28}
    assert into_new.change == "classes cat, dog merged into pet (28 images)"


def test_a_class_is_not_renamed_onto_another_nor_one_that_is_not_there(workspace, pets):
    with pytest.raises(InputError, match=r"There is a class 'dog' already\. Merge"):
        apply(workspace, pets, [RenameClass("cat", "dog")])
    with pytest.raises(InputError, match="no class 'lion'"):
        apply(workspace, pets, [MergeClasses(("lion",), "cat")])
    assert [one.version for one in shelf.versions(workspace, "pets")] == [1]


@pytest.mark.parametrize("make", [lambda text: Relabel((), text), lambda text: RenameClass("cat", text)])
def test_class_names_obey_the_rules_of_every_import(make):
    assert make(" cafe\u0301 ") == make("caf\u00e9")
    with pytest.raises(InputError, match="needs a name"):
        make(" \n ")


def test_images_move_between_splits_and_a_later_import_leaves_them_there(workspace, pets, tmp_path):
    index = read_index(workspace, pets)
    path = index.loc[index["split"] == "train", "path"].iloc[3]

    made = apply(workspace, pets, [Move(named(workspace, pets, path), "test")])

    assert made.per_split == {
        **pets.per_split,
        "train": pets.per_split["train"] - 1,
        "test": pets.per_split["test"] + 1,
    }
    assert made.change == "1 image moved from training to test"
    (tmp_path / "pets/dog/009.png").unlink()
    again = read_index(workspace, add(workspace, str(tmp_path / "pets")))
    assert again.set_index("path").at[path, "split"] == "test"


def test_images_left_out_are_kept_aside_and_come_back_to_their_very_place(workspace, pets):
    gone = named(workspace, pets, "cat/003.png", "dog/000.png", "tabby/005.png")

    without = apply(workspace, pets, [LeaveOut(gone)])
    fewer = apply(workspace, without, [LeaveOut(named(workspace, without, "cat/004.png", "cat/011.png"))])
    back = tuple(names_of(left_out_by_hand(workspace, fewer)))
    whole = apply(workspace, fewer, [PutBack(back)])

    assert (without.images, without.left_out) == (25, 4)
    assert without.change == "3 images left out"
    assert read_left_out(workspace, without)["reason"].value_counts()[LEFT_OUT_BY_HAND] == 3
    assert read_left_out(workspace, without)["path"].iloc[0] == "cat/bad.png"
    assert whole.change == "5 images put back"
    pd.testing.assert_frame_equal(read_index(workspace, whole), read_index(workspace, pets))
    assert whole.fingerprint == pets.fingerprint
    assert read_left_out(workspace, whole).to_dict("records") == read_left_out(workspace, pets).to_dict("records")


def test_an_image_that_comes_back_has_the_new_name_of_its_class(workspace, pets):
    without = apply(workspace, pets, [LeaveOut(named(workspace, pets, "tabby/000.png"))])
    renamed = apply(workspace, without, [RenameClass("tabby", "tiger")])

    back = apply(workspace, renamed, [PutBack(tuple(names_of(left_out_by_hand(workspace, renamed))))])

    assert back.per_class == {"cat": 12, "dog": 10, "tiger": 6}


def test_undo_gives_the_very_rows_and_the_fingerprint_and_undoing_that_does_the_edit_again(workspace, pets):
    edited = apply(
        workspace,
        pets,
        [
            Relabel(named(workspace, pets, "cat/000.png"), "dog"),
            LeaveOut(named(workspace, pets, "dog/004.png")),
            MergeClasses(("tabby",), "cat"),
        ],
    )

    undone = undo(workspace, edited)
    redone = undo(workspace, undone)

    for one, other in ((undone, pets), (redone, edited)):
        pd.testing.assert_frame_equal(read_index(workspace, one), read_index(workspace, other))
        for name in ("index.parquet", "left_out.parquet"):
            assert (one.folder(workspace) / name).read_bytes() == (other.folder(workspace) / name).read_bytes()
        own = {"version", "parent", "change", "created_at", "renamed"}
        assert {k: v for k, v in one.to_json().items() if k not in own} == {
            k: v for k, v in other.to_json().items() if k not in own
        }
    assert (undone.version, undone.parent) == (3, 2)
    assert undone.change == (
        "Back to version 1: 6 images relabelled from cat to tabby; 1 image relabelled from dog to cat; 1 image put back"
    )


def test_any_earlier_version_can_be_restored_but_not_the_one_that_is_there(workspace, pets):
    second = apply(workspace, pets, [RenameClass("tabby", "tiger")])
    third = apply(workspace, second, [RenameClass("dog", "hound")])

    restored = restore(workspace, third, pets)

    pd.testing.assert_frame_equal(read_index(workspace, restored), read_index(workspace, pets))
    with pytest.raises(InputError, match="is the same as version 1 already"):
        restore(workspace, restored, pets)
    with pytest.raises(InputError, match="the first version"):
        undo(workspace, pets)


def test_adding_the_same_source_after_an_undo_gives_the_newest_version_of_that_content(workspace, pets, tmp_path):
    undone = undo(workspace, apply(workspace, pets, [RenameClass("tabby", "tiger")]))

    assert add(workspace, str(tmp_path / "pets")) == undone


def test_an_edit_writes_tables_only_and_the_packed_pictures_still_serve(workspace, pets):
    recipe = PackRecipe(12, 3)
    pictures = pack(workspace, pets, recipe).take(np.arange(28))
    before = files_below(workspace.dataset("pets"))

    made = apply(workspace, pets, [Relabel(named(workspace, pets, "cat/000.png"), "dog")])

    after = files_below(workspace.dataset("pets"))
    assert {path: after[path] for path in before} == before
    assert set(after) - set(before) == {f"v2/{name}" for name in ("index.parquet", "left_out.parquet", "dataset.json")}
    np.testing.assert_array_equal(pack(workspace, made, recipe).take(np.arange(28)), pictures)
    assert set(files_below(workspace.dataset("pets"))) == set(after)


def test_where_images_are_left_out_nothing_is_packed_anew(workspace, pets):
    recipe = PackRecipe(12, 3)
    whole = pack(workspace, pets, recipe).take(np.arange(28))
    files = set(files_below(workspace.dataset("pets") / "packed"))

    made = apply(workspace, pets, [LeaveOut(named(workspace, pets, "cat/000.png", "dog/009.png"))])
    fewer = pack(workspace, made, recipe).take(np.arange(26))

    kept = ~read_index(workspace, pets)["path"].isin(["cat/000.png", "dog/009.png"])
    np.testing.assert_array_equal(fewer, whole[kept])
    assert set(files_below(workspace.dataset("pets") / "packed")) == files


def test_edits_in_one_save_follow_one_another(workspace, pets):
    cat = named(workspace, pets, "cat/000.png")

    made = apply(
        workspace,
        pets,
        [RenameClass("cat", "moggy"), Relabel(cat, "cat"), Relabel(cat, "dog"), LeaveOut(cat), PutBack(cat)],
    )

    assert made.per_class == {"dog": 11, "moggy": 11, "tabby": 6}


def test_edits_that_change_nothing_or_leave_nothing_are_refused(workspace, pets):
    with pytest.raises(InputError, match="change nothing"):
        apply(workspace, pets, [Relabel(named(workspace, pets, "cat/000.png"), "cat")])
    with pytest.raises(InputError, match="Every image would be left out"):
        apply(workspace, pets, [LeaveOut(tuple(names_of(read_index(workspace, pets))))])
    with pytest.raises(InputError, match=r"no image lion\.png"):
        apply(workspace, pets, [LeaveOut((ImageName("0" * 64, "lion.png"),))])
    assert not (workspace.dataset("pets") / "v2").exists()


def test_edits_go_to_json_and_back(workspace, pets):
    images = named(workspace, pets, "cat/000.png", "dog/000.png")
    edits = [
        Relabel(images, "dog"),
        RenameClass("a", "b"),
        MergeClasses(("a", "b"), "c"),
        LeaveOut(images),
        PutBack(images),
        Move(images, "val"),
    ]

    assert [from_json(one) for one in json.loads(json.dumps([to_json(edit) for edit in edits]))] == edits


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"edit": "paint"}, "is no edit"),
        ([1], "is no edit"),
        ({"edit": "move", "images": [[[1], "a.png"]], "split": "test"}, "an image is its sha256, its path"),
        ({"edit": "leave_out", "images": [["ab", "a.png", {}]]}, "an image is its sha256, its path"),
        ({"edit": "leave_out", "images": [{"sha256": "ab", "path": "a.png"}]}, "an image is its sha256, its path"),
        ({"edit": "leave_out", "images": ["ab", 5]}, "an image is its sha256, its path"),
        ({"edit": "group", "images": [["ab", "a.png"]], "groups": "x"}, "groups is no list"),
        ({"edit": "rename_class", "old": ["cat"], "new": "dog"}, "'old' is"),
        ({"edit": "move", "images": []}, "it takes"),
        ({"edit": "move", "images": [], "split": "exam"}, "no split 'exam'"),
        ({"edit": "leave_out", "images": [["a", "b", "c", "d", "e"]]}, "unfit"),
    ],
)
def test_what_is_no_edit_is_refused_with_what_one_is(value, why):
    with pytest.raises(InputError, match=why):
        from_json(value)


def test_a_file_that_a_manifest_lists_twice_is_edited_one_by_one(workspace, tmp_path):
    write_classes(tmp_path, {"cat": 3})
    rows = ["cat/000.png,cat", "cat/001.png,cat", "cat/002.png,cat", "cat/000.png,dog"]
    (tmp_path / "list.csv").write_text("\n".join(["path,label", *rows]))
    both = add(workspace, str(tmp_path / "list.csv"))
    first, second = (name for name in names_of(read_index(workspace, both)) if name.path == "cat/000.png")

    made = apply(workspace, both, [LeaveOut((second,))])

    assert made.per_class == {"cat": 3}
    assert first in names_of(read_index(workspace, made))


def test_a_version_from_before_there_were_parents_is_read(workspace, pets):
    path = pets.folder(workspace) / "dataset.json"
    value = read_json(path)
    assert value.pop("parent") is None
    write_json(path, value)
    with connect(workspace) as db:
        put_dataset(db, value)

    assert find(workspace, "pets") == Dataset.from_json(value) == pets


def test_the_second_of_two_people_is_told_what_the_first_changed(workspace, pets):
    apply(workspace, pets, [RenameClass("tabby", "tiger")])
    newest = apply(workspace, find(workspace, "pets"), [RenameClass("dog", "hound")])

    for late in (lambda: apply(workspace, pets, [RenameClass("cat", "moggy")]), lambda: restore(workspace, pets, pets)):
        with pytest.raises(ConflictError, match=r"version 2 \(class tabby renamed tiger .* version 3 \(class dog"):
            late()
    assert find(workspace, "pets") == newest


def test_of_many_people_who_save_at_once_one_wins(workspace, pets):
    ready = threading.Barrier(6)
    told, made = [], []

    def save(number):
        ready.wait()
        try:
            made.append(apply(workspace, pets, [RenameClass("tabby", f"tiger {number}")]))
        except ConflictError as error:
            told.append(error)

    people = [threading.Thread(target=save, args=(number,)) for number in range(6)]
    [one.start() for one in people]
    [one.join() for one in people]

    assert (len(made), len(told)) == (1, 5)
    assert [one.version for one in shelf.versions(workspace, "pets")] == [1, 2]


def test_a_data_set_that_was_deleted_and_made_anew_is_another(workspace, pets, tmp_path):
    shelf.delete(workspace, "pets")
    again = add(workspace, str(tmp_path / "pets"))

    assert (again.reference, again.fingerprint) == (pets.reference, pets.fingerprint)
    with pytest.raises(ConflictError):
        apply(workspace, pets, [RenameClass("cat", "moggy")])


def test_edits_that_do_not_touch_what_others_changed_go_on_top(workspace, pets):
    theirs = apply(workspace, pets, [Relabel(named(workspace, pets, "cat/000.png"), "dog")])
    mine = [
        Relabel(named(workspace, pets, "cat/001.png"), "dog"),
        Move(named(workspace, pets, "cat/000.png"), "val"),
        RenameClass("tabby", "tiger"),
    ]

    fitted = on_top(workspace, mine, pets, theirs)
    made = apply(workspace, theirs, fitted.edits)

    assert fitted == dataclasses.replace(fitted, edits=tuple(mine), refused=())
    assert labels(workspace, made)["cat/000.png"] == "dog"
    assert made.per_class == {"cat": 10, "dog": 12, "tiger": 6}


def test_what_others_put_back_already_is_nothing_to_do_and_what_i_put_back_myself_stays(workspace, pets):
    a, b = (named(workspace, pets, f"cat/00{number}.png") for number in range(2))
    without = apply(workspace, pets, [LeaveOut(a)])
    theirs = apply(workspace, without, [PutBack(a)])

    fitted = on_top(workspace, [PutBack(a), LeaveOut(b), PutBack(b)], without, theirs)

    assert fitted.edits == (LeaveOut(b), PutBack(b))
    assert fitted.refused == ()


def test_edits_that_meet_what_others_changed_are_refused_by_name_and_the_rest_goes_on_top(workspace, pets):
    a, b, c, d = (named(workspace, pets, f"cat/00{number}.png") for number in range(4))
    theirs = apply(workspace, pets, [Relabel(a, "tabby"), Relabel(d, "dog"), LeaveOut(b), RenameClass("dog", "hound")])
    mine = [
        Relabel((*a, *b, *c), "tabby"),
        Relabel(d, "tabby"),
        Relabel(c, "dog"),
        LeaveOut(b),
        RenameClass("dog", "wolf"),
        RenameClass("cat", "hound"),
    ]

    fitted = on_top(workspace, mine, pets, theirs)

    assert fitted.edits == (Relabel(c, "tabby"),)
    assert fitted.refused == (
        "3 images to tabby: 1 of these, cat/001.png is not in it any more.",
        "1 image to tabby: cat/003.png is hound there and was cat when you saw it.",
        "1 image to dog: There is no class 'dog' any more.",
        "class dog renamed wolf: There is no class 'dog'. Its images may have gone to another one.",
        "class cat renamed hound: There is a class 'hound' already. Merge 'cat' into it instead.",
    )


def test_what_was_done_over_several_versions_is_told_as_one(workspace, pets):
    index = read_index(workspace, pets)
    second = apply(workspace, pets, [Relabel(tuple(names_of(index, [0])), "owl")], "Tidied up")
    assert changes(workspace, pets, second) == second.change
    third = apply(workspace, second, [Relabel(tuple(names_of(index, [1, 2])), "owl"), LeaveOut(tuple(names_of(index, [3])))])  # fmt: skip
    assert changes(workspace, pets, third) == f"3 images relabelled from {index['label'][0]} to owl; 1 image left out"
    assert changes(workspace, pets, restore(workspace, find(workspace, pets.name), pets)) == ""
