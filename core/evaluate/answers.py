"""What a run answered to the images of a split, as arrays: what all figures are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.evaluate.evaluation import PROBABILITY, Evaluation, read_predictions
from core.evaluate.intervals import number_of_groups_alike, whole_images
from core.evaluate.temperature import temper
from core.train.runs import Run
from core.workspace import Workspace


@dataclass(frozen=True)
class Answers:
    """Labels and probabilities of N images.

    Args:
        classes: Class names in the order of the model's outputs.
        rows: (N,) int64, places in the data set's index.
        labels: (N,) int64, true places in `classes`.
        probabilities: (N, classes) float64, rows sum to 1.
        groups: (N,) int64, equal for images that belong together; None where each stands for itself.
    """

    classes: tuple[str, ...]
    rows: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    groups: np.ndarray | None = None

    @property
    def predicted(self) -> np.ndarray:
        """(N,) int64, the likeliest places in `classes`."""
        return self.probabilities.argmax(1)

    @property
    def correct(self) -> np.ndarray:
        """(N,) bool."""
        return self.predicted == self.labels


def independent_images(answers: Answers) -> int:
    """As how many images that have nothing to do with each other the groups count at least (`number_of_groups_alike`),
    in whole ones (`whole_images`); 0 where each stands for itself.
    """
    return 0 if answers.groups is None else independent(answers.groups)


def independent(groups: np.ndarray) -> int:
    """The same of groups: (N,) int, equal for images that belong together. 0 of no images."""
    return whole_images(number_of_groups_alike(np.unique(groups, return_counts=True)[1]))


def read_answers(workspace: Workspace, run: Run, evaluation: Evaluation) -> Answers:
    """What the model itself said, in the order of the evaluation's predictions."""
    return answers_of(read_predictions(workspace, run, evaluation), evaluation.classes)


def answers_of(table: pd.DataFrame, classes: tuple[str, ...]) -> Answers:
    """The same from the table of the predictions."""
    labels = pd.Categorical(table["label"], categories=list(classes)).codes.astype(np.int64)
    probabilities = table[[f"{PROBABILITY}{name}" for name in classes]].to_numpy(np.float64)
    return Answers(classes, table["row"].to_numpy(np.int64), labels, probabilities, unit_codes(table))


def tempered(answers: Answers, temperature: float) -> Answers:
    """The same answers with other probabilities."""
    return replace(answers, probabilities=temper(answers.probabilities, temperature))


def unit_codes(table: pd.DataFrame) -> np.ndarray | None:
    """`group_codes` of what the images of an evaluation hang together by: `unit`, or `group` in those of earlier Foveas, of
    which the first had none.
    """
    named = next((table[name] for name in ("unit", "group") if name in table), None)
    return None if named is None else group_codes(named)


def group_codes(names: pd.Series) -> np.ndarray | None:
    """(N,) int64, equal where the names are; an image without a name is a group of its own.

    None where no two images share a group.
    """
    codes = pd.factorize(names.astype(str))[0].astype(np.int64)
    alone = (names.astype(str) == "").to_numpy()
    codes[alone] = len(names) + np.arange(alone.sum())
    return codes if len(np.unique(codes)) < len(codes) else None
