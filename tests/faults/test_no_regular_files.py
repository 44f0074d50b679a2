"""FAULTS 9, 11, 31: what bears the name of a file and is none: pipes, devices, what the system only shows as a file."""

import os
import socket
from pathlib import Path

import pytest

from core.cli import main
from core.data.add import add
from core.data.dataset import read_left_out
from core.data.sources.outline import outline
from core.errors import ImageError, InputError, SourceError
from core.images.beginning import read_file
from core.workspace.atomic import write_bytes
from tests.making import left_behind, write_classes

WITHOUT_END = "/dev/zero"
ONLY_SHOWN = "/proc/self/mountinfo"  # a regular file of no bytes, from which some come when it is read


def pipe(path):
    os.mkfifo(path)


def listening(path):
    socket.socket(socket.AF_UNIX).bind(str(path))


MADE = {
    "pipe": pipe,
    "socket": listening,
    "device": lambda path: path.symlink_to(WITHOUT_END),
    "shown": lambda path: path.symlink_to(ONLY_SHOWN),
    "nothing": lambda path: path.touch(),
}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".zip", ".npz", ""])
@pytest.mark.parametrize("kind", MADE)
def test_31_what_is_no_file_with_something_in_it_is_no_source(workspace, tmp_path, monkeypatch, kind, suffix):
    monkeypatch.chdir(tmp_path)  # the name of a socket may have 108 letters
    MADE[kind](Path(f"x{suffix}"))

    for read in (lambda: add(workspace, f"x{suffix}"), lambda: outline(f"x{suffix}")):
        with pytest.raises(SourceError, match=r"is no regular file but|is empty\."):
            read()

    assert left_behind(workspace) == []


@pytest.mark.parametrize("kind", MADE)
def test_09_what_is_no_file_with_something_in_it_is_no_picture(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    MADE[kind](Path("x.png"))
    if kind in ("shown", "nothing"):
        assert read_file(Path("x.png")) == b""  # and no decoder takes that
    else:
        with pytest.raises(ImageError, match=r"x\.png is no regular file but"):
            read_file(Path("x.png"))


def test_09_a_manifest_may_name_them(workspace, tmp_path):
    write_classes(tmp_path / "pets", {"cat": 2})
    lines = ["path,label", "pets/cat/000.png,cat", "pets/cat/001.png,cat", f"{WITHOUT_END},cat", f"{ONLY_SHOWN},cat"]
    (tmp_path / "x.csv").write_text("\n".join(lines))

    dataset = add(workspace, str(tmp_path / "x.csv"))

    assert dataset.per_class == {"cat": 2}
    reasons = dict(read_left_out(workspace, dataset)[["path", "reason"]].itertuples(index=False))
    assert "no such file" in reasons[WITHOUT_END]
    assert "empty" in reasons[ONLY_SHOWN]


def test_04_a_line_of_a_manifest_may_be_of_any_length(workspace, tmp_path):
    (tmp_path / "x.csv").write_text("path,label," + "a" * 200_000 + "\n1,2,3")
    with pytest.raises(SourceError, match="whose name is 200,000 letters long"):
        add(workspace, str(tmp_path / "x.csv"))
    (tmp_path / "x.csv").write_text(",".join(f"c{number}" for number in range(50_000)) + ",\n")
    with pytest.raises(SourceError, match=r"and 49,9.. more; it takes path,label") as refused:
        add(workspace, str(tmp_path / "x.csv"))
    assert len(str(refused.value)) < 600


def test_a_list_of_edits_is_a_file(workspace, tmp_path, capsys):
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 2})))
    for kind in ("pipe", "device"):
        MADE[kind](tmp_path / kind)
        assert main(["--workspace", str(workspace.root), "data", "edit", "pets", str(tmp_path / kind)]) == 2
        assert "no regular file" in capsys.readouterr().err


def test_what_is_written_takes_the_place_of_files_only(tmp_path):
    for kind in ("pipe", "device"):
        MADE[kind](tmp_path / kind)
        with pytest.raises(InputError, match="Choose another name"):
            write_bytes(tmp_path / kind, b"new")
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "device").is_symlink()
