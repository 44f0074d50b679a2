"""The append-only log of what a job says: one JSON object a line, each with `event` and `time`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

FILE_NAME = "events.jsonl"
QUEUED_AGAIN = "queued again"


def append(folder: Path, event: str, **fields: Any) -> None:
    """Add one event to the log of `folder`. `time` is seconds since 1970.

    A line is written in one call, so that a reader sees whole lines or none.
    """
    line = json.dumps({"event": event, "time": time.time(), **fields}, allow_nan=False)
    with (folder / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def said_last_at(folder: Path) -> float:
    """When the last event was added, in seconds since 1970; 0 where there is none."""
    path = folder / FILE_NAME
    return path.stat().st_mtime if path.is_file() else 0.0


def read(folder: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Events from byte `offset` on, and the offset to go on from.

    A last line that is not yet whole (a writer was killed in it) is left for the next call; a broken
    line in the middle, the trace of an earlier kill, is passed over.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return [], offset
    with path.open("rb") as file:
        file.seek(offset)
        block = file.read()
    whole, newline, _ = block.rpartition(b"\n")
    found = []
    for line in whole.split(b"\n"):
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict) and isinstance(one.get("event"), str):
            found.append(one)
    return found, offset + len(whole) + len(newline)


def newest_attempt(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of events without a gap those since the job was last queued again. The clock may have been set meanwhile, so it is not asked."""
    again = [place for place, one in enumerate(found) if one["event"] == QUEUED_AGAIN]
    return found[again[-1] + 1 :] if again else found


def last(folder: Path, event: str) -> dict[str, Any] | None:
    """The newest event of that name, or None."""
    found, _ = read(folder)
    return next((one for one in reversed(found) if one["event"] == event), None)
