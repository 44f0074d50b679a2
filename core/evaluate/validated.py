"""What a run answers to its own validation images, which its temperature and decisions are chosen on."""

from __future__ import annotations

from core.errors import NotFoundError
from core.evaluate.answers import Answers, read_answers
from core.evaluate.calibrated import FITTED, SPLIT
from core.evaluate.evaluation import evaluate, find_evaluation
from core.progress import OnProgress, ShouldStop, never, no_progress
from core.train.runs import Run, learnt_from
from core.workspace import Workspace
from core.workspace.atomic import remove_folder


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
