"""Learning rate by step. A schedule reads the optimizer's step count, so it resumes with it."""

from __future__ import annotations

import keras
from keras import ops

WARM_UP = 0.25
FIRST, LAST = 0.1, 0.001


@keras.saving.register_keras_serializable("fovea")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Rises in a straight line for a quarter of the steps, then falls in one to almost nothing.

    Source: L. Smith, N. Topin, "Super-Convergence", arXiv:1708.07120.

    Args:
        peak: The highest rate.
        steps: Steps of the whole training.
    """

    def __init__(self, peak: float, steps: int) -> None:
        self.peak, self.steps = peak, steps

    def __call__(self, step: int) -> float:
        """The rate in step `step`, from 0."""
        share = ops.cast(step, "float32") / max(self.steps, 1)
        rising = FIRST + (1 - FIRST) * share / WARM_UP
        falling = ops.maximum((1 - share) / (1 - WARM_UP), LAST)
        return self.peak * ops.minimum(rising, falling)

    def get_config(self) -> dict:
        """What `__init__` takes."""
        return {"peak": self.peak, "steps": self.steps}


def learning_rate(schedule: str, rate: float, steps: int) -> float | OneCycle:
    """What a Keras optimizer takes as its learning rate."""
    return OneCycle(rate, steps) if schedule == "one_cycle" else rate
