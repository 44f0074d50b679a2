"""The usual script for few photos: `python -m benchmarks.plain_features FOLDER MODEL.keras [--seed 0]`.

A network that learnt ImageNet answers each picture once, and a dense layer learns on its features, as Keras' guide to
transfer learning and most tutorials have it. The network is the one that Fovea takes, because it needs no download.
"""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers

from models.pretrained import efficientnet_lite0

SIZE = 224
EPOCHS = 20

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("model")
parser.add_argument("--seed", type=int, default=0)
arguments = parser.parse_args()
keras.utils.set_random_seed(arguments.seed)

training, held_out = keras.utils.image_dataset_from_directory(
    arguments.folder, image_size=(SIZE, SIZE), validation_split=0.2, subset="both", seed=arguments.seed, verbose=False
)
network = efficientnet_lite0.imagenet(SIZE)
body = keras.Model(network.input, network.get_layer(efficientnet_lite0.EMBEDDING).output)


def features_of(dataset):
    """The network's features of all pictures and their labels, batch by batch."""
    features, labels = [], []
    for images, some in dataset:
        features.append(body.predict(images, verbose=0))
        labels.append(some.numpy())
    return np.concatenate(features), np.concatenate(labels)


begin = time.perf_counter()
x_train, y_train = features_of(training)
x_test, y_test = features_of(held_out)
seconds_of_features = time.perf_counter() - begin
head = keras.Sequential([keras.Input((x_train.shape[1],)), layers.Dense(len(training.class_names), "softmax")])
head.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
head.fit(x_train, y_train, epochs=EPOCHS, validation_data=(x_test, y_test), verbose=0)
_, test_accuracy = head.evaluate(x_test, y_test, verbose=0)
whole = keras.Sequential([body, head])
whole.save(arguments.model)
print(json.dumps({"test_accuracy": test_accuracy, "seconds_of_features": seconds_of_features}))
