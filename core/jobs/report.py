"""What a training reports of itself at its end."""

from __future__ import annotations

from typing import Any

from core.evaluate.evaluation import evaluate
from core.evaluate.recalibration import calibrate
from core.evaluate.untested import untested
from core.evaluate.validated import forget_earlier_model
from core.jobs.context import Context
from core.train.runs import Run, learnt_from


def test_figures(context: Context, run: Run) -> dict[str, Any]:
    """Fit the temperature on the validation split, and give back figures of the test split, which is used for the first time now
    that the model is fixed.
    """
    forget_earlier_model(context.workspace, run)
    dataset = learnt_from(context.workspace, run)
    calibrate(context.workspace, run, context.on_progress)
    evaluation = evaluate(context.workspace, run, dataset, "test", context.on_progress)
    return {
        "test_accuracy": evaluation.figures["accuracy"],
        "test_interval": evaluation.figures["accuracy_ci95"],
        "test_images": evaluation.figures["n"],
        "untested": untested(evaluation.figures),
    }
