"""The order of the training images, and batches of them read ahead."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from core.train.config import TrainConfig
from core.train.training_data import TrainingData

READ_BYTES = 4 << 20


def order(config: TrainConfig, epoch: int, labels: np.ndarray) -> np.ndarray:
    """The order in which an epoch sees the training images, a function of (seed, epoch).

    Args:
        epoch: 1 for the first.
        labels: (N,) integers of the training images.

    Returns:
        (N,) int64 places in `labels`. With `class_balance` "sampling" each class is drawn equally often, with
        replacement, so that some images come twice and others not at all; otherwise each comes once.
    """
    random = np.random.default_rng([config.seed, epoch])
    if config.class_balance != "sampling":
        return random.permutation(len(labels))
    _, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    chances = 1 / counts[places]
    return random.choice(len(labels), len(labels), p=chances / chances.sum())


def batches(
    config: TrainConfig, data: TrainingData, rows: np.ndarray, one_hot: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of (n, H, W, C) uint8 and their labels, the next ones read while the last ones are trained on.

    Small batches are read many at a time: handing each to a thread would cost more than reading it.

    Args:
        rows: (N,) places in the training images, as `order` gives them.
        one_hot: Whether labels are (n, classes) float32 instead of (n,) int32.
    """
    if not len(rows):
        return
    size = config.batch_size
    together = size * max(READ_BYTES // (size * math.prod(data.input_shape)), 1)
    blocks = [rows[start : start + together] for start in range(0, len(rows), together)]

    def read(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        labels = data.train_labels[block]
        if one_hot:
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
