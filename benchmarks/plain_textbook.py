"""The textbook's script, as everybody writes it: `python plain_textbook.py mnist.npz [--epochs 5] [--seed 0]`."""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers


class StepClock(keras.callbacks.Callback):
    """Times the steps of the first epoch, without its first."""

    def on_train_batch_end(self, batch, logs=None):
        """Note the end of the first step, which builds the graph, and of the newest."""
        self.last = time.perf_counter()
        if batch == 0:
            self.first = self.last
        self.steps = batch


parser = argparse.ArgumentParser()
parser.add_argument("mnist")
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--seed", type=int, default=0)
arguments = parser.parse_args()
keras.utils.set_random_seed(arguments.seed)

with np.load(arguments.mnist) as data:
    x_train = data["x_train"].astype("float32")[..., None] / 255
    x_test = data["x_test"].astype("float32")[..., None] / 255
    y_train, y_test = data["y_train"], data["y_test"]

model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
clock = StepClock()
model.fit(x_train, y_train, batch_size=32, epochs=arguments.epochs, callbacks=[clock])
_, test_accuracy = model.evaluate(x_test, y_test)
rate = clock.steps * 32 / (clock.last - clock.first)
print()
print(json.dumps({"images_per_second": rate, "test_accuracy": test_accuracy, "parameters": model.count_params()}))
