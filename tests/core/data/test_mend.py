import numpy as np
import pandas as pd
import pytest

from core.data import checks
from core.data.add import add
from core.data.dataset import read_index
from core.data.edit import apply
from core.data.edits import LeaveOut, Move
from core.data.mend import (
    companions,
    has_alike_bursts,
    keep_in_test,
    keep_label,
    keep_on_one_side,
    keep_one,
    keep_this,
    leave_out,
    still_true,
)
from tests.making import write_classes


def table(*rows):
    """An index of (path, label, split, side of the square, group)."""
    columns = ["path", "label", "split", "width", "group"]
    index = pd.DataFrame(rows, columns=columns)
    return index.assign(height=index["width"], sha256=[f"{place:064x}" for place in range(len(index))])


def paths(edit):
    return [name.path for name in edit.images]


def test_of_copies_the_largest_stays_then_the_one_in_test_then_the_first():
    index = table(
        ("a", "cat", "train", 10, ""),
        ("b", "cat", "train", 20, ""),
        ("c", "cat", "train", 10, ""),
        ("d", "cat", "test", 10, ""),
        ("e", "cat", "val", 10, ""),
        ("f", "cat", "val", 10, ""),
        ("alone", "cat", "val", 10, ""),
    )

    edit, passed_over = keep_one(index, [("a", "b"), ("c", "d"), ("e", "f")])

    assert paths(edit) == ["a", "c", "f"]
    assert passed_over == 0


@pytest.mark.parametrize(
    ("kind", "left"), [("two_labels", ["ac"]), ("split_leak", ["ab"]), ("exact_duplicates", ["ab", "ac"])]
)
def test_a_finding_is_still_true_of_groups_that_have_what_it_says(kind, left):
    index = table(("a", "cat", "train", 10, ""), ("b", "cat", "test", 10, ""), ("c", "dog", "train", 10, ""))

    assert still_true(kind, index, ["ab", "ac", "a"]) == left


def test_frames_of_a_burst_stay_and_what_is_alike_to_them_goes():
    index = table(
        ("a1", "cat", "train", 10, "webcam-a"),
        ("a2", "cat", "train", 10, "webcam-a"),
        ("b1", "cat", "train", 10, "webcam-b"),
        ("b2", "cat", "train", 10, "webcam-b"),
        ("large", "cat", "train", 20, ""),
        ("of c", "cat", "train", 10, "webcam-c"),
    )
    frames = ["a1", "a2", "b1", "b2"]

    assert paths(keep_one(index, [frames + ["large", "of c"]])[0]) == ["large", "of c"]
    assert keep_one(index, [frames]) == (None, 0)
    assert paths(keep_one(index, [["a1", "of c"]])[0]) == ["of c"]  # one frame of each: no burst is alike
    assert [has_alike_bursts(index, [one]) for one in (frames, ["a1", "a2"], ["a1", "a2", "large"])] == [
        True,
        False,
        False,
    ]
    assert paths(keep_this(index, 4, np.array([0, 1, 5]))) == ["of c"]
    assert keep_this(index, 0, np.array([1, 2, 3])) is None
    assert still_true("near_duplicates", index, [["a1", "a2"], ["a1", "a2", "large"]]) == [["a1", "a2", "large"]]


def test_copies_under_two_labels_are_left_to_a_person():
    index = table(("a", "cat", "train", 10, ""), ("b", "dog", "train", 10, ""))

    assert keep_one(index, [("a", "b")]) == (None, 1)


def test_groups_that_share_a_picture_are_one_group():
    index = table(*((name, "cat", "train", 10, "") for name in "abcd"))

    edit, _ = keep_one(index, [("a", "b"), ("c", "d"), ("b", "c")])

    assert paths(edit) == ["b", "c", "d"]


def test_a_group_goes_to_the_side_that_has_most_of_it_and_to_train_where_it_is_a_tie():
    index = table(
        ("a", "cat", "train", 10, ""),
        ("b", "cat", "test", 10, ""),
        ("c", "cat", "test", 10, ""),
        ("d", "cat", "val", 10, ""),
        ("e", "dog", "train", 10, ""),
    )

    moves = keep_on_one_side(index, [("a", "b", "c"), ("d", "e")])

    assert [(move.split, paths(move)) for move in moves] == [("train", ["d"]), ("test", ["a"])]


