"""`python -m benchmarks [NAME …] [--json] [--seeds N] [--pairs N] [--growth] [--tuxpaint FOLDER]`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import (
    answering,
    coverage,
    data,
    evaluating,
    exploring,
    fast,
    feeding,
    importing,
    overhead,
    planted,
    quick,
    small_differences,
    textbook,
    training,
    unlike,
)
from benchmarks.comparison import Comparison
from benchmarks.coverage import Covered
from benchmarks.found_slices import Searched
from benchmarks.options import Options
from benchmarks.planted import Found
from benchmarks.small_differences import Gained
from benchmarks.unlike import Told

BENCHMARKS: dict[
    str, Callable[[Options], Comparison | Sequence[Comparison | Found | Covered | Searched | Told | Gained]]
] = {
    "training": training.compare,
    "textbook": textbook.compare,
    "overhead": overhead.compare,
    "fast": fast.compare,
    "quick": quick.compare,
    "feeding": feeding.compare,
    "importing": importing.compare,
    "exploring": exploring.compare,
    "coverage": coverage.compare,
    "answering": answering.compare,
    "evaluating": evaluating.compare,
    "planted": planted.compare,
    "unlike": unlike.compare,
    "small_differences": small_differences.compare,
    "data": data.compare,
}
PARTS = ("textbook", "overhead", "fast", "quick")  # of training


def main() -> int:
    """Run the benchmarks that the command line names, all by default. Exit 1 if a bar is missed."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--pairs", type=int, default=3, metavar="N", help="how often each comparison is measured")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds of the fast preset, a pair each")
    parser.add_argument("--photos", type=int, default=1000, metavar="N", help="how many JPEG files to read")
    parser.add_argument("--checked", type=int, default=10_000, metavar="N", help="how many JPEG files to check")
    parser.add_argument("--growth", action="store_true", help="with data: also 1,000, 10,000 and 100,000 files")
    parser.add_argument("--tuxpaint", type=Path, metavar="FOLDER", help="with planted: also among Tux Paint's pictures")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    names = arguments.names or [name for name in BENCHMARKS if name not in PARTS]
    if "data" in names and data.missing():
        if arguments.names:
            parser.error(data.missing())
        print(f"data is left out: {data.missing()}", file=sys.stderr)
        names.remove("data")
    with tempfile.TemporaryDirectory(prefix="fovea-benchmarks-", ignore_cleanup_errors=True) as folder:
        options = Options(
            Path(folder),
            arguments.pairs,
            arguments.seeds,
            arguments.photos,
            arguments.checked,
            arguments.growth,
            arguments.tuxpaint,
        )
        found = [one for name in names for one in run(name, options)]
    if arguments.json:
        print(json.dumps({"benchmarks": [one.to_json() for one in found]}, ensure_ascii=False))
    else:
        print(table(found))
    return 0 if all(one.met for one in found) else 1


def run(name: str, options: Options) -> list[Comparison | Found | Covered | Searched | Told | Gained]:
    """Run one benchmark and tell of it on standard error."""
    print(f"{name} …", file=sys.stderr, flush=True)
    answer = BENCHMARKS[name](options)
    return [answer] if isinstance(answer, Comparison) else [*answer]


def table(results: list[Comparison | Found | Covered | Searched | Told | Gained]) -> str:
    """The results as text, a line each, with notes below."""
    found = [one for one in results if isinstance(one, Comparison)]
    lines = [one.line() for one in results if not isinstance(one, Comparison)]
    return "\n\n".join(part for part in ("\n".join(lines), _comparisons(found) if found else "") if part)


def _comparisons(found: list[Comparison]) -> str:
    head = ("", "Fovea", "beside", "ratio", "bar", "")
    rows = [
        (
            one.name,
            f"{one.fovea:,.1f} {one.unit}",
            f"{one.beside:,.1f} {one.unit}",
            f"{one.ratio:.3g}",
            f"{'≤' if one.lower_is_better else '≥'} {one.bar:g}",
            "met" if one.met else "MISSED",
        )
        for one in found
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) if place in (0, 5) else cell.rjust(width)
                  for place, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in [head, *rows]
    ]  # fmt: skip
    notes = [f"{one.name}: beside {one.beside_what}. {' '.join(one.notes)}".rstrip() for one in found]
    return "\n".join([*lines, "", *notes])


if __name__ == "__main__":
    sys.exit(main())
