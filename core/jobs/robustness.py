"""The job that measures a run's robustness. payload: run, dataset, split, settings.

It is a light one: it takes minutes at most, and should not wait for a training that takes hours. So it sees no GPU.
"""

from __future__ import annotations

from typing import Any

from core.evaluate.conditions import Settings
from core.evaluate.evaluation import find_data
from core.evaluate.measuring import measure
from core.jobs.context import Context
from core.train.runs import find_run

KIND = "robustness"


def run(context: Context) -> dict[str, Any]:
    """Measure, and name what was measured."""
    payload = context.job.payload
    trained = find_run(context.workspace, payload["run"])
    dataset = find_data(context.workspace, trained, payload.get("dataset"))
    settings = Settings.from_json(payload["settings"])
    found = measure(
        context.workspace, trained, dataset, payload["split"], settings, context.on_progress, context.should_stop
    )
    return {"run": trained.id, "dataset": found.dataset, "split": found.split, "seconds": found.seconds}
