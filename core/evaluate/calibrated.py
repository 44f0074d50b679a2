"""A run's temperature: fitted on its own validation split, kept in its folder, in use or not.

Evaluations keep what the model itself says. The temperature is put to what is read of them, and to what Classify and the
command line answer while it is in use.
"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import NotFoundError
from core.evaluate.answers import Answers, read_answers
from core.evaluate.calibration import equal_width
from core.evaluate.evaluation import evaluate, find_evaluation
from core.evaluate.temperature import fit_temperature, log_loss, temper
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress
from core.train.runs import Run, learnt_from
from core.workspace import Workspace
from core.workspace.atomic import read_json, remove_folder, write_json
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


def calibrate(
    workspace: Workspace, run: Run, on_progress: OnProgress = no_progress, should_stop: ShouldStop = never
) -> Calibration:
    """Fit a run's temperature on its validation split, and keep it. Whether one is in use stays as it is.

    Raises:
        InputError: The run has no model, its data set no validation image, or was deleted.
        Stopped: `should_stop` said so.
    """
    answers = validation_answers(workspace, run, on_progress, should_stop)
    Stage(on_progress, "Fitting the temperature", 0)
    temperature = fit_temperature(answers.labels, answers.probabilities, answers.groups)
    after = tempered(answers, temperature)
    before = find_calibration(workspace, run)
    calibration = Calibration(
        temperature,
        run.dataset,
        SPLIT,
        len(answers.labels),
        log_loss(answers.labels, answers.probabilities),
        log_loss(after.labels, after.probabilities),
        equal_width(answers.correct, answers.probabilities.max(1)).error,
        equal_width(answers.correct, after.probabilities.max(1)).error,
        time.time(),
        before is not None and before.in_use,
    )
    keep(workspace, run, calibration)
    return calibration


def keep(workspace: Workspace, run: Run, calibration: Calibration) -> None:
    """Write calibration.json."""
    write_json(_file(workspace, run), calibration.to_json())


def find_calibration(workspace: Workspace, run: Run) -> Calibration | None:
    """What is kept; None if none was fitted."""
    path = _file(workspace, run)
    return read_json(path, flat(Calibration)) if path.exists() else None


def temperature_in_use(workspace: Workspace, run: Run) -> float:
    """What the run's answers are given with: 1 where nothing was fitted or it is not in use."""
    calibration = find_calibration(workspace, run)
    return calibration.temperature if calibration and calibration.in_use else 1.0


def tempered(answers: Answers, temperature: float) -> Answers:
    """The same answers with other probabilities."""
    return dataclasses.replace(answers, probabilities=temper(answers.probabilities, temperature))


def validation_answers(
    workspace: Workspace, run: Run, on_progress: OnProgress = no_progress, should_stop: ShouldStop = never
) -> Answers:
    """What the model itself says of the run's own validation images; evaluates them if that is not kept.

    Raises:
        InputError: The run has no model, its data set no validation image, or was deleted.
        Stopped: `should_stop` said so.
    """
    kept = kept_validation_answers(workspace, run)
    if kept is not None:
        return kept
    dataset = learnt_from(workspace, run)
    return read_answers(workspace, run, evaluate(workspace, run, dataset, SPLIT, on_progress, should_stop))


def hindrance(workspace: Workspace, run: Run) -> str:
    """Why the validation images cannot be answered, in words; "" where they can, or are already."""
    if kept_validation_answers(workspace, run) is not None:
        return ""
    try:
        dataset = learnt_from(workspace, run)
    except NotFoundError:
        return f"{run.dataset}, which it learnt from, was deleted, and its validation images were not answered before."
    return "" if dataset.per_split.get(SPLIT) else f"{dataset.reference} has no validation images."


def kept_validation_answers(workspace: Workspace, run: Run) -> Answers | None:
    """The same, if it is kept."""
    try:
        return read_answers(workspace, run, find_evaluation(workspace, run, run.dataset, SPLIT))
    except NotFoundError:
        return None


def forget_earlier_model(workspace: Workspace, run: Run) -> None:
    """Remove what an earlier model of the run answered, and what was fitted on that: a resumed run has another model."""
    for name in FITTED:
        (run.folder(workspace) / name).unlink(missing_ok=True)
    remove_folder(run.folder(workspace) / "evaluation")


def _file(workspace: Workspace, run: Run) -> Path:
    return run.folder(workspace) / FILE_NAME
