"""A sweep: one training tried with several settings, as runs of the ordinary queue.

Its folder holds sweep.json: what was asked for, and the runs with their values. How these go is asked of the queue.
"""

from __future__ import annotations

import dataclasses
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from core.data.dataset import Dataset
from core.errors import ConfigError, DamagedError, InputError
from core.train import runs
from core.train.comparing import in_words
from core.train.config import TrainConfig, resolve
from core.train.search import combinations
from core.train.used import check_used
from core.train.values import with_values
from core.workspace import Workspace, queue
from core.workspace.atomic import read_json, remove_folder, write_json
from core.workspace.naming import meant
from core.workspace.shape import fields_of, flat

JUDGES = {"val_accuracy": "Validation accuracy", "val_loss": "Validation loss"}
GONE = "deleted"


@dataclass(frozen=True)
class Trial:
    """One run of a sweep.

    Args:
        run: Its id.
        values: The settings that make it differ from the others.
    """

    run: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Sweep:
    """What was asked for.

    Args:
        id: Its name for machines and its folder's.
        dataset: `name@version` that all its runs learn from.
        over: Settings with their values as text; `core.train.search` says how.
        draws: How many were drawn at random; None where all combinations were taken.
        most_runs: The budget of runs; None for no limit.
        most_minutes: The budget of training time: once its runs took so long, those that wait are cancelled.
        trials: The runs.
        seed: Decided what was drawn.
        name: What people call it.
        created_at: Seconds since 1970.
        curve_of: The run whose learning curve it is; empty for a sweep that looks for the best settings.
    """

    id: str
    dataset: str
    over: dict[str, str]
    draws: int | None
    most_runs: int | None
    most_minutes: float | None
    trials: tuple[Trial, ...]
    seed: int = 0
    name: str = ""
    created_at: float = 0.0
    curve_of: str = ""

    @property
    def title(self) -> str:
        """Its name, or what is tried and since when if nobody named it."""
        fields = " × ".join(plain_name(one) for one in self.over)
        return self.name or f"{fields}, {time.strftime('%d %b %H:%M', time.localtime(self.created_at))}"

    def to_json(self) -> dict[str, Any]:
        """What sweep.json holds."""
        return {**asdict(self), "trials": [asdict(trial) for trial in self.trials]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Sweep:
        """A sweep from what `to_json` gave."""
        return cls(**{**fields_of(cls, value), "trials": tuple(flat(Trial)(trial) for trial in value["trials"])})


@dataclass(frozen=True)
class Result:
    """How one run of a sweep went.

    Args:
        run: Its id.
        values: The settings that make it differ from the others.
        status: Of its job, or "deleted".
        figures: As of `core.train.runs.Run`; empty before it ended.
        cause: Why it failed or was cancelled, in words for people.
    """

    run: str
    values: dict[str, Any]
    status: str
    figures: dict[str, Any] = field(default_factory=dict)
    cause: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in (*queue.ENDED, GONE)

    def to_json(self) -> dict[str, Any]:
        """{run, status, cause, values, val_accuracy, val_loss}; the test split chooses nothing and is not in it."""
        judged = {judge: self.figures.get(judge) for judge in JUDGES}
        return {"run": self.run, "status": self.status, "cause": self.cause, "values": self.values, **judged}


def new_id() -> str:
    """An id that sorts by time: 20261123-184210-sweep-3f9a."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-sweep-{secrets.token_hex(2)}"


def plan(
    dataset: Dataset,
    base: TrainConfig,
    over: Mapping[str, str],
    draws: int | None = None,
    most_runs: int | None = None,
    seed: int = 0,
) -> list[tuple[dict[str, Any], TrainConfig]]:
    """What would be tried: the values, and the config that comes of them, for each run.

    Raises:
        ConfigError: One of them does not fit the data set, or `over` cannot be read.
    """
    planned = []
    for values in combinations(base, over, draws, most_runs, seed):
        try:
            check_used(asked := with_values(base, values), values)
            config = resolve(asked, dataset)
            if "batch_size" in values and config.batch_size != asked.batch_size:
                raise ConfigError(f"batch_size is {asked.batch_size:,}; the training data has fewer images. Take less.")
            planned.append((values, config))
        except ConfigError as error:
            raise ConfigError(f"With {describe(values)}: {error}") from error
    return planned


def create(
    workspace: Workspace,
    dataset: Dataset,
    base: TrainConfig,
    over: Mapping[str, str],
    draws: int | None = None,
    most_runs: int | None = None,
    most_minutes: float | None = None,
    seed: int = 0,
    name: str = "",
    sweep_id: str | None = None,
    curve_of: str = "",
) -> Sweep:
    """Make a sweep and queue its runs. With a `sweep_id` that is there already, that one comes back whole.

    Args:
        base: What all runs share; not resolved, so that each finds its own number of epochs.
        curve_of: The run whose learning curve it is to be.

    Raises:
        ConfigError: One of its trainings does not fit the data set. Nothing was made then.
    """
    if most_minutes is not None and most_minutes <= 0:
        raise ConfigError(f"The budget is {most_minutes:g} minutes; it must be more than 0.")
    planned = plan(dataset, base, over, draws, most_runs, seed)
    sweep_id = sweep_id or new_id()
    trials = tuple(Trial(f"{sweep_id}-{number:03d}", values) for number, (values, _) in enumerate(planned, 1))
    sweep = Sweep(
        sweep_id,
        dataset.reference,
        dict(over),
        draws,
        most_runs,
        most_minutes,
        trials,
        seed,
        name.strip(),
        time.time(),
        curve_of,
    )
    path = workspace.sweep(sweep.id) / "sweep.json"
    if path.exists():  # a second click
        sweep = read_json(path, Sweep.from_json)
    else:
        write_json(path, sweep.to_json())
    for trial, (values, config) in zip(sweep.trials, planned, strict=False):
        runs.create(
            workspace,
            dataset,
            config,
            trial.run,
            describe(values),
            sweep=sweep.id,
            shared_seconds=most_minutes and most_minutes * 60,
        )
    return sweep


def rename_data(workspace: Workspace, name: str, new_name: str) -> None:
    """Let the sweeps on the data set `name` say that it is `new_name` now."""
    for sweep in list_sweeps(workspace):
        before, _, version = sweep.dataset.rpartition("@")
        if before == name:
            renamed = dataclasses.replace(sweep, dataset=f"{new_name}@{version}")
            write_json(workspace.sweep(sweep.id) / "sweep.json", renamed.to_json())


def find_sweep(workspace: Workspace, sweep_id: str) -> Sweep:
    """The sweep of that id, of that name, or of an id that begins so, if there is exactly one.

    Raises:
        NotFoundError: There is none, or more than one.
    """
    return meant(list_sweeps(workspace), sweep_id, "sweep", workspace.sweeps, Sweep.from_json)


def list_sweeps(workspace: Workspace) -> list[Sweep]:
    """All sweeps, newest first. What cannot be read is passed over, with a word in the log."""
    found = []
    for path in workspace.sweeps.glob("[!.]*/sweep.json"):
        try:
            found.append(read_json(path, Sweep.from_json))
        except (OSError, DamagedError) as error:
            logging.getLogger(__name__).warning("%s is damaged and was passed over (%s).", path, error)
    return sorted(found, key=lambda sweep: sweep.created_at, reverse=True)


def results(workspace: Workspace, sweep: Sweep, judge: str = "val_accuracy") -> list[Result]:
    """How its runs went, best first; those without figures last.

    Args:
        judge: "val_accuracy", the highest is the best, equals by loss; or "val_loss", the lowest is.

    Raises:
        InputError: There is no such judge: the test split chooses nothing.
    """
    if judge not in JUDGES:
        raise InputError(f"A sweep is judged by {' or '.join(JUDGES)}, not by {judge!r}.")
    ends = {job.id: (job.status, job.cause) for job in queue.list_jobs(workspace, "train")}
    figures = {run.id: run.figures for run in runs.list_runs(workspace, sweep.id)}
    found = []
    for one in sweep.trials:
        status, cause = ends.get(one.run, (GONE, ""))
        found.append(Result(one.run, one.values, status, figures.get(one.run, {}), cause))

    def rank(one: Result) -> tuple[bool, float, float]:
        loss, accuracy = one.figures.get("val_loss"), one.figures.get("val_accuracy")
        if loss is None or accuracy is None:
            return True, 0.0, 0.0
        return (False, -accuracy, loss) if judge == "val_accuracy" else (False, loss, -accuracy)

    return sorted(found, key=rank)


def best(found: list[Result]) -> Result | None:
    """The winner among what `results` gave; None before any run has figures."""
    return found[0] if found and found[0].figures.get("val_loss") is not None else None


def stop(workspace: Workspace, sweep: Sweep) -> None:
    """Cancel its runs that wait and stop the one that runs; what has ended stays."""
    there = {job.id for job in queue.list_jobs(workspace, "train")}
    for trial in reversed(sweep.trials):  # from the last on, so that none starts meanwhile
        if trial.run in there:
            queue.request_stop(workspace, trial.run)


def delete(workspace: Workspace, sweep: Sweep) -> int:
    """Delete a sweep with all its runs. Gives back the bytes that this freed.

    Raises:
        InputError: One of them is queued or running, or something works on one. Nothing was deleted then.
    """
    if waiting := [one.run for one in results(workspace, sweep) if not one.ended]:
        raise InputError(f"{len(waiting)} runs of {sweep.title} have not ended. Stop them first.")
    of_sweep = runs.list_runs(workspace, sweep.id)
    for run in of_sweep:
        runs.refuse_if_used(workspace, run)
    freed = sum(runs.delete(workspace, run) for run in of_sweep)
    remove_folder(workspace.sweep(sweep.id))
    return freed


def describe(values: Mapping[str, Any]) -> str:
    """{"learning_rate": 0.01, "augment.rotation": 0.1} -> "learning rate 0.01, rotation 0.1"."""
    return ", ".join(f"{plain_name(name)} {in_words(value)}" for name, value in values.items())


def plain_name(name: str) -> str:
    """A setting's name for people: "architecture_options.batch_norm" -> "batch norm"."""
    return name.rpartition(".")[2].replace("_", " ")
