"""Settings by name: read from text, and put into a config; a nested one has a dot, "augment.rotation"."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from core.errors import ConfigError
from core.settings import value_of
from core.train.config import TrainConfig, takes
from core.train.used import OF_A_LAST_LAYER
from models import ARCHITECTURES

GROUPS = ("augment", "architecture_options")
NOT_SEARCHED = ("preset", "classes", "start_from", "gpus", *GROUPS)  # they say what is tried and where, not how well


def setting_of(field: str, text: str) -> Any:
    """What `text` says of a setting: `value_of`, but that names stay names whatever they look like. Raises ConfigError."""
    if not text.strip():
        raise ConfigError(f"{field} has no value. Give it one, or leave it out.")
    value = value_of(text)
    if value is None:
        return None
    if field == "classes":
        return value if isinstance(value, list) else [part.strip() for part in text.split(",")]
    return text if str in takes()[field] else value


def with_values(config: TrainConfig, values: Mapping[str, Any]) -> TrainConfig:
    """`config` with these settings instead of its own: {"learning_rate": 0.01, "augment.rotation": 0.1}.

    Where the network changes, options of the one before are left behind.

    Raises:
        ConfigError: There is no such setting, or its value is out of range.
    """
    changed = config.to_json()
    if values.get("architecture", config.architecture) != config.architecture:
        changed["architecture_options"] = {}
    for field, value in values.items():
        group, dot, name = field.partition(".")
        if dot and group not in GROUPS:
            raise ConfigError(f"There is no setting {field!r}. With a dot there are {', '.join(GROUPS)}.")
        if dot:
            changed[group] = {**changed[group], name: value}
        else:
            changed[field] = value
    return TrainConfig.from_json(changed)


def is_whole(config: TrainConfig, field: str) -> bool:
    """Whether the setting takes whole numbers only."""
    group, dot, name = field.partition(".")
    if group == "architecture_options":
        option = ARCHITECTURES[config.architecture].options.get(name)
        return option is not None and isinstance(option.default, int)
    return not dot and int in takes().get(field, ())


def searchable(config: TrainConfig) -> list[str]:
    """Names of the settings of which several values can be tried, besides those of augmentation."""
    if config.trainable == "head":
        return list(OF_A_LAST_LAYER)
    plain = [field.name for field in dataclasses.fields(TrainConfig)]
    options = [f"architecture_options.{name}" for name in ARCHITECTURES[config.architecture].options]
    return [*(name for name in plain if name not in (*NOT_SEARCHED, "head_strength")), *options]
