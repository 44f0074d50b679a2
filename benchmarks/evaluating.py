"""How soon Evaluate stands there for 10,000 images of ten classes, and what a rerun takes for 50,000 of 1,000 classes."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.comparison import Comparison, run_json
from benchmarks.options import Options

CLASSES, IMAGES = 1_000, 50_000
RERUN_LIMIT_MS = 1_000.0
APPEARANCE_LIMIT_SECONDS = 2.0


def compare(options: Options) -> list[Comparison]:
    """What `benchmarks.fovea_evaluating` times, beside the limits."""
    few = run_json("-m", "benchmarks.fovea_evaluating", options.folder / "few", "10", "10000")
    many = run_json("-m", "benchmarks.fovea_evaluating", options.folder / "many", str(CLASSES), str(IMAGES))
    return [_appearance(few), _reruns(many)]


def _appearance(said: dict[str, Any]) -> Comparison:
    seconds = said["chromium_seconds"]
    return Comparison(
        "evaluating: appearance",
        "s",
        fovea=seconds["first"],
        beside=APPEARANCE_LIMIT_SECONDS,
        ratio=seconds["first"] / APPEARANCE_LIMIT_SECONDS,
        bar=1.0,
        lower_is_better=True,
        beside_what="the limit, in Chromium, for 10,000 images of 10 classes that were answered before",
        notes=(f"Opened again: {statistics.median(seconds['again']):.2f} s.",),
    )


def _reruns(said: dict[str, Any]) -> Comparison:
    times = said["reruns"]
    p95 = statistics.quantiles([one for some in times.values() for one in some], n=20)[-1]
    slowest = max(times, key=lambda name: statistics.median(times[name]))
    seconds = said["chromium_seconds"]
    return Comparison(
        "evaluating: reruns",
        "ms",
        fovea=p95,
        beside=RERUN_LIMIT_MS,
        ratio=p95 / RERUN_LIMIT_MS,
        bar=1.0,
        lower_is_better=True,
        beside_what=f"the limit; the 95th percentile of all tabs at {CLASSES:,} classes and {IMAGES:,} images, in the server",
        notes=(
            f"The slowest is {slowest}: {statistics.median(times[slowest]):.0f} ms.",
            f"In Chromium another choice is drawn after {statistics.median(seconds['changed']) * 1000:.0f} ms,",
            f"the page after {seconds['first']:.1f} s at first, {statistics.median(seconds['again']):.1f} s again.",
        ),
    )
