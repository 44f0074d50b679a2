"""A run's temperature, fitted, switched on or off: what was made of its probabilities is made anew with it."""

from __future__ import annotations

import dataclasses
import time

from core.errors import InputError
from core.evaluate import calibrated, class_threshold, rule
from core.evaluate.answers import Answers, independent_images, tempered
from core.evaluate.calibrated import SPLIT, Calibration, find_calibration
from core.evaluate.calibration import equal_width
from core.evaluate.completion import complete_all
from core.evaluate.temperature import fit_temperature, log_loss
from core.evaluate.validated import validation_answers
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress
from core.train.runs import Run
from core.workspace import Workspace
from core.workspace.alive import working_in

ENOUGH, FEWEST, LARGE_GAIN = 200, 60, 0.1  # validation images; of the log loss


def calibrate(
    workspace: Workspace, run: Run, on_progress: OnProgress = no_progress, should_stop: ShouldStop = never
) -> tuple[Calibration, str]:
    """Fit a run's temperature on its validation split, and keep it. Whether one is in use stays as it is; the first is where
    it `helps_surely`.

    Returns:
        The temperature, and why a rule or a class's threshold had to go, in words; empty where it did not, or there was none.

    Raises:
        InputError: The run has no model, its data set no validation image, or was deleted.
        Stopped: `should_stop` said so.
    """
    with working_in(run.folder(workspace)):
        answers = validation_answers(workspace, run, on_progress, should_stop)
        labels = answers.labels
        Stage(on_progress, "Fitting the temperature", 0)
        temperature = fit_temperature(labels, answers.probabilities, answers.groups)
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
        return calibration, _put(workspace, run, calibration)


def use_temperature(workspace: Workspace, run: Run, in_use: bool, long_ones: bool = True) -> str:
    """Let the run answer with its temperature, or as the model itself does.

    Args:
        long_ones: Whether figures are made anew at once also where that takes long.

    Returns:
        As the second of `calibrate`.

    Raises:
        InputError: No temperature was fitted yet.
    """
    calibration = find_calibration(workspace, run)
    if calibration is None:
        raise InputError(f"{run.title} has no temperature yet. Fit it on the validation split first.")
    return _put(workspace, run, dataclasses.replace(calibration, in_use=in_use), long_ones)


def helps_surely(answers: Answers, before: float, after: float) -> bool:
    """Whether a temperature is to be used unasked: it was fitted on `ENOUGH` images, or on `FEWEST` with a large gain.

    Args:
        answers: Of the validation images; those that hang together count as `independent_images` says.
        before, after: Their log loss.
    """
    images = independent_images(answers) or len(answers.labels)
    return after < before and (images >= ENOUGH or (images >= FEWEST and after <= (1 - LARGE_GAIN) * before))


def _put(workspace: Workspace, run: Run, calibration: Calibration, long_ones: bool = True) -> str:
    """Keep it, and make figures and decisions anew where the run answers with another temperature than before."""
    decided, of_class = rule.find_rule(workspace, run), class_threshold.find(workspace, run)
    before = calibrated.temperature_in_use(workspace, run)
    calibrated.keep(workspace, run, calibration)
    complete_all(workspace, run, long_ones)
    if calibrated.temperature_in_use(workspace, run) == before:
        return ""
    gone = [class_threshold.choose_anew(workspace, run, of_class)] if of_class else []
    if decided:
        try:
            rule.decide(workspace, run, decided.error_rate)
        except InputError as error:
            rule.remove(workspace, run)
            gone.append(f"The rule is removed. {error}")
    return " ".join(filter(None, gone))
