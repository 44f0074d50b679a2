import os

import pytest

from core.errors import InputError
from core.workspace.atomic import new_folder, remove_folder, write_bytes, write_json, write_with
from tests.making import read_json


def test_a_file_is_written_whole_with_its_folders(tmp_path):
    write_json(tmp_path / "a/b/c.json", {"name": "ü", "n": [1, None]})

    assert read_json(tmp_path / "a/b/c.json") == {"name": "ü", "n": [1, None]}
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["c.json"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    write_bytes(tmp_path / "file.txt", b"old")

    def fail(path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_with(tmp_path / "file.txt", fail)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file.txt": b"old"}


@pytest.mark.parametrize(
    ("named", "expected"), [(None, "model.keras"), ("x/.new-a8.keras", "model.keras"), ("x/other.npz", "other.npz")]
)
def test_what_could_not_be_written_is_named_and_not_the_temporary_file(tmp_path, named, expected):
    def fail(path):
        raise OSError(28, "No space left on device", named)

    with pytest.raises(OSError, match="No space") as caught:
        write_with(tmp_path / "model.keras", fail)

    assert os.path.basename(caught.value.filename) == expected


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path):
    write_bytes(tmp_path / "file.txt", b"old")
    seen = []

    def write(path):
        path.write_bytes(b"half")
        seen.append((tmp_path / "file.txt").read_bytes())
        path.write_bytes(b"whole")

    write_with(tmp_path / "file.txt", write)

    assert seen == [b"old"]
    assert (tmp_path / "file.txt").read_bytes() == b"whole"


def test_the_temporary_name_has_the_suffix_and_the_folder_of_the_file(tmp_path):
    names = []

    write_with(tmp_path / "model.keras", names.append)

    assert (names[0].suffix, names[0].parent) == (".keras", tmp_path)


def test_others_may_read_what_was_written(tmp_path):
    write_bytes(tmp_path / "file.txt", b"x")

    assert os.stat(tmp_path / "file.txt").st_mode & 0o777 == 0o644


def test_not_a_number_is_refused_and_the_old_file_stays(tmp_path):
    write_json(tmp_path / "a.json", 1)

    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", float("nan"))

    assert read_json(tmp_path / "a.json") == 1


def test_a_new_folder_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError), new_folder(tmp_path / "bad") as folder:
        (folder / "half").touch()
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []

    with new_folder(tmp_path / "good") as folder:
        (folder / "whole").touch()
        assert not (tmp_path / "good").exists()
    assert (tmp_path / "good/whole").exists()


def test_a_folder_is_removed_with_all_that_is_in_it(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").touch()

    remove_folder(tmp_path / "a")
    remove_folder(tmp_path / "never-there")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make", [lambda path: path.write_text("no folder"), lambda path: path.symlink_to("gone")])
def test_what_stands_in_a_folders_place_is_told(tmp_path, make):
    make(tmp_path / "evaluation")

    with pytest.raises(InputError, match=f"^{tmp_path}/evaluation is .*, where a folder belongs"):
        write_bytes(tmp_path / "evaluation" / "digits@1-test" / "metrics.json", b"{}")
