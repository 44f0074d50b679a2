import hashlib

import imagehash
import numpy as np
import pytest
from PIL import Image
from skimage import data as photos

from core import images
from core.data.scan import scan
from core.data.sources import Arrays, Listing
from core.data.sources.folder import read_folder
from core.errors import Stopped
from tests.making import encoded, noise, png, write_classes


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def test_each_picture_gets_its_facts(tmp_path, into):
    photo = encoded(photos.coffee(), "JPEG", quality=90)
    (tmp_path / "in/cup").mkdir(parents=True)
    (tmp_path / "in/cup/coffee.jpg").write_bytes(photo)

    found = scan(read_folder(tmp_path / "in"), into)

    row = found.index.iloc[0]
    assert (row["path"], row["label"]) == ("cup/coffee.jpg", "cup")
    assert (row["width"], row["height"], row["mode"]) == (600, 400, "RGB")
    assert row["size_bytes"] == len(photo)
    assert row["sha256"] == hashlib.sha256(photo).hexdigest()
    assert imagehash.hex_to_hash(row["phash"]) - imagehash.phash(Image.fromarray(photos.coffee())) <= 4
    assert row["file"] == str(tmp_path / "in/cup/coffee.jpg")


def test_every_picture_gets_a_thumbnail_with_its_proportions(tmp_path, into):
    (tmp_path / "in/cup").mkdir(parents=True)
    (tmp_path / "in/cup/coffee.png").write_bytes(encoded(photos.coffee()))

    sha256 = scan(read_folder(tmp_path / "in"), into).index["sha256"].iloc[0]

    with Image.open(into / "thumbnails" / sha256[:2] / f"{sha256}.jpg") as small:
        assert small.size == (160, 107)


def test_the_packed_pixels_are_those_that_load_gives(tmp_path, into):
    folder = write_classes(tmp_path / "in", {"cat": 3, "dog": 3}, height=40, width=30)

    found = scan(read_folder(folder), into)

    assert found.size == 30
    expected = [images.load(folder / path, 30, 3) for path in found.index["path"]]
    np.testing.assert_array_equal(found.packed, expected)


def test_a_bad_picture_does_not_shift_the_packed_pixels_of_those_behind_it(tmp_path, into):
    folder = write_classes(tmp_path / "in", {"cat": 5})
    (folder / "cat/002.png").write_bytes(b"")

    found = scan(read_folder(folder), into)

    assert found.index["path"].tolist() == ["cat/000.png", "cat/001.png", "cat/003.png", "cat/004.png"]
    assert found.left_out["path"].tolist() == ["cat/002.png"]
    expected = [images.load(folder / path, 12, 3) for path in found.index["path"]]
    np.testing.assert_array_equal(found.packed, expected)


def test_grey_only_if_every_picture_is_grey(tmp_path, into):
    folder = write_classes(tmp_path / "in", {"cat": 4}, channels=1)
    assert scan(read_folder(folder), into).channels == 1

    (folder / "cat/colour.png").write_bytes(png(99))
    assert scan(read_folder(folder), into).channels == 3


def test_pictures_with_an_alpha_channel_or_a_palette_count_as_colour(tmp_path, into):
    (tmp_path / "in/cat").mkdir(parents=True)
    Image.fromarray(noise(1)).convert("P").save(tmp_path / "in/cat/palette.png")

    found = scan(read_folder(tmp_path / "in"), into)

    assert (found.channels, found.index["mode"].iloc[0]) == (3, "P")


def test_the_size_is_that_of_small_pictures_and_96_for_large_ones(tmp_path, into):
    assert scan(read_folder(write_classes(tmp_path / "small", {"a": 3}, height=20, width=31)), into).size == 20
    assert scan(read_folder(write_classes(tmp_path / "large", {"a": 3}, height=200, width=150)), into).size == 96


def test_arrays_are_kept_as_pngs_with_the_same_pixels(into):
    pictures = np.stack([noise(seed, 8, 8, 1) for seed in range(5)])
    arrays = Arrays(pictures, [f"train/{i}" for i in range(5)], list("aabba"), [""] * 5)

    found = scan(Listing("npz", "x.npz", "x", arrays=arrays), into)

    assert (found.channels, found.size) == (1, 8)
    for row, original in zip(found.index.itertuples(), pictures, strict=True):
        data = (into / row.file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row.sha256
        with Image.open(into / row.file) as image:
            np.testing.assert_array_equal(np.asarray(image), original)


def test_progress_counts_to_the_last_picture(tmp_path, into):
    said = []

    scan(read_folder(write_classes(tmp_path / "in", {"cat": 7})), into, on_progress=said.append)

    assert (said[-1].done, said[-1].total, said[-1].unit) == (7, 7, "images")


def test_stop_ends_the_scan(tmp_path, into):
    folder = write_classes(tmp_path / "in", {"cat": 70})

    with pytest.raises(Stopped, match="Nothing was added"):
        scan(read_folder(folder), into, should_stop=lambda: True)
