import os

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage import data as photos
from sklearn.datasets import load_digits

from core.data import shelf
from core.data.add import add, name_after
from core.data.dataset import INDEX_COLUMNS, Dataset, class_order, find, picture_file, read_index, read_left_out
from core.data.sources import Reading
from core.errors import InputError, NotFoundError, SourceError, Stopped
from core.workspace import queue
from core.workspace.paths import check_name
from tests.making import class_entries, files_below, left_behind, png, write_classes, write_zip


@pytest.fixture
def pets(tmp_path):
    return write_classes(tmp_path / "pets", {"cat": 12, "dog": 10})


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["10", "9", "2", "1"], ("1", "2", "9", "10")),
        (["-1", "10", "0"], ("-1", "0", "10")),
        (["10", "9", "two"], ("10", "9", "two")),
        (["b", "a", "B"], ("B", "a", "b")),
        (["zebra", "e\u0301cole", "eagle"], ("eagle", "zebra", "e\u0301cole")),
        (["01", "1", "2"], ("01", "1", "2")),
    ],
)
def test_classes_stand_in_the_order_of_numbers_if_all_are_whole_numbers_else_of_nfc_code_points(names, ordered):
    assert class_order(names) == ordered
    assert class_order(names[::-1]) == ordered


def test_class_folders_that_differ_only_in_unicode_form_are_one_class(workspace, tmp_path):
    folder = write_classes(tmp_path / "in", {"caf\u00e9": 3, "cafe\u0301": 3, "tea": 3})

    dataset = add(workspace, str(folder))

    assert dataset.per_class == {"caf\u00e9": 6, "tea": 3}


def test_adding_a_folder_says_what_is_in_it(workspace, pets):
    dataset = add(workspace, str(pets))

    assert dataset.reference == "pets@1"
    assert dataset.classes == ("cat", "dog")
    assert dataset.per_class == {"cat": 12, "dog": 10}
    assert dataset.per_split == {"train": 18, "val": 2, "test": 2}
    assert (dataset.channels, dataset.size, dataset.images) == (3, 12, 22)
    assert dataset.size_bytes == sum(path.stat().st_size for path in pets.rglob("*.png"))
    assert find(workspace, "pets") == dataset == find(workspace, "pets@1")
    assert Dataset.from_json(dataset.to_json()) == dataset


def test_the_index_has_one_row_an_image_and_the_files_stay_where_they_are(workspace, pets):
    before = files_below(pets)

    index = read_index(workspace, add(workspace, str(pets)))

    assert tuple(index.columns) == INDEX_COLUMNS
    assert index["path"].tolist() == sorted(before)
    assert index["file"].tolist() == [str(pets / path) for path in sorted(before)]
    assert files_below(pets) == before


def test_copy_takes_the_files_in(workspace, pets):
    before = files_below(pets)

    dataset = add(workspace, str(pets), keep=True)

    for row in read_index(workspace, dataset).itertuples():
        assert picture_file(workspace, dataset, row.file).read_bytes() == before[row.path]


def test_the_same_content_again_is_the_same_version(workspace, pets, tmp_path):
    first = add(workspace, str(pets))
    (pets / "cat/000.png").rename(pets / "cat/renamed.png")
    (tmp_path / "pets.zip").unlink(missing_ok=True)
    entries = {str(path.relative_to(pets)): path.read_bytes() for path in pets.rglob("*.png")}

    assert add(workspace, str(pets)) == first
    assert add(workspace, str(write_zip(tmp_path / "pets.zip", entries)), name="pets") == first
    assert [path.name for path in workspace.dataset("pets").glob("v*")] == ["v1"]


def test_another_label_or_picture_makes_the_next_version_and_leaves_the_first_as_it_was(workspace, pets):
    first = add(workspace, str(pets))
    before = files_below(first.folder(workspace))
    (pets / "cat/000.png").rename(pets / "dog/moved.png")

    second = add(workspace, str(pets))

    assert (second.version, second.per_class) == (2, {"cat": 11, "dog": 11})
    assert files_below(first.folder(workspace)) == before
    assert find(workspace, "pets") == second
    assert find(workspace, "pets@1") == first


def test_an_image_keeps_its_split_in_later_versions(workspace, pets):
    before = read_index(workspace, add(workspace, str(pets))).set_index("sha256")["split"]
    for seed in range(60):
        (pets / f"{'cat' if seed % 2 else 'dog'}/more{seed}.png").write_bytes(png(1000 + seed))

    second = add(workspace, str(pets))

    after = read_index(workspace, second).set_index("sha256")["split"]
    assert (after[before.index] == before).all()
    assert second.per_split["test"] >= 7
    assert second.per_split["val"] >= 7


