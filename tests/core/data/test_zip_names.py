"""Names in archives without the mark for UTF-8, written byte by byte as other programs do."""

import struct
import unicodedata
import zipfile
import zlib

import pytest

from core.data.add import add
from core.data.append import append_source
from core.data.checks import check
from core.data.sources import Reading, open_source
from core.data.sources.zip_names import might_be
from core.errors import SourceError
from tests.making import class_entries, png, write_classes, write_zip


class Unmarked(zipfile.ZipInfo):
    def _encodeFilenameFlags(self):
        return self.filename.encode("cp437"), 0


def unmarked(path, names, encoding, extra=b""):
    """A zip whose names are bytes of `encoding`, without the mark."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            entry = Unmarked(name.encode(encoding).decode("cp437"))
            entry.extra = extra
            archive.writestr(entry, png(number))
    return path


def classes(archive, reading=None):
    with open_source(str(archive), archive.parent, reading=reading) as listing:
        return sorted({one.label for one in listing.pictures}), listing.read_as.get("garbled")


NAMES = ["Café/1.png", "Größe/1.png", "猫/1.png"]
LABELS = ["Café", "Größe", "猫"]


@pytest.mark.parametrize("decomposed", [False, True])
def test_utf8_without_the_mark_is_utf8(tmp_path, decomposed):
    names = [unicodedata.normalize("NFD", name) for name in NAMES] if decomposed else NAMES

    assert classes(unmarked(tmp_path / "a.zip", names, "utf-8")) == (LABELS, None)


def test_names_of_dos_are_read_by_the_letter_of_the_format(tmp_path):
    assert classes(unmarked(tmp_path / "a.zip", ["Größe/1.png", "Café/1.png"], "cp437"))[0] == ["Café", "Größe"]


@pytest.mark.parametrize(
    ("encoding", "names"), [("gbk", ["小狗/1.png", "猫/2.png"]), ("shift_jis", ["ソファ/1.png", "表/2.png"])]
)
def test_names_in_another_encoding_are_told_with_what_they_might_be_and_read_right_when_it_is_said(
    workspace, tmp_path, encoding, names
):
    archive = unmarked(tmp_path / "a.zip", names, encoding)
    label = names[0].split("/")[0]

    garbled = add(workspace, str(archive))
    right = add(workspace, str(archive), reading=Reading(zip_names=encoding))
    again = add(workspace, str(archive), right.name)

    said = [issue.message for issue in check(workspace, garbled) if issue.kind == "garbled_names"]
    assert label in said[0]
    assert "--zip-names" in said[0]
    assert right.classes == tuple(sorted(name.split("/")[0] for name in names))
    assert again == right
    assert "garbled_names" not in [issue.kind for issue in check(workspace, right)]


def test_a_separate_unicode_name_counts_if_it_belongs_to_the_name(tmp_path):
    raw = "小狗/1.png".encode("gbk")
    for checksum, label in ((zlib.crc32(raw), "小狗"), (1, raw.decode("cp437").split("/")[0])):
        data = b"\1" + struct.pack("<I", checksum) + "小狗/1.png".encode()
        archive = unmarked(
            tmp_path / f"{checksum}.zip", ["小狗/1.png"], "gbk", struct.pack("<HH", 0x7075, len(data)) + data
        )
        assert label in classes(archive)[0]


@pytest.mark.parametrize("encoding", ["punycode", "utf-7", "unicode_escape", "idna"])
def test_an_encoding_that_the_names_are_not_in_is_no_fault(tmp_path, encoding):
    names = ["k\u00e4t-9\u00a0/1.png", "+2AA-/2.png", "x\\ud800y/3.png", "caf\u00e9/4.png"]

    archive = unmarked(tmp_path / "a.zip", names, "cp437")
    with open_source(str(archive), tmp_path, reading=Reading(zip_names=encoding)) as listing:
        found = [*(picture.path for picture in listing.pictures), *(path for path, _ in listing.left_out)]

    assert len(found) == 4
    assert all(name.encode() for name in found)
    with pytest.raises(SourceError, match="is no encoding"):
        Reading(zip_names="undefined")


def test_appended_names_are_told_too(workspace, tmp_path):
    pets = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 3, "dog": 3})))

    after = append_source(workspace, pets, str(unmarked(tmp_path / "a.zip", ["小狗/1.png"], "gbk")))

    assert "garbled_names" in [issue.kind for issue in check(workspace, after)]
    assert "garbled_names" not in [issue.kind for issue in check(workspace, pets)]


def test_what_names_might_be_begins_with_the_likeliest():
    for text, encoding in (("小狗", "gbk"), ("いぬ", "cp932"), ("Собака", "cp866")):
        assert next(iter(might_be([text.encode(encoding).decode("cp437")]))) == encoding
    assert might_be(["고양이".encode("cp949").decode("cp437")])["cp949"] == "고양이"
    assert might_be(["cat"]) == {}


def test_plain_archives_say_nothing_of_names(tmp_path):
    assert classes(write_zip(tmp_path / "a.zip", class_entries({"cat": 1, "dog": 1}))) == (["cat", "dog"], None)
