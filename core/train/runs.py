"""A run: one training, its folder, and all that came of it."""

from __future__ import annotations

import dataclasses
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.data.dataset import Dataset, find
from core.errors import DamagedError, InputError, NotFoundError
from core.train.config import TrainConfig, resolve
from core.workspace import Workspace, queue
from core.workspace.alive import alone_with
from core.workspace.atomic import read_json, remove_folder, write_json
from core.workspace.catalogue import all_stored, connect, put_run, remove, stored
from core.workspace.naming import meant
from core.workspace.paths import folder_size_bytes, is_name
from core.workspace.shape import fields_of, fits

FOLDER_README = """config.json       what was asked for
run.json          name, notes, figures
job.json          queued, running, done, failed, stopped or interrupted, and why
events.jsonl      what the trainer said, a line each
log.txt           what it printed
checkpoint/       to go on from
tensorboard/      loss, accuracy and learning rate by epoch, for TensorBoard
model.keras       the best weights (float32), without augmentation
model.tflite      the same model as every page and command uses it
novelty.npz       of a last layer on embeddings: what tells images unlike those that it learnt from
labels.json       class names in the order of the outputs
environment.json  what it ran on
calibration.json  the temperature, on which validation images it was fitted, what it did there, whether it is in use
decision.json     once it was chosen: the rule by which it says "I don't know"
class_threshold.json  once it was chosen: from which probability on it says one class
evaluation/       probabilities and figures, a folder for each data set and split; robustness, where it was measured
"""


FIGURES = {  # that every list of runs shows
    "epochs": int,
    "parameters": int,
    **dict.fromkeys(("val_accuracy", "val_loss", "test_accuracy", "seconds", "images_per_second"), float | None),
    "test_interval": list[float] | None,
    "history": list[dict[str, Any]],
}


