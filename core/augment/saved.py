"""Augmentations that people saved by name, in the workspace's augmentations.json."""

from __future__ import annotations

from typing import Any

from filelock import FileLock

from core.augment.config import AugmentConfig
from core.errors import InputError, NotFoundError
from core.workspace import Workspace
from core.workspace.atomic import read_json, write_json
from core.workspace.shape import an_object

FILE_NAME = "augmentations.json"
LONGEST_NAME = 60


def list_saved(workspace: Workspace) -> dict[str, AugmentConfig]:
    """What was saved, by name, in the order of names.

    Raises:
        DamagedError: The file was changed by hand and cannot be read any more.
    """
    path = workspace.root / FILE_NAME
    if not path.exists():
        return {}
    return read_json(path, _from_json, "Mend or remove it.")


def _from_json(value: Any) -> dict[str, AugmentConfig]:
    return {name: AugmentConfig([_step(*step) for step in steps]) for name, steps in sorted(an_object(value).items())}


def save(workspace: Workspace, name: str, config: AugmentConfig) -> str:
    """Keep `config` under `name`, in place of what had that name.

    Returns:
        The name as it was kept: without space around it.

    Raises:
        InputError: The name is empty or too long.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InputError(f"The name has {len(name)} letters; it must have from 1 to {LONGEST_NAME}.")
    with _lock(workspace):
        _write(workspace, {**list_saved(workspace), name: config})
    return name


def delete(workspace: Workspace, name: str) -> None:
    """Forget what was saved under `name`. Runs that used it keep their own copy.

    Raises:
        NotFoundError: Nothing was saved under that name.
    """
    with _lock(workspace):
        saved = list_saved(workspace)
        if name not in saved:
            there = f"There are: {', '.join(saved)}." if saved else "There are none."
            raise NotFoundError(f"No augmentation was saved as {name!r}. {there}")
        _write(workspace, {other: config for other, config in saved.items() if other != name})


def _lock(workspace: Workspace) -> FileLock:
    return FileLock(workspace.root / "augmentations.lock", timeout=10)


def _write(workspace: Workspace, saved: dict[str, AugmentConfig]) -> None:
    # Lists, not an object: the order of operations matters. The probability only where it is not the default.
    steps = {name: [step[:2] if step.is_usual else step for step in one.operations] for name, one in saved.items()}
    write_json(workspace.root / FILE_NAME, steps)


def _step(name: str, strength: float, probability: float | None = None) -> tuple[str, float, float | None]:
    return name, float(strength), None if probability is None else float(probability)
