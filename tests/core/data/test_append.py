import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage import data as photos

from core import images
from core.data.add import add, move_into
from core.data.append import append, append_listing, append_source
from core.data.checks import check
from core.data.dataset import find, picture_file, read_index, read_left_out, thumbnail_file
from core.data.packed import PackRecipe, pack
from core.data.publish import publish
from core.data.shelf import delete, versions
from core.data.sources import Picture
from core.data.sources.folder import read_folder
from core.errors import NotFoundError, SourceError, Stopped
from tests.making import encoded, files_below, png, write_classes, write_zip


@pytest.fixture
def pets(workspace, tmp_path):
    """A folder that stays where it is, as the data set `pets`."""
    return add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12, "dog": 10})))


@pytest.fixture
def fresh(tmp_path):
    """Makes `count` pictures of a class that no other call made."""
    made = []

    def make(label, count, group="", **size):
        made.append(label)
        folder = write_classes(tmp_path / f"new{len(made)}", {label: count}, first_seed=1000 * len(made), **size)
        return [Picture(f"{label}/new{len(made)}-{file.name}", label, file, group=group) for file in _files(folder)]

    return make


def _files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_the_old_images_stay_as_they_are_and_the_new_ones_come_behind_them(workspace, pets, fresh):
    before = read_index(workspace, pets)
    on_disk = files_below(pets.folder(workspace))

    second = append(workspace, pets, [*fresh("cat", 20), *fresh("owl", 10)], "Added from a test")

    index = read_index(workspace, second)
    assert second.reference == "pets@2"
    assert (second.images, second.per_class) == (52, {"cat": 32, "dog": 10, "owl": 10})
    assert second.change == "Added from a test"
    pd.testing.assert_frame_equal(index.iloc[: len(before)], before)
    assert files_below(pets.folder(workspace)) == on_disk
    assert find(workspace, "pets@1") == pets
    assert second == find(workspace, "pets")
    assert second.per_split == index["split"].value_counts().to_dict()


def test_the_new_pictures_are_kept_by_fovea_and_those_of_the_folder_stay_in_it(workspace, pets, fresh):
    new = fresh("cat", 3)
    given = [picture.file.read_bytes() for picture in new]

    index = read_index(workspace, append(workspace, pets, new, ""))

    for row, data in zip(index.iloc[-3:].itertuples(), given, strict=True):
        assert row.file.startswith("images/")
        assert picture_file(workspace, pets, row.file).read_bytes() == data
        assert images.decode(thumbnail_file(workspace, pets, row.sha256)).size == (12, 12)
    assert not index["file"].iloc[:-3].str.startswith("images/").any()
    np.testing.assert_array_equal(
        pack(workspace, find(workspace, "pets"), PackRecipe(12, 3)).take(np.array([24]))[0],
        images.load(given[2], 12, 3),
    )


def test_a_new_class_and_an_old_one_get_their_tenths(workspace, pets, fresh):
    index = read_index(workspace, append(workspace, pets, [*fresh("cat", 88), *fresh("owl", 30)], ""))

    parts = pd.crosstab(index["label"], index["split"])
    assert parts.loc["cat"].to_dict() == {"test": 10, "train": 80, "val": 10}
    assert parts.loc["owl"].to_dict() == {"test": 3, "train": 24, "val": 3}


def test_each_group_stays_on_one_side_also_with_what_of_it_was_there_before(workspace, pets, fresh):
    first = append(workspace, pets, [one for n in range(6) for one in fresh("owl", 5, f"burst {n}")], "")
    index = read_index(workspace, first)
    sides = index[index["group"] != ""].groupby("group")["split"].unique()
    assert sides.str.len().eq(1).all()
    assert set(index.loc[index["label"] == "owl", "split"]) == {"train", "val", "test"}

    more = [one for n in range(6) for one in fresh("owl", 40, f"burst {n}")]
    index = read_index(workspace, append(workspace, first, more, ""))

    after = index[index["group"] != ""].groupby("group")["split"].unique()
    assert (after.str[0] == sides.str[0]).all() and after.str.len().eq(1).all()


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_an_exact_copy_follows_its_twin_and_takes_its_whole_group_along(workspace, pets, fresh, split):
    index = read_index(workspace, pets)
    twin = index[index["split"] == split].iloc[0]
    copy = Picture("cat/copy.png", "cat", picture_file(workspace, pets, twin["file"]), group="burst")

    second = append(workspace, pets, [copy, *fresh("cat", 4, "burst")], "")

    assert read_index(workspace, second)["split"].iloc[-5:].tolist() == [split] * 5
    assert not [issue for issue in check(workspace, second) if "a leak" in issue.message]


