"""What a job last said, for those who watch: pages and the command line."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.jobs import start
from core.progress import Progress, worth_saying
from core.train.moments import EPOCH, most, within_epochs
from core.workspace import Workspace, events
from core.workspace.queue import DONE, Job

TAIL_BYTES = 1 << 16
MOST_BYTES = 4 << 20


@dataclass(frozen=True)
class View:
    """One look at a job.

    Args:
        job: Its row.
        stage: What it does at present, in words.
        fraction: How much of the whole is done, 0..1; None where that cannot be said.
        unit_fraction: How much of the present epoch or stage is done.
        seconds_left: Until the end; None where that cannot be said.
        per_second: Images a second of the present stage; None where that cannot be said.
        training: The newest `core.train.moments.Moment` as a dict; None for other jobs.
        is_learning: Whether that moment is what it does at present.
    """

    job: Job
    stage: str = ""
    fraction: float | None = None
    unit_fraction: float = 0.0
    seconds_left: float | None = None
    per_second: float | None = None
    training: dict[str, Any] | None = field(default=None)
    is_learning: bool = False


def look(workspace: Workspace, job: Job) -> View:
    """The newest of what `job` said. One that waits though nobody is there to start it gets somebody."""
    start.see_to(workspace, job)
    said = _tail(workspace, job)
    training = next((event for event in reversed(said) if event["event"] == "training"), None)
    newest = next((event for event in reversed(said) if event["event"] in ("training", "progress")), None)
    if newest is None:
        return View(job, "Waiting" if job.status == "queued" else "Starting")
    if newest["event"] == "training":
        unit = newest["step"] / newest["steps"]
        whole = (newest["epoch"] - 1 + unit) / newest["epochs"]
        named = newest.get("unit", EPOCH)
        stage = f"{named.capitalize()} {newest['epoch']} of {most(newest['epochs'], named)}"
        left = worth_saying(newest["seconds_left"])
        return View(job, stage, whole, unit, left, newest["images_per_second"], training, True)
    now = Progress(*(newest[name] for name in ("stage", "done", "total", "unit", "seconds")))
    whole = (1.0 if training else 0.0) if job.kind == "train" else now.fraction
    rate = now.per_second if now.per_second and now.unit == "images" else None
    return View(job, now.stage, whole, now.fraction, now.seconds_left, rate, training)


def log_tail(workspace: Workspace, job: Job, size_bytes: int = 20_000) -> str:
    """The end of what the job printed."""
    path = job.folder(workspace) / "log.txt"
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - size_bytes, 0))
        return file.read().decode("utf-8", "replace")


def told(workspace: Workspace, job: Job, epochs: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """What the job said, a line each, for people: "15:31:04  Epoch 3 of 10: loss 0.212, …". Of very much the newest.

    Args:
        epochs: The run's history, once it has one: the last epoch is in no event.
    """
    path = job.folder(workspace) / events.FILE_NAME
    size = path.stat().st_size if path.exists() else 0
    said, _ = events.read(job.folder(workspace), max(size - MOST_BYTES, 0))
    lines: list[str] = []
    stage, shown, known, trains = "", 0, epochs, False
    for one in said:
        words: list[str] = []
        if one["event"] == "training":
            trains = True
            known = one["history"] if len(one["history"]) >= shown else known
            shown = min(shown, len(one["history"]))  # it began anew
            words = [_epoch_in_words(epoch, one["epochs"]) for epoch in known[shown : len(one["history"])]]
            shown = len(one["history"])
        elif trains and len(epochs) > shown:  # the last epoch is in none of the events
            words = [_epoch_in_words(epoch, len(epochs)) for epoch in epochs[shown:]]
            shown = len(epochs)
        if one["event"] == "started":
            words.append(f"Started on {one.get('device') or 'this machine'}")
            stage = ""
        elif one["event"] == "progress" and one["stage"] != stage:
            stage = one["stage"]
            words.append(stage)
        elif one["event"] == "ended":
            words.append(f"{one['status'].capitalize()}. {one['cause']}".strip())
        lines += [f"{time.strftime('%H:%M:%S', time.localtime(one['time']))}  {text}" for text in words]
    if job.status == DONE and not any(one["event"] == "ended" for one in said):
        lines.append(f"{path} is damaged: what else the job said is lost. Its figures are not.")
    return lines


def _epoch_in_words(epoch: Mapping[str, Any], epochs: int) -> str:
    what = f"Strength {epoch['strength']:g}" if "strength" in epoch else f"Epoch {epoch['epoch']} of {epochs}"
    return (
        f"{what}: loss {epoch['loss']:.3g}, accuracy {epoch['accuracy'] * 100:.1f} %; validation loss "
        f"{epoch['val_loss']:.3g}, accuracy {epoch['val_accuracy'] * 100:.1f} %; {epoch['seconds']:.1f} s"
    )


def device(workspace: Workspace, job: Job) -> str:
    """What the job last ran on, "CPU" or "GPU 1, NVIDIA H100"; empty before it was started. Reads all that it said."""
    started = events.last(job.folder(workspace), "started")
    if job.status == DONE and not started:
        path = job.folder(workspace) / events.FILE_NAME
        logging.getLogger(__name__).warning("%s is damaged: on what it ran is lost.", path)
    return started.get("device", "") if started else ""


def history(workspace: Workspace, view: View) -> list[dict[str, Any]]:
    """Finished epochs, as dicts of `core.train.moments.Epoch`; those of an earlier attempt until this one says its own."""
    said = view.training or events.last(view.job.folder(workspace), "training")
    return said["history"] if said else []


def course(workspace: Workspace, job: Job) -> list[dict[str, float]]:
    """Loss and accuracy within the epochs, as `core.train.moments.within_epochs` gives them.

    Reads all that the job said; nothing where that is more than `MOST_BYTES`.
    """
    path = job.folder(workspace) / events.FILE_NAME
    if not path.exists() or path.stat().st_size > MOST_BYTES:
        return []
    said, _ = events.read(job.folder(workspace))
    return within_epochs(event for event in said if event["event"] == "training")


def _tail(workspace: Workspace, job: Job) -> list[dict[str, Any]]:
    """The newest events since the job was last started; what an earlier attempt said is not news."""
    path = job.folder(workspace) / events.FILE_NAME
    size = path.stat().st_size if path.exists() else 0
    tail = TAIL_BYTES
    while True:
        said, _ = events.read(job.folder(workspace), max(size - tail, 0))
        if tail >= size or any(event["event"] in ("training", "progress") for event in said):
            return events.newest_attempt(said)
        tail *= 8  # one event of a training of hundreds of epochs is longer than that
