"""Whether a .tflite answers as the model that it is meant to be. Needs no TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.errors import FoveaError
from core.inference import InterpreterPool

MAX_ABS_DIFF = 1e-3


def compare(expected: np.ndarray, tflite: Path, images: np.ndarray) -> dict[str, Any]:
    """How far the exported file and the model that it came from agree on these pictures.

    Args:
        expected: (N, classes) float32, the probabilities that the model gives.
        images: (N, H, W, C) uint8.

    Returns:
        {"n": pictures, "agreement": share of equal answers, "max_abs_diff": of the probabilities}.

    Raises:
        FoveaError: They differ by more than `MAX_ABS_DIFF`.
        InputError: The file gives NaN.
    """
    exported = InterpreterPool(tflite, interpreters=1).predict(images)
    difference = float(np.abs(exported - expected).max())
    if not difference <= MAX_ABS_DIFF:
        raise FoveaError(
            f"The exported model differs from the trained one by {difference:g}; {MAX_ABS_DIFF:g} is the limit."
        )
    agreement = float((exported.argmax(1) == expected.argmax(1)).mean())
    return {"n": len(images), "agreement": agreement, "max_abs_diff": difference}
