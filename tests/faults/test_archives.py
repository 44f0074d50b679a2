"""FAULTS: archives and folders."""

import copy
import errno
import io
import os
import stat
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

from core.data.add import add
from core.data.append import append
from core.data.checks import check
from core.data.dataset import read_index, read_left_out
from core.data.limits import Limits
from core.data.sources import Picture
from core.data.sources.archive import look_into, read_zip
from core.data.sources.outline import outline
from core.data.sources.scaling import to_uint8
from core.errors import ConfigError, InputError, SourceError
from core.predict.predictor import Prediction
from core.spreadsheet import safe_cell
from core.train.config import TrainConfig, resolve
from tests.making import (
    class_entries,
    encoded,
    files_below,
    left_behind,
    memory_rises_by_less_than,
    noise,
    png,
    python,
    write_classes,
    write_zip,
)


@pytest.fixture
def refused(workspace, tmp_path):
    """Adds an archive, and gives the message with which it is refused without a trace."""

    def try_it(archive):
        before = files_below(tmp_path)
        with pytest.raises(SourceError) as error:
            add(workspace, str(archive), name="new")
        assert left_behind(workspace) == []
        assert files_below(tmp_path) == before
        return str(error.value)

    return try_it


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "cat/../../evil.png",
        "/tmp/evil.png",
        "C:\\evil.png",
        "C:evil.png",
        "..\\evil.png",
        "\\\\host\\x.png",
    ],
)
def test_a_zip_entry_that_climbs_out_is_refused_by_name(refused, tmp_path, name):
    """FAULTS 1"""
    archive = write_zip(tmp_path / "new.zip", {**class_entries({"cat": 2}), name: png(9)})

    said = refused(archive)

    assert "new.zip holds" in said
    assert repr(name) in said
    assert not list(tmp_path.parent.rglob("evil.png"))


def test_a_zip_entry_with_a_nul_in_its_name_is_refused(refused, tmp_path):
    """FAULTS 1"""
    archive = write_zip(tmp_path / "new.zip", class_entries({"cat": 2}))
    archive.write_bytes(archive.read_bytes().replace(b"cat/1.png", b"cat/1\x00png"))

    assert "leads outside" in refused(archive)


def test_a_link_inside_an_archive_is_refused(refused, tmp_path):
    """FAULTS 2"""
    link = zipfile.ZipInfo("cat/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = write_zip(tmp_path / "new.zip", {**class_entries({"cat": 2}), link: b"/etc/passwd"})

    assert "the link 'cat/link.png'; links are not followed" in refused(archive)


def test_31_an_archive_with_a_list_of_millions_of_files_is_refused_before_the_list_is_read(
    refused, tmp_path, monkeypatch
):
    monkeypatch.setenv("FOVEA_MAX_ENTRIES", "1000")
    write_zip(tmp_path / "long.zip", {"a/0.p": b""})
    data = (tmp_path / "long.zip").read_bytes()
    begins, ends = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entries = data[begins:ends] * 25_000
    ending = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 25_000, 25_000, len(entries), begins, 0)
    (tmp_path / "long.zip").write_bytes(data[:begins] + entries + ending)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("its list is read"))

    assert "has a list of files of 1 MB; the limit is 1,000 files ($FOVEA_MAX_ENTRIES)" in refused(
        tmp_path / "long.zip"
    )
    with pytest.raises(SourceError, match="has a list of files of 1 MB"):
        look_into(tmp_path / "long.zip")


