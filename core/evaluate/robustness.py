"""How often a run is right on damaged pictures: the result, and where it is kept."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from core.errors import NotFoundError
from core.evaluate.conditions import ATTACK, CLEAN, CORRUPTION, Condition, Settings
from core.evaluate.evaluation import evaluation_folder
from core.evaluate.known_images import is_of_before_renames, is_of_other_data
from core.images import BROKEN
from core.train.runs import Run
from core.workspace import Workspace
from core.workspace.atomic import NOT_WHOLE, read_json, whole, whole_table, write_bytes, write_json, write_with
from core.workspace.shape import fields_of

FILE, TABLE, EXAMPLES = "robustness.json", "robustness.parquet", "robustness_examples"
TILE = 112


@dataclass(frozen=True)
class Point:
    """How often a run was right under one condition.

    Args:
        n: How many pictures.
        right: How many of them it named right.
        accuracy: Their share.
        accuracy_ci95: Its 95 % interval, as `core.evaluate.shares` has it.
    """

    kind: str
    name: str
    amount: float
    n: int
    right: int
    accuracy: float
    accuracy_ci95: tuple[float, float]

    @property
    def condition(self) -> Condition:
        """What was done to the pictures."""
        return Condition(self.kind, self.name, self.amount)


@dataclass(frozen=True)
class Robustness:
    """What a measurement found, so far.

    Args:
        run: The run's id.
        dataset: `name@version`.
        split: "train", "val" or "test".
        classes: In the order of the model's outputs.
        settings: What was asked for.
        size, channels: Of the pictures.
        points: In the order of their making, the clean pictures first.
        examples: Rows in the data set's index of the pictures that are kept as examples.
        complete: Whether nothing is missing.
        seconds, cpu_seconds: What it took.
        note: What could not be measured, and why.
        mean_error_ci95: The 95 % interval of `mean_error`; None where too few images tell it, or an earlier Fovea measured.
        renamed, data_fingerprint: As of `core.evaluate.evaluation.Evaluation`.
        temperature: What the probabilities of its table were given with.
    """

    run: str
    dataset: str
    split: str
    classes: tuple[str, ...]
    settings: Settings
    size: int
    channels: int
    points: tuple[Point, ...] = ()
    examples: tuple[int, ...] = ()
    complete: bool = False
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    note: str = ""
    mean_error_ci95: tuple[float, float] | None = None
    renamed: dict[str, str] = field(default_factory=dict)
    temperature: float = 1.0
    data_fingerprint: str = ""

    @property
    def clean(self) -> Point:
        """On the pictures as they are."""
        return next(point for point in self.points if point.kind == CLEAN)

    def of(self, kind: str) -> list[Point]:
        """The points of a kind."""
        return [point for point in self.points if point.kind == kind]

    @property
    def mean_error(self) -> float | None:
        """The plain mean of the error over corruptions and severities, each counting the same; None without any.

        It is not the mCE of arXiv:1903.12261, which divides by AlexNet's.
        """
        errors = [1 - point.accuracy for point in self.of(CORRUPTION)]
        return sum(errors) / len(errors) if errors else None

    def to_json(self) -> dict[str, Any]:
        """What robustness.json holds."""
        value = {**asdict(self), "settings": self.settings.to_json()}
        value["points"] = [{**point, "accuracy_ci95": list(point["accuracy_ci95"])} for point in value["points"]]
        summary = {"clean_error": 1 - self.clean.accuracy if self.points else None, "mean_error": self.mean_error}
        return {**value, "classes": list(self.classes), "examples": list(self.examples), **summary}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Robustness:
        """A result from what `to_json` gave."""
        own = {name: one for name, one in fields_of(cls, value).items() if name not in ("clean_error", "mean_error")}
        points = tuple(
            Point(**{**fields_of(Point, one), "accuracy_ci95": tuple(one["accuracy_ci95"])}) for one in own["points"]
        )
        if not any(point.kind == CLEAN for point in points):
            raise TypeError("it has no figure of the clean pictures")
        settings = Settings.from_json(own["settings"])
        if own.get("mean_error_ci95"):
            own["mean_error_ci95"] = tuple(own["mean_error_ci95"])
        lists = {"classes": tuple(own["classes"]), "examples": tuple(own["examples"])}
        return cls(**{**own, **lists, "settings": settings, "points": points})


def keep(workspace: Workspace, run: Run, found: Robustness, table: pd.DataFrame, strips: dict[int, np.ndarray]) -> None:
    """Write what was found so far: robustness.json last, for with it the result exists.

    Args:
        table: One row a picture and condition: row (of the index), label, kind, name, amount, predicted, probability.
        strips: {row: (T · K, T, C) uint8}, the example pictures of `tiled` below each other, one a point but attacks.
    """
    folder = evaluation_folder(workspace, run, found.dataset, found.split)
    write_with(folder / TABLE, lambda path: table.to_parquet(path, index=False))
    for row, strip in strips.items():
        file = io.BytesIO()
        image = Image.fromarray(strip[..., 0] if strip.shape[2] == 1 else strip)
        image.save(file, "WEBP", lossless=strip.shape[1] <= TILE // 2, quality=82)
        write_bytes(folder / EXAMPLES / f"{row}.webp", file.getvalue())
    write_json(folder / FILE, found.to_json())
    for path in (folder / EXAMPLES).glob("*.webp"):
        if path.stem not in map(str, found.examples):
            path.unlink(missing_ok=True)  # of an earlier measurement


def tiled(images: np.ndarray) -> np.ndarray:
    """(N, T, T, C) uint8: the pictures at `TILE` pixels at most."""
    if images.shape[1] <= TILE:
        return images
    box = Image.Resampling.BOX
    small = [Image.fromarray(one.squeeze()).resize((TILE, TILE), box) for one in images]
    return np.stack([np.asarray(one) for one in small]).reshape(len(images), TILE, TILE, -1)


def result_file(workspace: Workspace, run: Run, reference: str, split: str) -> Path:
    """Where robustness.json of a run on a split is, if it was measured."""
    return evaluation_folder(workspace, run, reference, split) / FILE


def find_robustness(workspace: Workspace, run: Run, reference: str, split: str) -> Robustness | None:
    """What was measured, perhaps not all of it yet; None if nothing was.

    Raises:
        NotFoundError: It is of other data that had the name, or of an earlier Fovea, which followed no renamed class.
    """
    path = result_file(workspace, run, reference, split)
    if not path.exists():
        return None
    found = read_json(path, Robustness.from_json)
    if is_of_before_renames(workspace, run, reference, found.renamed):
        raise NotFoundError(
            f"The robustness of {run.title} on the {split} split of {reference} was measured before Fovea followed renamed "
            "classes. Measure it again."
        )
    if is_of_other_data(workspace, run, reference, found.data_fingerprint):
        raise NotFoundError(
            f"The robustness of {run.title} was measured on the {split} split of another data set that was called {reference}. "
            "Measure it again."
        )
    return found


def read_table(workspace: Workspace, run: Run, found: Robustness) -> pd.DataFrame:
    """One row a picture and condition, as `keep` was given it."""
    path = evaluation_folder(workspace, run, found.dataset, found.split) / TABLE
    with whole_table(path, "Measure its robustness again."):
        return pd.read_parquet(path)


def read_strip(workspace: Workspace, run: Run, found: Robustness, row: int) -> np.ndarray:
    """(K, T, T, C) uint8: an example picture under each condition but attacks, in the order of the points."""
    path = evaluation_folder(workspace, run, found.dataset, found.split) / EXAMPLES / f"{row}.webp"
    broken = (OSError, *NOT_WHOLE, *BROKEN)
    with whole(path, "Measure its robustness again.", broken), Image.open(path) as image:
        strip = np.asarray(image.convert("L" if found.channels == 1 else "RGB"))
        return strip.reshape(-1, strip.shape[1], strip.shape[1], found.channels)


def by_class(table: pd.DataFrame, kind: str = CORRUPTION) -> pd.DataFrame:
    """(classes, names) float: the accuracy of each class under each corruption, over all its severities."""
    part = table[table["kind"] == kind]
    right = part["label"].astype(str) == part["predicted"].astype(str)
    return right.groupby([part["label"].astype(str), part["name"].astype(str)]).mean().unstack()


def is_drawn(condition: Condition) -> bool:
    """Whether example pictures of it are kept."""
    return condition.kind != ATTACK
