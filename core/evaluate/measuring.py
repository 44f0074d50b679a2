"""Measuring robustness: draw images, damage them, answer them, attack them, and keep what is found as it comes."""

from __future__ import annotations

import math
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data import different
from core.data.dataset import Dataset
from core.data.packed import PackRecipe, pack
from core.errors import InputError, Stopped
from core.evaluate import robustness
from core.evaluate.answers import unit_codes
from core.evaluate.attacks import PGD_STEPS, fgsm, pgd
from core.evaluate.calibrated import temperature_in_use
from core.evaluate.conditions import ATTACK, CLEAN, CORRUPTION, Condition, Settings
from core.evaluate.evaluation import with_units
from core.evaluate.known_images import called_otherwise, known_images
from core.evaluate.robustness import Point, Robustness
from core.evaluate.shares import of_mean, of_share
from core.evaluate.temperature import temper
from core.inference import InterpreterPool
from core.progress import OnProgress, Progress, ShouldStop, never, no_progress
from core.train.further import read_model
from core.train.own_classes import names_in
from core.train.runs import Run, read_labels
from core.workspace import Workspace
from core.workspace.alive import working_in

EXAMPLE_IMAGES = 6
BLOCK_PIXELS = 1 << 18
LARGEST_BLOCK = 256
ATTACK_PIXELS = 1 << 20
KEEP_EVERY_SECONDS = 3.0
BACKWARD = 3.0  # a gradient takes about so many times what an answer does
SECONDS_PER_IMAGE, SECONDS_PER_VALUE = 5e-5, 7e-8  # of a corruption on one core, on average
STARTING_SECONDS = 8.0  # of TensorFlow
USUAL_SECONDS = 120.0
FEWEST, MOST = 100, 2000
_Answers = tuple[np.ndarray, np.ndarray]
STAGES = {CLEAN: "Answering", CORRUPTION: "Corrupting", "move": "Moving"}


