"""What every benchmark gets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks import photos
from benchmarks.comparison import run_json

MNIST = Path(__file__).parents[1] / "core" / "data" / "sources" / "bundled" / "mnist.npz"


@dataclass(frozen=True)
class Options:
    """Where to work, and how much. What several benchmarks need is made once, when first asked for.

    Args:
        folder: An empty one; it is deleted afterwards.
        pairs: How often each comparison is measured.
        seeds: How often the fast preset is trained.
        photo_count: How many JPEG files are read.
        checked_count: How many JPEG files are imported and checked.
        growth: Whether to measure growth from 1,000 to 100,000 files too.
        tuxpaint: Where Tux Paint's pictures are, among which faults are planted too.
    """

    folder: Path
    pairs: int
    seeds: int
    photo_count: int
    checked_count: int = 10_000
    growth: bool = False
    tuxpaint: Path | None = None

    @cached_property
    def photo_folder(self) -> Path:
        """Class folders of 1024 × 768 JPEG files."""
        target = self.folder / "photos"
        photos.write(target, self.photo_count)
        return target

    @cached_property
    def mnist_workspace(self) -> Path:
        """A workspace with MNIST in it."""
        target = self.folder / "mnist"
        run_json("-m", "core", "--workspace", target, "data", "add", "mnist", "--json")
        return target
