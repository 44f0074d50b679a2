"""How long work tells of itself: a `Progress` now and then, and a question whether to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Progress:
    """One moment of a long piece of work.

    Args:
        stage: What is being done, in words for people: "Reading images".
        done: How many of `unit` are done.
        total: How many there are; 0 where that is not known.
        unit: What is counted, in the plural: "images".
        seconds: Seconds since the stage began.
    """

    stage: str
    done: int = 0
    total: int = 0
    unit: str = "images"
    seconds: float = 0.0

    @property
    def fraction(self) -> float:
        """Done, as a number from 0 to 1; 0 where the total is not known."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def per_second(self) -> float:
        """Units a second since the stage began."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the stage ends at the present rate, or None where that cannot be said."""
        if not self.total or self.per_second == 0:
            return None
        return (self.total - self.done) / self.per_second

    def to_json(self) -> dict:
        """A plain dict that `Progress(**d)` takes back."""
        return asdict(self)


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


def no_progress(progress: Progress) -> None:
    """An `on_progress` for callers who do not watch."""


def never(*_: object) -> bool:
    """A `should_stop` that never asks to stop."""
    return False


class Stage:
    """Counts one stage and reports it at most every `every` seconds.

    Not thread-safe: call it from the thread that collects results.
    """

    def __init__(
        self, on_progress: OnProgress, name: str, total: int, unit: str = "images", every: float = 0.2
    ) -> None:
        self._on_progress = on_progress
        self._name, self._total, self._unit, self._every = name, total, unit, every
        self._done = 0
        self._start = time.monotonic()
        self._last = self._start
        self._report()

    def step(self, count: int = 1) -> None:
        """Count `count` more units as done."""
        self._done += count
        now = time.monotonic()
        if now - self._last >= self._every or self._done == self._total:
            self._last = now
            self._report()

    def _report(self) -> None:
        seconds = time.monotonic() - self._start
        self._on_progress(Progress(self._name, self._done, self._total, self._unit, seconds))
