"""Training, and the runs that came of it."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from typing import Any

from core.commands.line import Answer, Line, failure, percent
from core.data.dataset import find
from core.file_names import shown
from core.jobs import rate_finding, start
from core.jobs.watch import device, log_tail, look
from core.train import runs
from core.train.comparing import readable
from core.train.config import TrainConfig, resolve
from core.train.further import further
from core.train.presets import PRESETS, preset
from core.train.used import check_used
from core.train.values import setting_of
from core.workspace import Workspace, queue
from core.workspace.turns import PLACES

POLL_SECONDS = 0.2
UNKNOWN = "unknown"  # the status of a run whose job.json is damaged
NESTED = ("augment", "architecture_options")


def add_to(commands: Any, command: Any) -> None:
    """`train` and `runs …`"""
    nested = "Train a classifier. Nested settings take dots: --augment.rotation 0.1"
    one = command(commands, "train", train, nested, groups=NESTED)
    one.add_argument("name", help="data set, NAME or NAME@VERSION")
    add_settings(one)
    one.add_argument("--detach", action="store_true", help="queue it and return")
    one.add_argument("--run-name", default="", help="what to call the run")
    one.add_argument("--notes", default="")

    words = "Find a learning rate. Settings as of train; nested ones take dots."
    one = command(commands, "find-rate", find_rate, words, groups=NESTED)
    one.add_argument("name", help="data set, NAME or NAME@VERSION")
    add_settings(one)

    group = commands.add_parser("runs", help="runs").add_subparsers(required=True, metavar="ACTION")
    command(group, "list", runs_list, "All runs, newest first.")
    for name, run, help in (
        ("show", runs_show, "What a run is and what came of it."),
        ("stop", runs_stop, "Stop a run; the best weights stay."),
        ("resume", runs_resume, "Go on from the last checkpoint."),
        ("further", runs_further, "Train further: a new run that begins with the weights of this one."),
        ("delete", runs_delete, "Delete a run."),
        ("move", runs_move, "Let a run that waits in the queue go earlier or later."),
    ):
        one = command(group, name, run, help)
        one.add_argument("run_id", metavar="RUN")
        if name == "move":
            one.add_argument("--to", default="first", choices=tuple(PLACES))
        if name == "further":
            one.add_argument("--epochs", type=int, help="how many more; as many as it had by default")
        if name in ("resume", "further"):
            one.add_argument("--detach", action="store_true", help="queue it and return")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """--preset, and an option for each setting of `TrainConfig` that is not nested."""
    parser.add_argument("--preset", default="fast", choices=tuple(PRESETS))
    for field in dataclasses.fields(TrainConfig):
        if field.name not in ("preset", *NESTED):
            parser.add_argument(f"--{field.name.replace('_', '-')}", f"--{field.name}", dest=f"set_{field.name}")


def config_of(options: argparse.Namespace) -> TrainConfig:
    """What --preset and the other settings ask for. Raises ConfigError."""
    base = preset(options.preset).config.to_json()
    texts = {name[4:]: text for name, text in vars(options).items() if name.startswith("set_") and text is not None}
    given = {name: setting_of(name, text) for name, text in texts.items()}
    for group, values in options.nested.items():
        given[group] = {**base[group], **values}
    config = TrainConfig.from_json({**base, **given})
    check_used(config, [name for name, value in given.items() if value is not None])
    return config


def train(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`train NAME --preset PRESET`"""
    dataset = find(workspace, options.name)
    run = runs.create(workspace, dataset, config_of(options), name=options.run_name, notes=options.notes)
    return _follow(workspace, run, options.detach)


