"""Learning rate by step. A schedule reads the optimizer's step count, so it resumes with it.

Each is a function of the share of the whole training that is done, from 0 to 1. To add one: its function and its
line in `SHAPES`, and its line in `SCHEDULES` of core/train/config.py.

Sources: one cycle, L. Smith and N. Topin, "Super-Convergence", arXiv:1708.07120; cosine, I. Loshchilov and F. Hutter,
"SGDR", arXiv:1608.03983, with the warm-up of P. Goyal et al., "Accurate, Large Minibatch SGD", arXiv:1706.02677; steps
at a half and at three quarters, K. He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385, 4.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

WARM_UP = 0.25
FIRST, LAST = 0.1, 0.001
COSINE_WARM_UP = 0.05
EXPONENTIAL_LAST = 0.01
STEPS_AT, STEP_FACTOR = (0.5, 0.75), 0.1


def one_cycle(share: Any) -> Any:
    """Rises in a straight line for a quarter of the steps, then falls in one to almost nothing."""
    rising = FIRST + (1 - FIRST) * share / WARM_UP
    falling = ops.maximum((1 - share) / (1 - WARM_UP), LAST)
    return ops.minimum(rising, falling)


def cosine(share: Any) -> Any:
    """Rises in a straight line from nothing for a twentieth of the steps, then falls along half a cosine to nothing."""
    rising = share / COSINE_WARM_UP
    falling = (1 + ops.cos(math.pi * (share - COSINE_WARM_UP) / (1 - COSINE_WARM_UP))) / 2
    return ops.where(share < COSINE_WARM_UP, rising, falling)


def exponential(share: Any) -> Any:
    """Falls by the same share in each step, to a hundredth."""
    return ops.power(EXPONENTIAL_LAST, share)


def step_decay(share: Any) -> Any:
    """A tenth from the middle on, a hundredth for the last quarter."""
    passed = sum(ops.cast(share >= at, "float32") for at in STEPS_AT)
    return ops.power(STEP_FACTOR, passed)


SHAPES: dict[str, Callable[[Any], Any]] = {
    "one_cycle": one_cycle,
    "cosine": cosine,
    "exponential": exponential,
    "step": step_decay,
}


@keras.saving.register_keras_serializable("fovea")
class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """A shape of `SHAPES`, as high as `peak`, over so many steps.

    Args:
        shape: A key of `SHAPES`.
        peak: The highest rate.
        steps: Steps of the whole training.
    """

    def __init__(self, shape: str, peak: float, steps: int) -> None:
        self.shape, self.peak, self.steps = shape, peak, steps

    def __call__(self, step: int) -> float:
        """The rate in step `step`, from 0. It stays at the end's after the last."""
        share = ops.minimum(ops.cast(step, "float32") / max(self.steps, 1), 1.0)
        return self.peak * SHAPES[self.shape](share)

    def get_config(self) -> dict:
        """What `__init__` takes."""
        return {"shape": self.shape, "peak": self.peak, "steps": self.steps}


def learning_rate(schedule: str, rate: float, steps: int) -> float | Schedule:
    """What a Keras optimizer takes as its learning rate."""
    return Schedule(schedule, rate, steps) if schedule in SHAPES else rate
