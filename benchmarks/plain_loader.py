"""Keras' loader over a folder, with its defaults: `python plain_loader.py FOLDER [--size 224]`."""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--size", type=int, default=224)
parser.add_argument("--epochs", type=int, default=2)
arguments = parser.parse_args()

dataset = keras.utils.image_dataset_from_directory(
    arguments.folder, image_size=(arguments.size, arguments.size), verbose=False
)
rates = []
for _ in range(arguments.epochs):
    begin = time.perf_counter()
    images = sum(len(labels) for _, labels in dataset)
    rates.append(images / (time.perf_counter() - begin))
print(json.dumps({"images": images, "images_per_second": rates}))
