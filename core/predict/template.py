"""A whole model whose last layer is to be exchanged, as .keras and .tflite, made once a machine for each input shape.

Learning a last layer on kept embeddings takes a second; building, saving and converting the model around it takes TensorFlow
and twenty. All of that model but its last layer is the same for every run, so it is made once, by Keras and its
exporter, in a process of its own: `python -m core.predict.template FOLDER SIZE CHANNELS FEATURES`. `core.predict.last_layer` puts
a run's last layer in.

    <cache>/efficientnet_lite0-1-224x224x3/model.keras, model.tflite     with a last layer of `CLASSES` random classes
            efficientnet_lite0-1-300x300x3-blocks/                       one whose last layer sees other features
                                           template.json                 {"parameters": of all layers but the last}
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from filelock import FileLock

from core.inference.embedder import NAME
from core.predict import once
from core.workspace import Workspace
from core.workspace.atomic import new_folder, write_json

VERSION = 1  # rises when the network changes
CLASSES = 2
KERAS_FILE, LITERT_FILE, FACTS_FILE = "model.keras", "model.tflite", "template.json"


def making(
    workspace: Workspace, input_shape: tuple[int, int, int], features: str = "last"
) -> contextlib.AbstractContextManager[once.Making]:
    """The template's folder for pictures of `input_shape` (height, width, channels), from the cache or begun now."""
    height, _, channels = input_shape
    return once.making(
        workspace, _name(input_shape, features), "core.predict.template", str(height), str(channels), features
    )


def find(workspace: Workspace, input_shape: tuple[int, int, int], features: str = "last") -> Path:
    """Where the template's folder is, or where it would be made."""
    return once.find(workspace, _name(input_shape, features))


def _name(input_shape: tuple[int, int, int], features: str) -> str:
    height, width, channels = input_shape
    return f"{NAME}-{VERSION}-{height}x{width}x{channels}" + ("" if features == "last" else f"-{features}")


def make(folder: Path, size: int, channels: int, features: str) -> None:
    """Write the template for pictures of that size to `folder`, unless another process just did. Needs TensorFlow."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if folder.exists():
            return
        import numpy as np

        import models
        from core.predict.export import to_litert

        model = models.build(NAME, (size, size, channels), CLASSES, {"features": features})
        last = model.layers[-1]
        # A bias of zeros would be left out of the .tflite, and equal numbers would share a place in it.
        kernel, bias = np.random.default_rng(0).normal(size=(last.kernel.shape[0], CLASSES)), np.arange(1, CLASSES + 1)
        last.set_weights([kernel, bias])
        with new_folder(folder) as new:
            model.save(new / KERAS_FILE)
            to_litert(model, new / LITERT_FILE)
            write_json(new / FACTS_FILE, {"parameters": model.count_params() - last.count_params()})


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
