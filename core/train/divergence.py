"""A training that diverged: whatever of it is infinite or not a number ends it, with the cause and what to change."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.errors import ConfigError
from core.train.config import TrainConfig


def diverged(what: str, config: TrainConfig) -> ConfigError:
    """The error that says what became infinite or not a number, and what to change.

    Args:
        what: "The loss became nan in epoch 1, step 2".
    """
    clip = "" if config.gradient_clip_norm else " or clip gradients (gradient_clip_norm 1)"
    return ConfigError(f"{what}. Take a lower learning rate (it is {config.learning_rate:g}){clip}.")


def check_weights(weights: Iterable[np.ndarray], epoch: int, config: TrainConfig) -> None:
    """Raise what `diverged` gives unless every number of `weights` is finite."""
    bad = [weight for weight in weights if not np.isfinite(weight).all()]
    if bad:
        is_nan = any(np.isnan(weight).any() for weight in bad)
        raise diverged(f"Weights of the network became {'nan' if is_nan else 'inf'} in epoch {epoch}", config)
