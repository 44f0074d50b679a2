"""Import and check of 10,000 JPEGs of 640 × 480, beside cleanvision's checks of the same folder; growth with --growth."""

from __future__ import annotations

import importlib.util
import sys

from benchmarks import mosaics
from benchmarks.comparison import HERE, Comparison, alternate, median_of_pairs, run_json
from benchmarks.options import Options

BAR = 0.5
SIZES = (1_000, 10_000, 100_000)
CLEANVISION = "cleanvision is not installed, so there is nothing to compare with: pip install cleanvision"


def missing() -> str:
    """What to install first; "" if nothing."""
    return CLEANVISION if importlib.util.find_spec("cleanvision") is None else ""


def compare(options: Options) -> Comparison:
    """Fovea decodes, hashes, thumbnails, packs, splits and checks; cleanvision checks only."""
    folder = options.folder / "mosaics"
    mosaics.write(folder, options.checked_count)
    told: list[dict] = []

    def fovea(pair: int) -> float:
        workspace = options.folder / f"checking{pair}"
        told.append(run_json("-m", "benchmarks.fovea_checking", workspace, folder, "photos"))
        return told[-1]["seconds"]

    def beside(pair: int) -> float:
        return run_json(HERE / "cleanvision_checking.py", folder)["seconds"]

    figures = median_of_pairs(*alternate(options.pairs, fovea, beside))
    last = told[-1]
    growth = grow(options) if options.growth else []
    return Comparison(
        "data",
        "s",
        **figures,
        bar=BAR,
        lower_is_better=True,
        beside_what=f"cleanvision's find_issues on the same {options.checked_count:,} JPEGs of 640 × 480",
        notes=(
            f"Of Fovea's seconds the check took {last['check_seconds']:.1f}; {last['cpu_ms_each']:.2f} ms of CPU an image, "
            f"{last['memory_mb']:,.0f} MB of private memory at most over the start.",
            *growth,
        ),
    )


def grow(options: Options) -> list[str]:
    """CPU time an image and private memory at each of `SIZES`, in words."""
    told = []
    for count in SIZES:
        folder = options.folder / f"mosaics{count}"
        mosaics.write(folder, count)
        one = run_json("-m", "benchmarks.fovea_checking", options.folder / f"grown{count}", folder, "photos")
        told.append(f"{count:,} images: {one['cpu_ms_each']:.2f} ms of CPU each, {one['memory_mb']:,.0f} MB.")
        print(f"    {told[-1]}", file=sys.stderr, flush=True)
    return told
