import os

import numpy as np
import pytest
import skimage.data
from PIL import Image

from core.data import embeddings
from core.data.add import add
from core.data.dataset import read_index
from core.data.embeddings import Embeddings, embed, folder_of, read_embeddings
from core.data.packed import PackRecipe, pack
from core.errors import InputError, Stopped
from core.inference.embedder import LENGTH, size_for
from core.workspace.atomic import remove_folder
from tests.making import png, write_classes


class FakeEmbedder:
    """A vector that depends on the picture alone, in no time; keeps count."""

    def __init__(self):
        self.seen = 0

    def embed(self, images):
        self.seen += len(images)
        vectors = images.reshape(len(images), -1)[:, :LENGTH].astype(np.float32) + 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def few(workspace, tmp_path, monkeypatch):
    """24 distinct pictures in two classes, and one copy; blocks of 5."""
    monkeypatch.setattr(embeddings, "BLOCK", 5)
    folder = write_classes(tmp_path / "few", {"a": 12, "b": 12})
    (folder / "b" / "copy.png").write_bytes((folder / "b" / "003.png").read_bytes())
    return add(workspace, str(folder))


def stop_after(looks):
    """A should_stop that says yes from the look after `looks` of them."""
    answers = iter([False] * looks)
    return lambda: next(answers, True)


def test_each_distinct_picture_is_embedded_once_and_found_by_its_row(workspace, few):
    embedder = FakeEmbedder()

    done = embed(workspace, few, embedder)

    assert (done.images, done.unreadable, embedder.seen) == (24, (), 24)
    found = read_embeddings(workspace, few)
    assert found.missing == 0
    index = read_index(workspace, few)
    copy, original = (index.index[index["path"] == f"b/{name}.png"][0] for name in ("copy", "003"))
    assert found.places[copy] == found.places[original]
    assert len(set(found.places.tolist())) == 24
    np.testing.assert_allclose(np.linalg.norm(found.vectors.astype(np.float32), axis=1), 1, atol=1e-3)


@pytest.mark.parametrize("channels", [1, 3])
def test_packed_pictures_give_the_vectors_of_the_files_and_only_the_rows_that_are_wanted(workspace, tmp_path, channels):
    folder = write_classes(tmp_path / "two", {"a": 8, "b": 8}, height=30, width=20, channels=channels)
    dataset = add(workspace, str(folder))
    assert dataset.channels == channels
    packed = pack(workspace, dataset, PackRecipe(size_for(dataset.size), channels))
    first, embedder = np.arange(0, 16, 2), FakeEmbedder()

    embed(workspace, dataset, embedder, rows=first, packed=packed)

    some = read_embeddings(workspace, dataset)
    assert embedder.seen == some.missing == 8
    assert not some.lacks(first) and some.lacks(np.array([0, 1]))
    from_packed = some.vectors[some.places[first]].copy()
    remove_folder(folder_of(workspace, dataset))
    embed(workspace, dataset, FakeEmbedder())
    of_files = read_embeddings(workspace, dataset)
    np.testing.assert_array_equal(of_files.vectors[of_files.places[first]], from_packed)


def test_what_was_embedded_before_a_stop_is_kept_and_gives_the_same_vectors(workspace, few, tmp_path):
    embed(workspace, few, FakeEmbedder())
    whole = read_embeddings(workspace, few)
    expected = whole.vectors[whole.places].copy()
    for file in folder_of(workspace, few).iterdir():
        file.unlink()

    with pytest.raises(Stopped, match="What is done is kept"):
        embed(workspace, few, FakeEmbedder(), should_stop=stop_after(2))
    assert read_embeddings(workspace, few).missing in (14, 15)  # two blocks of five; the copy counts where it is
    embedder = FakeEmbedder()
    embed(workspace, few, embedder)

    assert embedder.seen == 14
    again = read_embeddings(workspace, few)
    np.testing.assert_array_equal(again.vectors[again.places], expected)


