"""Which settings mean something beside the others. One that no training would use is refused by its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

from core.augment.config import AugmentConfig
from core.errors import ConfigError
from core.train.config import HEAD_STRENGTHS, TrainConfig
from core.train.presets import PRESETS
from models import options_of

# All that means something where a last layer alone is learnt, besides what is learnt and from what.
OF_A_LAST_LAYER = ("head_strength", "class_balance", "images_per_class", "train_share", "seed")
SUBJECT = ("preset", "architecture", "trainable", "image_size", "fit", "start_from", "classes")
OPTIONS_OF_A_LAST_LAYER = ("features",)  # of its network
# Whoever names one of these asks for something, whatever the value; the defaults of the others ask for nothing.
ALWAYS_ASK = ("epochs", "batch_size", "learning_rate", "momentum", "optimizer", "schedule")
OF_RESOLVED = {"batch_size": (1,), "epochs": (None, 1, len(HEAD_STRENGTHS))}  # where a last layer alone is learnt


def unused(config: TrainConfig) -> dict[str, str]:
    """Fields of `TrainConfig` that a training with `config` does not use, and why."""
    if config.trainable == "head":
        reason = (
            'trainable is "head": a last layer alone is learnt in one go, from images as they are. Leave it out, or take a '
            "recipe that trains more of the network, such as fine_tune"
        )
        names = [field.name for field in dataclasses.fields(TrainConfig)]
        found = {name: reason for name in names if name not in (*SUBJECT, *OF_A_LAST_LAYER)}
        if config.class_balance == "sampling":
            found["class_balance"] = 'trainable is "head", which draws none. Take "weights", which comes to the same'
        return found
    found = {}
    if config.trainable == "all" or config.start_from is not None:
        found["head_strength"] = "no last layer is learnt by itself. Leave it out"
    if config.optimizer != "sgd":
        found["momentum"] = f'optimizer is "{config.optimizer}"; only "sgd" has one. Leave it out'
    if config.schedule != "constant":
        found["early_stopping_patience"] = (
            f'schedule is "{config.schedule}", whose low rates towards the end it would cut off. Leave it out, take fewer '
            'epochs, or schedule "constant"'
        )
    return found


def check_used(config: TrainConfig, named: Collection[str] = ()) -> None:
    """Refuse what somebody chose and no training by `config` would use.

    Args:
        named: Settings that somebody named. Of others, those count that are neither their default nor their recipe's.

    Raises:
        ConfigError: There is such a setting; it says which, and why.
    """
    for name, reason in unused(config).items():
        if (name in named and name in ALWAYS_ASK) or _value(config, name) not in _unchosen(config, name):
            raise ConfigError(f"{name} is {_in_words(getattr(config, name))}, and {reason}.")


def only_used(config: TrainConfig) -> TrainConfig:
    """`config` with the defaults of all that it does not use."""
    defaults = {name: getattr(TrainConfig(), name) for name in unused(config)}
    if "architecture_options" in defaults:
        options = config.architecture_options.items()
        defaults["architecture_options"] = {name: value for name, value in options if name in OPTIONS_OF_A_LAST_LAYER}
    return dataclasses.replace(config, **defaults)


def _unchosen(config: TrainConfig, name: str) -> list[Any]:
    of_recipe = [_value(PRESETS[config.preset].config, name)] if config.preset in PRESETS else []
    default = _value(TrainConfig(architecture=config.architecture), name)
    return [default, *of_recipe, *(OF_RESOLVED.get(name, ()) if config.trainable == "head" else ())]


def _value(config: TrainConfig, name: str) -> Any:
    if name != "architecture_options":
        return getattr(config, name)
    options = options_of(config.architecture, config.architecture_options)
    return {name: value for name, value in options.items() if name not in OPTIONS_OF_A_LAST_LAYER}


def _in_words(value: Any) -> str:
    if isinstance(value, AugmentConfig):
        return value.to_text()
    return f"{value:g}" if isinstance(value, float) else str(value)
