"""Figures that an earlier Fovea did not make, from the probabilities that it kept."""

from __future__ import annotations

import dataclasses

from core.evaluate.answers import read_answers
from core.evaluate.evaluation import Evaluation, evaluation_folder
from core.train.runs import Run
from core.workspace import Workspace
from core.workspace.atomic import write_json

AT_ONCE = 2_000_000  # probabilities whose figures take about a second


def is_complete(evaluation: Evaluation) -> bool:
    """Whether it has all figures of today."""
    return "groups" in evaluation.figures


def takes_long(evaluation: Evaluation) -> bool:
    """Whether `complete` takes more than a second or two."""
    return evaluation.figures["n"] * len(evaluation.classes) > AT_ONCE


def complete(workspace: Workspace, run: Run, evaluation: Evaluation) -> Evaluation:
    """The evaluation with all figures of today, kept in place of what was there."""
    from core.evaluate.metrics import figures  # SciPy: only where figures are made

    answers = read_answers(workspace, run, evaluation)
    made = figures(answers.labels, answers.probabilities, answers.classes, answers.groups)
    completed = dataclasses.replace(evaluation, figures={**evaluation.figures, **made})
    folder = evaluation_folder(workspace, run, evaluation.dataset, evaluation.split)
    write_json(folder / "metrics.json", completed.to_json())
    return completed
