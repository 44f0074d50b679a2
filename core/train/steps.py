"""One training step, and the means of the epoch so far."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from core.train.trainee import MixedTrainee


class Steps:
    """The training steps of one epoch.

    On TensorFlow it calls what `fit` calls. `train_on_batch` sets all metrics back and brings all of
    them over to Python in each step, which costs the textbook network a seventh of its speed.

    Args:
        model: Compiled, with accuracy as its one metric.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._mixes = isinstance(model, MixedTrainee)
        self._is_direct = keras.backend.backend() == "tensorflow"
        self._loss_sum = self._hits = 0.0
        self._seen = 0
        self._logs: dict[str, Any] = {}
        model.reset_metrics()
        if self._is_direct:
            model.make_train_function()

    def take(self, images: np.ndarray, labels: np.ndarray) -> float:
        """Train on one batch. Gives back the mean loss so far, which is NaN or infinite once a batch's was."""
        given = {"images": images, "labels": labels} if self._mixes else images
        if self._is_direct:
            self._logs = self._model.train_function(iter([(given, labels)]))
            return float(self._logs["loss"])
        logs = self._model.train_on_batch(given, labels, return_dict=True)  # of this batch alone
        self._seen += len(images)
        self._loss_sum += float(logs["loss"]) * len(images)
        self._hits += float(logs["accuracy"]) * len(images)
        self._logs = {"loss": self._loss_sum / self._seen, "accuracy": self._hits / self._seen}
        return self._logs["loss"]

    @property
    def means(self) -> tuple[float, float]:
        """Mean loss and accuracy over the images so far."""
        return float(self._logs["loss"]), float(self._logs["accuracy"])
