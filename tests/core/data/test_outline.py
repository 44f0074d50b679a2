"""What is told before a source is taken is what is then taken."""

import numpy as np
import pytest

from core.data.add import add
from core.data.sources import Reading
from core.data.sources.outline import outline
from core.errors import SourceError
from tests.core.data.test_zip_names import unmarked
from tests.making import class_entries, png, write_classes, write_zip

COUNTS = {"train/cat/tabby": 20, "train/dog/pug": 20, "test/cat/tabby": 4, "test/dog/pug": 4}


@pytest.fixture
def pets(tmp_path):
    folder = write_classes(tmp_path / "pets", COUNTS)
    (folder / "notes").mkdir()
    (folder / "notes/readme.txt").write_text("no picture")
    (folder / ".DS_Store").write_bytes(b"")
    return folder


@pytest.mark.parametrize("class_from", ["", "first", "last"])
def test_what_is_told_of_a_folder_is_what_is_taken(workspace, pets, class_from):
    told = outline(str(pets), reading=Reading(class_from))
    taken = add(workspace, str(pets), reading=Reading(class_from))

    assert told.sentence() == "2 classes, train 40 / test 8"
    assert told.what_follows() == "A tenth of train becomes validation."
    assert told.nested
    assert told.per_class == taken.per_class
    assert [path for path, _ in told.left_out] == ["notes/readme.txt"]
    assert (told.images, told.ignored, len(told.left_out)) == (taken.images, taken.ignored, taken.left_out)


def test_what_lies_among_the_pictures_of_a_class_and_is_none_is_counted_apart(workspace, pets):
    (pets / "train/dog/pug/notes.txt").write_text("no picture")

    told, taken = outline(str(pets)), add(workspace, str(pets))

    assert (told.images, told.others) == (taken.images, 1)


def test_an_archive_is_told_by_its_list_of_names_alone(workspace, tmp_path):
    archive = write_zip(tmp_path / "a.zip", {**class_entries({"pets/cat": 9, "pets/dog": 9}), "pets/LICENSE": b"text"})

    told, taken = outline(str(archive), "pets.zip"), add(workspace, str(archive))

    assert (told.sentence(), told.what_follows()) == ("2 classes, 18 images", "Fovea splits them 80 / 10 / 10.")
    assert (told.per_class, len(told.left_out), told.nested) == (taken.per_class, taken.left_out, False)


def test_of_names_in_an_unknown_encoding_it_tells_what_they_might_be(tmp_path):
    archive = unmarked(tmp_path / "a.zip", ["小狗/1.png", "小狗/2.png"], "gbk")

    assert outline(str(archive)).might_be["gbk"] == "小狗"
    told = outline(str(archive), reading=Reading(zip_names="gbk"))
    assert (told.per_class, told.might_be) == ({"小狗": 2}, None)


def test_a_manifest_and_arrays(tmp_path):
    (tmp_path / "a.png").write_bytes(png(0))
    (tmp_path / "list.csv").write_text("path,label,split\na.png,cat,val\na.png,dog,train\ngone.png,dog,train\n")
    np.savez(tmp_path / "x.npz", x_train=np.zeros((1, 4, 4)), y_train=[0])

    told = outline(str(tmp_path / "list.csv"))

    assert (told.sentence(), told.what_follows()) == ("2 classes, train 1 / val 1", "The splits stay as they are.")
    assert [path for path, _ in told.left_out] == ["gone.png"]
    assert outline(str(tmp_path / "x.npz")) is None


def test_what_holds_no_pictures_is_refused_with_the_first_reason(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.png").write_bytes(png(0))

    with pytest.raises(SourceError, match=r"no pictures in class folders. The first: a.png: It is in no class folder"):
        outline(str(tmp_path / "in"))