def test_a_name_that_is_a_folder_for_who_cuts_it_and_a_link_called_a_folder_are_refused(refused, tmp_path):
    entries = class_entries({"a": 2, "b": 2})
    write_zip(tmp_path / "cut.zip", {**entries, "a/.x.png": png(9)})
    whole = (tmp_path / "cut.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole.replace(b"a/.x.png", b"a/\0x.png"))
    assert "a name that leads outside" in refused(tmp_path / "cut.zip")

    link = zipfile.ZipInfo("a/l/")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    write_zip(tmp_path / "link.zip", entries)
    with zipfile.ZipFile(tmp_path / "link.zip", "a") as archive:
        archive.writestr(link, "/etc")
    assert "holds the link 'a/l/'" in refused(tmp_path / "link.zip")


def test_a_bomb_is_stopped_while_unpacking(refused, tmp_path, monkeypatch):
    """FAULTS 3"""
    monkeypatch.setenv("FOVEA_MAX_UNPACKED_GB", "0.01")
    archive = write_zip(tmp_path / "new.zip", {"cat/bomb.png": bytes(20 << 20)})
    assert archive.stat().st_size < 1 << 20

    assert "limit of 0.01 GB ($FOVEA_MAX_UNPACKED_GB)" in refused(archive)


def overlapping(path, names, data):
    """A zip whose directory says of one piece of data that it is each of these files."""
    write_zip(path, {names[0]: data})
    with zipfile.ZipFile(path, "a") as archive:
        (first,) = archive.infolist()
        for name in names[1:]:
            other = copy.copy(first)
            other.filename = other.orig_filename = name
            archive.filelist.append(other)
            archive.NameToInfo[name] = other
        archive._didModify = True
    return path


def test_31_files_of_an_archive_in_the_same_place_are_refused_before_one_is_unpacked(refused, tmp_path):
    names = [f"{label}/{number}.png" for label in ("cat", "dog") for number in range(1000)]
    bomb = overlapping(tmp_path / "new.zip", names, bytes(10 << 20))
    assert bomb.stat().st_size < 200_000
    said = refused(bomb)
    assert "new.zip holds 'cat/0.png' and" in said
    assert "in the same place. Nothing was added." in said


def test_31_an_archive_that_unpacks_to_far_more_than_it_has_is_refused(tmp_path):
    archive = write_zip(
        tmp_path / "new.zip", {f"{label}/{one}.png": bytes(1 << 20) for label in "ab" for one in range(9)}
    )
    with pytest.raises(SourceError, match="unpacks to more than 200 times its size, as no archive of pictures does"):
        read_zip(archive, _empty(tmp_path / "a"), Limits(ratio_from_bytes=5 << 20))
    assert len(read_zip(archive, _empty(tmp_path / "b")).pictures) == 18, "so little is nothing to fear"


def _empty(folder):
    folder.mkdir()
    return folder


def test_what_an_archive_claims_about_its_sizes_is_not_believed(refused, tmp_path, monkeypatch):
    """FAULTS 3"""
    monkeypatch.setenv("FOVEA_MAX_UNPACKED_GB", "0.001")
    archive = write_zip(tmp_path / "new.zip", {"cat/bomb.png": bytes(20 << 20)})
    data, true = archive.read_bytes(), (20 << 20).to_bytes(4, "little")
    assert data.count(true) == 2
    archive.write_bytes(data.replace(true, (100).to_bytes(4, "little")))

    said = refused(archive)

    assert "limit of 0.001 GB" in said or "not a whole zip" in said


def test_one_file_over_the_limit_is_named(tmp_path):
    """FAULTS 3"""
    archive = write_zip(tmp_path / "new.zip", {"cat/big.png": bytes(3 << 20)})
    (tmp_path / "into").mkdir()

    with pytest.raises(SourceError, match=r"'cat/big\.png' in new\.zip unpacks to more than 2 MB"):
        read_zip(archive, tmp_path / "into", Limits(file_bytes=2 << 20))


def test_too_many_entries_are_refused_with_the_limit(refused, tmp_path, monkeypatch):
    """FAULTS 3"""
    monkeypatch.setenv("FOVEA_MAX_ENTRIES", "10")

    said = refused(write_zip(tmp_path / "new.zip", class_entries({"cat": 11})))

    assert "holds 11 files; the limit is 10 ($FOVEA_MAX_ENTRIES)" in said


def test_a_zip_inside_a_zip_is_not_unpacked(workspace, tmp_path):
    """FAULTS 3"""
    inner = write_zip(tmp_path / "inner.zip", class_entries({"dog": 1})).read_bytes()

    dataset = add(workspace, str(write_zip(tmp_path / "new.zip", {**class_entries({"cat": 2}), "cat/in.zip": inner})))

    assert dataset.per_class == {"cat": 2}
    (left_out,) = read_left_out(workspace, dataset).to_dict("records")
    assert left_out["path"] == "cat/in.zip"
    assert "is a zip archive, not a picture" in left_out["reason"]


def npz_of(path, claimed_shape=None, **arrays):
    """A compressed .npz; with `claimed_shape` its first array says that it has that shape."""
    np.savez_compressed(path, **arrays)
    if claimed_shape:
        with zipfile.ZipFile(path) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": claimed_shape})
        write_zip(path, {**entries, "x_train.npy": header.getvalue() + bytes(1000)})
    return path


def test_arrays_that_unpack_to_more_than_the_limit_are_refused_before_they_are_unpacked(refused, tmp_path, monkeypatch):
    """FAULTS 3"""
    monkeypatch.setenv("FOVEA_MAX_UNPACKED_GB", "0.01")
    bomb = npz_of(tmp_path / "new.npz", x_train=np.zeros((200, 320, 320), np.uint8), y_train=np.zeros(200, int))
    assert bomb.stat().st_size < 1 << 20
    tracemalloc.start()

    said = refused(bomb)

    assert "new.npz unpacks to 0.0 GB; the limit is 0.0 GB" in said
    assert "$FOVEA_MAX_UNPACKED_GB" in said
    assert tracemalloc.get_traced_memory()[1] < 10 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "claimed",
    [
        (10**15, 28, 28),
        (10_000, 28, 28),
        (10**4000, 28, 28),
        (2, 10**2000, 10**2000),
        (2, 5, 5, 10**4000),
        (2, -28, 28),
    ],
)
def test_what_an_array_claims_about_its_shape_is_not_believed(refused, tmp_path, claimed):
    """FAULTS 3"""
    archive = npz_of(tmp_path / "new.npz", claimed, x_train=np.zeros((2, 8, 8), np.uint8), y_train=np.arange(2))

    said = refused(archive)

    assert "larger than this machine's memory" in said or "not a whole .npz of plain arrays" in said
    assert len(said) < 300


