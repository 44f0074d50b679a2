"""From which probability on a run says one class, whatever else it finds likelier: chosen on its validation split by what
mistakes cost or by what is wanted, kept in its folder.

It belongs to the temperature that it was chosen with, and is void with another.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.evaluate import calibrated, validated
from core.evaluate.answers import Answers, tempered
from core.evaluate.curves import AtThreshold, Curves, at, cheapest, curves, with_precision, with_recall
from core.train.runs import Run
from core.workspace import Workspace
from core.workspace.atomic import read_if_there, write_json
from core.workspace.shape import flat

COST, PRECISION, RECALL = "cost", "precision", "recall"


@dataclass(frozen=True)
class Wish:
    """What a threshold is chosen by.

    Args:
        by: "cost", "precision" or "recall".
        share: The precision or recall that is wanted at least, 0..1.
        cost_of_miss, cost_of_alarm: What mistakes cost.
    """

    by: str
    share: float = 0.0
    cost_of_miss: float = 1.0
    cost_of_alarm: float = 1.0

    def threshold(self, on_validation: Curves) -> float | None:
        """The threshold that the wish gives; None where none has the precision, infinite where never saying it is cheapest."""
        if self.by == COST:
            return cheapest(on_validation, self.cost_of_miss, self.cost_of_alarm)
        return (with_precision if self.by == PRECISION else with_recall)(on_validation, self.share)

    def is_better_without(self, given: AtThreshold, misses: int, alarms: int) -> bool:
        """Whether the likeliest class, with so many misses and false alarms on the same images, does better: at less cost, or
        with fewer of one and no more of the other.
        """
        more = given.misses - misses, given.alarms - alarms
        if self.by == COST:
            return more[0] * self.cost_of_miss + more[1] * self.cost_of_alarm > 0
        return min(more) >= 0 and max(more) > 0


@dataclass(frozen=True)
class ClassThreshold:
    """What class_threshold.json holds.

    Args:
        label: The class.
        threshold: It is said where its probability is at least this, else the likeliest other class.
        by, share, cost_of_miss, cost_of_alarm: The wish.
        temperature: The one that probabilities were made with.
        dataset, split, n: What it was chosen on: `name@version`, "val", and how many images.
        hits, misses, alarms: What it gives on those.
        fitted_at: Seconds since 1970.
    """

    label: str
    threshold: float
    by: str
    share: float
    cost_of_miss: float
    cost_of_alarm: float
    temperature: float
    dataset: str
    split: str
    n: int
    hits: int
    misses: int
    alarms: int
    fitted_at: float

    @property
    def wish(self) -> Wish:
        """What it was chosen by."""
        return Wish(self.by, self.share, self.cost_of_miss, self.cost_of_alarm)

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)


def choose(run: Run, validation: Answers, label: str, wish: Wish, temperature: float) -> ClassThreshold:
    """The threshold that the wish gives for a class. Not kept yet.

    Args:
        validation: Of the run's validation images, calibrated with that temperature.

    Raises:
        InputError: The run does not know the class, all or none of the images are of it, or no threshold fulfils the wish.
    """
    if label not in validation.classes:
        raise InputError(f"{run.title} does not know the class {label!r}.")
    place = validation.classes.index(label)
    is_class, probability = validation.labels == place, validation.probabilities[:, place]
    found = curves(is_class, probability)
    if found is None:
        raise InputError(
            f"No threshold can be chosen: all or none of the validation images are of the class {label!r}."
        )
    threshold = wish.threshold(found)
    if threshold is None:
        raise InputError(f"No threshold has that precision on validation; the best has {found.precision.max():.1%}.")
    if math.isinf(threshold):
        raise InputError(f"At these costs it is cheapest never to say {label!r}.")
    given = at(is_class, probability, threshold)
    return ClassThreshold(
        label,
        threshold,
        **asdict(wish),
        temperature=temperature,
        dataset=run.dataset,
        split=calibrated.SPLIT,
        n=len(is_class),
        hits=given.hits,
        misses=given.misses,
        alarms=given.alarms,
        fitted_at=time.time(),
    )


def named(probabilities: np.ndarray, place: int, threshold: float) -> np.ndarray:
    """(N,) int64: `place` where its probability is at least the threshold, else the likeliest other class.

    Args:
        probabilities: (N, classes) float64.
    """
    others = probabilities.copy()
    others[:, place] = -1.0
    return np.where(probabilities[:, place] >= threshold, place, others.argmax(1))


def keep(workspace: Workspace, run: Run, chosen: ClassThreshold) -> None:
    """Write class_threshold.json: from now on the run keeps to it."""
    write_json(_file(workspace, run), chosen.to_json())


def find(workspace: Workspace, run: Run) -> ClassThreshold | None:
    """What the run keeps to; None if there is none, or it was made for another temperature."""
    chosen = read_if_there(_file(workspace, run), flat(ClassThreshold))
    return chosen if chosen and chosen.temperature == calibrated.temperature_in_use(workspace, run) else None


def remove(workspace: Workspace, run: Run) -> None:
    """From now on the run says the likeliest class again."""
    _file(workspace, run).unlink(missing_ok=True)


def choose_anew(workspace: Workspace, run: Run, before: ClassThreshold) -> str:
    """Choose the threshold of `before` by the same wish with the temperature that is in use now, and keep it.

    Returns:
        Why it had to go, in words; empty where it did not.
    """
    temperature = calibrated.temperature_in_use(workspace, run)
    try:
        validation = tempered(validated.validation_answers(workspace, run), temperature)
        keep(workspace, run, choose(run, validation, before.label, before.wish, temperature))
    except InputError as error:
        remove(workspace, run)
        return f"The threshold of {before.label} is removed. {error}"
    return ""


def _file(workspace: Workspace, run: Run) -> Path:
    return run.folder(workspace) / calibrated.CLASS_FILE_NAME
