"""FAULTS: what is no whole archive, array file, manifest or folder is refused in words."""

import io
import os
import zipfile

import numpy as np
import pytest

from core.data.add import add
from core.data.dataset import class_order, find, read_left_out
from core.data.shelf import delete, rename
from core.data.sources.npz import read_npz, to_labels
from core.errors import InputError, SourceError
from tests.making import class_entries, left_behind, png, write_classes, write_zip

PICTURES = np.zeros((2, 8, 8), np.uint8)


def cut_array(data: bytes) -> bytes:
    """An .npz whose compressed bytes are damaged in the middle."""
    middle = len(data) // 2
    return data[:middle] + bytes(20) + data[middle + 20 :]


def saved(compressed=False, **arrays):
    out = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(out, **arrays)
    return out.getvalue()


def one_array():
    out = io.BytesIO()
    np.save(out, PICTURES)
    return out.getvalue()


def text_entries():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x_train", "no array")
        archive.writestr("y_train", "no array")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        saved(x_train=np.full((2, 8, 8), "a"), y_train=[0, 1]),
        saved(x_train=PICTURES.astype(complex), y_train=[0, 1]),
        saved(x_train=np.zeros((2, 8, 8), "m8[s]"), y_train=[0, 1]),
        saved(x_train=PICTURES, y_train=[np.inf, 1e30]),
        saved(x_train=PICTURES, y_train=["", "b"]),
        saved(x_train=PICTURES, y_train=["1" * 5000, "2"]),
        saved(x_train=PICTURES, y_train=["\ud800", "b"]),
        cut_array(saved(True, x_train=np.random.default_rng(0).integers(0, 255, (9, 30, 30)), y_train=range(9))),
        one_array(),
        text_entries(),
        b"PK\x03\x04 and then nothing",
    ],
)
def test_an_odd_npz_is_refused_with_the_reason_and_leaves_nothing(workspace, tmp_path, data):
    """FAULTS 4"""
    (tmp_path / "odd.npz").write_bytes(data)

    with pytest.raises(SourceError, match=r"odd\.npz"):
        add(workspace, str(tmp_path / "odd.npz"))

    assert left_behind(workspace) == []


def test_labels_that_look_the_same_are_one_class(tmp_path):
    np.savez(tmp_path / "x.npz", x_train=PICTURES, y_train=["caf\u00e9", "cafe\u0301"])

    assert set(read_npz(tmp_path / "x.npz").arrays.labels) == {"caf\u00e9"}
    assert to_labels(np.array([3, 1, 3]), "y") == ["3", "1", "3"]


def test_class_names_of_thousands_of_digits_are_put_in_order_like_text():
    assert class_order({"2", "10" * 2000}) == ("10" * 2000, "2")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
def test_damaged_bytes_of_every_compression_are_refused(workspace, tmp_path, method):
    """FAULTS 4"""
    archive = write_zip(tmp_path / "odd.zip", class_entries({"cat": 3, "dog": 3}), method)
    data = bytearray(archive.read_bytes())
    data[60:120] = bytes(60)
    archive.write_bytes(bytes(data))

    with pytest.raises(SourceError, match=r"odd\.zip is not a whole zip"):
        add(workspace, str(archive))

    assert left_behind(workspace) == []


def test_what_is_no_regular_file_is_left_out(workspace, tmp_path):
    """FAULTS 9"""
    folder = write_classes(tmp_path / "in", {"cat": 4, "dog": 4})
    os.mkfifo(folder / "cat" / "pipe.png")
    (folder / "dog" / "nowhere.png").symlink_to(tmp_path / "nowhere.png")

    dataset = add(workspace, str(folder))

    assert dataset.images == 8
    assert sorted(read_left_out(workspace, dataset)["path"]) == ["cat/pipe.png", "dog/nowhere.png"]


def test_a_manifest_with_a_path_of_thousands_of_letters_or_a_cell_too_many_is_read(workspace, tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png(number))
    lines = ["path,label", "0.png,a,", "1.png,b,", "2.png,a,", f"{'x' * 5000}.png,b,"]
    (tmp_path / "list.csv").write_text("\n".join(lines))

    assert add(workspace, str(tmp_path / "list.csv")).per_class == {"a": 2, "b": 1}


@pytest.mark.parametrize("source", ["", "  "])
def test_no_source_is_not_the_present_folder(workspace, source):
    with pytest.raises(SourceError, match="No source was named"):
        add(workspace, source)


def test_one_version_cannot_be_deleted_or_renamed_as_if_it_were_all(workspace, tmp_path):
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 4, "dog": 4})))

    with pytest.raises(InputError, match="pets@1 is one version"):
        delete(workspace, "pets@1")
    with pytest.raises(InputError, match="pets@1 is one version"):
        rename(workspace, "pets@1", "animals")
    assert find(workspace, "pets").images == 8


def in_both_heads(data, at_local, at_list, value):
    """A zip with a byte changed before its first file's data and in the list of files."""
    changed, begins = bytearray(data), data.index(b"PK\1\2")
    changed[at_local], changed[begins + at_list] = value, value
    return bytes(changed)


def of_lzma(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive, zipfile.ZipFile(io.BytesIO(data)) as whole:
        for name in whole.namelist():
            archive.writestr(name, whole.read(name))
    made = bytearray(out.getvalue())
    made[30 + len(whole.namelist()[0]) + 4] = 0xFF  # the first property of LZMA
    return bytes(made)


@pytest.mark.parametrize(
    "odd",
    [
        lambda data: in_both_heads(data, 6, 8, 1),  # encrypted
        lambda data: in_both_heads(data, 8, 10, 99),  # a way to compress that nobody knows
        of_lzma,
        lambda data: data.replace(b"(2, 8, 8)", b"(True,8,8)"[:9].ljust(9)),
    ],
)
def test_an_npz_that_no_reader_takes_is_refused_in_words(workspace, tmp_path, odd):
    (tmp_path / "odd.npz").write_bytes(odd(saved(x_train=PICTURES, y_train=np.arange(2))))

    with pytest.raises(SourceError, match=r"odd.npz is not a whole .npz of plain arrays"):
        add(workspace, str(tmp_path / "odd.npz"))
    assert left_behind(workspace) == []