@pytest.mark.parametrize("shape", [(1, 50_000, 50_000), (1, 50_000, 50_000, 3), (2, 8_001, 8_000)])
def test_11_arrays_of_too_large_pictures_are_refused_by_their_heads(refused, tmp_path, shape):
    archive = npz_of(tmp_path / "new.npz", shape, x_train=np.zeros((2, 8, 8), np.uint8), y_train=np.arange(shape[0]))
    with memory_rises_by_less_than(50e6):
        said = refused(archive)
    assert f"x_train of new.npz has pictures of {shape[2]:,} × {shape[1]:,} pixels; the limit is 64 million" in said


def test_11_large_pictures_of_an_array_are_scaled_one_by_one(tmp_path):
    """Of each as float64 there are its tones, clipped and rounded, beside what all become."""
    large = np.ones((6, 1500, 1500))
    with memory_rises_by_less_than(4.5 * large[0].nbytes + large.size):
        assert to_uint8({"x": large})[0].max() == 255


def test_a_disk_without_room_is_said_and_left_as_it_was(refused, tmp_path, monkeypatch):
    """FAULTS 3"""
    monkeypatch.setattr("core.data.sources.archive.KEEP_FREE_BYTES", 1 << 62)

    assert "than the disk has free" in refused(write_zip(tmp_path / "new.zip", class_entries({"cat": 2})))


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.99])
def test_a_truncated_zip_is_refused(refused, tmp_path, keep):
    """FAULTS 4"""
    archive = write_zip(tmp_path / "new.zip", class_entries({"cat": 5}))
    data = archive.read_bytes()
    archive.write_bytes(data[: int(len(data) * keep)])

    assert "new.zip is not a whole zip archive" in refused(archive)


def test_a_zip_whose_checksum_is_wrong_is_refused(refused, tmp_path):
    """FAULTS 4"""
    archive = write_zip(tmp_path / "new.zip", {"cat/a.png": png(1)}, zipfile.ZIP_STORED)
    data = bytearray(archive.read_bytes())
    data[80] ^= 0xFF
    archive.write_bytes(data)

    assert "Bad CRC-32 for file 'cat/a.png'" in refused(archive)


