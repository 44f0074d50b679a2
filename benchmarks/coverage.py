"""How often 95 % intervals hold the truth: of the accuracy exactly, of all others by simulation with known truths.

`python -m benchmarks coverage` prints what docs/evaluation.md has. A bar of 93 to 97.5 % stands where the case is regular;
where there are too few images (mistakes, positives, groups) the figure is only told.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import binom, norm

from benchmarks import found_slices
from benchmarks.found_slices import Searched
from benchmarks.options import Options
from core.evaluate import uncertainty
from core.evaluate.bootstrap import RESAMPLES, studentised_intervals
from core.evaluate.class_sums import WHOLE, ClassSums
from core.evaluate.intervals import Interval, score_interval
from core.evaluate.losses import brier_scores, log_losses
from core.evaluate.ranking import influences, ranking_intervals

GRID_N = (50, 100, 200, 500, 1000, 2000, 5000)
GRID_P = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
REGULAR = 4.0  # n p (1 - p)
LOWEST, HIGHEST = 0.93, 0.975
SIMULATIONS = 3000
SEED = 20
UNEVEN = [0.4, 0.25, 0.15, 0.12, 0.08]
POPULATION = 1_000_000


@dataclass(frozen=True)
class Covered:
    """How often the intervals of one figure held its truth.

    Args:
        name: The figure and the case.
        coverage: In 0..1.
        error: Monte-Carlo standard error of it; 0 where it is exact.
        regular: Whether the bars stand.
    """

    name: str
    coverage: float
    error: float
    regular: bool

    @property
    def met(self) -> bool:
        """Whether it is within the bars, or none stand."""
        return not self.regular or LOWEST <= self.coverage <= HIGHEST

    def line(self) -> str:
        """It in words."""
        bar = "few" if not self.regular else "met" if self.met else "MISSED"
        return f"{self.name:58}  {self.coverage * 100:5.1f} %  ± {self.error * 100:.1f}  {bar}"

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**asdict(self), "met": self.met}


Simulated = dict[str, Interval | None]


@dataclass(frozen=True)
class Case:
    """Test sets drawn from a known world.

    Args:
        truth: {figure: its value in that world}.
        draw: (random, resamples) -> {figure: the interval of one test set}; what is left out is not counted.
    """

    name: str
    truth: dict[str, float]
    draw: Callable[[np.random.Generator, int], Simulated]


def compare(options: Options) -> list[Covered | Searched]:
    """The grid of the accuracy, as its least, its most and its mean over regular cells, then all cases and found slices."""
    print(grid(), file=sys.stderr, flush=True)
    exact = [exact_coverage(n, p) for n in GRID_N for p in GRID_P if n * p * (1 - p) >= REGULAR]
    of_accuracy = [
        Covered(f"accuracy, {word} of {len(exact)} regular cells", value, 0.0, True)
        for word, value in (("least", min(exact)), ("most", max(exact)), ("mean", float(np.mean(exact))))
    ]
    return [
        *of_accuracy,
        *(
            one
            for regular, cases in ((True, REGULAR_CASES), (False, CASES_OF_FEW))
            for make in cases
            for one in told(make(), regular)
        ),
        *found_slices.compare(),
    ]


def told(case: Case, regular: bool) -> list[Covered]:
    """`simulate`, telling how far it is."""
    print(f"    {case.name}", file=sys.stderr, flush=True)
    return simulate(case, regular)


def exact_coverage(n: int, p: float) -> float:
    """The probability that the accuracy's interval from `n` images holds `p`: the binomial, summed."""
    hits = np.arange(n + 1)
    low, high = score_interval(hits / n, n)
    return float(binom.pmf(hits, n, p)[(low <= p) & (p <= high)].sum())


def grid() -> str:
    """The exact coverage of the accuracy's interval as a table of Markdown."""
    lines = ["| n | " + " | ".join(f"p = {p:g}" for p in GRID_P) + " |", "|---" * (len(GRID_P) + 1) + "|"]
    for n in GRID_N:
        cells = (
            f"{exact_coverage(n, p) * 100:.1f}" + ("" if n * p * (1 - p) >= REGULAR - 1e-9 else " (few)")
            for p in GRID_P
        )
        lines.append(f"| {n:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def simulate(
    case: Case, regular: bool = True, simulations: int = SIMULATIONS, resamples: int = RESAMPLES
) -> list[Covered]:
    """Draw test sets and count whose intervals hold the truth."""
    random = np.random.default_rng(SEED)
    held = dict.fromkeys(case.truth, 0)
    counted = dict.fromkeys(case.truth, 0)
    for _ in range(simulations):
        for figure, interval in case.draw(random, resamples).items():
            counted[figure] += 1
            held[figure] += interval is not None and interval[0] <= case.truth[figure] <= interval[1]
    found = []
    for figure, times in held.items():
        share = times / counted[figure]
        error = float(np.sqrt(share * (1 - share) / counted[figure]))
        found.append(Covered(f"{figure}: {case.name}", share, error, regular))
    return found


