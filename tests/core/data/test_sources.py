import io
import pickle
import zipfile

import numpy as np
import pytest
from sklearn.datasets import load_digits

from core.data.add import add
from core.data.dataset import read_left_out
from core.data.sources import KNOWN, open_source
from core.data.sources.archive import read_zip
from core.data.sources.folder import read_folder
from core.data.sources.known import read_known
from core.data.sources.listing import free_paths
from core.data.sources.manifest import read_manifest
from core.data.sources.npz import read_npz, to_labels
from core.errors import SourceError
from tests.making import class_entries, noise, png, write_classes, write_zip


def seen(listing):
    return [(picture.path, picture.label, picture.split) for picture in listing.pictures]


def test_a_folder_names_the_class_of_its_pictures(tmp_path):
    listing = read_folder(write_classes(tmp_path, {"dog": 1, "cat": 2}))

    assert seen(listing) == [("cat/000.png", "cat", ""), ("cat/001.png", "cat", ""), ("dog/000.png", "dog", "")]
    assert not listing.keep


def test_a_nested_class_is_named_by_its_path(tmp_path):
    folder = write_classes(tmp_path, {"birds/owl": 1, "fish/carp": 1})

    assert seen(read_folder(folder)) == [("birds/owl/000.png", "birds/owl", ""), ("fish/carp/000.png", "fish/carp", "")]


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "Validation", "Testing")])
def test_train_val_and_test_above_the_classes_are_splits(tmp_path, names):
    folder = write_classes(tmp_path, {f"{name}/cat": 1 for name in names})

    assert {(label, split) for _, label, split in seen(read_folder(folder))} == {
        ("cat", "train"),
        ("cat", "val"),
        ("cat", "test"),
    }


def test_a_class_called_test_beside_other_classes_is_a_class(tmp_path):
    listing = read_folder(write_classes(tmp_path, {"test": 1, "control": 1}))

    assert [(label, split) for _, label, split in seen(listing)] == [("control", ""), ("test", "")]


def test_a_picture_in_no_class_folder_is_left_out_with_the_reason(tmp_path):
    write_classes(tmp_path, {"cat": 1})
    (tmp_path / "stray.png").write_bytes(png(0))

    assert read_folder(tmp_path).left_out == [("stray.png", "It is in no class folder.")]


def test_a_zip_lists_the_same_as_the_folder_that_it_was_made_of(tmp_path):
    folder = write_classes(tmp_path / "pets", {"dog": 2, "cat": 2})
    entries = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}

    with open_source(str(write_zip(tmp_path / "pets.zip", entries)), tmp_path) as listing:
        assert seen(listing) == seen(read_folder(folder))
        assert listing.name == "pets"
        for picture in listing.pictures:
            assert picture.file.read_bytes() == entries[picture.path]
            file = picture.file
    assert not file.exists()


def test_the_one_folder_that_an_archive_wraps_everything_in_is_no_class(tmp_path):
    archive = write_zip(tmp_path / "pets.zip", class_entries({"cat": 1, "dog": 1}, "pets-main/"))
    (tmp_path / "into").mkdir()

    listing = read_zip(archive, tmp_path / "into")

    assert [picture.label for picture in listing.pictures] == ["cat", "dog"]


def test_a_licence_beside_the_classes_makes_the_wrapper_no_class(tmp_path):
    entries = {**class_entries({"cat": 1, "dog": 1}, "pets/"), "pets/LICENSE.txt": b"Do what you like.", "READ.ME": b""}
    (tmp_path / "into").mkdir()

    listing = read_zip(write_zip(tmp_path / "pets.zip", entries), tmp_path / "into")

    assert [picture.label for picture in listing.pictures] == ["cat", "dog"]
    assert listing.left_out == [(name, "It is in no class folder.") for name in ("READ.ME", "pets/LICENSE.txt")]


def test_one_class_with_pictures_of_its_own_and_a_nested_class_is_no_wrapper(tmp_path):
    (tmp_path / "into").mkdir()

    listing = read_zip(write_zip(tmp_path / "a.zip", class_entries({"cat": 1, "cat/tabby": 1})), tmp_path / "into")

    assert [picture.label for picture in listing.pictures] == ["cat", "cat/tabby"]


def test_an_archive_with_backslashes_in_its_names_has_classes_too(tmp_path):
    (tmp_path / "into").mkdir()

    listing = read_zip(write_zip(tmp_path / "a.zip", {"cat\\0.png": png(0), "dog\\0.png": png(1)}), tmp_path / "into")

    assert [picture.label for picture in listing.pictures] == ["cat", "dog"]


