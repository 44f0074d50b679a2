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
from core.evaluate.metrics import figures
from core.evaluate.ranking import influences, ranking_intervals

GRID_N = (50, 100, 200, 500, 1000, 2000, 5000)
GRID_P = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
REGULAR = 4.0  # n p (1 - p)
LOWEST, HIGHEST = 0.93, 0.975
SIMULATIONS = 3000
SEED = 20
UNEVEN = [0.4, 0.25, 0.15, 0.12, 0.08]
POPULATION = 1_000_000
OF_GROUPS = ("accuracy", "macro_f1", "balanced_accuracy")


@dataclass(frozen=True)
class Covered:
    """How often the intervals of one figure held its truth.

    Args:
        name: The figure and the case.
        coverage: In 0..1; None where no interval was given.
        error: Monte-Carlo standard error of it; 0 where it is exact.
        regular: Whether the bars stand.
        given: How often there was an interval; of these is the coverage.
    """

    name: str
    coverage: float | None
    error: float
    regular: bool
    given: float = 1.0

    @property
    def met(self) -> bool:
        """Whether it is within the bars, or none stand."""
        return not self.regular or self.coverage is None or LOWEST <= self.coverage <= HIGHEST

    def line(self) -> str:
        """It in words."""
        if self.coverage is None:
            return f"{self.name:58}      —           none is given"
        bar = "few" if not self.regular else "met" if self.met else "MISSED"
        often = "" if self.given == 1 else f", given in {self.given * 100:.0f} %"
        return f"{self.name:58}  {self.coverage * 100:5.1f} %  ± {self.error * 100:.1f}  {bar}{often}"

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
        draws: How many test sets are drawn.
        resamples: Of each bootstrap.
    """

    name: str
    truth: dict[str, float]
    draw: Callable[[np.random.Generator, int], Simulated]
    draws: int = SIMULATIONS
    resamples: int = RESAMPLES


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
            for regular, cases in ((True, REGULAR_CASES + MANY_CLASSES), (False, CASES_OF_FEW))
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
    case: Case, regular: bool = True, simulations: int | None = None, resamples: int | None = None
) -> list[Covered]:
    """Draw test sets, by default as the case says, and count whose intervals hold the truth."""
    random = np.random.default_rng(SEED)
    held: dict[str, list[bool]] = {figure: [] for figure in case.truth}
    drawn = dict.fromkeys(case.truth, 0)
    for _ in range(simulations or case.draws):
        for figure, interval in case.draw(random, resamples or case.resamples).items():
            drawn[figure] += 1
            if interval is not None:
                held[figure].append(interval[0] <= case.truth[figure] <= interval[1])
    found = []
    for figure, times in held.items():
        share = float(np.mean(times)) if times else None
        error = float(np.std(times) / np.sqrt(len(times))) if times else 0.0
        found.append(Covered(f"{figure}: {case.name}", share, error, regular, len(times) / drawn[figure]))
    return found


def of_matrix(name: str, shares: list[float], recalls: list[float], n: int, each: bool = False) -> Case:
    """Figures of the confusion matrix; mistakes fall unevenly on the other classes.

    Args:
        each: Whether each class has its share of the images exactly, and not as they come.
    """
    classes = len(shares)
    world = np.random.default_rng(1).dirichlet(np.full(classes, 0.7), classes)
    np.fill_diagonal(world, 0)
    world *= ((1 - np.array(recalls)) / world.sum(1))[:, None]
    np.fill_diagonal(world, recalls)
    world *= np.array(shares)[:, None] / np.sum(shares)
    truth = {figure: float(how.make(ClassSums.of_matrix(world))) for figure, how in WHOLE.items()}

    def draw(random: np.random.Generator, resamples: int) -> Simulated:
        if each:
            of_class = world.sum(1)
            matrix = random.multinomial((n * of_class).round().astype(int), world / of_class[:, None])
        else:
            matrix = random.multinomial(n, world.ravel()).reshape(classes, classes)
        intervals = uncertainty.of_images(matrix, resamples, int(random.integers(2**31)))
        return {figure: intervals.whole[figure] for figure in WHOLE}

    few = {} if classes <= 20 else {"draws": 1000, "resamples": 200}  # they take their time
    return Case(f"{name}, {n:,} images", truth, draw, **few)


def _recalls(classes: int) -> list[float]:
    return list(np.random.default_rng(6).uniform(0.6, 0.95, classes))


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

    def scores(random: np.random.Generator, positive: np.ndarray) -> np.ndarray:
        return random.normal(size=len(positive)) + apart * positive

    return _of_scores(positives, scores, float(norm.cdf(apart / np.sqrt(2))), n, "")


def of_ranking_in_heaps(positives: float, swapped: float, n: int) -> Case:
    """The same of scores near 0 and near 1, where that share of positives and of negatives lies in the other's heap."""

    def scores(random: np.random.Generator, positive: np.ndarray) -> np.ndarray:
        high = positive ^ (random.random(len(positive)) < swapped)
        return 0.1 * random.random(len(positive)) + 0.9 * high

    return _of_scores(positives, scores, 1 - swapped, n, "in heaps, ")


