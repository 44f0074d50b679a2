"""Several devices of one host share each batch: TensorFlow's MirroredStrategy.

Each device holds the whole network, takes its part of every batch, and all take the same step, by the mean of their
gradients. Batch norm and dropout see each device's own part.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any

import keras
import numpy as np

from core.errors import ConfigError


class Replicas:
    """So many copies of a model, one a device.

    Args:
        count: How many devices; the first ones of the machine's GPUs, or of its (logical) CPUs where it has none.

    Raises:
        ConfigError: The machine has fewer, or the backend is not TensorFlow.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._strategy: Any = None
        if count == 1:
            return
        if keras.backend.backend() != "tensorflow":
            raise ConfigError(f"gpus is {count}; only TensorFlow trains on several. Take 1, or that backend.")
        self._strategy = _strategy(count)

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Where a model must be built and compiled."""
        return self._strategy.scope() if self._strategy else contextlib.nullcontext()

    def prepare(self, model: keras.Model, given: Any, labels: np.ndarray) -> None:
        """Let Keras make the metrics of `model` before its first step, which cannot do it on several devices."""
        if self._strategy:
            with self.scope():
                model.compute_metrics(given, labels, model(given), None)
                model.reset_metrics()

    def deal(self, given: Any, labels: np.ndarray) -> tuple[Any, ...]:
        """A batch as `train_function` takes it: (given, labels) for one device, else each one's part of these.

        Where the parts differ in size, each image gets a weight, so that the mean of the devices' means is the mean.
        """
        if not self._strategy:
            return given, labels
        parts = np.array_split(np.arange(len(labels)), self.count)
        if len(labels) % self.count == 0:
            return tuple(self._dealt(one, parts) for one in (given, labels))
        sizes = np.array([len(part) for part in parts], np.float32)
        weights = np.repeat(sizes * self.count / len(labels), sizes.astype(int)).astype(np.float32)
        return tuple(self._dealt(one, parts) for one in (given, labels, weights))

    def _dealt(self, value: Any, parts: list[np.ndarray]) -> Any:
        if isinstance(value, dict):
            return {name: self._dealt(one, parts) for name, one in value.items()}
        import tensorflow as tf

        return self._strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(value[parts[context.replica_id_in_sync_group]])
        )


@functools.cache  # a second one in a process would take the names of the first one's collective operations
def _strategy(count: int) -> Any:
    import tensorflow as tf

    names = [device.name for device in tf.config.list_logical_devices("GPU")]
    names = names or [device.name for device in tf.config.list_logical_devices("CPU")]
    if len(names) < count:
        raise ConfigError(f"gpus is {count}; this machine has {len(names)}. Take fewer.")
    return tf.distribute.MirroredStrategy(names[:count])