def test_a_wrapper_above_split_folders_is_no_class_either(tmp_path):
    entries = class_entries({"train/cat": 1, "test/cat": 1}, "pets/")
    (tmp_path / "into").mkdir()

    listing = read_zip(write_zip(tmp_path / "pets.zip", entries), tmp_path / "into")

    assert {(label, split) for _, label, split in seen(listing)} == {("cat", "train"), ("cat", "test")}


def test_a_manifest_names_label_split_and_group(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.png").write_bytes(png(ord(name)))
    (tmp_path / "list.csv").write_text("path,label,split,group\na.png,cat,train,p1\nb.png,dog,Test,p2\n")

    pictures = read_manifest(tmp_path / "list.csv").pictures

    assert [(p.label, p.split, p.group) for p in pictures] == [("cat", "train", "p1"), ("dog", "test", "p2")]


def test_a_manifest_with_a_byte_order_mark_and_without_optional_columns_is_read(tmp_path):
    (tmp_path / "a.png").write_bytes(png(0))
    (tmp_path / "list.csv").write_bytes("\ufeffpath,label\na.png,001\n".encode())

    (picture,) = read_manifest(tmp_path / "list.csv").pictures

    assert picture.label == "001"


def test_a_manifest_leaves_out_what_is_not_there_or_has_no_label(tmp_path):
    (tmp_path / "a.png").write_bytes(png(0))
    (tmp_path / "list.csv").write_text("path,label\na.png,cat\nb.png,cat\na.png,\n")

    listing = read_manifest(tmp_path / "list.csv")

    assert [path for path, _ in listing.left_out] == ["b.png", "a.png"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_manifest_of_any_usual_separator_encoding_and_case_is_read(tmp_path, separator, encoding):
    (tmp_path / "a, b.png").write_bytes(png(0))
    lines = [["Path", " LABEL", "Split", "Camera"], ['"a, b.png"', "Käfer", "Training", "left"]]
    (tmp_path / "list.csv").write_text("\r\n".join(map(separator.join, lines)), encoding=encoding)

    listing = read_manifest(tmp_path / "list.csv")

    assert seen(listing) == [("a, b.png", "Käfer", "train")]
    assert listing.further.to_dict("list") == {"column_Camera": ["left"]}


def test_a_manifest_with_backslashes_or_bytes_that_are_no_text_finds_its_files(tmp_path):
    write_classes(tmp_path, {"images/cat": 1})
    for name in ("caf\udce9.png", "a\\b.png"):
        (tmp_path / name).write_bytes(png(1))
    names = ["images\\cat\\000.png", ".\\images\\cat\\000.png", "caf\\xe9.png", "a\\b.png"]
    (tmp_path / "list.csv").write_text("\n".join(["path,label", *(f"{name},cat" for name in names)]))

    listing = read_manifest(tmp_path / "list.csv")

    assert listing.left_out == []
    places = ["images/cat/000.png", "images/cat/000.png", "caf\udce9.png", "a\\b.png"]
    assert [one.file for one in listing.pictures] == [tmp_path / place for place in places]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path;label\ngone.png;cat\n", "separated by semicolons.*The first: gone.png: .*/gone.png, line 2"),
        ("file\tclass\na.png\tcat\n", "separated by tabs, has the columns 'file', 'class'"),
        ("path,label\na.png,K\udce4fer\n", "line 2 is not UTF-8"),
        ("file,class\na.png,cat\n", "it takes path,label"),
        ("path,label,split\na.png,cat,train\na.png,cat,holdout\n", "line 3 has the split 'holdout'"),
        ("path,label\nnowhere.png,cat\n", "names no picture"),
        ("path,label,label\na.png,cat,dog\n", "two columns called label. Give the one"),
        (
            'path,label\n"a.png\nb.png",cat\n',
            r"line 2 has a name of several lines, 'a.png\\nb.png', and there is no such",
        ),
        ("", "not a readable CSV"),
    ],
)
def test_an_unfit_manifest_says_what_is_wrong(tmp_path, text, said):
    (tmp_path / "a.png").write_bytes(png(0))
    (tmp_path / "list.csv").write_text(text, errors="surrogateescape")

    with pytest.raises(SourceError, match=said):
        read_manifest(tmp_path / "list.csv")


