"""Where things live on disk: paths, atomic writes, the SQLite catalogue and the job queue."""

from core.workspace.paths import Workspace

__all__ = ["Workspace"]
