"""Everything needed to go on from the very step that was reached, in one file that is replaced in one step."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.workspace.atomic import read_arrays, write_with

FILE_NAME = "checkpoint.npz"
EVERY_SECONDS = 15.0
REST = 50  # times as long as a checkpoint took to write, there is none: at most 2 % of the time goes into them


@dataclass(frozen=True)
class Position:
    """Where the training is.

    Args:
        step: Steps done of the epoch in hand, which is the one after the history's last; 0 between epochs.
        seconds: What its steps took so far.
        step_seconds, step_images: As in `core.train.moments.Epoch`.
        sums: `Steps.sums` of these steps.
    """

    step: int = 0
    seconds: float = 0.0
    step_seconds: float = 0.0
    step_images: int = 0
    sums: tuple[float, ...] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training between two steps.

    Args:
        variables: All of model and optimizer, schedule and random states among them, in Keras' order.
        best: Weights of the model with the lowest validation loss so far.
        history: One dict an epoch, as `core.train.loop` makes them.
        position: Where in the epoch after these.
    """

    variables: list[np.ndarray]
    best: list[np.ndarray]
    history: list[dict[str, Any]]
    position: Position = field(default_factory=Position)


class Clock:
    """When a checkpoint is due: every so many seconds, and never so often that it costs more than 2 % of the time."""

    def __init__(self, every_seconds: float = EVERY_SECONDS) -> None:
        self._every = every_seconds
        self._last = time.monotonic()
        self._rest = 0.0

    def is_due(self, between_epochs: bool = False) -> bool:
        """Whether to save now. Between epochs, where it comes to hand, as soon as the last one has paid for itself."""
        wait = self._rest if between_epochs else max(self._every, self._rest)
        return time.monotonic() - self._last >= wait

    def saved(self, seconds: float) -> None:
        """Count from now on; `seconds` is what saving took."""
        self._last, self._rest = time.monotonic(), REST * seconds


def capture(model: keras.Model) -> list[np.ndarray]:
    """Copies of all variables of a compiled model and its optimizer, random states among them."""
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in _variables(model)]


def restore(model: keras.Model, variables: list[np.ndarray]) -> None:
    """Put back what `capture` gave."""
    for variable, value in zip(_variables(model), variables, strict=True):
        variable.assign(value)


def save(folder: Path, checkpoint: Checkpoint) -> float:
    """Write `checkpoint` to `folder`, atomically, and give back the seconds that it took.

    Raises OSError if the disk is full; the last one stays.
    """
    begin = time.monotonic()
    arrays: dict[str, np.ndarray] = {}
    for name in ("variables", "best"):
        arrays |= {f"{name}{i}": value for i, value in enumerate(getattr(checkpoint, name))}
    state = {"history": checkpoint.history, "position": asdict(checkpoint.position)}
    arrays["state"] = np.frombuffer(json.dumps(state).encode(), dtype=np.uint8)
    write_with(folder / FILE_NAME, lambda path: np.savez(path, **arrays))  # type: ignore[arg-type]
    return time.monotonic() - begin


def load(folder: Path) -> Checkpoint | None:
    """The checkpoint in `folder`, or None if there is none yet. Raises DamagedError."""
    path = folder / FILE_NAME
    if not path.exists():
        return None
    return read_arrays(path, _from_arrays, "Put it back from a copy, or delete it: the training then begins anew.")


def _from_arrays(arrays: Mapping[str, np.ndarray]) -> Checkpoint | None:
    if "state" not in arrays:  # of a Fovea that counted in whole epochs
        return None
    lists = {
        name: [arrays[f"{name}{i}"] for i in range(sum(one.startswith(name) for one in arrays))]
        for name in ("variables", "best")
    }
    state = json.loads(arrays["state"].tobytes())
    position = Position(**{**state["position"], "sums": tuple(state["position"]["sums"])})
    return Checkpoint(**lists, history=state["history"], position=position)


def _variables(model: keras.Model) -> list[keras.Variable]:
    return [*model.variables, *model.optimizer.variables]