def test_a_copy_follows_its_twin_in_a_folder_though_only_one_of_them_still_has_its_metadata(workspace, tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    folder = write_classes(tmp_path / "in", {"cat": 12})
    (folder / "photo.jpg").write_bytes(encoded(photos.coffee(), "JPEG", exif=exif.tobytes()))
    lines = [f"{path.relative_to(folder)},cat,train" for path in _files(folder / "cat")]
    (folder / "list.csv").write_text("\n".join(["path,label,split", *lines, "photo.jpg,cat,test"]))
    base = add(workspace, str(folder / "list.csv"))

    second = append(workspace, base, [Picture("cat/again.jpg", "cat", folder / "photo.jpg")], "")

    photo, copy = read_index(workspace, second).iloc[-2:].to_dict("records")
    assert photo["sha256"] != copy["sha256"]
    assert photo["split"] == copy["split"] == "test"


def test_metadata_of_new_pictures_is_stripped_and_bad_ones_are_left_out_with_the_reason(workspace, pets, tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ada"
    (tmp_path / "photo.jpg").write_bytes(encoded(photos.coffee(), "JPEG", exif=exif.tobytes()))
    (tmp_path / "half.jpg").write_bytes(encoded(photos.coffee(), "JPEG")[:5000])
    new = [Picture(f"cup/{name}", "cup", tmp_path / name) for name in ("photo.jpg", "half.jpg", "gone.jpg")]

    second = append(workspace, pets, new, "")

    assert (second.per_class["cup"], second.left_out) == (1, 2)
    reasons = read_left_out(workspace, second).set_index("path")["reason"]
    assert "damaged or cut off" in reasons["cup/half.jpg"]
    assert "cannot be read" in reasons["cup/gone.jpg"]
    for path in workspace.root.rglob("*"):
        assert path.is_dir() or b"Camera of Ada" not in path.read_bytes()


def test_what_was_left_out_before_stays_in_the_list(workspace, tmp_path, fresh):
    folder = write_classes(tmp_path / "in", {"cat": 5})
    (folder / "cat/empty.png").touch()

    second = append(workspace, add(workspace, str(folder)), fresh("dog", 5), "")

    assert second.left_out == 1
    assert read_left_out(workspace, second)["path"].tolist() == ["cat/empty.png"]


def test_a_grey_set_that_gets_a_colour_picture_becomes_colour_and_keeps_its_size(workspace, tmp_path, fresh):
    grey = add(workspace, str(write_classes(tmp_path / "in", {"cat": 5, "dog": 5}, channels=1)))
    assert grey.channels == 1

    assert append(workspace, grey, fresh("cat", 2, channels=1, height=40, width=40), "").channels == 1
    second = append(workspace, grey, fresh("cat", 1), "")

    assert (second.channels, second.size) == (3, grey.size)


def test_files_that_vanish_once_they_were_read_are_added_all_the_same_and_follow_their_twins(
    workspace, tmp_path, monkeypatch
):
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    folder = write_classes(tmp_path / "in", {"cat": 12})
    (folder / "photo.jpg").write_bytes(encoded(photos.coffee(), "JPEG", exif=exif.tobytes()))
    lines = [f"{path.relative_to(folder)},cat,train" for path in _files(folder / "cat")]
    (folder / "list.csv").write_text("\n".join(["path,label,split", *lines, "photo.jpg,cat,test"]))
    base = add(workspace, str(folder / "list.csv"))
    (tmp_path / "more/cat").mkdir(parents=True)
    (folder / "photo.jpg").rename(tmp_path / "more/cat/again.jpg")

    def move_and_lose(*folders):
        (tmp_path / "more/cat/again.jpg").unlink()
        move_into(*folders)

    monkeypatch.setattr("core.data.append.move_into", move_and_lose)
    second = append_source(workspace, base, str(tmp_path / "more"))

    copy = read_index(workspace, second).iloc[-1]
    assert (copy["path"], copy["split"]) == ("cat/again.jpg", "test")
    assert picture_file(workspace, second, copy["file"]).exists()


def test_a_path_that_is_taken_gets_a_number_so_that_findings_name_one_image(workspace, pets, tmp_path):
    (tmp_path / "x.png").write_bytes(png(99))
    new = [Picture("cat/000.png", "cat", tmp_path / "x.png")]

    append(workspace, pets, new, "")
    index = read_index(workspace, append(workspace, pets, new, ""))

    assert index["path"].tolist()[-2:] == ["cat/000 (2).png", "cat/000 (3).png"]


def test_what_others_saved_meanwhile_is_not_lost(workspace, pets, fresh, monkeypatch):
    append(workspace, pets, fresh("owl", 5), "")
    others, real = [fresh("fox", 5), fresh("elk", 5)], publish

    def publish_after_others(*arguments, **options):
        """Twice somebody else is faster, at the very last moment."""
        if others:
            append(workspace, pets, others.pop(), "")
        return real(*arguments, **options)

    monkeypatch.setattr("core.data.append.publish", publish_after_others)
    newest = append(workspace, pets, fresh("hen", 5), "")  # from version 1 in hand

    assert newest.per_class == {"cat": 12, "dog": 10, "elk": 5, "fox": 5, "hen": 5, "owl": 5}
    assert [one.version for one in versions(workspace, "pets")] == [1, 2, 3, 4, 5]
    index = read_index(workspace, newest)
    pd.testing.assert_frame_equal(index.iloc[:-5], read_index(workspace, find(workspace, "pets@4")))


def test_pictures_that_are_all_bad_make_no_version_and_leave_nothing_behind(workspace, pets, tmp_path):
    before = files_below(workspace.datasets)
    (tmp_path / "bad.jpg").write_text("no picture")

    with pytest.raises(SourceError, match=r"Not one picture .* bad\.jpg is not a picture"):
        append(workspace, pets, [Picture("bad.jpg", "cat", tmp_path / "bad.jpg")], "")

    assert files_below(workspace.datasets) == before


def test_a_stop_makes_no_version_and_leaves_nothing_behind(workspace, pets, fresh):
    before = files_below(workspace.datasets)

    with pytest.raises(Stopped):
        append(workspace, pets, fresh("cat", 9), "", should_stop=lambda: True)

    assert files_below(workspace.datasets) == before


def test_a_data_set_that_was_deleted_meanwhile_does_not_come_back(workspace, pets, fresh):
    new = fresh("cat", 3)
    delete(workspace, "pets")

    with pytest.raises(NotFoundError):
        append(workspace, pets, new, "")

    assert not workspace.dataset("pets").exists()


def test_a_source_can_be_added_with_the_splits_that_it_names(workspace, pets, tmp_path):
    folder = tmp_path / "more"
    write_classes(folder / "train", {"cat": 10, "owl": 10}, first_seed=500)
    write_classes(folder / "test", {"cat": 5, "owl": 5}, first_seed=600)

    second = append_listing(workspace, pets, read_folder(folder), "Added from more")

    index = read_index(workspace, second)
    assert set(index.loc[index["path"].str.startswith("test/"), "split"]) == {"test"}
    owls = index[index["label"] == "owl"]["split"].value_counts().to_dict()
    assert owls == {"train": 9, "val": 1, "test": 5}


def test_the_same_picture_twice_in_one_go_is_on_one_side(workspace, pets, tmp_path):
    entries = {f"owl/{name}{seed}.png": png(700 + seed) for seed in range(20) for name in "ab"}
    archive = write_zip(tmp_path / "owls.zip", entries)
    owls = read_index(workspace, add(workspace, str(archive), name="owls"))
    new = [Picture(row.path, "owl", workspace.dataset("owls") / row.file) for row in owls.itertuples()]

    index = read_index(workspace, append(workspace, pets, new, ""))

    assert (index.groupby("sha256")["split"].nunique() == 1).all()


def with_a_near_copy(folder):
    """Five dogs, and one cat in two sizes."""
    write_classes(folder, {"dog": 5})
    (folder / "cat").mkdir()
    for side in (160, 120):
        Image.fromarray(photos.chelsea()).resize((side, side)).save(folder / "cat" / f"{side}.jpg")
    return folder


def test_near_copies_that_the_import_found_are_found_after_more_came(workspace, tmp_path, fresh, monkeypatch):
    """The thumbnails, which is all that is left to see, show them a little less alike."""
    folder = with_a_near_copy(tmp_path / "in")
    first = add(workspace, str(folder), "in")
    monkeypatch.setattr("core.data.alikeness.alikeness", lambda one, other: np.zeros(len(one)))

    second = append(workspace, first, fresh("cat", 3), "Added from a test")

    found = [issue.images for issue in check(workspace, second) if issue.kind == "near_duplicates"]
    assert found == [("cat/120.jpg", "cat/160.jpg")]


def test_two_old_images_are_not_judged_again(workspace, tmp_path, fresh, monkeypatch):
    """Else what is added would make copies of others, in two splits, that nobody could have kept together."""
    folder = with_a_near_copy(tmp_path / "in")
    with monkeypatch.context() as blind:
        blind.setattr("core.data.alikeness.alikeness", lambda one, other: np.zeros(len(one)))
        first = add(workspace, str(folder), "in")

    second = append(workspace, first, fresh("cat", 3), "Added from a test")

    assert not [issue for issue in check(workspace, second) if issue.kind == "near_duplicates"]
