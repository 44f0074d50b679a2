"""`python -m tests.core.train.two_devices`: digits on one and on two logical CPU devices. Prints one JSON object."""

import dataclasses
import json

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

from core.augment.config import AugmentConfig
from core.data.packed import Packed
from core.errors import ConfigError
from core.train.config import TrainConfig
from core.train.environment import make_deterministic
from core.train.loop import train
from core.train.training_data import TrainingData

# Without batch norm and dropout, which see each device's part, the two must agree.
ALIKE = TrainConfig(
    architecture="small_cnn",
    architecture_options={"blocks": 2, "filters": 8, "dense_units": 16, "dropout": 0.0, "batch_norm": False},
    image_size=8,
    epochs=1,
    batch_size=32,
    optimizer="sgd",
    learning_rate=1e-2,
)
USUAL = dataclasses.replace(
    ALIKE,
    architecture_options={"blocks": 2, "filters": 16, "dense_units": 32, "dropout": 0.2},
    optimizer="adam",
    epochs=5,
    schedule="one_cycle",
    ema_momentum=0.9,
    augment=AugmentConfig((("rotation", 0.02), ("mixup", 0.1))),
)


def main() -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    make_deterministic()
    digits = load_digits()
    pixels = np.round(digits.images * 255 / 16).astype(np.uint8)[..., None]
    rows, labels = np.arange(1797), digits.target.astype(np.int32)
    data = TrainingData(  # 1,401 images end in a batch of 25, which two devices cannot halve
        Packed(pixels, rows), rows[:1401], labels[:1401], rows[1401:], labels[1401:], tuple("0123456789")
    )

    def weights(config: TrainConfig) -> list[np.ndarray]:
        return train(config, data, lambda moment: None).model.get_weights()

    def accuracy(config: TrainConfig) -> float:
        return max(epoch["val_accuracy"] for epoch in train(config, data, lambda moment: None).history)

    pairs = zip(weights(ALIKE), weights(dataclasses.replace(ALIKE, gpus=2)), strict=True)
    difference = max(float(np.abs(one - two).max()) for one, two in pairs)
    try:
        weights(dataclasses.replace(ALIKE, gpus=3))
        refused = ""
    except ConfigError as error:
        refused = str(error)
    two = dataclasses.replace(USUAL, gpus=2)
    print(json.dumps({"difference": difference, "accuracies": [accuracy(USUAL), accuracy(two)], "refused": refused}))


if __name__ == "__main__":
    main()