def test_a_zip_whose_compressed_bytes_are_damaged_is_refused(refused, tmp_path):
    """FAULTS 4"""
    archive = write_zip(tmp_path / "new.zip", {"cat/a.bmp": encoded(noise(0, 60, 60) // 64, "BMP")})
    data = bytearray(archive.read_bytes())
    data[45:80] = b"\xff" * 35
    archive.write_bytes(data)

    assert "new.zip is not a whole zip archive" in refused(archive)


def test_an_encrypted_zip_is_refused_with_advice(refused, tmp_path):
    """FAULTS 4"""
    archive = write_zip(tmp_path / "new.zip", {"cat/a.png": png(1)})
    data = bytearray(archive.read_bytes())
    data[6] |= 1  # the flag in the entry's own header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and in the directory's
    archive.write_bytes(data)

    assert "new.zip is encrypted ('cat/a.png'). Unpack it and add the folder instead." in refused(archive)


def damaged(data, at_list, layout, *values):
    """A zip with values changed in the first entry of its list of files."""
    changed = bytearray(data)
    struct.pack_into(layout, changed, data.index(b"PK\1\2") + at_list, *values)
    return bytes(changed)


def with_offset(data, offset):
    """A zip whose list says, in 64 bits, that its first file is there."""
    begins, ends = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    extra = struct.pack("<HHQ", 1, 8, offset)
    names = begins + 46 + len("cat/0.png")
    changed = damaged(damaged(data, 42, "<I", 0xFFFFFFFF), 30, "<H", len(extra))
    ending = bytearray(data[ends:])
    struct.pack_into("<I", ending, 12, ends - begins + len(extra))
    return changed[:names] + extra + changed[names:ends] + bytes(ending)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: data[100:], "not a whole zip archive"),
        (lambda data: data[:300] + data[400:], "not a whole zip archive"),
        (lambda data: with_offset(data, 1 << 62), "not a whole zip archive"),
        (lambda data: with_offset(data, (1 << 64) - 1), "not a whole zip archive"),
        (lambda data: damaged(data, 28, "<HHH", 0, 0, len("cat/0.png")), "a file without a name"),
    ],
)
def test_a_zip_whose_list_leads_nowhere_is_refused(refused, tmp_path, damage, said):
    """FAULTS 4"""
    archive = write_zip(tmp_path / "new.zip", class_entries({"cat": 4, "dog": 4}), zipfile.ZIP_STORED)
    archive.write_bytes(damage(archive.read_bytes()))

    assert said in refused(archive)
    try:
        outline(str(archive))  # may read less of it
    except SourceError as error:
        assert said in str(error)


def test_an_error_of_the_disk_is_no_damage_of_the_archive(workspace, tmp_path, monkeypatch):
    archive = write_zip(tmp_path / "new.zip", class_entries({"cat": 4}))

    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(zipfile.ZipExtFile, "read", broken)
    with pytest.raises(OSError, match="Input/output"):
        add(workspace, str(archive))


def test_1_a_drive_in_a_unicode_name_leads_outside_too(refused, tmp_path):
    entry = zipfile.ZipInfo("cat/zz.png")
    body = b"\1" + struct.pack("<I", zlib.crc32(b"cat/zz.png")) + b"C:/x.png"
    entry.extra = struct.pack("<HH", 0x7075, len(body)) + body
    assert "leads outside" in refused(write_zip(tmp_path / "new.zip", {**class_entries({"cat": 2}), entry: png(9)}))


def test_32_data_of_what_is_called_a_folder_is_accounted_for(workspace, tmp_path):
    entries = {**class_entries({"cat": 2, "dog": 2}), "cat/": b"", "cat/sub/": b"data"}
    dataset = add(workspace, str(write_zip(tmp_path / "new.zip", entries)))

    (left_out,) = read_left_out(workspace, dataset).to_dict("records")
    assert (left_out["path"], dataset.images) == ("cat/sub/", 4)
    assert "holds data" in left_out["reason"]


@pytest.mark.parametrize("variable", ["FOVEA_MAX_ENTRIES", "FOVEA_MAX_UNPACKED_GB"])
def test_3_a_limit_that_is_none_is_said_and_an_empty_one_is_the_default(monkeypatch, variable):
    for said in ("abc", "nan", "inf", "-1", "0", "1e999"):
        monkeypatch.setenv(variable, said)
        with pytest.raises(InputError, match=rf"\${variable} is '{said}'; it is a number above 0"):
            Limits.from_environment()
    monkeypatch.setenv(variable, " ")
    assert Limits.from_environment() == Limits()
    monkeypatch.setenv(variable, "1e3")
    assert Limits.from_environment() in (Limits(entries=1000), Limits(total_bytes=1000 << 30))


