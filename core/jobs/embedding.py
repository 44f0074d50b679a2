"""The job that embeds a data set's pictures and draws its map. payload: dataset, name.

A version has one such job, by its id, so that two clicks or two people begin it once.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import Any

from core.data.dataset import Dataset, find
from core.data.embeddings import embed
from core.data.projection import make_map
from core.errors import NotFoundError
from core.inference.embedder import SIZE, SMALL_SIZE, size_for
from core.jobs import start as jobs
from core.jobs.context import Context
from core.predict import pretrained
from core.progress import OnProgress, ShouldStop, never, no_progress
from core.workspace import Workspace, queue
from core.workspace.alive import working_in

KIND = "embed"
ENOUGH = 100  # images, for a rate that can be believed
IMAGES_PER_SECOND_AND_CORE = {SMALL_SIZE: 200.0, SIZE: 60.0}
MAP_SECONDS_PER_IMAGE = 0.003


def run(context: Context) -> dict[str, Any]:
    """Embed what has no vector yet, then draw the map."""
    dataset = find(context.workspace, context.job.payload["dataset"])
    result = embed_and_map(context.workspace, dataset, context.on_progress, context.should_stop)
    for one in result.pop("unreadable"):
        print(f"{one['path']}: {one['reason']}")
    return result


def embed_and_map(
    workspace: Workspace,
    dataset: Dataset,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> dict[str, Any]:
    """Embed the pictures of `dataset` that have no vector yet, then draw its map.

    Returns:
        {dataset, embedded, size, images_per_second, unreadable: [{path, reason}]}; pictures that cannot be read any more
        have no vector and no place on the map.

    Raises:
        InputError: The disk has no room.
        Stopped: `should_stop` said so; what is embedded is kept.
    """
    with working_in(workspace.dataset(dataset.name)):
        pretrained.efficientnet_lite0(workspace, on_progress, should_stop)
        begun = time.monotonic()
        done = embed(workspace, dataset, pretrained.embedder(workspace), on_progress, should_stop)
        seconds = time.monotonic() - begun
        make_map(workspace, dataset, on_progress, should_stop)
    return {
        "dataset": dataset.reference,
        "embedded": done.images,
        "size": size_for(dataset.size),
        "images_per_second": done.images / seconds,
        "unreadable": [{"path": path, "reason": reason} for path, reason in done.unreadable],
    }


def find_job(workspace: Workspace, dataset: Dataset) -> queue.Job | None:
    """The job of this version, if it was ever begun."""
    try:
        return queue.get(workspace, _job_id(dataset))
    except NotFoundError:
        return None


def begin(workspace: Workspace, dataset: Dataset) -> queue.Job:
    """Queue the job of this version, once more if it has ended, and see to it that it is started."""
    payload = {"dataset": dataset.reference, "name": dataset.reference}
    job = jobs.start(workspace, KIND, _job_id(dataset), **payload)
    if job.ended:
        job = queue.requeue(workspace, job.id, **payload)
        jobs.ensure_supervisor(workspace)
    return job


def expected_seconds(workspace: Workspace, dataset: Dataset, missing: int) -> float:
    """About how long the job of `dataset` will take here, `missing` of its images not being embedded yet."""
    rate = images_per_second(workspace, size_for(dataset.size))
    return missing / rate + dataset.images * MAP_SECONDS_PER_IMAGE


def images_per_second(workspace: Workspace, size: int) -> float:
    """How many images of `size` pixels this machine embeds a second: as it last did, else by its cores."""
    done = [job.result for job in queue.list_jobs(workspace, KIND, (queue.DONE,))]
    rates = [one["images_per_second"] for one in done if one.get("size") == size and one["embedded"] >= ENOUGH]
    return float(rates[0]) if rates else IMAGES_PER_SECOND_AND_CORE[size] * (os.cpu_count() or 1)


def _job_id(dataset: Dataset) -> str:
    # the name and version of a data set that was deleted can come again; the time at which it was made cannot
    whose = f"{dataset.reference}|{dataset.created_at}"
    return f"{KIND}-{hashlib.sha256(whose.encode()).hexdigest()[:16]}"
