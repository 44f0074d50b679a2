"""How far a command is, on standard error."""

from __future__ import annotations

import sys
from typing import Any

from core.errors import FoveaError, InputError
from core.file_names import shown
from core.jobs.watch import View
from core.progress import Progress
from core.workspace import queue

Answer = tuple[dict[str, Any], str | list[str]]  # the JSON object, and the same in words: one line, or several


class Line:
    """One line on standard error that tells how far it is."""

    def __enter__(self) -> Line:
        self._width = 0
        return self

    def __exit__(self, *_: object) -> None:
        if self._width:
            print(file=sys.stderr)

    def show(self, progress: Progress) -> None:
        """Tell of a stage."""
        count = f" {progress.done:,} of {progress.total:,} {progress.unit}" if progress.total else ""
        self._write(f"{progress.stage}{count}")

    def show_view(self, view: View) -> None:
        """Tell of a job."""
        share = f" {view.fraction:.0%}" if view.fraction is not None else ""
        left = f", {view.seconds_left:.0f} s left" if view.seconds_left is not None else ""
        self._write(f"{view.stage}{share}{left}")

    def _write(self, text: str) -> None:
        if not sys.stderr.isatty() and self._width:
            return
        text = shown(text)
        print(f"\r{text:{self._width}}", end="", file=sys.stderr, flush=True)
        self._width = max(self._width, len(text))


def percent(share: float | None) -> str:
    """98.87 %; a dash where there is none."""
    return "–" if share is None else f"{share * 100:.2f} %"


def failure(job: queue.Job, words: str = "") -> FoveaError:
    """What a command raises for a job that gave nothing: whose fault it was decides the exit code.

    Args:
        words: Said instead of the job's cause.
    """
    kind = FoveaError if job.fault == queue.FOVEA else InputError
    return kind(words or job.cause or f"This is {job.status}.")
