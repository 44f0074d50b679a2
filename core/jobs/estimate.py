"""How long a training will take on this machine: from runs that it did, else from a measure of how fast it multiplies.

It is a range, the wider the less is known: the same network on images of the same size, the same network on others, or
neither.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import time
from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset
from core.data.embeddings import embedded_rows
from core.devices import gpus
from core.errors import InputError
from core.inference.embedder import FEATURES, LAST, LENGTH, cache_folder, model_file, size_for
from core.jobs import embedding
from core.predict import template
from core.train.config import TrainConfig, count_training_images, features_of
from core.train.runs import Run, list_runs
from core.workspace import Workspace
from core.workspace.atomic import read_json, write_json
from core.workspace.shape import an_object
from models import options_of

RUNS, ALIKE, SPEED = "runs", "alike", "speed"  # what is known, most first
SPREAD = {RUNS: 1.25, ALIKE: 1.7, SPEED: 2.5}  # how far off, times and over
NEWEST = 5  # runs of a kind, and so many are looked at for one
LOOKED_AT = 60
START_SECONDS = 20.0  # to start TensorFlow, to save, convert and evaluate, where no run tells
STEP_PIXELS = 400  # what a step costs besides its pixels, in pixels an image
HEAD_SECONDS = (2.0, 12.0)  # the same of a last layer, which needs no TensorFlow
LEARNT_A_SECOND = 4000.0  # images times classes, for all strengths
PREPARE_SECONDS = 25.0  # to convert the pretrained network, once a machine
SPEED_FILE, SPEED_SIZE, SPEED_TIMES, SPEED_EVERY = "speed.json", 512, 24, 60.0  # the last in seconds
# Training images a second at so many pixels a side, of a machine that multiplies REFERENCE numbers a second.
REFERENCE = 40e9
IMAGES_PER_SECOND = {
    "fast_cnn": (2400.0, 28),
    "textbook_cnn": (2700.0, 28),
    "small_cnn": (1050.0, 28),
    "resnet": (90.0, 96),
    "efficientnet_lite0": (12.0, 224),
    "applications": (20.0, 224),
}


@dataclass(frozen=True)
class Estimate:
    """How long a training takes.

    Args:
        low, high: Seconds, from click to evaluated model, once its turn has come.
        known_by: "runs": such runs on this machine; "alike": the same network on images of another size; "speed": how fast
            the machine multiplies.
    """

    low: float
    high: float
    known_by: str


def estimate(workspace: Workspace, dataset: Dataset, config: TrainConfig) -> Estimate | None:
    """How long `config`, which `resolve` gave for `dataset`, takes here; None where nothing tells, as on a GPU at first."""
    if config.trainable == "head":
        return _of_head(workspace, dataset, config)
    epochs, images = config.epochs or 1, count_training_images(config, dataset)
    known_by, rates, starts = _from_runs(workspace, config)
    if not rates:
        if gpus():
            return None
        rate, size = IMAGES_PER_SECOND[config.architecture]
        rates = [rate * multiplications_per_second() / REFERENCE * _cost(size, config)]
    rate = float(np.median(rates))
    start = float(np.median(starts)) if starts else START_SECONDS
    fewest = min(epochs, (config.early_stopping_patience or epochs) + 1)
    spread = SPREAD[known_by]
    if config.trainable == "head_then_all":
        start += _embedding_seconds(workspace, dataset, config)
    return Estimate((start + images * fewest / rate) / spread, (start + images * epochs / rate) * spread, known_by)


def _of_head(workspace: Workspace, dataset: Dataset, config: TrainConfig) -> Estimate:
    """Once such a run embedded images here: as long as those took."""
    features = FEATURES[features_of(config)]
    size, learnt = features.size_for(dataset.size), _learnt(dataset, config)
    made = template.find(workspace, (size, size, dataset.channels), features_of(config))
    is_prepared = made.exists() and (features is not LAST or model_file().exists())
    prepare = 0.0 if is_prepared else PREPARE_SECONDS
    same = [run for run in list_runs(workspace)[:LOOKED_AT] if _is_head(run, config) and _was_here(workspace, run)]
    spent = [run.figures["spent"] for run in same]
    rates = [one["embedded"] / one["embedding"] for one in spent if one.get("embedded", 0) >= embedding.ENOUGH]
    if not rates:
        seconds = _embedding_seconds(workspace, dataset, config) + learnt / LEARNT_A_SECOND
        faster = max(multiplications_per_second() / REFERENCE, 1.0)
        return Estimate(HEAD_SECONDS[0] + seconds / faster / 2, HEAD_SECONDS[1] + prepare + seconds * 2, SPEED)
    seen = images_to_embed(workspace, dataset, config) + dataset.images - dataset.per_split["train"]
    rest = float(np.median([_rest(run) for run in same[:NEWEST]]))
    seconds = seen / float(np.median(rates[:NEWEST])) + learnt / LEARNT_A_SECOND + rest
    return Estimate(seconds / SPREAD[RUNS], (seconds + prepare) * SPREAD[RUNS], RUNS)


def _is_head(run: Run, config: TrainConfig) -> bool:
    own = run.config
    alike = (own.trainable, own.architecture, own.image_size) == (
        config.trainable,
        config.architecture,
        config.image_size,
    )
    return alike and "spent" in run.figures and features_of(own) == features_of(config)


def _rest(run: Run) -> float:
    """Seconds besides embedding, evaluating, learning, and what is made once a machine."""
    known = sum(run.figures["spent"].get(what, 0.0) for what in ("embedding", "evaluating", "preparing"))
    return max(run.figures["seconds"] - known - _stepping_seconds(run), 0.0)


def _learnt(dataset: Dataset, config: TrainConfig) -> float:
    """Images times classes, as many as take as long to learn from vectors of the usual length."""
    return dataset.images * len(dataset.classes) * FEATURES[features_of(config)].length / LENGTH


def images_to_embed(workspace: Workspace, dataset: Dataset, config: TrainConfig) -> int:
    """Training and validation images that are not embedded yet, at most, where a last layer is learnt by `config`."""
    features = FEATURES[features_of(config)]
    learnt_from = dataset.images - dataset.per_split.get("test", 0)
    return max(learnt_from - embedded_rows(workspace, dataset, features), 0)


def _embedding_seconds(workspace: Workspace, dataset: Dataset, config: TrainConfig) -> float:
    size, known = FEATURES[features_of(config)].size_for(dataset.size), size_for(dataset.size)
    missing = images_to_embed(workspace, dataset, config)
    return missing * (size / known) ** 2 / embedding.images_per_second(workspace, known)


def _from_runs(workspace: Workspace, config: TrainConfig) -> tuple[str, list[float], list[float]]:
    """What is known, images a second of such runs, and what they took besides."""
    same: list[Run] = []
    for run in list_runs(workspace)[:LOOKED_AT]:
        if _is_alike(run, config) and _was_here(workspace, run):
            same.append(run)
    exact = [run for run in same if run.config.image_size == config.image_size]
    known_by, chosen = (RUNS, exact) if exact else (ALIKE, same)
    chosen = chosen[:NEWEST]
    if not chosen:
        return SPEED, [], []
    rates = [run.figures["images_per_second"] * _cost(run.config.image_size or 1, config) for run in chosen]
    return known_by, rates, [max(run.figures["seconds"] - _stepping_seconds(run), 0.0) for run in chosen]


def _is_alike(run: Run, config: TrainConfig) -> bool:
    def kind(one: TrainConfig) -> tuple[object, ...]:
        options = options_of(one.architecture, one.architecture_options)
        return one.architecture, sorted(options.items(), key=str), one.precision, one.gpus, one.trainable

    return bool(run.figures.get("images_per_second")) and kind(run.config) == kind(config)


def _was_here(workspace: Workspace, run: Run) -> bool:
    """Whether it was this machine: as many processors, and the same GPUs."""
    try:
        told = read_json(run.folder(workspace) / "environment.json", an_object)
    except (OSError, ValueError):
        return False
    here = (os.cpu_count(), [gpu["name"] for gpu in gpus()])
    return (told.get("processors"), told.get("gpus")) == here


def _stepping_seconds(run: Run) -> float:
    return sum(epoch["step_seconds"] for epoch in run.figures.get("history", []))


def _cost(size: int, config: TrainConfig) -> float:
    """How much cheaper an image of `size` pixels a side is than one of `config`."""
    return (size**2 + STEP_PIXELS) / ((config.image_size or size) ** 2 + STEP_PIXELS)


def multiplications_per_second() -> float:
    """How many numbers this machine multiplies and adds a second: the most that was ever measured on it, since at any time
    others may be at work.
    """
    path, kept = cache_folder() / SPEED_FILE, 0.0
    with contextlib.suppress(OSError, ValueError, TypeError, LookupError):
        told = read_json(path, an_object)
        kept = float(told["per_second"]) if told["processors"] == os.cpu_count() else kept
    measured = _multiplied_a_second(int(time.monotonic() // SPEED_EVERY))
    if measured > kept:
        with contextlib.suppress(OSError, InputError):  # it is measured again
            write_json(path, {"processors": os.cpu_count(), "per_second": measured})
    return max(measured, kept)


@functools.lru_cache(maxsize=1)
def _multiplied_a_second(period: int) -> float:
    """What is measured now, once in each `period`: in a fraction of a second."""
    matrix = np.ones((SPEED_SIZE, SPEED_SIZE), np.float32)
    quickest = math.inf
    for _ in range(SPEED_TIMES):
        begun = time.perf_counter()
        matrix @ matrix
        quickest = min(quickest, time.perf_counter() - begun)
    return SPEED_SIZE**3 / quickest
