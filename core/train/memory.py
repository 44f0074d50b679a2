"""What happens when the memory of the device is too small for a batch."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Callable

from core.train.config import TrainConfig
from core.train.moments import Trained


def within_memory(
    train: Callable[[TrainConfig], Trained], config: TrainConfig, on_smaller: Callable[[TrainConfig, str], None]
) -> Trained:
    """What `train` gives for `config`, or for half its batch size and so on where the memory is too small for that.

    Args:
        on_smaller: Told the config that is tried next, and why, in words for people. What was learnt so far
            belongs to the larger batches, so the training begins anew.

    Raises:
        MemoryError, or the backend's own error: The memory is too small for a batch of one image.
    """
    while True:
        try:
            return train(config)
        except Exception as error:
            if not is_out_of_memory(error) or config.batch_size == 1:
                raise
        gc.collect()  # the traceback held the larger tensors
        smaller = dataclasses.replace(config, batch_size=config.batch_size // 2)
        on_smaller(
            smaller,
            f"The memory was too small for batches of {config.batch_size:,} images; it begins anew with "
            f"{smaller.batch_size:,}. A smaller image size or network takes less memory too.",
        )
        config = smaller


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` is Python's, TensorFlow's or JAX' way to say that the memory of machine or GPU is full."""
    text = str(error)
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "ResourceExhaustedError"
        or "RESOURCE_EXHAUSTED" in text
        or "OOM when allocating" in text
    )