def _of_scores(
    positives: float, scores: Callable[[np.random.Generator, np.ndarray], np.ndarray], area: float, n: int, kind: str
) -> Case:
    random = np.random.default_rng(3)
    positive = random.random(POPULATION) < positives
    precision = influences(positive, scores(random, positive)).average_precision

    def draw(random: np.random.Generator, resamples: int) -> Simulated:
        positive = random.random(n) < positives
        if positive.all() or not positive.any():
            return {}
        of_precision, of_auc = ranking_intervals(influences(positive, scores(random, positive)), positive)
        return {"average_precision": of_precision, "roc_auc": of_auc}

    name = f"{kind}AP {precision:.2f}, AUC {area:.3f}, {n * positives:.0f} of {n:,} images"
    return Case(name, {"average_precision": precision, "roc_auc": area}, draw)


Sizes = tuple[str, Callable[[np.random.Generator], np.ndarray]]  # in words, and how many images each group has


def between(groups: int, fewest: int, most: int) -> Sizes:
    """Groups of any number of images between the two."""
    words = f"{groups} groups of {fewest}" if fewest == most else f"{groups} groups of {fewest} to {most}"
    return words, lambda random: random.integers(fewest, most + 1, groups)


def either(groups: int, few: int, many: int) -> Sizes:
    """Groups of one of two numbers of images."""
    return f"{groups} groups of {few} or {many}", lambda random: random.choice((few, many), groups)


def beside(giant: int, groups: int, images: int) -> Sizes:
    """One large group beside many small ones."""
    return f"one group of {giant} beside {groups} of {images}", lambda random: np.array([giant, *[images] * groups])


def log_normal(groups: int, middle: float, spread: float) -> Sizes:
    """Groups whose sizes are log-normal, 1 or more."""
    words = f"{groups} groups, log-normal of {middle:g} and {spread:g}"
    return words, lambda random: np.exp(random.normal(middle, spread, groups)).round().clip(1).astype(int)


