"""All of training in one run: `textbook`, `overhead`, `fast` and `quick`."""

from __future__ import annotations

from benchmarks import fast, overhead, quick, textbook
from benchmarks.comparison import Comparison
from benchmarks.options import Options


def compare(options: Options) -> list[Comparison]:
    """Images a second of the steps, what is spent beside them, time to a first answer on MNIST, and on photos."""
    return [textbook.compare(options), overhead.compare(options), fast.compare(options), *quick.compare(options)]
