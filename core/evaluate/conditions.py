"""What a run's robustness is measured under, and the pictures of each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.errors import ConfigError
from core.evaluate.corruptions import CORRUPTIONS, FAMILIES, SEVERITIES, corrupt
from core.evaluate.moves import MOVES, move

CLEAN, CORRUPTION, MOVE, ATTACK = "clean", "corruption", "move", "attack"
KINDS_OF_DAMAGE = (*FAMILIES, *MOVES)
ATTACKS = {"fgsm": "FGSM", "pgd": "PGD"}
LARGEST_BUDGET = 255
MOST_IMAGES = 10_000


@dataclass(frozen=True)
class Condition:
    """One thing done to all pictures.

    Args:
        kind: "clean", "corruption", "move" or "attack".
        name: A key of `CORRUPTIONS`, `MOVES` or `ATTACKS`; "" for clean.
        amount: The severity, how far it is moved, or the budget in 1/255.
    """

    kind: str
    name: str = ""
    amount: float = 0.0

    def pictures(self, images: np.ndarray, seed: int) -> np.ndarray:
        """(N, H, W, C) uint8 of the same; an attack needs the model and is made elsewhere."""
        if self.kind == CORRUPTION:
            return corrupt(images, self.name, int(self.amount), seed)
        if self.kind == MOVE:
            return move(images, self.name, self.amount, seed)
        return images


@dataclass(frozen=True)
class Settings:
    """What is measured.

    Args:
        images: How many, drawn from the split; all of it where it has fewer.
        families: Of `KINDS_OF_DAMAGE`.
        budgets: Of the attacks, in 1/255; none for no attack.
        seed: Chooses the images, and everything that is random of what is done to them.
    """

    images: int
    families: tuple[str, ...] = KINDS_OF_DAMAGE
    budgets: tuple[int, ...] = (1, 2, 4, 8)
    seed: int = 0

    def __post_init__(self) -> None:
        unknown = [name for name in self.families if name not in KINDS_OF_DAMAGE]
        if unknown:
            raise ConfigError(f"There is no {unknown[0]!r}. There are: {', '.join(KINDS_OF_DAMAGE)}.")
        if not 1 <= self.images <= MOST_IMAGES:
            raise ConfigError(f"images is {self.images}; it must be from 1 to {MOST_IMAGES:,}.")
        if self.seed < 0:
            raise ConfigError(f"seed is {self.seed}; it must be 0 or more.")
        wrong = [one for one in self.budgets if one != int(one) or not 1 <= one <= LARGEST_BUDGET]
        if wrong:
            raise ConfigError(
                f"A budget is {wrong[0]}; it must be a whole number from 1 to {LARGEST_BUDGET}, in 1/255."
            )
        if not self.families and not self.budgets:
            raise ConfigError("Nothing is to be measured. Choose a family or a budget.")
        object.__setattr__(self, "families", tuple(self.families))
        object.__setattr__(self, "budgets", tuple(sorted({int(one) for one in self.budgets})))

    def conditions(self) -> list[Condition]:
        """All that needs no gradient, the clean pictures first."""
        corruptions = [
            Condition(CORRUPTION, name, severity)
            for name, one in CORRUPTIONS.items()
            if one.family in self.families
            for severity in SEVERITIES
        ]
        moves = [
            Condition(MOVE, name, amount)
            for name, one in MOVES.items()
            if name in self.families
            for amount in one.amounts
        ]
        return [Condition(CLEAN), *corruptions, *moves]

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**asdict(self), "families": list(self.families), "budgets": list(self.budgets)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Settings:
        """Settings from what `to_json` gave."""
        return cls(**{**value, "families": tuple(value["families"]), "budgets": tuple(value["budgets"])})
