"""The optimizer of a training."""

from __future__ import annotations

import keras

from core.train.config import TrainConfig
from core.train.schedules import learning_rate


def optimizer(config: TrainConfig, total_steps: int) -> keras.optimizers.Optimizer:
    """What `config` asks for.

    Args:
        total_steps: Steps of the whole training, which a schedule spreads over.
    """
    rate = learning_rate(config.schedule, config.learning_rate, total_steps)
    clip = config.gradient_clip_norm
    match config.optimizer:
        case "adam":
            return keras.optimizers.Adam(rate, global_clipnorm=clip)
        case "adamw":
            return keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, global_clipnorm=clip)
        case "sgd":
            return keras.optimizers.SGD(rate, momentum=config.momentum, global_clipnorm=clip)
        case _:
            return keras.optimizers.RMSprop(rate, global_clipnorm=clip)
