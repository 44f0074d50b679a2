import os
import signal

import pytest

from core import images
from core.data import scan, staging
from core.data.add import add
from core.data.dataset import read_index, read_left_out
from core.data.staging import is_kept
from core.errors import Stopped
from tests.making import left_behind, python, write_classes

KILLED = """
import os, signal, sys
from core.data import staging
from core.data.add import add
from core.workspace import Workspace

staging.PART, staging.ENOUGH = 8, 20

def die(progress):
    if progress.stage == "Reading images" and progress.done >= 30:
        os.kill(os.getpid(), signal.SIGKILL)

from core.progress import Stage
Stage.__init__.__defaults__ = ("images", 0.0)
add(Workspace.open(sys.argv[1]), sys.argv[2], on_progress=die)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(staging, "PART", 8)
    monkeypatch.setattr(staging, "ENOUGH", 20)
    folder = write_classes(tmp_path / "pets", {"cat": 24, "dog": 24})
    (folder / "cat" / "bad.png").write_bytes(b"no picture")
    return folder


@pytest.fixture
def read(monkeypatch):
    """Names of the pictures that are decoded."""
    names, decode = [], images.decode
    monkeypatch.setattr(
        scan.images, "decode", lambda data, name, **more: names.append(name) or decode(data, name, **more)
    )
    return names


def test_an_import_that_was_killed_goes_on_where_it_stopped_and_ends_as_if_it_had_not_been(
    workspace, folder, tmp_path, read
):
    done = python("-c", KILLED, workspace.root, folder)
    assert done.returncode == -signal.SIGKILL
    (left,) = (path for path in workspace.datasets.iterdir() if is_kept(path))
    parts = len(list(left.glob("part-*.json")))
    assert parts >= 2

    dataset = add(workspace, str(folder))

    assert len(read) <= 49 - 8 * parts
    again = type(workspace).open(tmp_path / "other")
    whole = add(again, str(folder))
    assert read_index(workspace, dataset).equals(read_index(again, whole))
    assert read_left_out(workspace, dataset).equals(read_left_out(again, whole))
    for name in ("thumbnails", "packed"):
        made, wanted = (one.dataset("pets") / name for one in (workspace, again))
        files = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
        assert files == sorted(path.relative_to(wanted) for path in wanted.rglob("*") if path.is_file())
        assert all((made / file).read_bytes() == (wanted / file).read_bytes() for file in files)
    assert left_behind(workspace) == ["datasets/pets"]


def test_what_changed_since_is_read_anew(workspace, folder, read):
    python("-c", KILLED, workspace.root, folder)
    os.utime(folder / "cat" / "000.png", (1, 1))

    add(workspace, str(folder))

    assert len(read) == 49


def test_stop_leaves_nothing_to_go_on_from(workspace, folder):
    with pytest.raises(Stopped):
        add(workspace, str(folder), should_stop=lambda: True)

    assert left_behind(workspace) == []