def measure(
    workspace: Workspace,
    run: Run,
    dataset: Dataset,
    split: str,
    settings: Settings,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> Robustness:
    """Measure what `settings` asks for, and keep it. Answers come from the run's .tflite, gradients from its .keras.

    Raises:
        InputError: The run has no model, or the split no image of a class that it knows.
        Stopped: `should_stop` said so; what was found by then is kept.
    """
    with working_in(run.folder(workspace), workspace.dataset(dataset.name)):
        return _Measurement(workspace, run, dataset, split, settings, on_progress, should_stop).run()


def draw(labels: np.ndarray, images: int, seed: int) -> np.ndarray:
    """(min(images, N),) int64, sorted places in `labels`: of each class its share, to within one image."""
    if images >= len(labels):
        return np.arange(len(labels))
    random = np.random.default_rng(seed)
    names, counts = np.unique(labels, return_counts=True)
    shares = counts * images / len(labels)
    wanted = np.floor(shares).astype(int)
    order = np.lexsort((random.random(len(names)), -(shares - wanted)))  # the largest remainders, by lot among equals
    wanted[order[: images - wanted.sum()]] += 1
    parts = [
        random.permutation(np.flatnonzero(labels == name))[:count] for name, count in zip(names, wanted, strict=True)
    ]
    return np.sort(np.concatenate(parts))


@dataclass(frozen=True)
class Answering:
    """What a model's answers cost here.

    Args:
        seconds: Of one core, for one picture.
        size, channels: Of the pictures that it takes.
    """

    seconds: float
    size: int
    channels: int


def answering(model: Path) -> Answering:
    """What the answers of a .tflite cost, measured now in a fraction of a second."""
    pool = InterpreterPool(model, interpreters=1, threads=1)
    size, _, channels = pool.input_shape
    pictures = np.zeros((max(min(BLOCK_PIXELS // size**2 // 4, 64), 1), size, size, channels), np.uint8)
    least = math.inf  # the first is slower, and others use the machine too
    for _ in range(4):
        start = time.perf_counter()
        pool.predict(pictures)
        least = min(least, time.perf_counter() - start)
    return Answering(least / len(pictures), size, channels)


def expected_seconds(settings: Settings, cost: Answering) -> float:
    """About how long `measure` will take here."""
    damaging = SECONDS_PER_IMAGE + SECONDS_PER_VALUE * cost.size**2 * cost.channels
    answers = settings.images * len(settings.conditions()) * (damaging + cost.seconds)
    attacks = settings.images * _attack_units(settings) * cost.seconds
    return (answers + attacks) / (os.cpu_count() or 1) + (STARTING_SECONDS if settings.budgets else 0)


def usual_images(cost: Answering, there: int) -> int:
    """How many images to take unless somebody says: what `USUAL_SECONDS` are enough for, 100 to 2,000 of those there."""
    affordable = USUAL_SECONDS / (expected_seconds(Settings(1000), cost) / 1000)
    return max(min(max(int(affordable // 100 * 100), FEWEST), MOST, there), 1)


def _attack_units(settings: Settings) -> float:
    return len(settings.budgets) * ((1 + PGD_STEPS) * BACKWARD + 2)


class _Measurement:
    """One measurement under way."""

    def __init__(
        self,
        workspace: Workspace,
        run: Run,
        dataset: Dataset,
        split: str,
        settings: Settings,
        on_progress: OnProgress,
        should_stop: ShouldStop,
    ) -> None:
        self._workspace, self._run, self._settings = workspace, run, settings
        self._temperature = temperature_in_use(workspace, run)
        self._on_progress, self._should_stop = on_progress, should_stop
        classes = read_labels(workspace, run)
        self._cores = os.cpu_count() or 1
        self._pool = InterpreterPool(run.folder(workspace) / "model.tflite", self._cores, threads=1)
        size, _, channels = self._pool.input_shape
        index = with_units(different.read_apart(workspace, dataset))
        names = names_in(workspace, run, dataset)
        known = known_images(index, split, names)
        if known.empty:
            raise InputError(
                f"The {split} split of {dataset.reference} has no image of a class that {run.title} knows."
            )
        labels = pd.Categorical(known["label"], categories=list(classes)).codes.astype(np.int64)
        chosen = draw(labels, settings.images, settings.seed)
        self._rows, self._labels = known.index.to_numpy()[chosen], labels[chosen]
        self._groups = unit_codes(known.iloc[chosen])
        packed = pack(workspace, dataset, PackRecipe(size, channels, run.config.fit), on_progress, should_stop)  # type: ignore[arg-type]
        self._images = packed.take(self._rows)
        lot = np.random.default_rng(settings.seed).permutation(len(chosen))
        _, first = np.unique(self._labels[lot], return_index=True)
        examples = np.concatenate([lot[np.sort(first)], np.delete(lot, first)])[:EXAMPLE_IMAGES]
        self._examples = examples
        self._found = Robustness(
            run.id,
            dataset.reference,
            split,
            classes,
            replace(settings, images=len(chosen)),
            size,
            channels,
            examples=tuple(int(row) for row in self._rows[examples]),
            renamed=called_otherwise(names),
            temperature=self._temperature,
            data_fingerprint=dataset.fingerprint,
        )
        self._errors, self._corruptions = np.zeros(len(chosen)), 0
        self._tables: list[pd.DataFrame] = []
        self._tiles: list[np.ndarray] = []
        self._done, self._total = 0.0, 0.0
        self._start, self._cpu_start = time.monotonic(), time.process_time()
        self._kept_at = self._start

    def run(self) -> Robustness:
        conditions = self._settings.conditions()
        self._total = len(self._rows) * (len(conditions) + _attack_units(self._settings))
        try:
            with ThreadPoolExecutor(self._cores) as workers:
                for condition in conditions:
                    self._add(condition, *self._answered(condition, workers))
            if self._settings.budgets:
                self._attack()
            self._found = replace(self._found, complete=True)
        finally:
            self._found = replace(self._found, mean_error_ci95=self._mean_error_interval())
            self._keep()
        return self._found

    def _mean_error_interval(self) -> tuple[float, float] | None:
        """Of the mean error over the corruptions so far: each image, or what hangs together, has one of its own."""
        if not self._corruptions:
            return None
        return of_mean(self._errors / self._corruptions, self._groups)

    def _answered(self, condition: Condition, workers: ThreadPoolExecutor) -> _Answers:
        """(N,) places of the likeliest classes and (N,) their probabilities. While one thread damages, another answers."""
        size = max(
            min(BLOCK_PIXELS // self._images.shape[1] ** 2, LARGEST_BLOCK, -(-len(self._rows) // self._cores)), 1
        )

        def one(start: int) -> np.ndarray:
            pictures = condition.pictures(self._images[start : start + size], self._settings.seed)
            return self._pool.predict(pictures)

        blocks: list[Future[np.ndarray]] = [workers.submit(one, start) for start in range(0, len(self._rows), size)]
        try:
            for place, block in enumerate(blocks):
                self._tell(STAGES[condition.kind], min(size, len(self._rows) - place * size))
                block.result()
        finally:
            for block in blocks:
                block.cancel()
        probabilities = np.concatenate([block.result() for block in blocks])
        self._tiles.append(robustness.tiled(condition.pictures(self._images[self._examples], self._settings.seed)))
        return self._top(probabilities)

    def _attack(self) -> None:
        self._say("Starting TensorFlow")
        from core.evaluate.gradients import slope_of_loss

        try:
            slope = slope_of_loss(read_model(self._workspace, self._run))
        except (ValueError, NotImplementedError) as error:
            self._found = replace(self._found, note=f"No attack was made: model.keras cannot be used ({error})")
            return
        strongest: _Answers | None = None
        for budget in self._settings.budgets:
            one_step, many_steps = self._attacked(slope, budget)
            # What misleads within the budget counts, whichever attack found it and with how much less.
            strongest = self._worse(self._worse(many_steps, one_step), strongest)
            self._add(Condition(ATTACK, "fgsm", budget), *one_step)
            self._add(Condition(ATTACK, "pgd", budget), *strongest)

    def _attacked(self, slope: Any, budget: int) -> tuple[_Answers, _Answers]:
        """The answers to the pictures of both attacks."""
        size = max(min(ATTACK_PIXELS // self._images.shape[1] ** 2, LARGEST_BLOCK), 1)
        answers = []
        for attack, gradients in ((fgsm, 1), (pgd, PGD_STEPS)):
            blocks = []
            for start in range(0, len(self._rows), size):
                images, labels = self._images[start : start + size], self._labels[start : start + size]
                self._tell("Attacking", len(labels) * (gradients * BACKWARD + 1))
                options = {"seed": self._settings.seed} if attack is pgd else {}
                blocks.append(self._pool.predict(attack(slope, images, labels, budget, **options)))
            answers.append(self._top(np.concatenate(blocks)))
        return answers[0], answers[1]

    def _top(self, probabilities: np.ndarray) -> _Answers:
        return probabilities.argmax(1), temper(probabilities, self._temperature).max(1)

    def _worse(self, answers: _Answers, others: _Answers | None) -> _Answers:
        """`answers`, but where they are right and `others` wrong, those."""
        if others is None:
            return answers
        swap = (answers[0] == self._labels) & (others[0] != self._labels)
        return np.where(swap, others[0], answers[0]), np.where(swap, others[1], answers[1])

    def _add(self, condition: Condition, predicted: np.ndarray, probability: np.ndarray) -> None:
        n, right = len(predicted), int((predicted == self._labels).sum())
        if condition.kind == CORRUPTION:
            self._errors += predicted != self._labels
            self._corruptions += 1
        interval = of_share(predicted == self._labels, self._groups) or (0.0, 1.0)
        point = Point(condition.kind, condition.name, condition.amount, n, right, right / n, interval)
        self._found = replace(self._found, points=(*self._found.points, point))
        classes: Any = list(self._found.classes)
        self._tables.append(
            pd.DataFrame(
                {
                    "row": self._rows,
                    "label": pd.Categorical.from_codes(self._labels, classes),
                    "kind": condition.kind,
                    "name": condition.name,
                    "amount": float(condition.amount),
                    "predicted": pd.Categorical.from_codes(predicted, classes),
                    "probability": probability.astype(np.float32),
                }
            )
        )
        if time.monotonic() - self._kept_at > KEEP_EVERY_SECONDS:
            self._keep()

    def _keep(self) -> None:
        if not self._tables:
            return
        seconds = time.monotonic() - self._start
        cpu_seconds = time.process_time() - self._cpu_start
        self._found = replace(self._found, seconds=seconds, cpu_seconds=cpu_seconds)
        table = pd.concat(self._tables, ignore_index=True).astype({"kind": "category", "name": "category"})
        strips = {
            row: np.concatenate([tiles[place] for tiles in self._tiles])
            for place, row in enumerate(self._found.examples)
        }
        robustness.keep(self._workspace, self._run, self._found, table, strips)
        self._kept_at = time.monotonic()

    def _tell(self, stage: str, units: float) -> None:
        """Say how far it is, `units` being what is begun now; raise Stopped if asked to."""
        if self._should_stop():
            raise Stopped("The measurement was stopped. What was found by then is kept.")
        self._say(stage)
        self._done += units

    def _say(self, stage: str) -> None:
        seconds = time.monotonic() - self._start
        self._on_progress(Progress(stage, math.floor(self._done), math.ceil(self._total), "pictures", seconds))
