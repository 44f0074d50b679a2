"""How long work tells of itself: a `Progress` now and then, and a question whether to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

FIRST_SECONDS = 5.0  # of a stage, in which its rate is that of its start
FIRST_SHARE = 0.05  # of a stage; until then it is not steady, however long that takes up to STEADY_SECONDS
STEADY_SECONDS = 30.0
LEAST_LEFT = 0.5


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
        """Seconds until the stage ends at the present rate; None where that cannot be said (yet), and at its end."""
        if self.per_second == 0 or self.seconds < FIRST_SECONDS:
            return None
        if self.fraction < FIRST_SHARE and self.seconds < STEADY_SECONDS:
            return None
        return worth_saying((self.total - self.done) / self.per_second)

    def to_json(self) -> dict:
        """A plain dict that `Progress(**d)` takes back."""
        return asdict(self)


def worth_saying(seconds_left: float | None) -> float | None:
    """`seconds_left`, or None where that is next to nothing: at the end of a stage another may follow."""
    return None if seconds_left is None or seconds_left < LEAST_LEFT else seconds_left


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
