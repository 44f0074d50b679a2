"""Removing what a killed process left half-made, and archives that were there to be fetched."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from core.workspace import alive, catalogue
from core.workspace.paths import Workspace

OLD_SECONDS = 24 * 3600
DRAFT_SECONDS = 30 * OLD_SECONDS
HALF_MADE = (".new-*", ".gone-*", ".unpack-*", ".import-*")
BELOW = (
    "*/.new-*",
    "*/*/.new-*",
    "*/.room",
)  # files that were being written in a run, a job or a version, and room for them
EXPORTED = "*/export.zip"
BEGUN = {"config.json", "README.txt", "run.json", "job.json"}  # of a run that was being made
STARTED = time.time() - time.monotonic()


def sweep(workspace: Workspace) -> int:
    """Remove what is half-made, uploads and exported archives that nobody touched for a day, and edits that nobody saved
    for a month; gives back how many. Versions of data sets that are whole and not listed are listed.
    """
    catalogue.adopt(workspace)
    found = [
        path
        for folder in (workspace.datasets, workspace.runs, workspace.jobs, workspace.uploads)
        for pattern in (*HALF_MADE, *BELOW)
        for path in folder.glob(pattern)
    ]
    found += workspace.jobs.glob(EXPORTED)
    found += _never_queued(workspace)
    found += [path for path in workspace.uploads.iterdir() if path not in found]
    return _remove_old(found) + _remove_old([*(workspace.root / "drafts").glob("*.json")], DRAFT_SECONDS)


def sweep_collections(workspace: Workspace) -> int:
    """Remove pictures that visitors collected and nobody touched or saved for a day; gives back how many collections."""
    return _remove_old([path for path in workspace.uploads.glob("[!.]*") if path.is_dir()])


def _never_queued(workspace: Workspace) -> list[Path]:
    """Folders of runs whose making was broken off: nobody knows them, and nothing came of them."""
    with catalogue.connect(workspace) as db:
        known = {row["id"] for table in ("runs", "jobs") for row in db.execute(f"SELECT id FROM {table}")}
    folders = [path for path in workspace.runs.glob("[!.]*") if path.is_dir() and path.name not in known]
    return [path for path in folders if {file.name for file in path.iterdir()} <= BEGUN]


def _remove_old(found: list[Path], seconds: float = OLD_SECONDS) -> int:
    now = min(time.time(), STARTED + time.monotonic())  # a clock that was set forward makes nothing old
    old = [path for path in found if path.exists() and now - path.stat().st_mtime > seconds and not _is_used(path)]
    for path in old:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(old)


def _is_used(path: Path) -> bool:
    """Whether a process works on it: an import that takes days makes it old, and so does a clock that was set forward before."""
    return alive.is_in_use(path if path.is_dir() else path.parent)
