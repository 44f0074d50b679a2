"""`python -m tests.core.train.resume_once FOLDER`: digits, stopped in a step and resumed. Prints one JSON object."""

import json
import sys
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits

from core.augment.config import AugmentConfig
from core.data.packed import Packed
from core.train.config import TrainConfig
from core.train.environment import make_deterministic
from core.train.loop import train
from core.train.training_data import TrainingData

CONFIG = TrainConfig(
    architecture="small_cnn",
    architecture_options={"blocks": 2, "filters": 4, "dense_units": 8, "dropout": 0.3},
    image_size=8,
    epochs=2,
    batch_size=32,
    schedule="one_cycle",
    ema_momentum=0.9,
    class_balance="weights",
    augment=AugmentConfig((("rotation", 0.05),)),
)


def main() -> None:
    digits = load_digits()
    pixels = np.round(digits.images[:200] * 255 / 16).astype(np.uint8)[..., None]
    rows, labels = np.arange(200), digits.target.astype(np.int32)
    data = TrainingData(
        Packed(pixels, rows), rows[:160], labels[:160], rows[160:], labels[160:200], tuple("0123456789")
    )
    make_deterministic()
    whole = train(CONFIG, data, lambda moment: None)
    asked = iter(range(1, 1000))
    folder = Path(sys.argv[1])
    stopped = train(CONFIG, data, lambda moment: None, lambda: next(asked) == 7, folder)
    resumed = train(CONFIG, data, lambda moment: None, checkpoints=folder)
    same = [np.array_equal(a, b) for a, b in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True)]
    losses = [epoch["val_loss"] for epoch in whole.history]
    print(
        json.dumps(
            {"backend": keras.backend.backend(), "stopped": stopped.stopped, "same": all(same), "losses": losses}
        )
    )


if __name__ == "__main__":
    main()
