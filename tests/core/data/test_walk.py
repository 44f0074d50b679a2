import os
import random
import stat

import pytest

from core.data.sources.folder import read_folder
from core.data.sources.listing import is_ignored
from core.data.sources.walk import walk
from core.errors import SourceError
from core.file_names import written
from tests.making import png, write_classes


def listed(folder):
    found = walk(folder)
    return [path for path, _ in found.files], dict(found.left_out), found.ignored


@pytest.fixture
def pets(tmp_path):
    return write_classes(tmp_path / "pets", {"cat": 1, "dog": 1})


def test_links_to_files_and_hidden_folders_inside_are_followed(pets):
    write_classes(pets, {".store/owl": 2})
    (pets / "owl").symlink_to(".store/owl")
    (pets / "dog/too.png").symlink_to("../cat/000.png")

    files, left_out, ignored = listed(pets)

    assert files == ["cat/000.png", "dog/000.png", "dog/too.png", "owl/000.png", "owl/001.png"]
    assert (left_out, ignored) == ({}, 2)


def test_a_link_that_goes_while_the_folder_is_read_is_left_out(pets, monkeypatch):
    (pets / "dog/too.png").symlink_to("../cat/000.png")

    def gone(path, *more):
        if str(path).endswith("too.png"):
            raise FileNotFoundError(2, "No such file or directory", path)
        return realpath(path, *more)

    realpath = os.path.realpath
    monkeypatch.setattr(os.path, "realpath", gone)

    assert listed(pets)[1] == {"dog/too.png": "It cannot be read (No such file or directory)."}


def test_each_real_folder_is_read_once_and_a_loop_ends(pets):
    (pets / "alias").symlink_to("cat")
    (pets / "cat/loop").symlink_to("..")
    (pets / "cat/itself").symlink_to("itself")

    files, left_out, _ = listed(pets)

    assert files == ["cat/000.png", "dog/000.png"]
    assert left_out["alias"] == "It is read as cat."
    assert left_out["cat/loop"] == "It is read as the folder itself."
    assert "link to nothing" in left_out["cat/itself"]


def test_links_out_are_listed_with_where_they_lead(pets, tmp_path):
    write_classes(tmp_path / "pets-more", {"cat": 1})
    (pets / "more").symlink_to(tmp_path / "pets-more")
    (pets / "cat/one.png").symlink_to(tmp_path / "pets-more/cat/000.png")

    files, left_out, _ = listed(pets)

    assert files == ["cat/000.png", "dog/000.png"]
    assert f"leads out of pets, to {tmp_path}/pets-more." in left_out["more"]
    assert "leads out of pets" in left_out["cat/one.png"]


def test_a_folder_that_is_itself_a_link_is_read(pets, tmp_path):
    (tmp_path / "there").symlink_to(pets)

    assert listed(tmp_path / "there")[0] == ["cat/000.png", "dog/000.png"]
    with pytest.raises(SourceError, match="cannot be read"):
        walk(tmp_path / "nowhere")


def grow(folder, draw, depth=0):
    """A random tree of whatever file systems hold."""
    inside = list(folder.parents[depth].glob("in/**/*"))
    for number in range(draw.randint(1, 5)):
        name = draw.choice(["cat", "Größe", "train", "caf\udce9", ".hidden", "__MACOSX", "\\xe9", "a b"]) + str(number)
        path = folder / draw.choice([name, f".{name}"] if draw.random() < 0.2 else [name])
        kind = draw.choice(
            ["folder"] * 4 + ["picture"] * 4 + ["text", "fifo", "socket", "out", "nowhere", "in", "loop"]
        )
        if kind == "folder":
            path.mkdir()
            if depth < 3:
                grow(path, draw, depth + 1)
        elif kind == "picture":
            path.with_name(f"{path.name}.png").write_bytes(png(draw.randint(0, 9**9), 3, 3))
        elif kind == "text":
            path.write_text("no picture")
        elif kind == "fifo":
            os.mkfifo(path)
        elif kind == "socket":
            os.mknod(path, stat.S_IFSOCK | 0o600)
        else:
            target = {"out": "/etc/hostname", "nowhere": "gone", "loop": ".", "in": draw.choice(inside or [folder])}
            path.symlink_to(target[kind])


def entries_below(folder, hidden=False):
    """(path, whether it is hidden) of each thing below `folder` that is no folder; no link is followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            is_hidden = hidden or is_ignored(entry.name)
            if entry.is_dir(follow_symlinks=False):
                yield from entries_below(entry.path, is_hidden)
            else:
                yield entry.path, is_hidden


@pytest.mark.parametrize("seed", range(40))
def test_every_file_of_any_tree_is_taken_left_out_or_ignored(tmp_path, seed):
    folder = tmp_path / "in"
    folder.mkdir()
    grow(folder, random.Random(seed))
    write_classes(folder, {"one": 1, "two": 1})

    found, listing = walk(folder), read_folder(folder)

    taken, left_out = dict(found.files), dict(found.left_out)
    told = [*taken, *left_out]
    below = list(entries_below(folder))
    for path, is_hidden in below:
        name = written(os.path.relpath(path, folder))
        is_followed = os.path.islink(path) and os.path.isdir(path) and name not in told
        assert is_hidden or is_followed or (name in taken) != (name in left_out)
        if not is_hidden and os.path.isfile(path) and os.path.realpath(path).startswith(f"{folder}/"):
            assert name in taken
    assert found.ignored == sum(is_hidden for _, is_hidden in below)
    assert len(told) == len(set(told))
    assert "".join([*told, *left_out.values()]).encode()
    own = [os.path.realpath(file) for file in taken.values() if not file.is_symlink()]
    assert len(own) == len(set(own))
    assert {os.path.commonpath([os.path.realpath(file), folder]) for file in taken.values()} == {str(folder)}
    arranged = [picture.path for picture in listing.pictures] + [path for path, _ in listing.left_out]
    assert sorted(arranged) == sorted(told)
    assert listing.seen == len(told) + found.ignored
