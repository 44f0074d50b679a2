"""The job that looks for a learning rate. payload: dataset, config. It gives back what `RateSearch.to_json` gives."""

from __future__ import annotations

from typing import Any

from core.data.dataset import Dataset, find
from core.errors import ConfigError
from core.jobs import start
from core.jobs.context import Context
from core.progress import Progress
from core.train.config import TrainConfig
from core.workspace import Workspace, queue

KIND = "find_rate"


def begin(workspace: Workspace, dataset: Dataset, config: TrainConfig) -> queue.Job:
    """Queue the search, beside the trainings because it needs their device.

    Args:
        config: One that `core.train.config.resolve` gave for `dataset`.

    Raises:
        ConfigError: It has no learning rate.
    """
    if config.trainable == "head":
        raise ConfigError(
            'trainable is "head": a last layer alone is learnt in one go and has no learning rate to find.'
        )
    payload = {"dataset": dataset.reference, "config": config.to_json(), "title": "a learning rate"}
    job = queue.submit(workspace, queue.Job(start.new_job_id(KIND), KIND, queue.HEAVY, payload))
    start.ensure_supervisor(workspace)
    return job


def run(context: Context) -> dict[str, Any]:
    """Search."""
    context.on_progress(Progress("Starting TensorFlow"))
    from core.train import environment, training_data
    from core.train.rate_finder import find_rate

    environment.make_deterministic()
    config = TrainConfig.from_json(context.job.payload["config"])
    dataset = find(context.workspace, context.job.payload["dataset"])
    data = training_data.gather(context.workspace, dataset, config, context.on_progress, context.should_stop)
    return find_rate(config, data, context.on_progress, context.should_stop).to_json()
