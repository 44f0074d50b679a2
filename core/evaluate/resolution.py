"""What a test set can tell and what it cannot: how small a difference between two models it would show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from core.evaluate.intervals import Interval, number_of_groups_alike, score_interval, whole_images, worth_of_groups
from core.rounding import significant
from core.train.runs import Run

SIGNIFICANCE = 0.05
POWER = 0.8
FEWEST = 6  # images or groups: of 5 that all speak for one model, McNemar's exact test says p = 0.06
TOO_FEW = ": too few to rely on any figure of them"
TOGETHER = 0.95  # of the images: where they are worth less than that, it is said
FINE = 0.02  # where the validation images show smaller differences than that, nothing is said
WANTED = (0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
FEW_TIMES = 10  # of the images that there are: nobody collects more than that, so that no number is said
ASSUMPTION = (
    "Two models answer the same images, and McNemar's test at 5 % shall see the difference 8 times in 10. Reckoned as if "
    "both erred independently of each other; where they err on the same images, fewer images do."
)


@dataclass(frozen=True)
class Resolution:
    """How finely a test set tells models like this one apart. All differences are of accuracies, in 0..1.

    Args:
        half_width: Half of the accuracy's 95 % interval.
        smallest: The smallest difference that it would show; None if none at all.
        wanted: The next finer difference of WANTED.
        more_images: How many more images that would take.
        images: How many there are.
    """

    half_width: float
    smallest: float | None
    wanted: float
    more_images: int
    images: int

    def sentence(self) -> str:
        """In words."""
        shows = (
            f"These images would show a difference of {_points(self.smallest)} to a model that errs independently, a "
            "smaller one where both err on the same images"
            if self.smallest is not None
            else "These images are too few to show a difference to another model"
        )
        more = (
            f"to see one of {_points(self.wanted)} you need about {_about(self.more_images):,} more images"
            if self.more_images <= FEW_TIMES * self.images
            else f"one of {_points(self.wanted)} takes far more images than this set can give, over {FEW_TIMES} times as many"
        )
        return f"± {_points(self.half_width)}. {shows}; {more}."

    def of_a_pair(self) -> str:
        """What a comparison on these images can tell, in words, before it is made."""
        if self.smallest is None:
            return "Both answer the very same images, but these are too few to show a difference."
        return (
            f"Both answer the very same images: a difference of {_points(self.smallest)} shows if they err independently of "
            "each other, and a smaller one the more they err on the same images."
        )


def of_figures(figures: dict[str, Any]) -> Resolution:
    """`resolution` by the figures of an evaluation."""
    n = figures["n"]
    worth, groups = figures.get("effective_n") or n, figures.get("groups")
    return resolution(figures["accuracy"], figures["accuracy_ci95"], n, worth, groups)


def too_few(figures: dict[str, Any]) -> bool:
    """Whether an evaluation is of too few images, or groups of them, to rely on any figure of it."""
    return (figures.get("groups") or figures["n"]) < FEWEST


def together(figures: dict[str, Any]) -> str | None:
    """That images hang together and what they tell, in words; None where they tell about as much as others."""
    n, worth, groups = figures["n"], figures.get("effective_n"), figures.get("groups")
    if not worth or not groups or worth >= TOGETHER * n:
        return None
    alone = whole_images(worth)
    return (
        "Copies, near copies and images of one burst or group are often right or wrong together: these "
        f"{n:,} images, {groups:,} group{'s' * (groups > 1)} in all, tell about as much as {alone:,} that "
        f"stand{'s' * (alone == 1)} alone{TOO_FEW if too_few(figures) else ''}."
    )


def resolution(
    accuracy: float, interval: tuple[float, float], n: int, effective_n: float, groups: int | None = None
) -> Resolution:
    """What `n` images of so many groups, worth `effective_n` independent ones, can tell about models of this accuracy."""
    enough = (groups or n) >= FEWEST
    smallest = smallest_difference(1 - accuracy, effective_n) if enough else None
    wanted = next((one for one in WANTED if smallest is None or one < smallest), WANTED[-1])
    more = images_needed(1 - accuracy, wanted) * n / effective_n - n
    return Resolution((interval[1] - interval[0]) / 2, smallest, wanted, max(math.ceil(more), 1), n)


def of_validation(accuracy: float, sizes: np.ndarray) -> Interval:
    """The widest 95 % interval of an accuracy on images of such groups, as an evaluation would give: as if those of a group were
    all right or all wrong.

    Args:
        sizes: As `of_choice` takes them.
    """
    groups, n = number_of_groups_alike(sizes), float(sizes.sum())
    error = math.sqrt(accuracy * (1 - accuracy) / groups)
    low, high = score_interval(accuracy, worth_of_groups(accuracy, error, groups, n, n))
    return float(low), float(high)


def of_choice(best: float, sizes: np.ndarray, of: str) -> str | None:
    """What validation images can tell of the runs that are chosen by them, in words; None where differences of FINE show.

    Args:
        best: The highest accuracy on them.
        sizes: (G,) how many images each group of them has that hangs together; 1 for one that stands for itself.
        of: What they are of.
    """
    n, worth = int(sizes.sum()), number_of_groups_alike(sizes)
    smallest = smallest_difference(1 - best, worth) if len(sizes) >= FEWEST else None
    if smallest is not None and smallest < FINE:
        return None
    images = f"{n:,} validation image{'s' * (n > 1)} of {of}"
    images += f", which tell as much as {whole_images(worth):,}," if worth < TOGETHER * n else ""
    if smallest is None:
        return f"By the {images} no run can be said to be better than another: differences may be chance."
    return f"With the {images} differences under about {_points(smallest)} may well be chance."


def to_choose_from(runs: Sequence[Run], run_id: str | None) -> tuple[str, float] | None:
    """Which data the runs are of that somebody chooses among, and the highest validation accuracy of these; None where
    there is no choice.

    They are those on the data of the run in hand, else of the first run that is not alone on its data. Versions share
    their validation images: each keeps its split.

    Args:
        run_id: The run in hand.
    """
    of_data: dict[str, list[Run]] = {}
    for run in runs:
        if run.figures.get("val_accuracy") is not None:
            of_data.setdefault(run.dataset.rpartition("@")[0], []).append(run)
    in_hand = [these for these in of_data.values() if run_id in [run.id for run in these]]
    judged = next((these for these in in_hand or of_data.values() if len(these) > 1), None)
    return (judged[0].dataset, max(run.figures["val_accuracy"] for run in judged)) if judged else None


def images_needed(error: float, difference: float) -> float:
    """How many independent images show a difference of accuracies at SIGNIFICANCE with POWER, in a paired comparison.

    The other model errs more often by `difference` (less often, if this one errs on more than half of the images), and
    independently. By the normal approximation to McNemar's test.

    Source: R. J. Connor, "Sample size for testing differences in proportions for the paired-sample design", Biometrics 43
    (1987).

    Args:
        error: This model's error rate, in 0..1.
        difference: Above 0, at most max(error, 1 - error).
    """
    only_one_right = 2 * error * (1 - error) + difference * abs(1 - 2 * error)
    normal = NormalDist()
    by_chance = normal.inv_cdf(1 - SIGNIFICANCE / 2) * math.sqrt(only_one_right)
    really = normal.inv_cdf(POWER) * math.sqrt(max(only_one_right - difference**2, 0.0))
    return ((by_chance + really) / difference) ** 2


def smallest_difference(error: float, n: float) -> float | None:
    """The smallest difference for which `n` independent images are enough; None if there is none."""
    low, high = 0.0, max(error, 1 - error)
    if images_needed(error, high) > n:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if images_needed(error, middle) <= n else (middle, high)
    return high


def _points(share: float) -> str:
    """0.0042 -> "0.42 points", 0.03 -> "3 points"."""
    number = significant(share * 100)
    return f"{number} point{'' if number == '1' else 's'}"


def _about(number: int) -> int:
    """To two digits: 3,812 -> 3,800."""
    return round(number, 2 - len(str(number))) if number >= 100 else number
