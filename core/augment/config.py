"""What augmentation is chosen: operations in their order, each with a strength. Needs no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.augment.operations import OPERATIONS
from core.errors import ConfigError


@dataclass(frozen=True)
class AugmentConfig:
    """Operations in the order that they are done in.

    Args:
        operations: (name, strength) pairs; names are keys of `OPERATIONS`, strengths are above 0 and
            at most the operation's maximum.
    """

    operations: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        for name, strength in self.operations:
            if name not in OPERATIONS:
                raise ConfigError(f"There is no augmentation {name!r}. There are: {', '.join(OPERATIONS)}.")
            if not 0 < strength <= OPERATIONS[name].maximum:
                raise ConfigError(
                    f"augment.{name} is {strength:g}; it must be above 0 and at most {OPERATIONS[name].maximum:g}."
                )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the operations, in their order."""
        return tuple(name for name, _ in self.operations)

    def without_effect(self, channels: int) -> tuple[str, ...]:
        """Names of the operations that do nothing to pictures of that many channels."""
        return tuple(name for name in self.names if channels == 1 and OPERATIONS[name].needs_colour)

    def to_json(self) -> dict[str, float]:
        """{name: strength}, in order."""
        return dict(self.operations)

    @classmethod
    def from_json(cls, value: Mapping[str, float]) -> AugmentConfig:
        """A config from {name: strength}; operations of strength 0 are left out. Raises ConfigError."""
        return cls(tuple((name, float(strength)) for name, strength in value.items() if strength))


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
