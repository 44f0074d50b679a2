import numpy as np
import pytest

from core import images
from core.data.add import add
from core.data.dataset import read_index
from core.data.packed import Packed, PackRecipe, pack
from core.errors import ImageError, InputError, Stopped
from tests.making import write_classes


@pytest.fixture
def folder(tmp_path):
    return write_classes(tmp_path / "pets", {"cat": 5, "dog": 4}, height=20, width=30)


@pytest.fixture
def dataset(workspace, folder):
    return add(workspace, str(folder))


@pytest.mark.parametrize("recipe", [PackRecipe(20, 3), PackRecipe(16, 1), PackRecipe(24, 3, "pad")])
def test_row_by_row_the_pixels_are_those_that_load_gives(workspace, folder, dataset, recipe):
    packed = pack(workspace, dataset, recipe)

    paths = read_index(workspace, dataset)["path"]
    expected = [images.load(folder / path, recipe.size, recipe.channels, recipe.fit) for path in paths]
    np.testing.assert_array_equal(packed.take(np.arange(len(paths))), expected)


def test_rows_come_in_the_order_that_they_are_asked_for(workspace, dataset):
    packed = pack(workspace, dataset, PackRecipe(20, 3))

    some = packed.take(np.array([7, 0, 7]))

    np.testing.assert_array_equal(some, packed.take(np.arange(9))[[7, 0, 7]])


def test_what_the_scan_packed_is_what_pack_would_make(workspace, dataset):
    (made_by_scan,) = (workspace.dataset("pets") / "packed").glob("*.npy")
    before = made_by_scan.read_bytes()
    made_by_scan.unlink()

    pack(workspace, dataset, PackRecipe(20, 3))

    assert made_by_scan.read_bytes() == before


def test_a_second_call_reads_the_file_that_is_there(workspace, dataset, folder):
    first = pack(workspace, dataset, PackRecipe(16, 3)).take(np.arange(9))
    for path in folder.rglob("*.png"):
        path.unlink()

    np.testing.assert_array_equal(pack(workspace, dataset, PackRecipe(16, 3)).take(np.arange(9)), first)


def test_copies_of_a_picture_take_one_row(workspace, folder):
    (folder / "cat/copy.png").write_bytes((folder / "cat/000.png").read_bytes())

    packed = pack(workspace, add(workspace, str(folder)), PackRecipe(20, 3))

    assert (len(packed.images), len(packed.rows)) == (9, 10)


def test_a_picture_that_went_since_the_scan_is_named_and_nothing_half_is_kept(workspace, dataset, folder):
    (folder / "dog/002.png").unlink()

    with pytest.raises(ImageError, match=r"002\.png"):
        pack(workspace, dataset, PackRecipe(16, 3))

    assert not list((workspace.dataset("pets") / "packed").glob("*16x16*"))
    assert not list((workspace.dataset("pets") / "packed").glob(".new-*"))


def test_stop_leaves_nothing_half(workspace, dataset):
    with pytest.raises(Stopped):
        pack(workspace, dataset, PackRecipe(16, 3), should_stop=lambda: True)

    assert not list((workspace.dataset("pets") / "packed").glob("*16x16*"))


def test_a_full_disk_is_said_before_packing(workspace, dataset, monkeypatch):
    monkeypatch.setattr("core.data.packed.KEEP_FREE_BYTES", 1 << 62)

    with pytest.raises(InputError, match=r"the disk has .* GB free\. Take a smaller image size"):
        pack(workspace, dataset, PackRecipe(16, 3))


def test_packed_reads_through_its_rows():
    packed = Packed(np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1), np.array([2, 2, 0]))

    assert packed.take(np.array([0, 2])).ravel().tolist() == [2, 0]


def test_29_an_array_of_another_shape_or_kind_is_made_again(workspace, dataset):
    whole = pack(workspace, dataset, PackRecipe(16, 3)).take(np.arange(9))
    (path,) = (workspace.dataset("pets") / "packed").glob("*16x16*")
    for other in (whole[:4], whole[:, :8], whole[..., 0], whole.astype(np.float32)):
        np.save(path, other)

        np.testing.assert_array_equal(pack(workspace, dataset, PackRecipe(16, 3)).take(np.arange(9)), whole)
