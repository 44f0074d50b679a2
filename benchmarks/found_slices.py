"""How often the intervals of slices that a search found hold the true gap, how often it finds what is not there, and what is."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import gamma

from core.evaluate.disparity import newcombe
from core.evaluate.shares import shares_of
from core.evaluate.slice_columns import CLASS, Column, Sliceable, part_of
from core.evaluate.slices import find_slices

LEAST, MOST_FALSE = 0.93, 0.05
NO_GAP = 0.005  # and below: the slice is no worse than others
CLASSES = tuple("0123456789")
CAMERAS = np.array(list("abcdefg"), dtype=object)
PERMUTATIONS = 199
POPULATION = 200_000
SEED = 20


@dataclass(frozen=True)
class World:
    """Test sets of ten classes with brightness, contrast, sharpness, size and camera, some of which are weak.

    Args:
        images: About how many, of which `right` are named right outside weak slices.
        gap: By how much less in a weak one.
        weak: The weak ones: "brightness" (a tenth), "camera" (one of seven), "sharpness" (a tenth).
        groups: The fewest and the most images of a group, and the correlation within; looks and camera are those of the group.
        draws: How many test sets.
    """

    images: int
    right: float
    gap: float = 0.0
    weak: tuple[str, ...] = ()
    groups: tuple[int, int, float] | None = None
    draws: int = 1_500

    @property
    def name(self) -> str:
        """It in words."""
        weak = f"{' and '.join(self.weak)} {self.gap * 100:.0f} points weaker" if self.weak else "nothing weaker"
        grouped = f", groups of {self.groups[0]} to {self.groups[1]}" if self.groups else ""
        return f"{weak}, {self.images:,} images, {self.right * 100:.0f} %{grouped}"


@dataclass(frozen=True)
class Searched:
    """What searches of one world's test sets came to.

    Args:
        finds: In all of them.
        coverage: The share of finds whose interval holds the true gap.
        ordinary: The share whose ordinary interval does, which does not know of the search.
        error: Monte-Carlo standard error of the coverage, were it 95 %.
        false: The share of searches that found a slice that is no worse than others.
        power: Of weak slices, the share that was found: by a slice of which they are half or more.
        width: The intervals' median width, a share.
    """

    name: str
    finds: int
    coverage: float
    ordinary: float
    error: float
    false: float
    power: float | None
    width: float
    draws: int

    @property
    def met(self) -> bool:
        """Whether both bars are reached, as far as so many draws can tell."""
        by_chance = 2 * float(np.sqrt(MOST_FALSE * (1 - MOST_FALSE) / self.draws))
        few = 2 * self.error if self.finds < self.draws / 4 else 0.0
        return self.coverage >= LEAST - few and self.false <= MOST_FALSE + by_chance

    def line(self) -> str:
        """It in words."""
        power = "" if self.power is None else f"  found {self.power * 100:3.0f} %"
        return (
            f"{self.name:75}  holds {self.coverage * 100:5.1f} % ± {self.error * 100:.1f} of {self.finds:5,} finds (ordinary "
            f"{self.ordinary * 100:4.1f} %), {self.width * 100:.0f} wide  false {self.false * 100:.1f} %{power}  {'met' if self.met else 'MISSED'}"
        )

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**asdict(self), "met": self.met}


def compare() -> list[Searched]:
    """All worlds, telling how far it is."""
    found = []
    for world in WORLDS:
        print(f"    {world.name}", file=sys.stderr, flush=True)
        found.append(simulate(world))
    return found


def simulate(world: World, draws: int | None = None) -> Searched:
    """Draw test sets, search each, and compare what was found with the truth."""
    random = np.random.default_rng(1)
    everything = [_classes(random.integers(0, len(CLASSES), POPULATION)), *_columns(random, POPULATION)]
    chances, weak = _chances(world, everything)
    held, ordinary, widths, false, seen = [], [], [], 0, 0
    draws = draws or world.draws
    for number in range(draws):
        images = draw(world, np.random.default_rng([SEED, number]))
        gaps, met = [], set()
        for one in find_slices(images, PERMUTATIONS).found:
            part = part_of(one.key, everything)
            assert part is not None
            inside = part.of(next(column for column in everything if column.key == part.column))
            gaps.append(float(chances[~inside].mean() - chances[inside].mean()))
            held.append(one.difference_ci95[0] <= gaps[-1] <= one.difference_ci95[1])
            widths.append(one.difference_ci95[1] - one.difference_ci95[0])
            low, high = _ordinary(images, part.of(images.column(part.column)))
            ordinary.append(low <= gaps[-1] <= high)
            met |= {name for name, of in weak.items() if of[inside].mean() >= 0.5}
        false += any(gap <= NO_GAP for gap in gaps)
        seen += len(met)
    finds = len(held)
    power = seen / (draws * len(weak)) if weak else None
    error = float(np.sqrt(0.95 * 0.05 / max(finds, 1)))
    share, usual, width = (float(np.mean(of)) if of else 1.0 for of in (held, ordinary, widths))
    return Searched(world.name, finds, share, usual, error, false / draws, power, width, draws)


def draw(world: World, random: np.random.Generator) -> Sliceable:
    """One test set."""
    if world.groups is None:
        columns = _columns(random, world.images)
        right = random.random(world.images) < _chances(world, columns)[0]
        groups = None
    else:
        least, most, correlation = world.groups
        sizes = random.integers(least, most + 1, round(2 * world.images / (least + most)))
        groups = np.repeat(np.arange(len(sizes)), sizes)
        of_groups = _columns(random, len(sizes))
        chances, spread = _chances(world, of_groups)[0], (1 - correlation) / correlation
        right = random.random(len(groups)) < random.beta(chances * spread, (1 - chances) * spread)[groups]
        columns = [Column(one.key, one.name, one.values[groups]) for one in of_groups]
    labels = random.integers(0, len(CLASSES), len(right))
    predicted = np.where(right, labels, (labels + 1) % len(CLASSES))
    return Sliceable(CLASSES, labels, predicted, groups, (_classes(labels), *columns), True)


def _classes(labels: np.ndarray) -> Column:
    return Column(CLASS, CLASS, np.array(CLASSES, dtype=object)[labels])


def _columns(random: np.random.Generator, number: int) -> list[Column]:
    brightness = random.gamma(4, 25, number)
    return [
        Column("brightness", "brightness", brightness),
        Column("contrast", "contrast", brightness / 2 + random.normal(0, 20, number)),
        Column("sharpness", "sharpness", random.normal(0, 1, number)),
        Column("pixels", "size", random.choice([1.0, 2, 3, 4, 5, 6], number)),
        Column("camera", "camera", random.choice(CAMERAS, number)),
    ]


def _chances(world: World, columns: list[Column]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """(N,) how likely each is named right, and of each weak slice (N,) bool which are in it."""
    values = {column.key: column.values for column in columns}
    low, high = gamma.ppf([0.3, 0.4], 4, scale=25)
    every = {
        "brightness": (values["brightness"] >= low) & (values["brightness"] <= high),
        "camera": values["camera"] == "c",
        "sharpness": values["sharpness"] > 1.2816,
    }
    weak = {name: every[name] for name in world.weak}
    is_weak = np.any([np.zeros(len(values["camera"]), bool), *weak.values()], axis=0)
    return world.right - world.gap * is_weak, weak


def _ordinary(images: Sliceable, inside: np.ndarray) -> tuple[float, float]:
    shares = shares_of(images.correct, np.where(inside, 0, 1), 2, images.groups)
    return newcombe(shares.of(0), shares.of(1))


WORLDS = (
    World(1_000, 0.9, draws=8_000),
    World(1_000, 0.9, 0.15, ("brightness",)),
    World(2_000, 0.9, 0.15, ("brightness",)),
    World(2_000, 0.8, 0.15, ("brightness",)),
    World(5_000, 0.95, 0.08, ("brightness",)),
    World(2_000, 0.9, 0.15, ("brightness", "camera", "sharpness")),
    World(1_600, 0.9, groups=(1, 20, 0.3), draws=6_000),
    World(3_000, 0.9, 0.15, ("brightness",), (5, 15, 0.2)),
    World(3_000, 0.9, 0.2, ("brightness", "camera"), (5, 15, 0.2)),
)
