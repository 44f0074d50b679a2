"""How fast a pipeline is on this machine."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np

from core.augment import pipeline
from core.augment.config import AugmentConfig

BATCH = 64
SECONDS = 0.4
MOST_PIXELS = 1 << 21


def images_per_second(config: AugmentConfig, size: int, channels: int, seconds: float = SECONDS) -> float:
    """Images a second that the augmentation alone makes, compiled as training compiles it; infinite for nothing.

    Args:
        size, channels: Of the pictures.
        seconds: How long it is tried, without the compilation.
    """
    layer = pipeline.build(config, channels)
    if layer is None:
        return float("inf")
    batch = max(min(BATCH, MOST_PIXELS // (size * size)), 2)
    images = np.random.default_rng(0).integers(0, 256, (batch, size, size, channels)).astype("float32")
    data = {"images": images, "labels": np.eye(2, dtype="float32")[np.arange(batch) % 2]}
    model = Always(layer)
    model.compile(jit_compile=False)
    model.predict_on_batch(data)
    start, batches = time.perf_counter(), 0
    while (taken := time.perf_counter() - start) < seconds or not batches:
        model.predict_on_batch(data)
        batches += 1
    return batches * batch / taken


class Always(keras.Model):
    """Varies pictures where Keras thinks that it predicts, so that Keras compiles it."""

    def __init__(self, layer: keras.layers.Layer) -> None:
        super().__init__()
        self.layer = layer
        self.built = True

    def call(self, data: Any) -> Any:
        """What the layer makes of `data` in training."""
        return self.layer(data, training=True)