def of_groups(
    sizes: Sizes, p: float, correlation: float, of_one_class: bool = False, told: tuple[str, ...] = OF_GROUPS
) -> Case:
    """Figures of groups whose images are right or wrong together; three classes, as frequent and as often mistaken.

    Each group has its own share of right images, drawn from a beta distribution with that correlation within groups.

    Args:
        of_one_class: Whether all images of a group are of one class, and its mistakes of one.
        told: The figures.
    """
    spread = (1 - correlation) / correlation
    words, draw_sizes = sizes
    truth = dict.fromkeys([f"{figure} by group" for figure in told], p)

    def draw(random: np.random.Generator, resamples: int) -> Simulated:
        of_each = draw_sizes(random)
        groups, codes = len(of_each), np.repeat(np.arange(len(of_each)), of_each)
        right = random.random(len(codes)) < random.beta(p * spread, (1 - p) * spread, groups)[codes]
        alike = codes if of_one_class else np.arange(len(codes))
        labels, next_class = random.integers(0, 3, len(codes))[alike], random.integers(1, 3, len(codes))[alike]
        predicted = np.where(right, labels, (labels + next_class) % 3)
        found = uncertainty.of_groups(labels, predicted, {}, 3, codes, resamples, int(random.integers(2**31)))
        return {name: found.whole[name.removesuffix(" by group")] for name in truth}

    whole = ", each of one class" if of_one_class else ""
    return Case(f"{words}, p {p:g}, correlation {correlation:g}{whole}", truth, draw, SIMULATIONS // 2)


def of_copies(sizes: Sizes, skill: float, apart: float = 0.15) -> Case:
    """All figures of pictures that are there in several versions, whose scores hardly differ; three classes.

    Args:
        apart: The spread of the scores of one picture's versions; that of pictures is 1.
    """
    words, draw_sizes = sizes

    def answers(random: np.random.Generator, versions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        codes = np.repeat(np.arange(len(versions)), versions)
        labels = random.integers(0, 3, len(versions))
        scores = random.normal(size=(len(versions), 3)) + skill * np.eye(3)[labels]
        raised = np.exp(1.5 * (scores[codes] + apart * random.normal(size=(len(codes), 3))))
        return labels[codes], raised / raised.sum(1, keepdims=True), codes

    labels, probabilities, _ = answers(np.random.default_rng(5), np.ones(POPULATION // 4, int))
    right = float((probabilities.argmax(1) == labels).mean())
    truth = dict.fromkeys(OF_GROUPS, right)
    truth |= {"log_loss": float(log_losses(labels, probabilities).mean())}
    truth |= {"brier": float(brier_scores(labels, probabilities).mean())}

    def draw(random: np.random.Generator, resamples: int) -> Simulated:
        labels, probabilities, codes = answers(random, draw_sizes(random))
        found = figures(labels, probabilities, ("a", "b", "c"), codes)
        return {f"{name} by picture": found[f"{name}_ci95"] for name in truth}

    words = words.replace("groups", "pictures")
    return Case(f"{words} versions, accuracy {right:.2f}", {f"{k} by picture": v for k, v in truth.items()}, draw, 1000)


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
    lambda: of_ranking_in_heaps(0.5, 0.05, 200),
    lambda: of_ranking_in_heaps(0.1, 0.02, 1000),
    lambda: of_groups(between(50, 20, 20), 0.9, 0.3),
    lambda: of_groups(between(100, 1, 20), 0.9, 0.2),
    lambda: of_groups(between(30, 5, 15), 0.8, 0.2),
    lambda: of_groups(either(50, 1, 40), 0.7, 0.3),
    lambda: of_groups(either(50, 1, 40), 0.9, 0.9, told=("accuracy",)),
    lambda: of_groups(beside(60, 100, 5), 0.8, 0.2),
    lambda: of_groups(log_normal(100, 1.5, 1.0), 0.9, 0.2),
    lambda: of_groups(log_normal(200, 1.0, 1.5), 0.9, 0.5, of_one_class=True),
    lambda: of_copies(between(60, 5, 5), 1.5),
    lambda: of_copies(between(60, 1, 9), 2.0),
)
MANY_CLASSES: tuple[Callable[[], Case], ...] = (
    lambda: of_matrix("100 classes", [1] * 100, _recalls(100), 500),
    lambda: of_matrix("100 classes, 5 of each", [1] * 100, _recalls(100), 500, each=True),
    lambda: of_matrix("300 classes", [1] * 300, _recalls(300), 1500),
    lambda: of_matrix("300 classes, 5 of each", [1] * 300, _recalls(300), 1500, each=True),
    lambda: of_matrix("100 classes, Zipf", [1 / k for k in range(1, 101)], _recalls(100), 2000),
    lambda: of_matrix("300 classes, Zipf", [1 / k for k in range(1, 301)], _recalls(300), 1500),
)
CASES_OF_FEW: tuple[Callable[[], Case], ...] = (
    lambda: of_matrix("5 uneven classes, the least 8 images", UNEVEN, [0.95, 0.9, 0.9, 0.85, 0.8], 100),
    lambda: of_matrix("3 classes, recall 0.99", [1 / 3] * 3, [0.99] * 3, 50),
    lambda: of_losses("accuracy 0.998", 5.0, 2.0, 300),
    lambda: of_ranking(0.05, 1.5, 200),
    lambda: of_ranking(0.1, 4.0, 360),
    lambda: of_losses_by_group(21, 5.0, 2.0, 2.0),
    lambda: of_ranking_in_heaps(0.1, 0.02, 300),
    lambda: of_copies(between(29, 5, 5), 1.5),
    lambda: of_groups(between(8, 20, 20), 0.9, 0.3),
    lambda: of_groups(either(20, 1, 40), 0.9, 0.3),
    lambda: of_groups(either(50, 1, 40), 0.97, 0.3),
    lambda: of_groups(beside(100, 400, 2), 0.9, 0.5),
    lambda: of_groups(beside(300, 200, 10), 0.9, 0.3, of_one_class=True),
    lambda: of_groups(beside(200, 100, 2), 0.8, 0.3),
)