@pytest.mark.parametrize("cut", [{"vectors.f16": 1000}, {"hashes.txt": 30}, {"vectors.f16": 5000, "hashes.txt": 1}])
def test_a_tail_that_a_killed_process_left_is_made_anew(workspace, few, cut):
    embed(workspace, few, FakeEmbedder())
    whole = read_embeddings(workspace, few)
    expected = whole.vectors[whole.places].copy()
    for name, size_bytes in cut.items():
        path = folder_of(workspace, few) / name
        os.truncate(path, path.stat().st_size - size_bytes)

    assert read_embeddings(workspace, few).missing > 0
    embed(workspace, few, FakeEmbedder())

    again = read_embeddings(workspace, few)
    assert again.missing == 0
    np.testing.assert_array_equal(again.vectors[again.places], expected)


def test_a_later_version_embeds_only_what_is_new(workspace, few, tmp_path):
    embed(workspace, few, FakeEmbedder())
    write_classes(tmp_path / "few", {"c": 3}, first_seed=100)
    later = add(workspace, str(tmp_path / "few"))
    embedder = FakeEmbedder()

    embed(workspace, later, embedder)

    assert (later.reference, embedder.seen) == ("few@2", 3)
    assert read_embeddings(workspace, later).missing == 0


def test_a_picture_that_went_is_named_and_has_no_vector(workspace, few, tmp_path):
    (tmp_path / "few" / "a" / "005.png").unlink()

    done = embed(workspace, few, FakeEmbedder())

    assert done.images == 23
    [(path, reason)] = done.unreadable
    assert path == "a/005.png"
    assert "cannot be read" in reason
    found = read_embeddings(workspace, few)
    row = read_index(workspace, few)["path"].tolist().index("a/005.png")
    assert np.flatnonzero(found.places < 0).tolist() == [row]
    assert found.nearest(row)[0].tolist() == []


def test_a_picture_that_changed_is_named_and_its_new_content_is_not_taken_for_the_old(workspace, few, tmp_path):
    (tmp_path / "few" / "a" / "005.png").write_bytes(png(999))

    done = embed(workspace, few, FakeEmbedder())

    [(path, reason)] = done.unreadable
    assert path == "a/005.png"
    assert "is not the picture any more that it was" in reason
    assert read_embeddings(workspace, few).missing == 1


def test_a_disk_without_room_is_said_before_anything_is_read(workspace, few, monkeypatch):
    monkeypatch.setattr("core.data.packed.KEEP_FREE_BYTES", 1 << 60)

    with pytest.raises(InputError, match="the disk has"):
        embed(workspace, few, FakeEmbedder())


def test_nearest_are_those_that_a_plain_sort_finds():
    random = np.random.default_rng(0)
    vectors = random.normal(size=(700, 40)).astype(np.float32)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    places = np.concatenate([random.permutation(700)[:600], [5, -1, -1]])  # some belong to another version
    places[10] = places[20]  # a copy
    found = Embeddings(vectors, places)

    rows, similar = found.nearest(10, 24)

    cosines = vectors[places].astype(np.float64) @ vectors[places[10]].astype(np.float64)
    cosines[(places < 0) | (places == places[10])] = -np.inf
    first = np.unique(places, return_index=True)[1]
    expected = sorted(first, key=lambda row: -cosines[row])[:24]
    assert rows.tolist() == expected
    np.testing.assert_allclose(similar, cosines[rows], atol=1e-5)


def test_nearest_of_few_pictures_are_all_the_others():
    found = Embeddings(np.eye(3, 8, dtype=np.float16), np.arange(3))

    assert sorted(found.nearest(1)[0].tolist()) == [0, 2]
    assert Embeddings(np.eye(1, 8, dtype=np.float16), np.arange(1)).nearest(0)[0].tolist() == []


def test_parts_of_one_photo_are_nearest_to_each_other(workspace, tmp_path, embedder):
    for name in ("chelsea", "coffee", "rocket"):
        photo = Image.fromarray(getattr(skimage.data, name)())
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number, left in enumerate((0, 20, 40, 60)):
            photo.crop((left, 10, left + 280, 290)).save(tmp_path / "photos" / name / f"{number}.png")
    photos = add(workspace, str(tmp_path / "photos"))

    embed(workspace, photos, embedder)

    found = read_embeddings(workspace, photos)
    labels = read_index(workspace, photos)["label"].to_numpy()
    for row, label in enumerate(labels):
        assert labels[found.nearest(row, 3)[0]].tolist() == [label] * 3
