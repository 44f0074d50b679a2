"""A run's temperature, kept in its folder, in use or not. `core.evaluate.validated` fits it.

All probabilities that people see are given with the one in use, and so are the figures that are made of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.train.runs import Run
from core.workspace import Workspace
from core.workspace.atomic import read_if_there, write_json
from core.workspace.shape import flat

FILE_NAME, RULE_FILE_NAME, CLASS_FILE_NAME = "calibration.json", "decision.json", "class_threshold.json"
FITTED = (FILE_NAME, RULE_FILE_NAME, CLASS_FILE_NAME)  # on the validation split, for the model at hand
SPLIT = "val"


@dataclass(frozen=True)
class Calibration:
    """What calibration.json holds.

    Args:
        temperature: What logits are divided by; 1 where none lowered the log loss by more than chance would.
        dataset, split, n: What it was fitted on: `name@version`, "val", and how many images.
        log_loss_before, log_loss_after, ece_before, ece_after: On those images, without and with it.
        fitted_at: Seconds since 1970.
        in_use: Whether the run's answers are given with it.
    """

    temperature: float
    dataset: str
    split: str
    n: int
    log_loss_before: float
    log_loss_after: float
    ece_before: float
    ece_after: float
    fitted_at: float
    in_use: bool = False

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)


def keep(workspace: Workspace, run: Run, calibration: Calibration) -> None:
    """Write calibration.json."""
    write_json(_file(workspace, run), calibration.to_json())


def find_calibration(workspace: Workspace, run: Run) -> Calibration | None:
    """What is kept; None if none was fitted."""
    return read_if_there(_file(workspace, run), flat(Calibration))


def temperature_in_use(workspace: Workspace, run: Run) -> float:
    """What the run's answers are given with: 1 where nothing was fitted or it is not in use."""
    calibration = find_calibration(workspace, run)
    return calibration.temperature if calibration and calibration.in_use else 1.0


def _file(workspace: Workspace, run: Run) -> Path:
    return run.folder(workspace) / FILE_NAME
