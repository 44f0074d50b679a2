"""What an image of each class weighs where all classes are to weigh alike. Needs no Keras."""

from __future__ import annotations

import numpy as np


def class_weights(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """(num_classes,) float32: N / (classes that occur · images of the class), whose mean over the images is 1.

    A class without images gets 1. The rule is that of scikit-learn's `class_weight="balanced"`.
    """
    counts = np.bincount(labels, minlength=num_classes)
    balanced = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return np.where(counts > 0, balanced, 1.0).astype(np.float32)
