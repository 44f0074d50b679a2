"""What is trained: a model behind its augmentation.

The model itself holds neither that nor an optimizer, so that its file opens in Keras without Fovea's classes.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from core.augment import pipeline
from core.augment.config import AugmentConfig


class MixedTrainee(keras.Model):
    """A model whose training pictures are mixed, and whose labels are mixed with them.

    It takes {"images": (N, H, W, C) in 0..255, "labels": (N, classes)}; loss and accuracy are those of the mixed labels.
    An answer counts as right if it is the class of the larger part.
    """

    def __init__(self, augment: keras.layers.Layer, model: keras.Model) -> None:
        super().__init__()
        self.augment, self.model = augment, model
        self.built = True

    def call(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """{"probabilities", "labels"}, both (N, classes)."""
        data = {"images": ops.cast(data["images"], "float32"), "labels": data["labels"]}
        mixed = self.augment(data, training=training)
        return {"probabilities": self.model(mixed["images"], training=training), "labels": mixed["labels"]}

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The compiled loss between mixed labels and probabilities."""
        return super().compute_loss(x, y_pred["labels"], y_pred["probabilities"], sample_weight, training)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """The compiled metrics, likewise."""
        return super().compute_metrics(x, y_pred["labels"], y_pred["probabilities"], sample_weight)


def behind_augmentation(config: AugmentConfig, model: keras.Model, shape: tuple[int, int, int]) -> keras.Model:
    """`model` behind what `config` asks for, on pictures of `shape` (height, width, channels)."""
    augment = pipeline.build(config, shape[2])
    if augment and config.mixes_labels:
        return MixedTrainee(augment, model)
    return keras.Sequential([keras.Input(shape), *([augment] if augment else []), model])
