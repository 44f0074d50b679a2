"""Figures made anew of the probabilities that were kept: those that an earlier Fovea did not make, or of another temperature."""

from __future__ import annotations

import dataclasses

from core.errors import NotFoundError
from core.evaluate.answers import answers_of
from core.evaluate.calibrated import temperature_in_use
from core.evaluate.evaluation import (
    Evaluation,
    calibrated_figures,
    evaluated_on,
    find_evaluation,
    keep_tables,
    read_predictions,
)
from core.evaluate.temperature import temper
from core.train.runs import Run
from core.workspace import Workspace

AT_ONCE = 2_000_000  # probabilities whose figures take about a second


def is_complete(evaluation: Evaluation) -> bool:
    """Whether it has all figures of today."""
    return "groups" in evaluation.figures


def is_current(workspace: Workspace, run: Run, evaluation: Evaluation) -> bool:
    """Whether it also is of the temperature that the run answers with now."""
    return is_complete(evaluation) and evaluation.temperature == temperature_in_use(workspace, run)


def takes_long(evaluation: Evaluation) -> bool:
    """Whether `complete` takes more than a second or two."""
    return evaluation.figures["n"] * len(evaluation.classes) > AT_ONCE


def complete(workspace: Workspace, run: Run, evaluation: Evaluation) -> Evaluation:
    """The evaluation with all figures of today, of the temperature in use, kept in place of what was there."""
    table, temperature = read_predictions(workspace, run, evaluation), temperature_in_use(workspace, run)
    answers = answers_of(table, evaluation.classes)
    made = calibrated_figures(answers.labels, answers.probabilities, answers.classes, answers.groups, temperature)
    table["probability"] = temper(answers.probabilities, temperature).max(1)
    completed = dataclasses.replace(evaluation, figures={**evaluation.figures, **made})
    keep_tables(workspace, run, completed, table)
    return completed


def complete_all(workspace: Workspace, run: Run, long_ones: bool = True) -> None:
    """Bring every kept evaluation of a run to the temperature that it answers with now.

    Args:
        long_ones: Also those of which this `takes_long`.
    """
    for reference, split in evaluated_on(workspace, run):
        try:
            evaluation = find_evaluation(workspace, run, reference, split)
        except NotFoundError:  # an earlier Fovea made it, which followed no renamed class
            continue
        is_other = evaluation.temperature != temperature_in_use(workspace, run)
        if is_other and (long_ones or not takes_long(evaluation)):
            complete(workspace, run, evaluation)
