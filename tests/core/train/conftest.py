import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

from core.data.packed import Packed
from core.train.training_data import TrainingData


@pytest.fixture(scope="session", autouse=True)
def _repeatable():
    tf.config.experimental.enable_op_determinism()


@pytest.fixture(scope="session")
def small_data():
    """160 digits to learn from and 40 to select by, 8 × 8; rows 200 to 299 are nobody's business."""
    digits = load_digits()
    pixels = np.round(digits.images[:300] * 255 / 16).astype(np.uint8)[..., None]
    rows = np.arange(300)
    labels = digits.target.astype(np.int32)
    return TrainingData(
        Packed(pixels, rows), rows[:160], labels[:160], rows[160:200], labels[160:200], tuple("0123456789")
    )
