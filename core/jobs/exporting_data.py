"""The job that writes a version to an archive, for download. payload: dataset, fingerprint, format, file_name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.data.dataset import find
from core.data.export_data import export_data
from core.jobs.context import Context
from core.workspace import Workspace
from core.workspace.queue import Job

KIND = "export_data"
ARCHIVE = "export.zip"


def archive_of(workspace: Workspace, job: Job) -> Path:
    """Where the archive of an export is until a day has passed."""
    return job.folder(workspace) / ARCHIVE


def run(context: Context) -> dict[str, Any]:
    """Write the archive into the job's folder."""
    payload = context.job.payload
    exported = export_data(
        context.workspace,
        find(context.workspace, payload["dataset"]),
        archive_of(context.workspace, context.job),
        payload["format"],
        context.on_progress,
        context.should_stop,
    )
    return exported.to_json()