@dataclass(frozen=True)
class Run:
    """One training.

    Args:
        id: Its name for machines and its folder's.
        dataset: `name@version` that it learns from.
        config: As resolved against that data set.
        name, notes: What people call it and write about it.
        created_at: Seconds since 1970.
        data_fingerprint: Of the data set that it learns from, by which it is told from another of that name.
        figures: What came of it: epochs, val_accuracy, test_accuracy, test_interval, seconds,
            images_per_second, parameters, best_epoch; empty before it ended.
        sweep: Id of the sweep that it belongs to; empty where it stands alone.
    """

    id: str
    dataset: str
    config: TrainConfig
    name: str = ""
    notes: str = ""
    created_at: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)
    data_fingerprint: str = ""
    sweep: str = ""

    @property
    def title(self) -> str:
        """Its name, or what began and when if nobody named it: "fast, 23 Nov 21:50"."""
        return self.name or f"{self.config.preset}, {time.strftime('%d %b %H:%M', time.localtime(self.created_at))}"

    def folder(self, workspace: Workspace) -> Path:
        """Where everything of it is."""
        return workspace.run(self.id)

    def to_json(self) -> dict[str, Any]:
        """What run.json holds."""
        return {**asdict(self), "config": self.config.to_json()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Run:
        """A run from what `to_json` gave."""
        figures = fields_of(cls, value).get("figures", {})
        wrong = [name for name, kind in FIGURES.items() if name in figures and not fits(figures[name], kind)]
        if wrong:
            raise TypeError(f"{wrong[0]!r} is {figures[wrong[0]]!r}")
        config = dict(value["config"])
        if "layer_decay" not in config and config.get("optimizer") != "adamw":
            config.pop("weight_decay", None)  # older Foveas wrote it and let only AdamW decay
        return cls(**{**value, "config": TrainConfig.from_json(config)})


def new_id(preset: str) -> str:
    """An id that sorts by time and says what began: 20261123-184210-fast-3f9a."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{preset}-{secrets.token_hex(2)}"


def create(
    workspace: Workspace,
    dataset: Dataset,
    config: TrainConfig,
    run_id: str | None = None,
    name: str = "",
    notes: str = "",
    sweep: str = "",
    shared_seconds: float | None = None,
) -> Run:
    """Make a run and queue its training. With a `run_id` that is there already, that run comes back.

    Args:
        sweep: The sweep that it belongs to.
        shared_seconds: How long the runs of that sweep may take together; None for as long as it takes.

    Raises:
        ConfigError: The config does not fit the data set, or the run that it starts from. Nothing was made.
        NotFoundError: There is no such run.
    """
    from core.train.further import check_start  # which reads runs

    config = resolve(config, dataset)
    check_start(workspace, config, dataset)
    run = Run(
        run_id or new_id(config.preset),
        dataset.reference,
        config,
        name,
        notes,
        time.time(),
        data_fingerprint=dataset.fingerprint,
        sweep=sweep,
    )
    try:
        return find_run(workspace, run.id)
    except NotFoundError:
        pass
    folder = run.folder(workspace)
    is_first = not folder.exists()  # else another click of the same person makes it just now
    payload = {"dataset": run.dataset, "title": run.title, "preset": config.preset, "gpus": config.gpus}
    payload |= {"start_from": config.start_from} if config.start_from else {}
    job = queue.Job(run.id, "train", queue.HEAVY, payload, group=sweep, group_seconds=shared_seconds)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "config.json", config.to_json())
        (folder / "README.txt").write_text(FOLDER_README, encoding="utf-8")
        with connect(
            workspace
        ) as db:  # who is killed in it leaves a folder that the sweep knows, and no run without a job
            db.execute("BEGIN IMMEDIATE")
            _put(workspace, db, run)
            queue.submit_in(db, workspace, job)
            db.execute("COMMIT")
    except BaseException:  # the disk is full, say
        if is_first:
            remove_folder(folder)
        raise
    return run


def resume(workspace: Workspace, run: Run) -> queue.Job:
    """Queue an ended run again; it goes on from its last checkpoint.

    Raises:
        InputError: It is done, or has not ended, or something works on it: the model would change under that.
        NotFoundError: Its data set is gone, or another has its name.
    """
    job = queue.get(workspace, run.id)
    if job.status == queue.DONE or not job.ended:
        raise InputError(f"{run.title} is {job.status}; only a stopped, failed or interrupted run can be resumed.")
    learnt_from(workspace, run)
    refuse_if_used(workspace, run)
    return queue.requeue(workspace, run.id)


def learnt_from(workspace: Workspace, run: Run) -> Dataset:
    """The very data that `run` learns from.

    Raises:
        NotFoundError: It was deleted; another data set may have its name and version since.
    """
    dataset = find(workspace, run.dataset)
    if run.data_fingerprint and dataset.fingerprint != run.data_fingerprint:
        raise NotFoundError(
            f"{run.dataset} holds other images or labels than those that {run.title} learnt from, which were deleted. "
            "Train a new run on it, or name the data to evaluate on."
        )
    return dataset


def newest_data(workspace: Workspace, run: Run) -> Dataset:
    """The newest version of the data that `run` learnt from.

    Raises:
        NotFoundError: As `learnt_from`.
    """
    return find(workspace, learnt_from(workspace, run).name)


def save(workspace: Workspace, run: Run) -> None:
    """Write run.json and the catalogue's row of a new run. One that is there is changed by `change` and `record`."""
    with connect(workspace) as db:
        _put(workspace, db, run)


def describe(workspace: Workspace, run: Run, name: str, notes: str) -> Run:
    """Give a run another name and notes."""
    return change(workspace, run.id, name=name.strip(), notes=notes.strip())


def record(workspace: Workspace, run_id: str, **figures: Any) -> Run:
    """Add to a run's figures."""
    return _change(workspace, run_id, lambda run: dataclasses.replace(run, figures={**run.figures, **figures}))


def change(workspace: Workspace, run_id: str, **values: Any) -> Run:
    """Give fields of a run other values; those that others change meanwhile keep theirs."""
    return _change(workspace, run_id, lambda run: dataclasses.replace(run, **values))


def _change(workspace: Workspace, run_id: str, changed: Callable[[Run], Run]) -> Run:
    """Read, change and write in one transaction, so that of two who change a run neither loses what the other wrote."""
    with connect(workspace) as db:
        db.execute("BEGIN IMMEDIATE")
        run = _by_id(workspace, db, run_id)
        if run is None:
            raise NotFoundError(f"There is no run {run_id!r} any more.")
        run = changed(run)
        _put(workspace, db, run)
        db.execute("COMMIT")
    return run


def _put(workspace: Workspace, db: sqlite3.Connection, run: Run) -> None:
    write_json(run.folder(workspace) / "run.json", run.to_json())
    put_run(db, run.to_json())


def _by_id(workspace: Workspace, db: sqlite3.Connection, run_id: str) -> Run | None:
    row = db.execute("SELECT json FROM runs WHERE id = ?", (run_id,)).fetchone()
    return stored(row["json"], _file(workspace, run_id), Run.from_json) if row else None


def find_run(workspace: Workspace, run_id: str) -> Run:
    """The run of that id, of that name, or of an id that begins so, if there is exactly one.

    Raises:
        NotFoundError: There is none, or more than one.
    """
    with connect(workspace) as db:
        run = (
            _by_id(workspace, db, run_id) if is_name(run_id) else None
        )  # the others are not read: a page asks every second
    return run or meant(list_runs(workspace), run_id, "run", workspace.runs, Run.from_json)


def list_runs(workspace: Workspace, sweep: str | None = None) -> list[Run]:
    """All runs, or those of one sweep, newest first."""
    of_sweep, values = ("WHERE json_extract(json, '$.sweep') = ?", (sweep,)) if sweep else ("", ())
    with connect(workspace) as db:
        rows = db.execute(f"SELECT id, json FROM runs {of_sweep} ORDER BY created_at DESC", values).fetchall()
    return all_stored([(row["json"], _file(workspace, row["id"])) for row in rows], Run.from_json)


def _file(workspace: Workspace, run_id: str) -> Path:
    return workspace.runs / run_id / "run.json"


def read_labels(workspace: Workspace, run: Run) -> tuple[str, ...]:
    """Class names in the order of the model's outputs.

    Raises:
        InputError: The run has no model (yet), or the file is damaged.
    """
    path = run.folder(workspace) / "labels.json"
    if said := lost(workspace, run):
        raise DamagedError(said)
    if not has_model(workspace, run):
        raise InputError(f"{run.title} has no model yet. Wait until its training has ended, or take another run.")
    return read_json(path, _labels_from_json, "Restore it, or train again.")


def _labels_from_json(value: Any) -> tuple[str, ...]:
    if not value or not fits(value, list[str]):
        raise TypeError("it is no list of class names")
    return tuple(value)


def has_model(workspace: Workspace, run: Run) -> bool:
    """Whether its model can be used."""
    return not _missing(workspace, run)


def lost(workspace: Workspace, run: Run) -> str:
    """What files of its model are gone though its training ended, and what to do, in words; "" where it has them, or had none yet."""
    missing = _missing(workspace, run) if "test_accuracy" in run.figures else []
    if not missing:
        return ""
    names, are = " and ".join(missing), "are" if len(missing) > 1 else "is"
    return f"{names} of {run.title} {are} missing in {run.folder(workspace)}. Restore what was there, or train again."


def _missing(workspace: Workspace, run: Run) -> list[str]:
    folder = run.folder(workspace)
    return [name for name in ("labels.json", "model.tflite") if not (folder / name).is_file()]


def refuse_if_used(workspace: Workspace, run: Run) -> None:
    """Raise InputError if the run is queued or running, a job that works on it is, or a command works on it."""
    with connect(workspace) as db:
        queue.refuse_if_used(db, run.id)
    with alone_with(run.folder(workspace)):
        pass


def delete(workspace: Workspace, run: Run) -> int:
    """Delete a run with all that came of it. Gives back the bytes that this freed.

    Raises:
        InputError: As `refuse_if_used` does.
    """

    def forget(db: sqlite3.Connection) -> None:
        queue.forget(db, run.id)
        db.execute("DELETE FROM runs WHERE id = ?", (run.id,))

    freed = folder_size_bytes(run.folder(workspace))
    remove(workspace, run.folder(workspace), forget)
    return freed
