"""What the server does for one rerun of Explore over 100,000 images: filter, page, select."""

from __future__ import annotations

import statistics

from benchmarks.comparison import Comparison, run_json
from benchmarks.options import Options

IMAGES = 100_000
LIMIT_MS = 300.0  # beyond that a page no longer feels as if it obeyed at once


def compare(options: Options) -> Comparison:
    """The 95th percentile of the reruns that `benchmarks.fovea_exploring` times, beside the limit."""
    said = run_json("-m", "benchmarks.fovea_exploring", options.folder / "exploring", str(IMAGES))
    p95 = statistics.quantiles(said["milliseconds"], n=20)[-1]
    return Comparison(
        "exploring",
        "ms",
        fovea=p95,
        beside=LIMIT_MS,
        ratio=p95 / LIMIT_MS,
        bar=1.0,
        lower_is_better=True,
        beside_what=f"the limit; the 95th percentile of {len(said['milliseconds'])} reruns at {IMAGES:,} images",
        notes=(f"The first visit took {said['first_seconds']:.1f} s.",),
    )