def test_3_a_server_with_a_limit_that_is_none_says_so_and_ends(tmp_path):
    environment = {"FOVEA_WORKSPACE": str(tmp_path / "workspace"), "FOVEA_MAX_ENTRIES": "many"}

    done = python("streamlit_app.py", env={**os.environ, **environment})

    assert done.returncode == 1
    assert "Fovea cannot start. $FOVEA_MAX_ENTRIES is 'many'" in done.stderr
    assert "Traceback" not in done.stderr


def test_text_called_zip_is_refused(refused, tmp_path):
    """FAULTS 4"""
    (tmp_path / "new.zip").write_text("no archive")

    assert "new.zip is not a whole zip archive" in refused(tmp_path / "new.zip")


JUNK = ["__MACOSX/cat/._0.png", "cat/.DS_Store", "cat/Thumbs.db", ".git/config", "cat/.hidden.png", "cat/desktop.ini"]


def test_system_files_in_a_zip_are_ignored_and_counted(workspace, tmp_path):
    """FAULTS 5"""
    entries = {**class_entries({"cat": 3, "dog": 2}), **dict.fromkeys(JUNK, b"junk")}

    dataset = add(workspace, str(write_zip(tmp_path / "new.zip", entries)))

    assert (dataset.classes, dataset.images, dataset.left_out) == (("cat", "dog"), 5, 0)
    assert dataset.ignored == len(JUNK)


def test_names_that_begin_here_or_hold_two_separators_are_no_hidden_files(workspace, tmp_path):
    names = ["./cat/1.png", "cat//2.png", "./dog/./1.png", "./.hidden/1.png"]
    listing = write_zip(tmp_path / "a.zip", {name: png(place) for place, name in enumerate(names)})

    dataset = add(workspace, str(listing))

    assert dataset.per_class == {"cat": 2, "dog": 1}
    assert set(read_index(workspace, dataset)["path"]) == {"cat/1.png", "cat/2.png", "dog/1.png"}


def test_system_files_in_a_folder_are_ignored_and_counted(workspace, tmp_path):
    """FAULTS 5"""
    folder = write_classes(tmp_path / "in", {"cat": 3, "dog": 2})
    for name in JUNK:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"junk")

    dataset = add(workspace, str(folder))

    assert (dataset.classes, dataset.images, dataset.left_out) == (("cat", "dog"), 5, 0)
    assert dataset.ignored == len(JUNK), "a folder of the system's counts once, as do the files beside"


def test_names_that_differ_only_in_case_hold_emoji_or_are_255_bytes_long_all_arrive(workspace, tmp_path):
    """FAULTS 6"""
    names = ["cat/A.png", "cat/a.png", "Cat/a.png", "cat/🐈.png", f"cat/{'x' * 251}.png", "cat/new\nline.png"]
    entries = {name: png(seed) for seed, name in enumerate(names)}

    dataset = add(workspace, str(write_zip(tmp_path / "new.zip", entries)))

    index = read_index(workspace, dataset)
    assert sorted(index["path"]) == sorted(names)
    for row in index.itertuples():
        assert (workspace.dataset("new") / row.file).read_bytes() == entries[row.path]


def test_a_name_that_repeats_overwrites_nothing(workspace, tmp_path):
    """FAULTS 6"""
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        for seed in (1, 2):
            archive.writestr("cat/a.png", png(seed))

    index = read_index(workspace, add(workspace, str(tmp_path / "new.zip")))

    assert index["path"].tolist() == ["cat/a.png"] * 2
    stored = {(workspace.dataset("new") / file).read_bytes() for file in index["file"]}
    assert stored == {png(1), png(2)}


def test_strange_names_in_a_folder_all_arrive_where_fovea_keeps_the_files(workspace, tmp_path):
    """FAULTS 6"""
    names = ["cat/A.png", "cat/a.png", "Cat/a.png", "cat/🐈.png", f"cat/{'x' * 251}.png", "cat/new\nline.png"]
    for seed, name in enumerate(names):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(png(seed))

    dataset = add(workspace, str(tmp_path / "in"), keep=True)

    index = read_index(workspace, dataset)
    assert sorted(index["path"]) == sorted(names)
    assert index["file"].nunique() == len(names)
    for row in index.itertuples():
        assert (workspace.dataset("in") / row.file).read_bytes() == (tmp_path / "in" / row.path).read_bytes()


