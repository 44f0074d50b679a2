"""A thread-safe pool of LiteRT interpreters for one model file. Needs no TensorFlow."""

from __future__ import annotations

import contextlib
import math
import os
import queue
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from core.errors import DamagedError, InputError

BATCH = 64  # more at once no longer fit a core's cache: 256 take a sixth longer
BATCH_PIXELS = 4 * 224 * 224  # of a large network, more at once is slower and takes gigabytes


class InterpreterPool:
    """Answers from any number of threads; an interpreter serves one of them at a time.

    Each call's pictures are copied in and its answers copied out, so nobody sees another's.

    Args:
        model: A .tflite file, or what it holds, from (N, H, W, C) float32 in 0..255 to (N, classes). H and W may be
            free; `input_shape` is -1 there. Several outputs come back side by side.
        interpreters: How many calls can be in work at once; the others wait.
        threads: Threads of each interpreter.
        cure: What to do where it is damaged.

    Raises:
        DamagedError: It is no whole .tflite model.
    """

    def __init__(
        self,
        model: Path | bytes,
        interpreters: int = 2,
        threads: int | None = None,
        cure: str = "Restore it, or train again.",
    ) -> None:
        self._idle: queue.Queue[Interpreter] = queue.Queue()
        for _ in range(interpreters):
            try:
                given = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
                interpreter = Interpreter(**given, num_threads=threads or os.cpu_count())
                interpreter.allocate_tensors()
            except (ValueError, RuntimeError, OSError) as error:
                title = "It" if isinstance(model, bytes) else model
                raise DamagedError(f"{title} is no whole .tflite model ({error}). {cure}") from error
            self._idle.put(interpreter)
        with self._borrow() as first:
            shape = first.get_input_details()[0]["shape_signature"]
        self.input_shape: tuple[int, int, int] = (int(shape[1]), int(shape[2]), int(shape[3]))

    def predict(self, images: np.ndarray, batch: int | None = None) -> np.ndarray:
        """Probabilities of pictures.

        Args:
            images: (N, H, W, C) uint8.
            batch: How many at once; by default as many as hold `BATCH_PIXELS`, `BATCH` at most.

        Returns:
            (N, classes) float32.

        Raises:
            ValueError: The pictures' shape is not the model's.
            InputError: An answer is infinite or not a number.
        """
        if any(side not in (wanted, -1) for side, wanted in zip(self.input_shape, images.shape[1:], strict=True)):
            raise ValueError(f"The model takes pictures of {self.input_shape}, not {images.shape[1:]}.")
        batch = batch or min(max(BATCH_PIXELS // math.prod(images.shape[1:3]), 1), BATCH)
        with self._borrow() as interpreter:
            blocks = [_invoke(interpreter, images[start : start + batch]) for start in range(0, len(images), batch)]
            outputs = interpreter.get_output_details()[0]["shape_signature"]
        answers = np.concatenate(blocks) if blocks else np.empty((0, int(outputs[-1])), np.float32)
        if wrong := int((~np.isfinite(answers)).any(1).sum()):
            raise InputError(
                f"The model answers {wrong:,} of {len(answers):,} images with NaN or infinity: its training diverged. "
                "Train again with a lower learning rate."
            )
        return answers

    @contextlib.contextmanager
    def _borrow(self) -> Iterator[Interpreter]:
        interpreter = self._idle.get()
        try:
            yield interpreter
        finally:
            self._idle.put(interpreter)


def _invoke(interpreter: Interpreter, block: np.ndarray) -> np.ndarray:
    details = interpreter.get_input_details()[0]
    if tuple(details["shape"]) != block.shape:
        interpreter.resize_tensor_input(details["index"], block.shape)
        interpreter.allocate_tensors()
    interpreter.set_tensor(details["index"], block.astype(np.float32))
    interpreter.invoke()
    return np.concatenate(
        [interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details()], axis=1
    )
