"""What a run answers to its own validation images, and the temperature that is fitted on them."""

from __future__ import annotations

import time

from core.errors import NotFoundError
from core.evaluate.answers import Answers, independent_images, read_answers, tempered
from core.evaluate.calibrated import FITTED, SPLIT, Calibration, find_calibration, keep
from core.evaluate.calibration import equal_width
from core.evaluate.completion import complete_all
from core.evaluate.evaluation import evaluate, find_evaluation
from core.evaluate.temperature import fit_temperature, log_loss
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress
from core.train.runs import Run, learnt_from
from core.workspace import Workspace
from core.workspace.atomic import remove_folder

ENOUGH, FEWEST, LARGE_GAIN = 200, 60, 0.1  # validation images; of the log loss


def calibrate(
    workspace: Workspace, run: Run, on_progress: OnProgress = no_progress, should_stop: ShouldStop = never
) -> Calibration:
    """Fit a run's temperature on its validation split, and keep it. Whether one is in use stays as it is; the first is where
    it `helps_surely`.

    Raises:
        InputError: The run has no model, its data set no validation image, or was deleted.
        Stopped: `should_stop` said so.
    """
    answers = validation_answers(workspace, run, on_progress, should_stop)
    labels = answers.labels
    Stage(on_progress, "Fitting the temperature", 0)
    temperature = fit_temperature(answers.labels, answers.probabilities, answers.groups)
    after = tempered(answers, temperature)
    losses = log_loss(labels, answers.probabilities), log_loss(labels, after.probabilities)
    before = find_calibration(workspace, run)
    calibration = Calibration(
        temperature,
        run.dataset,
        SPLIT,
        len(labels),
        *losses,
        equal_width(answers.correct, answers.probabilities.max(1)).error,
        equal_width(answers.correct, after.probabilities.max(1)).error,
        time.time(),
        before.in_use if before else helps_surely(answers, *losses),
    )
    keep(workspace, run, calibration)
    complete_all(workspace, run)
    return calibration


def helps_surely(answers: Answers, before: float, after: float) -> bool:
    """Whether a temperature is to be used unasked: it was fitted on `ENOUGH` images, or on `FEWEST` with a large gain.

    Args:
        answers: Of the validation images; those that hang together count as `independent_images` says.
        before, after: Their log loss.
    """
    images = independent_images(answers) or len(answers.labels)
    return after < before and (images >= ENOUGH or (images >= FEWEST and after <= (1 - LARGE_GAIN) * before))


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