def test_all_that_a_manifest_says_of_one_group_is_one_group(tmp_path):
    (tmp_path / "a.png").write_bytes(png(0))
    long = "g" * 999
    groups = ["p1", " p1 ", '"p\u00a01"', '"p\n1"', "e\u0301", "\u00e9", long, long, long + "h"]
    lines = ["path,label,split,group", *(f"a.png,cat, ,{group}" for group in groups)]
    (tmp_path / "list.csv").write_text("\n".join(lines))

    read = read_manifest(tmp_path / "list.csv")

    found = [picture.group for picture in read.pictures]
    assert found[:6] == ["p1", "p1", "p 1", "p 1", "\u00e9", "\u00e9"]
    assert found[6] == found[7] != found[8]
    assert len(found[6]) == len(found[8]) == 255
    assert {picture.split for picture in read.pictures} == {""}


def test_a_name_is_that_of_the_file_that_is_there(tmp_path):
    for seed, name in enumerate(("x\\y.png", "x/y.png", "\u00e9.png", "u\u0308.png", " s.png", "t.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(png(seed))
    names = ["x\\y.png", ".\\x\\y.png", "e\u0301.png", "\u00fc.png", " s.png", " t.png "]
    (tmp_path / "list.csv").write_text("\n".join(["path,label", *(f"{name},cat" for name in names)]))

    read = read_manifest(tmp_path / "list.csv")

    there = ["x\\y.png", "x/y.png", "\u00e9.png", "u\u0308.png", " s.png", "t.png"]
    assert [picture.path for picture in read.pictures] == there
    assert [picture.file for picture in read.pictures] == [tmp_path / name for name in there]


def test_a_name_with_a_comma_costs_its_own_line_only(tmp_path):
    (tmp_path / "b.png").write_bytes(png(0))
    (tmp_path / "list.csv").write_text("path,label\na,b.png,cat\nb.png,dog\n")

    read = read_manifest(tmp_path / "list.csv")

    assert seen(read) == [("b.png", "dog", "")]
    assert read.left_out == [
        (
            "a,b.png,cat",
            "It has more cells than the first line has (line 2). Put a text with a separator in it in quotes.",
        )
    ]


def test_no_spelling_of_a_name_tells_whether_a_file_is_there_that_nobody_may_read(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "secret.png").write_bytes(png(0))
    (tmp_path / "open/a.png").write_bytes(png(1))
    names = ["..\\secret.png", "..\\nothing.png", " ../secret.png", " ../nothing.png"]
    (tmp_path / "open/list.csv").write_text("\n".join(["path,label", "a.png,x", *(f"{name},x" for name in names)]))

    reasons = [why for _, why in read_manifest(tmp_path / "open/list.csv", [str(tmp_path / "open")]).left_out]

    for there, gone in (reasons[:2], reasons[2:]):
        assert there.replace("secret", "nothing").split("line")[0] == gone.split("line")[0]


def test_an_npz_gives_arrays_with_the_splits_of_its_keys(tmp_path):
    x = np.stack([noise(i, 6, 6) for i in range(6)])
    parts = {"x_val": x[3:4], "y_val": np.array([7], np.float16), "x_test": x[4:], "y_test": [[0], [2]]}
    np.savez(tmp_path / "x.npz", x_train=x[:3], y_train=[2, 0, 10], **parts)

    arrays = read_npz(tmp_path / "x.npz").arrays

    np.testing.assert_array_equal(arrays.images, x)
    assert arrays.labels == ["2", "0", "10", "7", "0", "2"]
    assert arrays.splits == ["train"] * 3 + ["val"] + ["test"] * 2


def test_an_npz_with_usual_spellings_of_splits_is_read_whole_and_what_is_no_split_is_left_out_in_words(
    workspace, tmp_path
):
    x = np.stack([noise(i, 6, 6) for i in range(6)])
    parts = {"x_valid": x[3:4], "y_valid": [1], "X_Test": x[4:], "Y_TEST": [b"0", b"1"], "names": ["a", "b"]}
    np.savez(tmp_path / "x.npz", X_train=x[:3], y_train=[0, 0, 1], **parts)

    dataset = add(workspace, str(tmp_path / "x.npz"))

    assert (dataset.per_split, dataset.per_class) == ({"train": 3, "val": 1, "test": 2}, {"0": 3, "1": 3})
    (left_out,) = read_left_out(workspace, dataset).to_dict("records")
    assert left_out["path"] == "names"
    assert "those that are read are x_train, y_train" in left_out["reason"]


def test_two_arrays_of_one_name_in_an_npz_are_refused(tmp_path):
    out = io.BytesIO()
    np.save(out, np.zeros((2, 4, 4), np.uint8))
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        for name in ("x_train.npy", "y_train.npy", "x_train.npy"):
            archive.writestr(name, out.getvalue())

    with pytest.raises(SourceError, match="holds x_train and x_train, which are both x_train"):
        read_npz(tmp_path / "x.npz")


def test_a_pickle_called_npz_says_how_to_save_one(tmp_path):
    (tmp_path / "x.npz").write_bytes(pickle.dumps({"x_train": [1]}))

    with pytest.raises(SourceError, match=r"Write it with np.savez\('x.npz', x_train=…, y_train=…\)"):
        read_npz(tmp_path / "x.npz")


def test_labels_are_whole_numbers_or_strings():
    assert to_labels(np.array([1.0, 3.0]), "y") == ["1", "3"]
    assert to_labels(np.array(["cat", "dog"]), "y") == ["cat", "dog"]
    assert to_labels(np.array(["K\u00e4fer".encode()]), "y") == ["K\u00e4fer"]
    with pytest.raises(SourceError, match="integers or strings"):
        to_labels(np.array([0.5]), "y")
    with pytest.raises(SourceError, match="bytes that are no UTF-8"):
        to_labels(np.array([b"\xff"]), "y")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.zeros((2, 4, 4))}, "it takes x_train"),
        ({"x_train": np.zeros((2, 4)), "y_train": [0, 1]}, "has the shape"),
        ({"x_train": np.zeros((2, 4, 4)), "y_train": [0, 1, 2]}, "2 pictures and y_train 3 labels"),
        ({"x_train": np.zeros((2, 4, 4)), "y_train": [0, 1], "x_test": np.zeros((2, 4, 4))}, "it takes x_train"),
        (
            {"x_train": np.array([{}, {}]), "y_train": [0, 1]},
            r"plain arrays. Save it as numbers or text: np.stack\(x_train\)",
        ),
        ({"x_train": np.zeros((2, 4, 4)), "y_train": [0, 1], "x_more": [0]}, "holds x_more, which would not be read"),
        ({"x_train": np.zeros((2, 4, 4)), "y_train": [0, 1], "test_images": [0]}, "holds test_images, which would not"),
        (
            {f"{half}_{split}": np.zeros((2, 4, 4)) for half in "xy" for split in ("train", "val", "valid")},
            "both x_val",
        ),
    ],
)
def test_an_unfit_npz_says_what_is_wrong(tmp_path, arrays, said):
    np.savez(tmp_path / "x.npz", **arrays)

    with pytest.raises(SourceError, match=said):
        read_npz(tmp_path / "x.npz")


