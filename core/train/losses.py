"""What training makes small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from core.train.class_weights import class_weights
from core.train.config import TrainConfig

Loss = Callable[[Any, Any], Any]


def takes_one_hot(config: TrainConfig) -> bool:
    """Whether labels are given as (N, classes) float32 instead of (N,) integers."""
    return config.loss == "mean_squared_error" or config.augment.mixes_labels


def loss(config: TrainConfig, labels: np.ndarray, num_classes: int) -> str | Loss:
    """What a Keras model is compiled with: a name where Keras has it, else a function that gives (N,) losses.

    Args:
        labels: (N,) integers of the training images, which weights of classes are made from.
    """
    one_hot = takes_one_hot(config)
    weights = class_weights(labels, num_classes) if config.class_balance == "weights" else None
    if weights is None and not config.label_smoothing:
        if config.loss == "mean_squared_error":
            return config.loss
        return "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    base = keras.losses.get("mean_squared_error" if config.loss == "mean_squared_error" else "categorical_crossentropy")
    smoothing = config.label_smoothing

    def weighted(true: Any, probabilities: Any) -> Any:
        true = ops.cast(true if one_hot else ops.one_hot(ops.reshape(true, (-1,)), num_classes), probabilities.dtype)
        each = base(true * (1 - smoothing) + smoothing / num_classes, probabilities)
        return each if weights is None else each * ops.sum(true * ops.cast(weights, true.dtype), axis=-1)

    return weighted
