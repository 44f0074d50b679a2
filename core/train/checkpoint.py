"""Everything needed to go on after a whole epoch, in one file that is replaced in one step."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from core.workspace.atomic import write_with

FILE_NAME = "checkpoint.npz"


@dataclass(frozen=True)
class Checkpoint:
    """The state after a whole epoch.

    Args:
        variables: All of model and optimizer, in Keras' order.
        best: Weights of the model with the lowest validation loss so far.
        history: One dict an epoch, as `core.train.loop` makes them.
    """

    variables: list[np.ndarray]
    best: list[np.ndarray]
    history: list[dict]


def capture(model: keras.Model) -> list[np.ndarray]:
    """Copies of all variables of a compiled model and its optimizer."""
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in _variables(model)]


def restore(model: keras.Model, variables: list[np.ndarray]) -> None:
    """Put back what `capture` gave."""
    for variable, value in zip(_variables(model), variables, strict=True):
        variable.assign(value)


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write `checkpoint` to `folder`, atomically. Raises OSError if the disk is full; the last one stays."""
    arrays = {f"variable{i}": value for i, value in enumerate(checkpoint.variables)}
    arrays |= {f"best{i}": value for i, value in enumerate(checkpoint.best)}
    arrays["history"] = np.frombuffer(json.dumps(checkpoint.history).encode(), dtype=np.uint8)
    write_with(folder / FILE_NAME, lambda path: np.savez(path, **arrays))  # type: ignore[arg-type]


def load(folder: Path) -> Checkpoint | None:
    """The checkpoint in `folder`, or None if no epoch was finished."""
    path = folder / FILE_NAME
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        variables = [arrays[f"variable{i}"] for i in range(sum(name.startswith("variable") for name in arrays))]
        best = [arrays[f"best{i}"] for i in range(sum(name.startswith("best") for name in arrays))]
        return Checkpoint(variables, best, json.loads(arrays["history"].tobytes()))


def _variables(model: keras.Model) -> list[keras.Variable]:
    # Random states are a function of (seed, epoch) and metrics start anew each epoch.
    own = [variable for variable in model.variables if not variable.path.endswith("seed_generator_state")]
    return [*own, *model.optimizer.variables]