def test_half_an_npz_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", x_train=noise(0, 50, 50)[None], y_train=[0])
    data = (tmp_path / "x.npz").read_bytes()
    (tmp_path / "x.npz").write_bytes(data[: len(data) // 2])

    with pytest.raises(SourceError, match=r"x\.npz is not a whole"):
        read_npz(tmp_path / "x.npz")


def test_the_digits_are_those_of_scikit_learn_at_full_range():
    arrays = read_known("digits").arrays
    original = load_digits()

    np.testing.assert_allclose(arrays.images / 255, original.images / 16, atol=0.5 / 255 + 1e-9)
    assert arrays.labels == [str(label) for label in original.target]


def test_mnist_comes_with_fovea_whole_and_with_its_test_split():
    arrays = read_known("mnist").arrays

    assert arrays.images.shape == (70_000, 28, 28)
    assert (arrays.splits.count("train"), arrays.splits.count("test")) == (60_000, 10_000)
    assert arrays.labels[:5] == ["5", "0", "4", "1", "9"]
    # Counts of the training labels, as published with the set.
    published = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert [arrays.labels[:60_000].count(str(digit)) for digit in range(10)] == published


def test_an_unknown_source_names_what_is_known(tmp_path):
    with pytest.raises(SourceError, match=", ".join(KNOWN)), open_source("nowhere", tmp_path):
        pass


def test_a_file_of_another_kind_is_refused_by_name(tmp_path):
    (tmp_path / "data.rar").write_bytes(b"Rar!")

    with pytest.raises(SourceError, match=r"data\.rar is no source"), open_source(str(tmp_path / "data.rar"), tmp_path):
        pass


def test_many_of_one_name_get_numbers_in_no_time():
    wanted = ["a/one.png"] * 20_000 + ["a/one (3).png"]

    free = free_paths(wanted, taken=["a/one (2).png"])

    assert len(set(free)) == len(wanted)
    assert free[:3] == ["a/one.png", "a/one (3).png", "a/one (4).png"]
    assert free[-1] == "a/one (3) (2).png"


def test_an_empty_upload_is_told_of_by_the_name_that_somebody_gave_it(tmp_path):
    (tmp_path / "token.zip").touch()

    with (
        pytest.raises(SourceError, match=r"^pets\.zip is empty"),
        open_source(str(tmp_path / "token.zip"), tmp_path, called="pets.zip"),
    ):
        pass