def of_matrix(name: str, shares: list[float], recalls: list[float], n: int) -> Case:
    """Figures of the confusion matrix; mistakes fall unevenly on the other classes."""
    classes = len(shares)
    world = np.random.default_rng(1).dirichlet(np.full(classes, 0.7), classes)
    np.fill_diagonal(world, 0)
    world *= ((1 - np.array(recalls)) / world.sum(1))[:, None]
    np.fill_diagonal(world, recalls)
    world *= np.array(shares)[:, None] / np.sum(shares)
    truth = {figure: float(how.make(ClassSums.of_matrix(world))) for figure, how in WHOLE.items()}

    def draw(random: np.random.Generator, resamples: int) -> Simulated:
        matrix = random.multinomial(n, world.ravel()).reshape(classes, classes)
        intervals = uncertainty.of_images(matrix, resamples, int(random.integers(2**31)))
        return {figure: intervals.whole[figure] for figure in WHOLE}

    return Case(f"{name}, {n:,} images", truth, draw)


def of_losses(name: str, skill: float, sharpness: float, n: int) -> Case:
    """Log loss and Brier score of a softmax over ten noisy scores."""
    random = np.random.default_rng(2)
    labels = random.integers(0, 10, POPULATION // 4)
    scores = random.normal(size=(len(labels), 10))
    scores[np.arange(len(labels)), labels] += skill
    values = _losses(labels, sharpness, scores)
    truth = dict(zip(("log_loss", "brier"), map(float, values.mean(0)), strict=True))

    def draw(random: np.random.Generator, resamples: int) -> Simulated:
        drawn = values[random.integers(0, len(values), n)]
        return _loss_intervals(drawn, np.ones(n), drawn.max(axis=0), resamples, random)

    return Case(f"{name}, {n:,} images", truth, draw)


def of_losses_by_group(groups: int, skill: float, sharpness: float, spread: float) -> Case:
    """The same of groups of 16 to 24 images; how easy a group is, is normal with that spread."""
    random = np.random.default_rng(4)
    each, most = POPULATION // 250, 24
    labels = random.integers(0, 10, each * most)
    scores = random.normal(size=(len(labels), 10))
    scores[np.arange(len(labels)), labels] += skill + np.repeat(random.normal(0, spread, each), most)
    values = _losses(labels, sharpness, scores).reshape(each, most, 2)
    truth = dict(zip(("log_loss by group", "brier by group"), map(float, values.mean((0, 1))), strict=True))

    def draw(random: np.random.Generator, resamples: int) -> Simulated:
        sizes = random.integers(16, most + 1, groups)
        there = np.arange(most) < sizes[:, None]
        drawn = np.where(there[:, :, None], values[random.integers(0, each, groups)], 0.0)
        found = _loss_intervals(drawn.sum(1), sizes.astype(float), drawn.max((0, 1)), resamples, random)
        return {f"{figure} by group": interval for figure, interval in found.items()}

    return Case(f"{groups} groups of 16 to {most}, skill {skill:g}", truth, draw)


def _losses(labels: np.ndarray, sharpness: float, scores: np.ndarray) -> np.ndarray:
    probabilities = np.exp(sharpness * (scores - scores.max(1, keepdims=True)))
    probabilities /= probabilities.sum(1, keepdims=True)
    return np.stack([log_losses(labels, probabilities), brier_scores(labels, probabilities)], axis=1)


def _loss_intervals(
    sums: np.ndarray, sizes: np.ndarray, largest: np.ndarray, resamples: int, random: np.random.Generator
) -> Simulated:
    most = np.array([largest[0], 2.0])
    ends = studentised_intervals(sums, sizes, most, resamples, int(random.integers(2**31)))
    return {figure: (end[0], end[1]) for figure, end in zip(("log_loss", "brier"), ends, strict=True)}


def of_ranking(positives: float, apart: float, n: int) -> Case:
    """Average precision and AUC of normal scores, those of positives higher by `apart` standard deviations."""
    random = np.random.default_rng(3)
    positive = random.random(POPULATION) < positives
    population = influences(positive, random.normal(size=POPULATION) + apart * positive)
    truth = {"average_precision": population.average_precision, "roc_auc": float(norm.cdf(apart / np.sqrt(2)))}

    def draw(random: np.random.Generator, resamples: int) -> Simulated:
        positive = random.random(n) < positives
        if positive.all() or not positive.any():
            return {}
        of_precision, of_auc = ranking_intervals(
            influences(positive, random.normal(size=n) + apart * positive), positive
        )
        return {"average_precision": of_precision, "roc_auc": of_auc}

    name = f"AP {truth['average_precision']:.2f}, AUC {truth['roc_auc']:.3f}, {n * positives:.0f} of {n:,} images"
    return Case(name, truth, draw)


def of_groups(groups: int, images: tuple[int, int], p: float, correlation: float, either: bool = False) -> Case:
    """Accuracy and macro F1 of groups whose images are right or wrong together; three classes.

    Each group has its own share of right images, drawn from a beta distribution with that correlation within groups.

    Args:
        images: The fewest and the most of a group.
        either: Whether each group has one of the two, not any number between; then of the accuracy alone.
    """
    spread = (1 - correlation) / correlation
    # Of three classes as frequent and as often mistaken, macro F1 is the accuracy.
    truth = {"accuracy by group": p} if either else {"accuracy by group": p, "macro_f1 by group": p}

    def draw(random: np.random.Generator, resamples: int) -> Simulated:
        of_group = random.beta(p * spread, (1 - p) * spread, groups)
        sizes = random.choice(images, groups) if either else random.integers(images[0], images[1] + 1, groups)
        codes = np.repeat(np.arange(groups), sizes)
        labels = random.integers(0, 3, len(codes))
        right = random.random(len(codes)) < of_group[codes]
        predicted = np.where(right, labels, (labels + random.integers(1, 3, len(codes))) % 3)
        found = uncertainty.of_groups(labels, predicted, {}, 3, codes, resamples, int(random.integers(2**31)))
        return {name: found.whole[name.removesuffix(" by group")] for name in truth}

    of_each = f"{images[0]}" if images[0] == images[1] else f"{images[0]} {'or' if either else 'to'} {images[1]}"
    return Case(f"{groups} groups of {of_each}, p {p:g}, correlation {correlation:g}", truth, draw)


REGULAR_CASES: tuple[Callable[[], Case], ...] = (
    lambda: of_matrix("2 classes, recall 0.8", [0.5, 0.5], [0.8, 0.8], 200),
    lambda: of_matrix("5 uneven classes, the least 24 images", UNEVEN, [0.95, 0.9, 0.9, 0.85, 0.8], 300),
    lambda: of_matrix("10 classes, recall 0.94 to 0.995", [0.1] * 10, [*np.linspace(0.94, 0.995, 10)], 1000),
    lambda: of_losses("accuracy 0.81", 2.5, 1.0, 300),
    lambda: of_losses("accuracy 0.98", 4.0, 1.5, 1000),
    lambda: of_ranking(0.5, 1.5, 200),
    lambda: of_ranking(0.1, 1.5, 500),
    lambda: of_ranking(0.1, 2.5, 1000),
    lambda: of_ranking(0.1, 3.5, 2000),
    lambda: of_losses_by_group(50, 4.0, 1.5, 1.5),
    lambda: of_groups(50, (20, 20), 0.9, 0.3),
    lambda: of_groups(100, (1, 20), 0.9, 0.2),
    lambda: of_groups(30, (5, 15), 0.8, 0.2),
    lambda: of_groups(50, (1, 40), 0.7, 0.3, either=True),
    lambda: of_groups(50, (1, 40), 0.9, 0.9, either=True),
)
CASES_OF_FEW: tuple[Callable[[], Case], ...] = (
    lambda: of_matrix("5 uneven classes, the least 8 images", UNEVEN, [0.95, 0.9, 0.9, 0.85, 0.8], 100),
    lambda: of_matrix("3 classes, recall 0.99", [1 / 3] * 3, [0.99] * 3, 50),
    lambda: of_losses("accuracy 0.998", 5.0, 2.0, 300),
    lambda: of_ranking(0.05, 1.5, 200),
    lambda: of_ranking(0.1, 4.0, 360),
    lambda: of_losses_by_group(21, 5.0, 2.0, 2.0),
    lambda: of_groups(8, (20, 20), 0.9, 0.3),
    lambda: of_groups(20, (1, 40), 0.9, 0.3, either=True),
    lambda: of_groups(50, (1, 40), 0.97, 0.3, either=True),
)
