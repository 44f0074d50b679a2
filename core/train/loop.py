"""The one training function. It fires events and knows nothing of who watches."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

import models
from core.augment import pipeline
from core.progress import ShouldStop, never
from core.train import checkpoint, losses
from core.train.averaging import average, averaged
from core.train.checkpoint import Checkpoint, Clock, Position
from core.train.config import TrainConfig
from core.train.divergence import check_weights, diverged
from core.train.feeding import batches, order
from core.train.meter import Meter
from core.train.moments import SMALLEST, Epoch, Moment, Trained, best_epoch
from core.train.optimizers import optimizer
from core.train.precision import scaled, set_precision
from core.train.replicas import Replicas
from core.train.steps import Steps
from core.train.trainee import behind_augmentation
from core.train.training_data import TrainingData

EVAL_BATCH = 512


def train(
    config: TrainConfig,
    data: TrainingData,
    on_progress: Callable[[Moment], None],
    should_stop: ShouldStop = never,
    checkpoints: Path | None = None,
    checkpoint_seconds: float = checkpoint.EVERY_SECONDS,
    first_weights: Sequence[np.ndarray] | None = None,
    head: Sequence[np.ndarray] | None = None,
) -> Trained:
    """Train a classifier.

    The order of images is a function of (seed, epoch), the random state of augmentation and dropout
    of (seed, epoch, step). The best weights are those of the lowest validation loss. Stop cuts an
    epoch short, validates what is there and keeps the best.

    Args:
        config: One that `core.train.config.resolve` gave.
        checkpoints: A folder to go on from and to save to: between epochs, every `checkpoint_seconds` within them,
            and at Stop. A training that was cut off anywhere goes on from there to the weights of one that was not.
        first_weights: Of the model, to begin with instead of random ones.
        head: Of the last layer, likewise.

    Raises:
        ConfigError: A loss, an answer or a weight became infinite or not a number; the message says what to change.
            What was said of the epochs before stands.
        OSError: A checkpoint cannot be written; the one before is whole.
    """
    course = _Course(config, data, first_weights, head)
    if checkpoints:
        course.keep(checkpoints, checkpoint_seconds)
    return course.run(on_progress, should_stop)


def predict(model: keras.Model, data: TrainingData, rows: np.ndarray) -> np.ndarray:
    """(N, classes) float32 probabilities of these index rows."""
    blocks = (rows[start : start + EVAL_BATCH] for start in range(0, len(rows), EVAL_BATCH))
    # Each of several devices answers every picture; the first one's answers come first.
    return np.concatenate([model.predict_on_batch(data.packed.take(block))[: len(block)] for block in blocks])


def build(config: TrainConfig, data: TrainingData) -> keras.Model:
    """The network that `config` asks for, as it suits `data`, with its first weights."""
    return models.build(config.architecture, data.input_shape, len(data.classes), config.architecture_options)


def compiled(
    config: TrainConfig, data: TrainingData, model: keras.Model, made: keras.optimizers.Optimizer
) -> keras.Model:
    """`model` behind its augmentation, ready to train with the optimizer `made`."""
    trainee = behind_augmentation(config.augment, model, data.input_shape)
    if config.ema_momentum is not None:
        average(made, config.ema_momentum)
    xla = True if config.xla else "auto" if keras.backend.backend() != "tensorflow" else False
    trainee.compile(
        optimizer=scaled(made, config.precision),
        loss=losses.loss(config, data.train_labels, len(data.classes)),
        metrics=["accuracy"],
        jit_compile=xla,
    )
    trainee.optimizer.build(trainee.trainable_variables)
    return trainee


class _Course:
    """One training under way: the model, and what came of it so far."""

    def __init__(
        self,
        config: TrainConfig,
        data: TrainingData,
        first_weights: Sequence[np.ndarray] | None = None,
        head: Sequence[np.ndarray] | None = None,
    ) -> None:
        assert config.epochs is not None
        self._config, self._data, self._epochs = config, data, config.epochs
        self._steps = -(-len(data.train_rows) // config.batch_size)
        self._replicas = Replicas(config.gpus)
        with self._replicas.scope():
            keras.utils.set_random_seed(config.seed)
            self._model = build(config, data)
            if first_weights is not None:
                self._model.set_weights([*first_weights])
            if head is not None:
                self._model.layers[-1].set_weights([*head])
            set_precision(self._model, config.precision)
            self._trainee = compiled(config, data, self._model, optimizer(config, self._steps * config.epochs))
        self._history: list[dict[str, Any]] = []
        self._best = _weights(self._model)
        self._from = Position()
        self._folder: Path | None = None
        self._clock = Clock()

    def keep(self, folder: Path, every_seconds: float) -> None:
        """Go on from the checkpoint in `folder`, if there is one, and save there from now on."""
        self._folder, self._clock = folder, Clock(every_seconds)
        saved = checkpoint.load(folder)
        if saved:
            checkpoint.restore(self._trainee, saved.variables)
            self._history, self._best, self._from = saved.history, saved.best, saved.position

    def run(self, on_progress: Callable[[Moment], None], should_stop: ShouldStop) -> Trained:
        """Train to the end, or to Stop."""
        stopped = False
        while not stopped and len(self._history) < self._epochs and not self._is_patience_over:
            done, stopped = self._epoch(len(self._history) + 1, on_progress, should_stop)
            self._history.append(asdict(done))
            if best_epoch(self._history) == len(self._history):
                with averaged(self._trainee):
                    self._best = _weights(self._model)
                check_weights(self._best, len(self._history), self._config)
            is_last = stopped or len(self._history) == self._epochs or self._is_patience_over
            if done.whole and (is_last or self._clock.is_due(between_epochs=True)):
                self._save(Position())
        set_precision(self._model, "float32")
        model = self._model if self._replicas.count == 1 else build(self._config, self._data)
        model.set_weights(self._best)
        seconds = sum(epoch["step_seconds"] for epoch in self._history)
        images = sum(epoch["step_images"] for epoch in self._history)
        rate = images / seconds if seconds else 0.0
        return Trained(model, self._history, best_epoch(self._history), stopped, rate)

    @property
    def _is_patience_over(self) -> bool:
        patience = self._config.early_stopping_patience
        return (
            bool(self._history) and patience is not None and len(self._history) - best_epoch(self._history) >= patience
        )

    def _epoch(self, epoch: int, on_progress: Callable[[Moment], None], should_stop: ShouldStop) -> tuple[Epoch, bool]:
        begin, at = time.monotonic(), self._from
        self._from = Position()
        if not at.step:
            pipeline.seed(self._trainee, self._config.seed, epoch)
        taken = Steps(self._trainee, np.array(at.sums), self._replicas)
        rows = order(self._config, epoch, self._data.train_labels)[at.step * self._config.batch_size :]
        meter = Meter(
            self._config,
            epoch,
            self._steps,
            tuple(self._history),
            on_progress,
            at.step,
            at.step_seconds,
            at.step_images,
        )
        step, stopped = at.step, False
        one_hot = losses.takes_one_hot(self._config)
        for step, (images, labels) in enumerate(batches(self._config, self._data, rows, one_hot), at.step + 1):
            taken.take(images, labels)
            meter.step(len(images))
            stopped = should_stop()
            is_end = stopped or step == self._steps
            if step == 1 or meter.is_due or is_end:
                meter.say(step, *self._finite(taken.means, epoch, step))
            if self._folder and step < self._steps and (stopped or self._clock.is_due()):
                self._finite(taken.means, epoch, step)
                spent = at.seconds + time.monotonic() - begin
                self._save(Position(step, spent, meter.seconds, meter.images, tuple(taken.sums.tolist())))
            if is_end:
                break
        loss, accuracy = taken.means
        val_loss, val_accuracy = self._validate(epoch)
        done = Epoch(
            epoch=epoch,
            loss=loss,
            accuracy=accuracy,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            seconds=at.seconds + time.monotonic() - begin,
            step_seconds=meter.seconds,
            step_images=meter.images,
            whole=step == self._steps,
        )
        return done, stopped

    def _validate(self, epoch: int) -> tuple[float, float]:
        labels = self._data.val_labels
        with averaged(self._trainee):
            probabilities = predict(self._model, self._data, self._data.val_rows)
        if not np.isfinite(probabilities).all():
            raise diverged(f"The validation loss became nan in epoch {epoch}", self._config)
        chosen = np.take_along_axis(probabilities, labels[:, None], 1)[:, 0].astype(np.float64)
        return float(-np.log(np.maximum(chosen, SMALLEST)).mean()), float((probabilities.argmax(1) == labels).mean())

    def _finite(self, means: tuple[float, float], epoch: int, step: int) -> tuple[float, float]:
        if not np.isfinite(means[0]):
            raise diverged(f"The loss became {means[0]} in epoch {epoch}, step {step}", self._config)
        return means

    def _save(self, position: Position) -> None:
        if self._folder:
            state = Checkpoint(checkpoint.capture(self._trainee), self._best, self._history, position)
            self._clock.saved(checkpoint.save(self._folder, state))


def _weights(model: keras.Model) -> list[np.ndarray]:
    return [np.array(weight) for weight in model.get_weights()]