def test_npz_csv_zip_and_folder_of_the_same_pictures_have_the_same_classes_and_pixels(workspace, tmp_path):
    digits = load_digits()
    x = (digits.images[:40] * 15).astype(np.uint8)
    np.savez(tmp_path / "d.npz", x_train=x, y_train=digits.target[:40])

    dataset = add(workspace, str(tmp_path / "d.npz"), name="from-npz")
    index = read_index(workspace, dataset)
    rows = [f"{picture_file(workspace, dataset, row.file)},{row.label}" for row in index.itertuples()]
    (tmp_path / "d.csv").write_text("\n".join(["path,label", *rows]))
    again = add(workspace, str(tmp_path / "d.csv"), name="from-csv")

    assert again.fingerprint == dataset.fingerprint
    assert again.classes == dataset.classes == tuple("0123456789")
    assert read_index(workspace, again)["split"].tolist() == index["split"].tolist()


def test_groups_of_a_manifest_stay_on_one_side(workspace, pets):
    lines = [
        f"{path.relative_to(pets)},{path.parent.name},patient {int(path.stem) % 6}" for path in pets.rglob("*.png")
    ]
    (pets / "list.csv").write_text("\n".join(["path,label,group", *lines]))

    index = read_index(workspace, add(workspace, str(pets / "list.csv")))

    assert (index.groupby("group")["split"].nunique() == 1).all()


def test_copies_of_one_picture_in_a_class_never_stand_on_both_sides_of_a_split(workspace, pets):
    for path in list(pets.rglob("*.png")):
        path.with_stem(f"copy-{path.stem}").write_bytes(path.read_bytes())

    index = read_index(workspace, add(workspace, str(pets)))

    assert (index.groupby("sha256")["split"].nunique() == 1).all()


def test_near_copies_stay_on_one_side_and_the_data_set_tells_what_a_naive_split_would_have_leaked(workspace, tmp_path):
    whole = Image.fromarray(photos.retina())
    for number in range(30):
        tile = whole.crop(
            (200 + number % 6 * 170, 200 + number // 6 * 200, 360 + number % 6 * 170, 390 + number // 6 * 200)
        )
        for side in (160, 120, 80):
            (tmp_path / "in/eye").mkdir(parents=True, exist_ok=True)
            tile.resize((side, side)).save(tmp_path / f"in/eye/{number:02d}-{side}.jpg", quality=90)

    dataset = add(workspace, str(tmp_path / "in"))

    index = read_index(workspace, dataset)
    tile = index["path"].str.slice(0, 6)
    assert (index.groupby(tile)["near"].nunique() == 1).mean() > 0.9
    near = index[index["near"] != ""]
    assert (near.groupby("near")["split"].nunique() == 1).all()
    assert set(index["split"]) == {"train", "val", "test"}
    assert dataset.naive_leaks["test"] >= 5
    assert find(workspace, "in").naive_leaks == dataset.naive_leaks


def test_a_data_set_from_before_near_copies_can_be_read(workspace, pets):
    value = add(workspace, str(pets)).to_json()
    del value["naive_leaks"]

    assert Dataset.from_json(value).naive_leaks == {}


def test_the_digits_of_scikit_learn_arrive_whole(digits):
    original = load_digits()

    index = read_index(digits.workspace, digits.dataset)

    assert digits.dataset.images == len(original.target) == len(index)
    counts = {str(digit): int((original.target == digit).sum()) for digit in range(10)}
    assert digits.dataset.per_class == counts
    assert pd.crosstab(index["label"], index["split"]).min().min() >= 17


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "x" * 65, "con\n", "name@2", "trailing "])
def test_a_name_that_is_no_folder_name_is_refused(workspace, pets, name):
    with pytest.raises(InputError, match="not a usable name" if name else "A name is needed"):
        check_name(name)
    if name:
        with pytest.raises(InputError, match="not a usable name"):
            add(workspace, str(pets), name=name)
        assert left_behind(workspace) == []


@pytest.mark.parametrize("source", ["Mädchen & Jungs!.zip", "...", "  ", "x" * 300, "日本語", "<img src=x>"])
def test_a_name_made_of_a_source_is_always_usable(workspace, source):
    assert workspace.dataset(name_after(source)).parent == workspace.datasets


def test_a_source_without_one_readable_picture_leaves_nothing_behind(workspace, tmp_path):
    folder = tmp_path / "in/cat"
    folder.mkdir(parents=True)
    (folder / "a.png").write_text("no picture")

    with pytest.raises(SourceError, match=r"Not one picture .* cat/a\.png is not a picture"):
        add(workspace, str(tmp_path / "in"))

    assert left_behind(workspace) == []
    assert shelf.list_datasets(workspace) == []


