"""What a benchmark gives back, and how the two sides take turns."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Comparison:
    """Fovea beside something else.

    Args:
        name: What was measured, in words.
        unit: Of `fovea` and `beside`.
        fovea, beside: Medians over the pairs.
        ratio: Median of fovea / beside over the pairs.
        bar: What the ratio must reach, or stay below where `lower_is_better`.
        lower_is_better: Whether a small ratio is good, as with seconds.
        beside_what: What a user would pick instead.
        notes: More of what came out.
    """

    name: str
    unit: str
    fovea: float
    beside: float
    ratio: float
    bar: float
    beside_what: str
    lower_is_better: bool = False
    notes: tuple[str, ...] = ()
    ratios: tuple[float, ...] = field(default=())

    @property
    def met(self) -> bool:
        """Whether the bar is met."""
        return self.ratio <= self.bar if self.lower_is_better else self.ratio >= self.bar

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**asdict(self), "met": self.met}


def alternate(
    pairs: int, fovea: Callable[[int], float], beside: Callable[[int], float]
) -> tuple[list[float], list[float]]:
    """Measure the two in turn, `pairs` times; each takes the pair's number. The order swaps from pair to pair."""
    ours: list[float] = []
    theirs: list[float] = []
    for pair in range(pairs):
        sides = [(ours, fovea), (theirs, beside)]
        for figures, measure in sides if pair % 2 == 0 else sides[::-1]:
            figures.append(measure(pair))
            print(f"    {'Fovea' if figures is ours else 'beside'} {figures[-1]:,.1f}", file=sys.stderr, flush=True)
    return ours, theirs


def median_of_pairs(ours: list[float], theirs: list[float]) -> dict[str, Any]:
    """`fovea`, `beside`, `ratio` and `ratios` of a `Comparison`."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return {
        "fovea": statistics.median(ours),
        "beside": statistics.median(theirs),
        "ratio": statistics.median(ratios),
        "ratios": tuple(ratios),
    }


def run_json(*arguments: str | Path) -> dict[str, Any]:
    """Run `python …` in a process of its own and read the JSON object on the last line that it prints.

    `seconds_of_process` is added: wall time from before its start to after its end.

    Raises:
        RuntimeError: It failed; the message holds the end of what it printed.
    """
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "seconds_of_process": seconds}
