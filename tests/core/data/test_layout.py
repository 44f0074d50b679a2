"""Which folders are splits and which are classes: the layouts that people and public data sets have."""

import pytest

from core.data.sources import Reading, open_source
from core.data.sources.layout import arrange
from core.data.sources.listing import split_of, split_said
from core.errors import SourceError
from tests.making import class_entries, write_zip


def read(*names, class_from="path"):
    """{path: (class, split)} of what is taken, and the paths that are left out."""
    arranged = arrange([(name, None) for name in names], class_from, lambda _: b"")
    return {one.path: (one.label, one.split) for one in arranged.pictures}, [path for path, _ in arranged.left_out]


def test_usual_names_of_splits_are_known_and_names_of_classes_are_not():
    train = (
        "train Training training_set trainset TrainImages train_images TRAIN train2017 Train-Set traindata data_train"
    )
    val = "val valid validation dev val_set VALID valid-images Validation_Set"
    test = "test testing test_set Test testset evaluation test_images"
    for split, names in (("train", train), ("val", val), ("test", test)):
        assert {split_said(name) for name in names.split()} == {split}
    classes = "cat control tests protest valley trains contest data images 2017 train2 testA"
    assert {split_said(name) for name in classes.split()} == {""}
    assert split_of("seg_train") == ("train", ("seg",))
    assert split_of("asl_alphabet_test") == ("test", ("asl", "alphabet"))


CAT_AND_DOG = [
    ("train/cat", "train/dog", "test/cat"),
    ("pets/train/cat", "pets/train/dog", "pets/test/cat"),
    ("a/b/Training/cat", "a/b/Training/dog", "a/b/Testing/cat"),
    ("training_set/cat", "training_set/dog", "test_set/cat"),
    ("seg_train/seg_train/cat", "seg_train/seg_train/dog", "seg_test/seg_test/cat"),
    ("archive/seg_train/seg_train/cat", "archive/seg_train/seg_train/dog", "archive/seg_test/cat"),
    ("train/images/cat", "train/images/dog", "test/images/cat"),
    ("images/train/cat", "images/train/dog", "images/test/cat"),
    ("train2017/cat", "train2017/dog", "test2017/cat"),
    ("cat/train", "dog/train", "cat/test"),
    ("pets/cat/train", "pets/dog/train", "pets/cat/test"),
    ("test_data/train/cat", "test_data/train/dog", "test_data/test/cat"),
]


@pytest.mark.parametrize("folders", CAT_AND_DOG)
@pytest.mark.parametrize("beside", [(), ("notes/readme.txt", "LICENSE"), ("overview.png",)])
def test_splits_and_classes_are_found_in_every_usual_layout(folders, beside):
    taken, left_out = read(*(f"{folder}/1.png" for folder in folders), *beside)

    pictures = [taken[f"{folder}/1.png"] for folder in folders]
    assert pictures == [("cat", "train"), ("dog", "train"), ("cat", "test")]
    assert set(beside) - {"notes/readme.txt"} <= set(left_out)


@pytest.mark.parametrize("folders", CAT_AND_DOG)
def test_a_zip_is_read_as_the_folder_that_it_was_made_of(tmp_path, folders):
    archive = write_zip(tmp_path / "a.zip", {**class_entries(dict.fromkeys(folders, 1)), "notes/readme.txt": b"x"})

    with open_source(str(archive), tmp_path) as listing:
        assert {(one.label, one.split) for one in listing.pictures if one.split} == {
            ("cat", "train"),
            ("dog", "train"),
            ("cat", "test"),
        }


def test_a_folder_that_every_class_holds_its_pictures_in_is_no_part_of_its_name():
    tiny = ("train/n01/images/1.JPEG", "train/n01/n01_boxes.txt", "train/n02/images/2.JPEG", "val/images/3.JPEG",
            "val/val_annotations.txt", "test/images/4.JPEG", "words.txt")  # fmt: skip

    for top in ("", "tiny-imagenet-200/"):
        taken, left_out = read(*(top + path for path in tiny))
        pictures = {path: found for path, found in taken.items() if path.endswith(".JPEG")}
        assert pictures == {
            f"{top}train/n01/images/1.JPEG": ("n01", "train"),
            f"{top}train/n02/images/2.JPEG": ("n02", "train"),
        }
        assert {f"{top}val/images/3.JPEG", f"{top}test/images/4.JPEG"} <= set(left_out)
    assert {label for label, _ in read("cat/Images/1.png", "dog/Images/2.png")[0].values()} == {"cat", "dog"}
    assert {label for label, _ in read("a/cat/imgs/1.png", "a/dog/imgs/2.png", "b/owl/imgs/3.png")[0].values()} == {
        "a/cat", "a/dog", "b/owl",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("cat/images/1.png", "dog/2.png"), {"cat/images", "dog"}),  # not every class has it
        (("cat/images/1.png", "dog/photos/2.png"), {"cat/images", "dog/photos"}),
        (("cat/adult/1.png", "dog/adult/2.png"), {"cat/adult", "dog/adult"}),  # it says something
        (("cat/1.png", "images/2.png"), {"cat", "images"}),
    ],
)
def test_a_folder_that_may_tell_classes_apart_stays_in_their_names(names, labels):
    assert {label for label, _ in read(*names)[0].values()} == labels


