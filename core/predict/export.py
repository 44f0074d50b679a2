"""A Keras model as a .tflite file, compared with the model that it came from."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.errors import FoveaError
from core.predict import parity
from core.workspace.atomic import write_with

PROJECT = Path(__file__).parents[2]
SAMPLE = 256


def to_litert(model: keras.Model, path: Path) -> None:
    """Write `model` (float32 0..255 to probabilities) to `path` as a float32 .tflite of any batch size.

    Only TensorFlow writes such files: under another backend a process of its own does it.
    """
    if keras.backend.backend() != "tensorflow":
        _by_tensorflow(model, path)
        return
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    write_with(path, lambda new: model.export(str(new), format="litert", verbose=False))


def _by_tensorflow(model: keras.Model, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "model.keras"
        model.save(source)
        done = subprocess.run(
            [sys.executable, "-m", "core.predict.export", str(source), str(path)],
            cwd=PROJECT,
            env={**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise FoveaError(f"TensorFlow could not convert the model: {done.stderr.strip()[-500:]}")


def compare(model: keras.Model, tflite: Path, images: np.ndarray) -> dict[str, Any]:
    """`parity.compare` of the Keras model's answers and the file's, on the first `SAMPLE` pictures.

    Args:
        images: (N, H, W, C) uint8.

    Raises:
        FoveaError: They differ by more than `parity.MAX_ABS_DIFF`.
        InputError: The file gives NaN.
    """
    images = images[:SAMPLE]
    original = np.asarray(keras.ops.convert_to_numpy(model.predict_on_batch(images)))
    return parity.compare(original, tflite, images)


if __name__ == "__main__":
    to_litert(keras.saving.load_model(sys.argv[1]), Path(sys.argv[2]))
