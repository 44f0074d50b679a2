"""The job that makes a data set of a source. payload: source, name, keep, class_from, zip_names,
below, remove_source, append, train.

`append` adds to the data set of that name; otherwise it gets a version that holds nothing else. `train` is {"preset": …, "run": …}: once the data is there, a run of that preset and id is queued, so that one
click leads from nothing to a training.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.data.add import add
from core.data.append import append_source
from core.data.dataset import find
from core.data.sources import Reading
from core.jobs.context import Context
from core.train import runs
from core.train.presets import preset


def run(context: Context) -> dict[str, Any]:
    """Import, and remove an upload afterwards, whatever came of it."""
    payload, workspace = context.job.payload, context.workspace
    source, name = payload["source"], payload.get("name") or None
    how: dict[str, Any] = {
        "on_progress": context.on_progress,
        "should_stop": context.should_stop,
        "reading": Reading(payload.get("class_from") or "", payload.get("zip_names") or ""),
        "below": payload.get("below"),
        "called": payload.get("source_name") or "" if payload.get("remove_source") else "",
    }
    try:
        before = find(workspace, payload["name"]) if payload.get("append") else None
        if before:
            dataset = append_source(workspace, before, source, **how)
        else:
            dataset = add(workspace, source, name, keep=payload.get("keep", False), **how)
    finally:
        if payload.get("remove_source"):
            Path(payload["source"]).unlink(missing_ok=True)
    if wanted := payload.get("train"):
        runs.create(workspace, dataset, preset(wanted["preset"]).config, wanted["run"])
    came = {"dataset": dataset.reference, "images": dataset.images, "left_out": dataset.left_out}
    if before:
        came |= {"added": dataset.images - before.images, "left_out": dataset.left_out - before.left_out}
    return came
