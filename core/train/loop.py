"""The one training function. It fires events and knows nothing of who watches."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

import models
from core.augment import pipeline
from core.errors import ConfigError
from core.progress import ShouldStop, never
from core.train import checkpoint
from core.train.config import TrainConfig
from core.train.optimizers import optimizer
from core.train.steps import Steps
from core.train.trainee import behind_augmentation
from core.train.training_data import TrainingData

EVAL_BATCH = 512
SMALLEST = 1e-7
READ_BYTES = 4 << 20


@dataclass(frozen=True)
class Epoch:
    """One pass over the training images.

    Args:
        epoch: 1 for the first.
        loss, accuracy: Means over the epoch's steps, on augmented images, as the weights moved; where labels
            are mixed, against the mixed labels and the class of the larger part.
        val_loss, val_accuracy: Of the weights at its end, on all validation images.
        seconds: The whole epoch.
        step_seconds, step_images: Of its training steps alone, without the first of the process.
        whole: False if it was cut short by Stop.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float
    step_seconds: float
    step_images: int
    whole: bool = True


@dataclass(frozen=True)
class Moment:
    """What `train` says several times a second.

    Args:
        epoch, epochs: The one in hand, from 1, and how many there will be.
        step, steps: Steps done of this epoch.
        images_per_second: Over the last moments.
        seconds_left: Until the last epoch ends, at this rate; None before that can be said.
        loss, accuracy: Running means of this epoch.
        history: Finished epochs, as dicts of `Epoch`.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    images_per_second: float
    seconds_left: float | None
    loss: float | None
    accuracy: float | None
    history: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)


@dataclass(frozen=True)
class Trained:
    """What a training gives back.

    Args:
        model: From float32 0..255 to probabilities, with the best weights; neither compiled nor augmented.
        history: All epochs, as dicts of `Epoch`.
        best_epoch: The epoch of the lowest validation loss, from 1.
        stopped: Whether `should_stop` ended it.
        images_per_second: Training steps alone, without the first.
    """

    model: keras.Model
    history: list[dict[str, Any]]
    best_epoch: int
    stopped: bool
    images_per_second: float


def train(
    config: TrainConfig,
    data: TrainingData,
    on_progress: Callable[[Moment], None],
    should_stop: ShouldStop = never,
    checkpoints: Path | None = None,
) -> Trained:
    """Train a classifier.

    The order of images is a function of (seed, epoch), the random state of augmentation and dropout
    of (seed, epoch, step). The best weights are those of the lowest validation loss. Stop cuts an
    epoch short, validates what is there and keeps the best.

    Args:
        config: One that `core.train.config.resolve` gave.
        checkpoints: A folder to go on from and to save to after each whole epoch.

    Raises:
        ConfigError: The loss became infinite or not a number; the message says what to change.
    """
    assert config.epochs is not None
    keras.utils.set_random_seed(config.seed)
    model = models.build(config.architecture, data.input_shape, len(data.classes), config.architecture_options)
    steps = -(-len(data.train_rows) // config.batch_size)
    trainee = behind_augmentation(config.augment, model, data.input_shape)
    trainee.compile(
        optimizer=optimizer(config, steps * config.epochs),
        loss=_loss(config),
        metrics=["accuracy"],
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",  # XLA loses on a CPU
    )
    trainee.optimizer.build(trainee.trainable_variables)
    history, best = _resume(trainee, model, checkpoints)
    stopped = False
    for epoch in range(len(history) + 1, config.epochs + 1):
        if stopped or _is_patience_over(history, config.early_stopping_patience):
            break
        done, stopped = _run_epoch(config, data, model, trainee, epoch, history, on_progress, should_stop)
        history.append(asdict(done))
        if best_epoch(history) == len(history):
            best = _weights(model)
        if checkpoints and done.whole:
            checkpoint.save(checkpoints, checkpoint.Checkpoint(checkpoint.capture(trainee), best, history))
    model.set_weights(best)
    seconds = sum(epoch["step_seconds"] for epoch in history)
    images = sum(epoch["step_images"] for epoch in history)
    return Trained(model, history, best_epoch(history), stopped, images / seconds if seconds else 0.0)


def predict(model: keras.Model, data: TrainingData, rows: np.ndarray) -> np.ndarray:
    """(N, classes) float32 probabilities of these index rows."""
    blocks = (rows[start : start + EVAL_BATCH] for start in range(0, len(rows), EVAL_BATCH))
    return np.concatenate([model.predict_on_batch(data.packed.take(block)) for block in blocks])


def order(seed: int, epoch: int, images: int) -> np.ndarray:
    """(images,) int64: the order in which an epoch sees the training images."""
    return np.random.default_rng([seed, epoch]).permutation(images)


def best_epoch(history: list[dict[str, Any]]) -> int:
    """The epoch of the lowest validation loss, from 1."""
    return min(history, key=lambda epoch: epoch["val_loss"])["epoch"]


def _run_epoch(
    config: TrainConfig,
    data: TrainingData,
    model: keras.Model,
    trainee: keras.Model,
    epoch: int,
    history: list[dict[str, Any]],
    on_progress: Callable[[Moment], None],
    should_stop: ShouldStop,
) -> tuple[Epoch, bool]:
    pipeline.seed(trainee, config.seed, epoch)
    rows = order(config.seed, epoch, len(data.train_rows))
    steps = -(-len(rows) // config.batch_size)
    start = time.monotonic()
    meter = _Meter(config, epoch, steps, tuple(history), on_progress)
    taken = Steps(trainee)
    stopped = False
    for step, (images, labels) in enumerate(batches(config, data, rows), 1):
        mean_loss = taken.take(images, labels)
        if not np.isfinite(mean_loss):
            raise ConfigError(
                f"The loss became {mean_loss} in epoch {epoch}, step {step}. Take a lower learning rate "
                f"(it is {config.learning_rate:g}) or clip gradients (gradient_clip_norm 1)."
            )
        meter.step(step, len(images), taken)
        if should_stop():
            stopped = True
            break
    whole = step == steps
    loss, accuracy = taken.means
    probabilities = predict(model, data, data.val_rows)
    chosen = np.take_along_axis(probabilities, data.val_labels[:, None], 1)[:, 0].astype(np.float64)
    return (
        Epoch(
            epoch=epoch,
            loss=loss,
            accuracy=accuracy,
            val_loss=float(-np.log(np.maximum(chosen, SMALLEST)).mean()),
            val_accuracy=float((probabilities.argmax(1) == data.val_labels).mean()),
            seconds=time.monotonic() - start,
            step_seconds=meter.seconds,
            step_images=meter.images,
            whole=whole,
        ),
        stopped,
    )


class _Meter:
    """Rate, time left and running means of one epoch, said at most five times a second."""

    def __init__(
        self,
        config: TrainConfig,
        epoch: int,
        steps: int,
        history: tuple[dict[str, Any], ...],
        on_progress: Callable[[Moment], None],
    ) -> None:
        assert config.epochs is not None
        self._config, self._epochs = config, config.epochs
        self._epoch, self._steps, self._history = epoch, steps, history
        self._on_progress = on_progress
        self._first = self._said = time.monotonic()
        self.seconds, self.images = 0.0, 0
        self._say(0)

    def step(self, step: int, images: int, taken: Steps) -> None:
        now = time.monotonic()
        if step == 1:
            self._first = now  # the first step builds the graph
        else:
            self.seconds = now - self._first
            self.images += images
        if now - self._said >= 0.2 or step == self._steps:
            self._said = now
            self._say(step, *taken.means)

    def _say(self, step: int, loss: float | None = None, accuracy: float | None = None) -> None:
        rate = self.images / self.seconds if self.seconds else 0.0
        if not rate and self._history:
            rate = self._history[-1]["step_images"] / max(self._history[-1]["step_seconds"], 1e-9)
        left = self._steps - step + (self._epochs - self._epoch) * self._steps
        self._on_progress(
            Moment(
                self._epoch,
                self._epochs,
                step,
                self._steps,
                rate,
                left * self._config.batch_size / rate if rate else None,
                loss,
                accuracy,
                self._history,
            )
        )


def batches(config: TrainConfig, data: TrainingData, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of (n, H, W, C) uint8 and labels, the next ones read while the last ones are trained on.

    Small batches are read many at a time: handing each to a thread would cost more than reading it.
    """
    size = config.batch_size
    together = size * max(READ_BYTES // (size * math.prod(data.input_shape)), 1)
    blocks = [rows[start : start + together] for start in range(0, len(rows), together)]

    def read(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        labels = data.train_labels[block]
        if _has_one_hot_labels(config):
            labels = np.eye(len(data.classes), dtype=np.float32)[labels]
        return data.packed.take(data.train_rows[block]), labels

    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(read, blocks[0])
        for following in [*blocks[1:], None]:
            images, labels = ahead.result()
            if following is not None:
                ahead = reader.submit(read, following)
            for start in range(0, len(images), size):
                yield images[start : start + size], labels[start : start + size]


def _loss(config: TrainConfig) -> str:
    if config.loss == "mean_squared_error":
        return config.loss
    return "categorical_crossentropy" if _has_one_hot_labels(config) else "sparse_categorical_crossentropy"


def _has_one_hot_labels(config: TrainConfig) -> bool:
    return config.loss == "mean_squared_error" or config.augment.mixes_labels


def _resume(
    trainee: keras.Model, model: keras.Model, checkpoints: Path | None
) -> tuple[list[dict[str, Any]], list[np.ndarray]]:
    saved = checkpoint.load(checkpoints) if checkpoints else None
    if saved is None:
        return [], _weights(model)
    checkpoint.restore(trainee, saved.variables)
    return saved.history, saved.best


def _weights(model: keras.Model) -> list[np.ndarray]:
    return [np.array(weight) for weight in model.get_weights()]


def _is_patience_over(history: list[dict[str, Any]], patience: int | None) -> bool:
    return bool(history) and patience is not None and len(history) - best_epoch(history) >= patience