def find_rate(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`find-rate NAME --preset PRESET`"""
    dataset = find(workspace, options.name)
    job = rate_finding.begin(workspace, dataset, resolve(config_of(options), dataset))
    with Line() as line:
        while not (job := queue.get(workspace, job.id)).ended:
            line.show_view(look(workspace, job))
            time.sleep(POLL_SECONDS)
    if job.status != queue.DONE:
        raise failure(job)
    return {"dataset": dataset.reference, **job.result}, f"{job.result['suggestion']:g} is a good rate to begin with."


def runs_list(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`runs list`"""
    statuses = {job.id: job.status for job in queue.list_jobs(workspace, "train")}
    found = [_run_answer(workspace, run, statuses.get(run.id, UNKNOWN)) for run in runs.list_runs(workspace)]
    lines = [
        f"{one['run']:34} {one['status']:12} {one['dataset']:20} {percent(one['val_accuracy']):>9}  {one['title']}"
        for one in found
    ]
    return {"runs": found}, [*lines, "Accuracy on the validation images."] if found else "No runs yet."


def runs_show(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`runs show RUN`"""
    run = runs.find_run(workspace, options.run_id)
    job = queue.get(workspace, run.id)
    answer = {**_run_answer(workspace, run), **run.to_json(), "device": device(workspace, job), "cause": job.cause}
    return answer, [f"{name:28} {content}" for name, content in _for_people(run, answer)]


def _for_people(run: runs.Run, answer: dict[str, Any]) -> list[tuple[str, Any]]:
    """What `runs show` prints: settings by their names, and of a last layer alone strengths where others have epochs."""
    told = {name: content for name, content in answer.items() if name not in ("config", "figures")}
    told |= {name: content for name, content in run.figures.items() if not isinstance(content, list | dict)}
    if run.config.trainable == "head":
        names = {"epochs": "strengths_tried", "head_strength": "best_strength"}
        told.pop("best_epoch", None)
        told = {names.get(name, name): content for name, content in told.items()}
    return [*told.items(), *readable(run)]


def runs_stop(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`runs stop RUN`"""
    run = runs.find_run(workspace, options.run_id)
    queue.request_stop(workspace, run.id)
    while not (job := queue.get(workspace, run.id)).ended:
        time.sleep(POLL_SECONDS)
    return _run_answer(workspace, runs.find_run(workspace, run.id)), f"{run.id} is {job.status}."


def runs_resume(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`runs resume RUN`"""
    run = runs.find_run(workspace, options.run_id)
    runs.resume(workspace, run)
    return _follow(workspace, run, options.detach)


def runs_move(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`runs move RUN --to PLACE`"""
    run = runs.find_run(workspace, options.run_id)
    order = [job.id for job in queue.move(workspace, run.id, options.to)]
    if run.id not in order:
        return {"run": run.id, "place": None, "queue": order}, f"{run.id} has begun."
    place = order.index(run.id) + 1
    return {"run": run.id, "place": place, "queue": order}, f"{run.id} is number {place} of {len(order)} that wait."


def runs_further(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`runs further RUN`"""
    before = runs.find_run(workspace, options.run_id)
    dataset = runs.learnt_from(workspace, before)
    run = runs.create(workspace, dataset, further(before, options.epochs), name=f"{before.title}, further")
    return _follow(workspace, run, options.detach)


def runs_delete(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`runs delete RUN`"""
    run = runs.find_run(workspace, options.run_id)
    freed = runs.delete(workspace, run)
    return {"run": run.id, "freed_bytes": freed}, f"Deleted {run.id}; {freed / 1e6:.1f} MB are free."


def _follow(workspace: Workspace, run: runs.Run, detach: bool) -> Answer:
    """Start a run's training and, unless `detach`, watch it to its end."""
    start.ensure_supervisor(workspace)
    if detach:
        return _run_answer(workspace, run), f"{run.id} is queued."
    with Line() as line:
        try:
            while not (job := queue.get(workspace, run.id)).ended:
                line.show_view(look(workspace, job))
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            queue.request_stop(workspace, run.id)
            raise
    if job.status in (queue.FAILED, queue.INTERRUPTED):
        print("\n".join(map(shown, log_tail(workspace, job, 4000).split("\n"))), file=sys.stderr)
        if job.status == queue.INTERRUPTED:
            raise failure(job, f"{job.cause} Go on with: python -m core runs resume {run.id}")
        raise failure(job)
    answer = _run_answer(workspace, runs.find_run(workspace, run.id))
    text = f"{run.id} is {job.status}: {percent(answer['test_accuracy'])} on the test split"
    return answer, text


def _run_answer(workspace: Workspace, run: runs.Run, status: str = "") -> dict[str, Any]:
    figures = run.figures
    return {
        "run": run.id,
        "title": run.title,
        "status": status or queue.get(workspace, run.id).status,
        "dataset": run.dataset,
        "preset": run.config.preset,
        "epochs": figures.get("epochs", 0),
        **{name: figures.get(name) for name in ("val_accuracy", "test_accuracy", "seconds", "images_per_second")},
    }
