import pytest

from core.data.add import add
from core.data.checks import CHECKS, check
from tests.making import png, write_classes


@pytest.fixture
def folder(tmp_path):
    return write_classes(tmp_path / "pets", {"cat": 25, "dog": 25})


def found(workspace, folder, kind):
    return [issue for issue in check(workspace, add(workspace, str(folder))) if issue.kind == kind]


def test_a_sound_data_set_has_no_findings(workspace, folder):
    assert check(workspace, add(workspace, str(folder))) == []


def test_files_that_were_left_out_are_listed(workspace, folder):
    (folder / "cat/bad.png").write_bytes(b"")

    (issue,) = found(workspace, folder, "unreadable")

    assert (issue.severity, issue.images) == ("warning", ("cat/bad.png",))


def test_one_picture_under_two_labels_is_an_error(workspace, folder):
    (folder / "dog/copy.png").write_bytes((folder / "cat/003.png").read_bytes())

    (issue,) = found(workspace, folder, "exact_duplicates")

    assert issue.severity == "error"
    assert set(issue.images) == {"cat/003.png", "dog/copy.png"}
    assert "labels cat, dog" in issue.message


def test_one_picture_in_train_and_test_is_a_leak_that_names_the_pair(workspace, tmp_path):
    """FAULTS 14"""
    folder = write_classes(tmp_path / "in", {"train/cat": 25, "train/dog": 25, "test/cat": 25})
    write_classes(folder, {"test/dog": 25}, first_seed=500)
    for number in range(25):
        (folder / f"test/cat/{number:03d}.png").write_bytes(png(900 + number))
    (folder / "test/cat/leak.png").write_bytes((folder / "train/cat/007.png").read_bytes())

    issues = found(workspace, folder, "exact_duplicates")

    (leak,) = [issue for issue in issues if "leak" in issue.message]
    assert leak.severity == "error"
    assert set(leak.images) == {"train/cat/007.png", "test/cat/leak.png"}


def test_copies_on_one_side_are_a_note(workspace, folder):
    (folder / "cat/copy.png").write_bytes((folder / "cat/003.png").read_bytes())

    (issue,) = found(workspace, folder, "exact_duplicates")

    assert (issue.severity, len(issue.images)) == ("note", 2)


def test_classes_with_few_pictures_are_named_with_their_counts(workspace, folder):
    write_classes(folder, {"owl": 3}, first_seed=700)

    (issue,) = found(workspace, folder, "class_size")

    assert "owl (3)" in issue.message
    assert len(issue.images) == 3


def test_one_class_is_an_error(workspace, tmp_path):
    (issue,) = found(workspace, write_classes(tmp_path / "in", {"cat": 25}), "class_size")

    assert (issue.severity, "two or more" in issue.message) == ("error", True)


def test_the_worst_stands_first_and_every_kind_is_in_the_table(workspace, folder):
    (folder / "cat/bad.png").write_bytes(b"")
    (folder / "cat/copy.png").write_bytes((folder / "cat/003.png").read_bytes())
    (folder / "dog/copy.png").write_bytes((folder / "cat/004.png").read_bytes())

    issues = check(workspace, add(workspace, str(folder)))

    assert [issue.severity for issue in issues] == ["error", "warning", "note"]
    assert {issue.kind for issue in issues} <= set(CHECKS)