def test_a_stopped_import_leaves_nothing_behind(workspace, pets, tmp_path):
    archive = write_zip(tmp_path / "pets.zip", class_entries({"cat": 100}))
    asked = iter([False] * 130)

    with pytest.raises(Stopped):
        add(workspace, str(archive), should_stop=lambda: next(asked, True))

    assert left_behind(workspace) == []


def test_a_failed_import_leaves_the_version_before_it_untouched(workspace, pets, tmp_path):
    add(workspace, str(pets), keep=True)
    before = files_below(workspace.datasets)
    (tmp_path / "pets.zip").write_bytes(b"PK\x03\x04 and nothing else")

    with pytest.raises(SourceError):
        add(workspace, str(tmp_path / "pets.zip"), name="pets")

    assert files_below(workspace.datasets) == before


def test_an_import_that_cannot_write_its_version_leaves_no_half_version(workspace, pets, monkeypatch):
    def full(path, *_):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("core.data.publish.write_json", full)

    with pytest.raises(OSError, match="No space"):
        add(workspace, str(pets))

    assert not list(workspace.datasets.glob("*/v*"))
    assert shelf.list_datasets(workspace) == []


def test_what_was_left_out_is_kept_with_the_reasons(workspace, pets):
    (pets / "cat/bad.png").write_bytes(b"")

    dataset = add(workspace, str(pets))

    left_out = read_left_out(workspace, dataset)
    assert left_out.to_dict("records") == [{"path": "cat/bad.png", "reason": "cat/bad.png is empty (0 bytes)."}]


def test_a_name_or_version_that_is_not_there_is_answered_with_what_is(workspace, pets):
    with pytest.raises(NotFoundError, match="There are none yet"):
        find(workspace, "pets")
    add(workspace, str(pets))

    with pytest.raises(NotFoundError, match="There are: pets"):
        find(workspace, "mnist")
    with pytest.raises(NotFoundError, match="its versions are 1"):
        find(workspace, "pets@7")


def test_deleting_a_data_set_frees_its_bytes_and_leaves_the_source(workspace, pets):
    add(workspace, str(pets))
    before = files_below(pets)
    size = shelf.disk_bytes(workspace, "pets")

    assert shelf.delete(workspace, "pets") == size > 0

    assert left_behind(workspace) == []
    assert shelf.list_datasets(workspace) == []
    assert files_below(pets) == before


def test_renaming_moves_all_versions(workspace, pets):
    add(workspace, str(pets))
    os.remove(pets / "cat/000.png")
    add(workspace, str(pets))

    shelf.rename(workspace, "pets", "animals")

    assert [one.reference for one in shelf.versions(workspace, "animals")] == ["animals@1", "animals@2"]
    assert shelf.versions(workspace, "pets") == []
    assert len(read_index(workspace, find(workspace, "animals@1"))) == 22


def test_a_data_set_that_a_job_uses_is_neither_deleted_nor_renamed(workspace, pets):
    add(workspace, str(pets))
    queue.submit(workspace, queue.Job("run", "train", queue.HEAVY, {"dataset": "pets@1"}))

    with pytest.raises(InputError, match="Stop it first"):
        shelf.delete(workspace, "pets")
    with pytest.raises(InputError, match="Stop it first"):
        shelf.rename(workspace, "pets", "animals")


def test_a_name_that_is_taken_is_refused(workspace, pets):
    add(workspace, str(pets))
    add(workspace, str(pets), name="animals")

    with pytest.raises(InputError, match="already"):
        shelf.rename(workspace, "pets", "animals")


def test_a_source_that_comes_again_is_read_as_before_whether_its_name_is_said_or_not(workspace, tmp_path):
    folder = write_classes(tmp_path / "few", {"cat/old": 3, "cat/young": 3, "dog/old": 3})
    assert add(workspace, str(folder), reading=Reading(class_from="first")).classes == ("cat", "dog")
    write_classes(folder, {"dog/young": 1}, first_seed=50)

    assert add(workspace, str(folder)).classes == ("cat", "dog")
    assert find(workspace, "few").version == 2


def test_an_archive_whose_name_is_no_utf_8_is_read_and_what_cannot_be_published_leaves_nothing(
    workspace, tmp_path, monkeypatch
):
    archive = write_zip(tmp_path / "pets\udcff.zip", class_entries({"cat": 3, "dog": 3}))
    with monkeypatch.context() as broken:
        broken.setattr("core.data.add.publish", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            add(workspace, str(archive), name="pets")
    assert not workspace.dataset("pets").exists()

    assert add(workspace, str(archive), name="pets").source["location"] == r"pets\xff.zip"