def test_names_that_repeat_among_pictures_that_are_added_later_overwrite_nothing(workspace, tmp_path):
    """FAULTS 6"""
    first = add(workspace, str(write_classes(tmp_path / "in", {"cat": 3})), keep=True)
    before = files_below(workspace.dataset("in") / "images")
    (tmp_path / "x.png").write_bytes(png(77))
    new = [Picture(name, "cat", tmp_path / "x.png") for name in ("cat/000.png", "cat/000.png", "../../cat/000.png")]

    index = read_index(workspace, append(workspace, first, new, ""))

    assert index["path"].is_unique
    assert files_below(workspace.dataset("in") / "images").items() >= before.items()
    assert not list(tmp_path.rglob("cat/000 (2).png"))


STRANGE = ["<img src=x onerror=alert(1)>", "**bold**", "=cmd()", "+1", "@x", "-2+3", "a,b", 'say "hi"']


def test_strange_class_names_are_names_like_any_other(workspace, tmp_path):
    """FAULTS 7"""
    dataset = add(workspace, str(write_classes(tmp_path / "in", dict.fromkeys(STRANGE, 3))))

    assert set(dataset.classes) == set(STRANGE)


def test_strange_class_names_are_text_to_a_spreadsheet(tmp_path):
    """FAULTS 7"""
    import csv

    from core.commands.answers import write_csv

    write_csv(str(tmp_path / "out.csv"), [Prediction("=1+1.png", name, 0.5, ()) for name in STRANGE], (), "run")

    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8")))
    for row, name in zip(rows, STRANGE, strict=True):
        assert row["label"].removeprefix("'") == name
        assert not row["label"].startswith(("=", "@", "-2+"))
        assert row["path"] == "'=1+1.png"
    assert safe_cell("-5") == "-5", "a number stays one"


@pytest.mark.parametrize("holds", [{}, {"readme.txt": b"text in no class folder"}])
def test_an_empty_folder_is_refused_with_advice(refused, tmp_path, holds):
    """FAULTS 8"""
    (tmp_path / "empty").mkdir()
    for name, data in holds.items():
        (tmp_path / "empty" / name).write_bytes(data)

    assert "Put each class's pictures into a folder of its name." in refused(tmp_path / "empty")


def test_one_class_is_said_before_training(workspace, tmp_path):
    """FAULTS 8"""
    dataset = add(workspace, str(write_classes(tmp_path / "in", {"cat": 40})))

    assert any("needs two or more" in issue.message for issue in check(workspace, dataset))
    with pytest.raises(ConfigError, match="needs two or more"):
        resolve(TrainConfig(architecture="fast_cnn"), dataset)


def test_a_class_with_one_image_is_said_before_training(workspace, tmp_path):
    """FAULTS 8"""
    dataset = add(workspace, str(write_classes(tmp_path / "in", {"cat": 40, "dog": 1})))

    assert any("dog (1)" in issue.message for issue in check(workspace, dataset))


def test_classes_without_enough_images_for_a_test_are_refused_with_advice(workspace, tmp_path):
    """FAULTS 8"""
    dataset = add(workspace, str(write_classes(tmp_path / "two", {"cat": 2, "dog": 2})))
    with pytest.raises(ConfigError, match="To be in every split, each class needs three or more bursts"):
        resolve(TrainConfig(architecture="fast_cnn", batch_size=2), dataset)

    three = add(workspace, str(write_classes(tmp_path / "three", {"cat": 3, "dog": 3})))
    resolve(TrainConfig(architecture="fast_cnn", batch_size=2), three)


def test_a_thousand_classes_and_more_are_said_before_training(workspace, tmp_path):
    """FAULTS 8"""
    dataset = add(
        workspace, str(write_classes(tmp_path / "in", {f"class {i}": 1 for i in range(1001)}, height=4, width=4))
    )

    assert any("1,001 classes" in issue.message for issue in check(workspace, dataset))