def test_with_an_image_go_its_group_and_its_copies():
    index = table(
        *((name, "cat", "train", 10, group) for name, group in zip("abcde", ["g", "", "g", "", ""], strict=True))
    )
    index.loc[4, "sha256"] = index.at[1, "sha256"]

    assert companions(index, [0]).tolist() == [0, 2]
    assert companions(index, [1]).tolist() == [1, 4]
    assert companions(index, [3]).tolist() == [3]


def test_with_those_go_the_ones_that_belong_with_them():
    names = "abcdefg"
    index = table(*((name, "cat", "train", 10, group) for name, group in zip(names, "gghhijk", strict=True)))
    index["near"] = ["", "n", "n", "", "", "", ""]

    assert companions(index, [0]).tolist() == [0, 1, 2, 3]
    assert companions(index.drop(columns="near"), [0]).tolist() == [0, 1]


def test_near_copies_that_the_split_let_go_do_not_go_with_each_other_either():
    index = table(*((name, "cat", "train", 10, group) for name, group in zip("abcd", "gghi", strict=True)))
    index["near"] = "wall"

    assert companions(index, [0]).tolist() == [0, 1]


def test_with_a_group_that_goes_to_one_side_goes_its_whole_burst():
    index = table(
        ("a", "cat", "train", 10, "burst"),
        ("b", "cat", "train", 10, "burst"),
        ("c", "cat", "test", 10, "other"),
        ("d", "cat", "val", 10, "third"),
    )

    (move,) = keep_on_one_side(index, [("a", "c")])

    assert (move.split, paths(move)) == ("train", ["c"])
    (move,) = keep_on_one_side(index.assign(split=["train", "train", "test", "test"]), [("b", "c", "d")])
    assert (move.split, paths(move)) == ("train", ["c", "d"])


def test_a_test_split_stays_whole_where_the_copies_outside_it_are_left_out():
    index = table(*((name, "cat", split, 10, "") for name, split in zip("abcd", ["train", "test", "val", "train"], strict=True)))  # fmt: skip

    assert paths(keep_in_test(index, [("a", "b", "c")])) == ["a", "c"]
    assert keep_in_test(index, [("a", "d")]) is None


def test_one_label_is_kept_where_it_is_one_of_a_groups():
    index = table(*((name, label, "train", 10, "") for name, label in zip("abcd", ["cat", "dog", "owl", "dog"], strict=True)))  # fmt: skip

    edit = keep_label(index, [("a", "b"), ("c", "d")], "cat")

    assert (edit.label, paths(edit)) == ("cat", ["b"])
    assert keep_label(index, [("c", "d")], "cat") is None
    assert paths(leave_out(index, [("c", "d")])) == ["c", "d"]


@pytest.mark.parametrize("mend", ["keep one", "one side"])
def test_after_mending_a_leak_the_check_finds_it_no_more(workspace, tmp_path, mend):
    folder = write_classes(tmp_path / "leaky", {"cat": 9, "dog": 9})
    lines = [f"{path.relative_to(folder)},{path.parent.name},train" for path in sorted(folder.rglob("*.png"))]
    for number in range(3):
        (folder / f"cat/copy{number}.png").write_bytes((folder / f"cat/00{number}.png").read_bytes())
        lines.append(f"cat/copy{number}.png,cat,test")
    (folder / "list.csv").write_text("\n".join(["path,label,split", *lines]))
    leaky = add(workspace, str(folder / "list.csv"))
    errors = [issue for issue in checks.check(workspace, leaky) if issue.severity == "error"]
    groups = [issue.images for issue in errors]
    index = read_index(workspace, leaky)

    edits = [keep_one(index, groups)[0]] if mend == "keep one" else keep_on_one_side(index, groups)
    mended = apply(workspace, leaky, edits)

    assert len(errors) == 3
    assert [issue for issue in checks.check(workspace, mended) if issue.severity == "error"] == []
    assert isinstance(edits[0], LeaveOut if mend == "keep one" else Move)
    assert mended.images == (18 if mend == "keep one" else 21)