def test_images_beside_the_splits_are_left_out_with_the_reason():
    arranged = arrange([(f"{name}/1.png", None) for name in ("train/a/x", "train/b", "test/a", "pred/pred")], "path")

    assert arranged.left_out == [("pred/pred/1.png", "It lies beside the split folders train, test, in none of them.")]


def test_an_unlabelled_test_split_is_no_class_called_test():
    taken, left_out = read("train/train/cat/1.png", "train/train/dog/1.png", "test/test/1.png", "test/test/2.png")

    assert {label for label, _ in taken.values()} == {"cat", "dog"}
    assert left_out == ["test/test/1.png", "test/test/2.png"]


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("train/1.png", "bus/1.png", "car/1.png"), {"train", "bus", "car"}),
        (("test/1.png", "control/1.png"), {"test", "control"}),
        (("blood_test/1.png", "blood_training/1.png"), {"blood_test", "blood_training"}),
        (("pre_test/a/1.png", "post_test/a/1.png"), {"pre_test/a", "post_test/a"}),
        (("train/cat/1.png", "extra/cat/1.png"), {"train/cat", "extra/cat"}),
        (("cat/1.png", "cat/tabby/1.png"), {"cat", "cat/tabby"}),
        (("cat/train/1.png", "dog/1.png"), {"cat/train", "dog"}),
    ],
)
def test_a_class_that_is_called_like_a_split_stays_a_class(names, labels):
    taken, left_out = read(*names)

    assert ({label for label, _ in taken.values()}, left_out) == (labels, [])


def test_one_class_with_splits_below_keeps_its_name():
    assert read("cat/train/1.png", "cat/test/1.png")[0] == {
        "cat/train/1.png": ("cat", "train"),
        "cat/test/1.png": ("cat", "test"),
    }


@pytest.mark.parametrize(
    ("class_from", "label"), [("path", "birds/owls/barn owl"), ("first", "birds"), ("last", "barn owl")]
)
def test_of_several_folders_the_class_is_named_by_the_one_that_is_asked_for(class_from, label):
    taken, _ = read("train/birds/owls/barn owl/1.png", "train/fish/2.png", "test/fish/1.png", class_from=class_from)

    assert [found for found, _ in taken.values()] == ["fish", label, "fish"]


def test_a_folder_without_a_pictures_name_is_known_by_how_its_files_begin():
    names = ("train/cat/1", "train/dog/2", "test/cat/3", "notes/readme")
    begins = {name: b"text" if name.startswith("notes") else b"\x89PNG\r\n" for name in names}

    arranged = arrange([(name, name) for name in names], "path", begins.__getitem__)

    assert {one.split for one in arranged.pictures} == {"train", "test"}
    assert arranged.likely == {("cat", "train"): 1, ("dog", "train"): 1, ("cat", "test"): 1}


def test_a_choice_that_there_is_not_is_refused_in_words():
    with pytest.raises(SourceError, match="first, path, last, not 'second'"):
        Reading(class_from="second")
    with pytest.raises(SourceError, match="'klingon' is no encoding"):
        Reading(zip_names="klingon")


def test_an_unlabelled_test_split_and_a_flat_folder_beside_it_are_no_classes():
    gtsrb = ("Train/0/1.png", "Train/1/1.png", "Test/1.png", "Test/2.png", "Meta/0.png", "Test.csv")

    for top in ("", "archive/"):
        taken, left_out = read(*(top + path for path in gtsrb))

        assert taken == {f"{top}Train/0/1.png": ("0", "train"), f"{top}Train/1/1.png": ("1", "train")}
        assert sorted(left_out) == sorted(top + path for path in gtsrb[2:])
    assert {label for label, _ in read("train/steam/1.png", "test/1.png", "plane/jet/1.png")[0].values()} == {
        "train/steam", "test", "plane/jet",
    }  # fmt: skip
