"""A last layer alone, learnt on embeddings: multinomial logistic regression, its strength chosen on validation.

It needs no Keras: `core.predict.last_layer` makes a model from pixels to probabilities of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.errors import ConfigError
from core.progress import ShouldStop, never
from core.train import softmax
from core.train.class_weights import class_weights
from core.train.config import TrainConfig, strengths
from core.train.moments import SMALLEST, STRENGTH, Epoch, Moment, best_epoch

PATIENCE = 2


@dataclass(frozen=True)
class Vectors:
    """What a last layer learns from and is chosen by.

    Args:
        train, val: (N, D) float32 unit vectors.
        train_labels, val_labels: (N,) integers, places in the classes.
    """

    train: np.ndarray
    train_labels: np.ndarray
    val: np.ndarray
    val_labels: np.ndarray


@dataclass(frozen=True)
class Head:
    """A last layer that was learnt.

    Args:
        weights: (D, classes) float32.
        biases: (classes,) float32.
        history: One dict a strength, as of `core.train.moments.Epoch` and with the "strength".
        best_epoch: The place of the strength of the lowest validation loss, from 1.
        stopped: Whether `should_stop` ended it.
        images_per_second: Training images a second and strength.
    """

    weights: np.ndarray
    biases: np.ndarray
    history: list[dict[str, Any]]
    best_epoch: int
    stopped: bool
    images_per_second: float

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        """Probabilities (N, classes) float32 of (N, D) float32 unit vectors."""
        return softmax.probabilities(vectors, self.weights, self.biases)


def train_head(
    config: TrainConfig,
    vectors: Vectors,
    num_classes: int,
    on_progress: Callable[[Moment], None],
    should_stop: ShouldStop = never,
) -> Head:
    """Learn a last layer.

    An epoch of the history is one strength: `config.head_strength`, or those of `HEAD_STRENGTHS` from strict to free,
    which end early where freer ones only get worse. Stop keeps the best of those that are done. Where classes are to be
    balanced each weighs alike in the training loss; the validation loss, which chooses, is that of the images as they come.

    Raises:
        ConfigError: All training images are of one class, or a loss became infinite or not a number.
    """
    if len(np.unique(vectors.train_labels)) < 2:
        raise ConfigError("All training images are of one class; a classifier needs two or more.")
    history: list[dict] = []
    best = (np.zeros((vectors.train.shape[1], num_classes), np.float32), np.zeros(num_classes, np.float32))
    tried = strengths(config)
    is_balanced = config.class_balance != "none"  # an image drawn twice as often weighs twice as much
    weigh = class_weights(vectors.train_labels, num_classes) if is_balanced else np.ones(num_classes, np.float32)
    stopped = False
    on_progress(_moment(len(tried), history, 0.0))
    fitted = softmax.path(vectors.train, vectors.train_labels, num_classes, tried, weigh)
    for strength in tried:
        begun = time.monotonic()
        weights = next(fitted)
        seconds = time.monotonic() - begun
        loss, accuracy = _judge(weights, vectors.train, vectors.train_labels, weigh)
        val_loss, val_accuracy = _judge(weights, vectors.val, vectors.val_labels)
        if not np.isfinite((loss, val_loss)).all() or not all(np.isfinite(part).all() for part in weights):
            raise ConfigError(
                f"The loss became nan at strength {strength:g}. Take a smaller one (head_strength), which holds the last "
                "layer back more as a lower learning rate would."
            )
        number = len(history) + 1
        done = Epoch(
            number, loss, accuracy, val_loss, val_accuracy, time.monotonic() - begun, seconds, len(vectors.train)
        )
        history.append({**asdict(done), "strength": strength})
        if best_epoch(history) == number:
            best = weights
        on_progress(_moment(len(tried), history, len(vectors.train) / max(seconds, 1e-9)))
        if number - best_epoch(history) >= PATIENCE:
            break
        if should_stop():
            stopped = number < len(tried)
            break
    seconds = sum(epoch["step_seconds"] for epoch in history)
    rate = len(history) * len(vectors.train) / max(seconds, 1e-9)
    return Head(*best, history, best_epoch(history), stopped, rate)


def _judge(
    weights: tuple[np.ndarray, np.ndarray], vectors: np.ndarray, labels: np.ndarray, weigh: np.ndarray | None = None
) -> tuple[float, float]:
    """Mean log loss, each image weighing as its class does in `weigh`, and accuracy."""
    probabilities = softmax.probabilities(vectors, *weights)
    chosen = np.take_along_axis(probabilities, labels[:, None].astype(np.int64), 1)[:, 0].astype(np.float64)
    losses = -np.log(np.maximum(chosen, SMALLEST)) * (1.0 if weigh is None else weigh[labels])
    return float(losses.mean()), float((probabilities.argmax(1) == labels).mean())


def _moment(epochs: int, history: list[dict], rate: float) -> Moment:
    newest = history[-1] if history else {}
    number = min(len(history) + 1, epochs)
    step = 1 if len(history) == epochs else 0
    now = newest.get("loss"), newest.get("accuracy")
    return Moment(number, epochs, step, 1, rate, None, *now, tuple(history), unit=STRENGTH)
