"""One training step, and the means of the epoch so far."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from core.train.replicas import Replicas
from core.train.trainee import MixedTrainee


class Steps:
    """The training steps of one epoch.

    On TensorFlow it calls what `fit` calls. `train_on_batch` sets all metrics back and brings all of
    them over to Python in each step, which costs the textbook network a seventh of its speed.

    Args:
        model: Compiled, with accuracy as its one metric.
        before: `sums` of the steps already done of an interrupted epoch.
        replicas: The devices that share each batch.
    """

    def __init__(self, model: keras.Model, before: np.ndarray | None = None, replicas: Replicas | None = None) -> None:
        self._model = model
        self._replicas = replicas or Replicas(1)
        self._mixes = isinstance(model, MixedTrainee)
        self._is_direct = keras.backend.backend() == "tensorflow"
        self._before = np.zeros(3) if before is None else before
        self._own = np.zeros(3)
        self._logs: dict[str, Any] = {}
        model.reset_metrics()
        if self._is_direct:
            model.make_train_function()

    def take(self, images: np.ndarray, labels: np.ndarray) -> None:
        """Train on one batch. The device may still be at it afterwards."""
        given = {"images": images, "labels": labels} if self._mixes else images
        if self._is_direct:
            if not self._logs:
                self._replicas.prepare(self._model, given, labels)
            # The answer is the means of all batches since the reset.
            self._logs = self._model.train_function(iter([self._replicas.deal(given, labels)]))
            self._own[2] += len(images)
            return
        logs = self._model.train_on_batch(given, labels, return_dict=True)  # of this batch alone
        self._own += np.array([float(logs["loss"]), float(logs["accuracy"]), 1.0]) * len(images)

    @property
    def sums(self) -> np.ndarray:
        """(3,) float64: loss and hits, summed over the epoch's images so far, and how many these are."""
        own = self._own
        if self._is_direct and self._logs:
            own = np.array([float(self._logs["loss"]), float(self._logs["accuracy"]), 1.0]) * own[2]
        return self._before + own

    @property
    def means(self) -> tuple[float, float]:
        """Mean loss and accuracy over the images so far. The loss is NaN or infinite once a batch's was."""
        loss, hits, images = self.sums
        return float(loss / images), float(hits / images)
