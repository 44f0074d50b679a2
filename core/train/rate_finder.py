"""A learning rate to begin with: the loss of a few steps as the rate rises from almost nothing until the loss explodes.

Source: L. Smith, "Cyclical Learning Rates for Training Neural Networks", arXiv:1506.01186, 3.3; smoothed, and a tenth
of the rate of the lowest loss taken, as is the practice.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from core.errors import ConfigError, Stopped
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress
from core.train import losses
from core.train.config import TrainConfig
from core.train.feeding import batches, order
from core.train.loop import build, compiled
from core.train.optimizers import optimizer
from core.train.steps import Steps
from core.train.training_data import TrainingData

LOWEST, HIGHEST, STEPS = 1e-6, 10.0, 140  # twenty steps a factor of ten
SMOOTHING = 0.9
EXPLODED = 4.0
AT_LEAST = 40
FEWEST = 2  # rates, to choose one of
BELOW_LOWEST_LOSS = 0.1


@dataclass(frozen=True)
class RateSearch:
    """What the loss was at which rate.

    Args:
        rates: Rising learning rates, a step each.
        losses: Of each step's batch, before the step; smoothed.
        suggestion: The rate to take, of two digits.
    """

    rates: list[float]
    losses: list[float]
    suggestion: float

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return dataclasses.asdict(self)


def find_rate(
    config: TrainConfig, data: TrainingData, on_progress: OnProgress = no_progress, should_stop: ShouldStop = never
) -> RateSearch:
    """Train a network, which is thrown away, for `STEPS` steps or until its loss explodes, with a rising rate.

    Args:
        config: One that `core.train.config.resolve` gave; its own rate and schedule do not matter.

    Raises:
        ConfigError: The loss is infinite or not a number from the first steps on, so that no rate can be told.
        Stopped: `should_stop` said so before two rates were tried.
    """
    config = dataclasses.replace(config, schedule="constant")
    keras.utils.set_random_seed(config.seed)
    trainee = compiled(config, data, build(config, data), optimizer(config, STEPS))
    steps = Steps(trainee)
    stage = Stage(on_progress, "Trying learning rates", STEPS, "steps")
    rates, each = np.geomspace(LOWEST, HIGHEST, STEPS), list[float]()
    before, stopped = 0.0, False
    for rate, (images, labels) in zip(rates, _endless(config, data), strict=False):
        trainee.optimizer.learning_rate = rate
        steps.take(images, labels)
        total = float(steps.sums[0])
        each.append((total - before) / len(images))
        before = total
        stage.step(1)
        stopped = should_stop()
        if has_exploded(smoothed(each)) or stopped:
            break
    smooth = [one for one in smoothed(each) if np.isfinite(one)]
    if len(smooth) < FEWEST:
        if stopped:
            raise Stopped("The search was stopped before it had tried two rates.")
        raise ConfigError(
            f"The loss is {each[-1]:g} at a learning rate of {rates[len(each) - 1]:.1e} already, the lowest that are tried, so "
            'none can be told. Take precision "float32", clip gradients (gradient_clip_norm 1), or set a learning rate '
            "lower than that by hand."
        )
    tried = [float(rate) for rate in rates[: len(smooth)]]
    return RateSearch(tried, smooth, suggested(tried, smooth))


def smoothed(values: list[float]) -> list[float]:
    """An exponential moving average, corrected for its beginning."""
    average, found = 0.0, []
    for number, value in enumerate(values, 1):
        average = SMOOTHING * average + (1 - SMOOTHING) * value
        found.append(average / (1 - SMOOTHING**number))
    return found


def has_exploded(smooth: list[float]) -> bool:
    """Whether the last loss is not a number, or, after `AT_LEAST` steps, `EXPLODED` times the lowest."""
    return not np.isfinite(smooth[-1]) or (len(smooth) >= AT_LEAST and smooth[-1] > EXPLODED * min(smooth))


def suggested(rates: list[float], smooth: list[float]) -> float:
    """A tenth of the rate at which the loss was lowest, to two digits."""
    return float(f"{rates[int(np.argmin(smooth))] * BELOW_LOWEST_LOSS:.1e}")


def _endless(config: TrainConfig, data: TrainingData) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    one_hot = losses.takes_one_hot(config)
    for epoch in itertools.count(1):
        yield from batches(config, data, order(config, epoch, data.train_labels), one_hot)
