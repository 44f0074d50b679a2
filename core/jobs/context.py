"""What a job's code gets: where it is, how to tell, whether to stop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.progress import Progress
from core.workspace import Workspace, events
from core.workspace.queue import Job, stop_requested

LOOK_EVERY_SECONDS = 0.2


@dataclass
class Context:
    """One running job, seen from inside."""

    workspace: Workspace
    job: Job
    _looked_at: float = field(default=0.0, init=False)
    _stop: bool = field(default=False, init=False)

    @property
    def folder(self) -> Path:
        """The job's folder."""
        return self.job.folder(self.workspace)

    def tell(self, event: str, **fields: Any) -> None:
        """Add an event to the job's log."""
        events.append(self.folder, event, **fields)

    def on_progress(self, progress: Progress) -> None:
        """Tell how far a stage is."""
        self.tell("progress", **progress.to_json())

    def should_stop(self) -> bool:
        """Whether somebody asked to stop; looks at the disk a few times a second."""
        now = time.monotonic()
        if not self._stop and now - self._looked_at >= LOOK_EVERY_SECONDS:
            self._looked_at = now
            self._stop = stop_requested(self.workspace, self.job)
        return self._stop
