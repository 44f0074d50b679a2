"""What augmentation is chosen: operations in their order, each with strength and probability. Needs no Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.augment.operations import OPERATIONS
from core.errors import ConfigError
from core.settings import brief, number

Value = float | str | Mapping[str, float]


class Step(NamedTuple):
    """One operation of a config.

    Args:
        name: A key of `OPERATIONS`.
        strength: Above 0 and at most the operation's maximum.
        probability: The share of pictures that it is done to, above 0 and at most 1.
    """

    name: str
    strength: float
    probability: float

    @property
    def is_usual(self) -> bool:
        """Whether the probability is the operation's default, which is then not written anywhere."""
        return self.probability == OPERATIONS[self.name].probability


@dataclass(frozen=True, init=False)
class AugmentConfig:
    """Operations in the order that they are done in.

    Args:
        operations: (name, strength) or (name, strength, probability), each operation once; kept as `Step`s.
            Without a probability an operation has its default one.
    """

    operations: tuple[Step, ...] = ()

    def __init__(self, operations: Sequence[tuple[str, float] | tuple[str, float, float | None]] = ()) -> None:
        object.__setattr__(self, "operations", tuple(_step(*given) for given in operations))
        if twice := [name for name in self.names if self.names.count(name) > 1]:
            raise ConfigError(f"augment has {twice[0]} twice; an operation is done once. Take one of them out.")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the operations, in their order."""
        return tuple(step.name for step in self.operations)

    @property
    def mixes_labels(self) -> bool:
        """Whether pictures are mixed with others, so that their labels are too."""
        return any(OPERATIONS[name].mixes_labels for name in self.names)

    def without_effect(self, channels: int) -> tuple[str, ...]:
        """Names of the operations that do nothing to pictures of that many channels."""
        return tuple(name for name in self.names if channels == 1 and OPERATIONS[name].needs_colour)

    def to_json(self) -> dict[str, Any]:
        """{name: strength}, in order; {name: {strength, probability}} where the probability is not the default."""
        return {
            step.name: step.strength if step.is_usual else {"strength": step.strength, "probability": step.probability}
            for step in self.operations
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Value]) -> AugmentConfig:
        """A config from what `to_json` gave; a value may be the text "0.1@0.8" too, strength and probability.

        Operations of strength 0 are left out. Raises ConfigError.
        """
        if not isinstance(value, Mapping):
            raise ConfigError(f"augment is {brief(value)}; it must be strengths by name.")
        read = [(name, *_read(name, given)) for name, given in value.items()]
        return cls([given for given in read if given[1]])

    def to_text(self) -> str:
        """One line for an address: "rotation:0.05,zoom:0.1@0.8"."""
        return ",".join(
            f"{step.name}:{step.strength:g}" + ("" if step.is_usual else f"@{step.probability:g}")
            for step in self.operations
        )

    @classmethod
    def from_text(cls, text: str) -> AugmentConfig:
        """A config from what `to_text` gave. Raises ConfigError."""
        parts = [part.partition(":") for part in text.split(",") if part]
        return cls([(name, *_read(name, value)) for name, _, value in parts])


def alone(step: Step) -> AugmentConfig:
    """That operation and no other, done to every picture."""
    return AugmentConfig([(step.name, step.strength, 1.0)])


def _step(name: str, strength: float, probability: float | None = None) -> Step:
    if name not in OPERATIONS:
        raise ConfigError(f"There is no augmentation {brief(name)}. There are: {', '.join(OPERATIONS)}.")
    operation = OPERATIONS[name]
    strength = number(f"augment.{name}", strength, 0, operation.maximum, above=True)
    chance = operation.probability if probability is None else probability
    return Step(name, strength, number(f"The probability of augment.{name}", chance, 0, 1, above=True))


def _read(name: str, value: Any) -> tuple[float, float | None]:
    if isinstance(value, Mapping):
        strength, chance = value.get("strength"), value.get("probability")
    else:
        strength, at, after = value.partition("@") if isinstance(value, str) else (value, "", "")
        chance = after if at else None
    try:
        return _float(strength), None if chance is None else _float(chance)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"augment.{name} is {brief(value)}; it must be a strength, as 0.1, or strength@probability, as 0.1@0.8."
        ) from error


def _float(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise TypeError
    return float(str(given))  # of a number of any size


PRESETS: dict[str, AugmentConfig] = {
    "none": AugmentConfig(),
    "digits": AugmentConfig((("rotation", 0.03), ("translation", 0.08), ("zoom", 0.1), ("shear", 0.1))),
    "photos": AugmentConfig(
        (("flip_horizontal", 1.0), ("rotation", 0.03), ("zoom", 0.15), ("brightness", 0.15), ("contrast", 0.2))
    ),
    "strong": AugmentConfig(
        (
            ("flip_horizontal", 1.0),
            ("rotation", 0.08),
            ("translation", 0.15),
            ("zoom", 0.25),
            ("brightness", 0.3),
            ("contrast", 0.3),
            ("saturation", 0.4),
            ("erasing", 0.2),
        )
    ),
}
