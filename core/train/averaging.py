"""An exponential moving average of the weights: what is judged and kept, while the weights themselves train on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras
import numpy as np


def average(optimizer: keras.optimizers.Optimizer, momentum: float) -> None:
    """Let `optimizer`, not built yet, average the weights: average = momentum · average + (1 - momentum) · weights.

    The average is among the optimizer's variables, so it is in every checkpoint.
    """
    optimizer.use_ema, optimizer.ema_momentum = True, momentum


@contextlib.contextmanager
def averaged(trainee: keras.Model) -> Iterator[None]:
    """`trainee`, which was trained for a step or more, with its averaged weights; without an average as it is.

    Statistics of batch norm are averages already and stay as they are.
    """
    inner = getattr(trainee.optimizer, "inner_optimizer", trainee.optimizer)
    if not inner.use_ema:
        yield
        return
    trained = [np.array(variable) for variable in trainee.trainable_variables]
    inner.finalize_variable_values(trainee.trainable_variables)
    for variable in trainee.trainable_variables:
        variable.assign(np.array(variable))  # a copy: JAX would share the optimizer's memory, and give it away
    try:
        yield
    finally:
        for variable, value in zip(trainee.trainable_variables, trained, strict=True):
            variable.assign(value)
