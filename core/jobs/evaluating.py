"""The job that evaluates a run. payload: run, dataset, split."""

from __future__ import annotations

from typing import Any

from core.evaluate.evaluation import evaluate, find_data
from core.jobs.context import Context
from core.train.runs import find_run


def run(context: Context) -> dict[str, Any]:
    """Evaluate, and name the evaluation."""
    payload = context.job.payload
    trained = find_run(context.workspace, payload["run"])
    dataset = find_data(context.workspace, trained, payload.get("dataset"))
    evaluation = evaluate(
        context.workspace, trained, dataset, payload["split"], context.on_progress, context.should_stop
    )
    return {"run": trained.id, "dataset": evaluation.dataset, "split": evaluation.split}
