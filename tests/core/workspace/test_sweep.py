"""What a killed process left half-made goes; what is whole or young stays."""

from __future__ import annotations

import os
import time

from core.workspace import Workspace, alive
from core.workspace.sweep import OLD_SECONDS, sweep, sweep_collections


def age(path):
    """Make it old."""
    long_ago = time.time() - OLD_SECONDS - 60
    os.utime(path, (long_ago, long_ago))


def test_old_half_made_folders_and_uploads_go_and_the_rest_stays(tmp_path):
    workspace = Workspace.open(tmp_path)
    old = [workspace.datasets / ".new-a", workspace.uploads / ".unpack-b", workspace.uploads / "token.part"]
    (workspace.jobs / "export").mkdir()
    old += [workspace.jobs / "export/export.zip", workspace.jobs / "export/.new-half.zip"]
    for place in (workspace.runs / "run" / "export", workspace.datasets / "dogs" / "v1"):
        place.mkdir(parents=True)
        old += [place / ".new-half.zip", place.parent / ".new-half.zip"]
    kept = [workspace.datasets / "cats", workspace.uploads / "young.part", workspace.datasets / ".new-young"]
    for path in [*old, *kept]:
        path.mkdir() if path.suffix not in (".part", ".zip") else path.touch()
    for path in [*old, workspace.datasets / "cats"]:
        age(path)
    assert sweep(workspace) == len(old)
    assert [path for path in old if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []


def test_pictures_that_a_visitor_collected_and_left_go_after_a_day_and_nothing_else(tmp_path):
    workspace = Workspace.open(tmp_path)
    old, young, archive, unpacking = (workspace.uploads / name for name in ("old", "young", "token.zip", ".unpack-x"))
    for folder in (old, young, unpacking):
        folder.mkdir()
    archive.touch()
    (old / "a-0").write_bytes(b"a frame")
    for path in (old, archive, unpacking):
        age(path)

    assert sweep_collections(workspace) == 1

    assert sorted(workspace.uploads.iterdir()) == sorted([young, archive, unpacking])


def test_a_clock_that_is_set_forward_makes_nothing_old(tmp_path, monkeypatch):
    """FAULTS 28"""
    workspace = Workspace.open(tmp_path)
    (workspace.uploads / "young").mkdir()
    (workspace.uploads / "token.zip").touch()
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + OLD_SECONDS + 3600)

    assert sweep(workspace) + sweep_collections(workspace) == 0
    monkeypatch.setattr(time, "time", lambda: now() - 2 * OLD_SECONDS)
    assert sweep(workspace) + sweep_collections(workspace) == 0

    assert {path.name for path in workspace.uploads.iterdir()} == {"young", "token.zip"}


def test_a_run_whose_making_was_broken_off_goes_and_one_of_which_anything_came_stays(tmp_path):
    workspace = Workspace.open(tmp_path)
    half, lost = workspace.runs / "half", workspace.runs / "lost"
    for folder in (half, lost):
        folder.mkdir()
        (folder / "config.json").touch()
    (lost / "model.keras").touch()
    (lost / ".room").touch()
    for path in (half, lost, lost / ".room"):
        age(path)

    assert sweep(workspace) == 2

    assert [path.name for path in workspace.runs.iterdir()] == ["lost"]
    assert sorted(path.name for path in lost.iterdir()) == ["config.json", "model.keras"]


def test_what_a_living_process_works_in_stays_however_old_a_clock_makes_it(tmp_path):
    workspace = Workspace.open(tmp_path / "workspace")
    with alive.passing_folder(workspace.datasets, ".new-") as passing:
        (passing / "read.png").touch()
        kept = workspace.datasets / ".import-kept"
        kept.mkdir()
        archive = workspace.jobs / "export-1" / "export.zip"
        archive.parent.mkdir()
        archive.touch()
        locks = [alive.hold(kept), alive.hold(archive.parent)]
        for path in (passing, kept, archive):
            age(path)
        assert sweep(workspace) == 0
        for lock in locks:
            lock.release()
        for path in (kept, archive):
            age(path)
        assert sweep(workspace) == 2
        assert (passing / "read.png").exists()
    assert not passing.exists()
