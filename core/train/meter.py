"""How far an epoch is and how fast it goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from core.train.config import TrainConfig
from core.train.moments import Moment

SAY_EVERY_SECONDS = 0.2


class Meter:
    """Rate and time left of one epoch. It says where it is when the epoch begins and whenever it is told to.

    Args:
        epoch, steps: The epoch in hand, from 1, and how many steps it has.
        history: Finished epochs.
        step, seconds, images: Where an interrupted epoch goes on: steps done, and what they took.
    """

    def __init__(
        self,
        config: TrainConfig,
        epoch: int,
        steps: int,
        history: tuple[dict[str, Any], ...],
        on_progress: Callable[[Moment], None],
        step: int = 0,
        seconds: float = 0.0,
        images: int = 0,
    ) -> None:
        assert config.epochs is not None
        self._config, self._epochs = config, config.epochs
        self._epoch, self._steps, self._history = epoch, steps, history
        self._on_progress = on_progress
        self._first: float | None = None
        self._before = seconds
        self._said = 0.0
        self.seconds, self.images = seconds, images
        self.say(step)

    def step(self, images: int) -> None:
        """Count one step. The first of the process builds the graph and does not count."""
        if self._first is None:
            self._first = time.monotonic()
        else:
            self.images += images

    @property
    def is_due(self) -> bool:
        """Whether nothing was said for `SAY_EVERY_SECONDS`."""
        return time.monotonic() - self._said >= SAY_EVERY_SECONDS

    def say(self, step: int, loss: float | None = None, accuracy: float | None = None) -> None:
        """Say where it is. What is given was read from the device, so all steps so far are done."""
        self._said = time.monotonic()
        if self._first is not None:
            self.seconds = self._before + self._said - self._first
        rate = self.images / self.seconds if self.seconds else 0.0
        if not rate and self._history:
            rate = self._history[-1]["step_images"] / max(self._history[-1]["step_seconds"], 1e-9)
        left = self._steps - step + (self._epochs - self._epoch) * self._steps
        self._on_progress(
            Moment(
                self._epoch,
                self._epochs,
                step,
                self._steps,
                rate,
                left * self._config.batch_size / rate if rate else None,
                loss,
                accuracy,
                self._history,
            )
        )
