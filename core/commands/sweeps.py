"""Several trainings as one: `sweep`, and the sweeps that there are."""

from __future__ import annotations

import argparse
import time
from typing import Any

from core.commands.line import Answer, Line, failure, percent
from core.commands.runs import NESTED, add_settings, config_of
from core.data.dataset import find
from core.errors import ConfigError
from core.jobs import start
from core.progress import Progress
from core.train import sweeps
from core.workspace import Workspace, queue

POLL_SECONDS = 0.5


def add_to(commands: Any, command: Any) -> None:
    """`sweep` and `sweeps …`"""
    words = "Try a training with several settings: all combinations, or some drawn at random."
    one = command(commands, "sweep", sweep, words, groups=NESTED)
    one.add_argument("name", help="data set, NAME or NAME@VERSION")
    add_settings(one)
    one.add_argument(
        "--over",
        action="append",
        required=True,
        metavar="FIELD=VALUES",
        help="learning_rate=0.001,0.01 or, drawn evenly in the logarithm, learning_rate=1e-4..1e-1; may be repeated",
    )
    one.add_argument("--random", type=int, metavar="N", help="draw so many combinations instead of taking all")
    one.add_argument("--random-seed", type=int, default=0, metavar="N", help="decides what is drawn")
    one.add_argument("--budget", type=int, metavar="RUNS", help="so many runs at most")
    one.add_argument("--minutes", type=float, help="so much training time for all; what waits then is cancelled")
    one.add_argument("--judge", default="val_accuracy", choices=tuple(sweeps.JUDGES), help="what the best is best in")
    one.add_argument("--sweep-name", default="", help="what to call it")
    one.add_argument("--detach", action="store_true", help="queue it and return")

    group = commands.add_parser("sweeps", help="sweeps").add_subparsers(required=True, metavar="ACTION")
    command(group, "list", sweeps_list, "All sweeps, newest first.")
    for name, run, help in (
        ("show", sweeps_show, "The runs of a sweep, best first."),
        ("stop", sweeps_stop, "Stop what runs of a sweep and cancel what waits."),
        ("delete", sweeps_delete, "Delete a sweep with all its runs."),
    ):
        one = command(group, name, run, help)
        one.add_argument("sweep_id", metavar="SWEEP")
        if name != "delete":
            one.add_argument("--judge", default="val_accuracy", choices=tuple(sweeps.JUDGES))


def sweep(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`sweep NAME --over FIELD=VALUES`"""
    made = sweeps.create(
        workspace,
        find(workspace, options.name),
        config_of(options),
        _over(options.over),
        options.random,
        options.budget,
        options.minutes,
        options.random_seed,
        options.sweep_name,
    )
    start.ensure_supervisor(workspace)
    if options.detach:
        return _answer(workspace, made, options.judge)
    try:
        _watch(workspace, made)
    except KeyboardInterrupt:
        sweeps.stop(workspace, made)
        raise
    answer, text = _answer(workspace, made, options.judge)
    if all(one["status"] == queue.FAILED for one in answer["runs"]):
        first = queue.get(workspace, made.trials[0].run)
        raise failure(first, f"All runs failed; the first: {first.cause}")
    return answer, text


def sweeps_list(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`sweeps list`"""
    found = [_answer(workspace, one, "val_accuracy")[0] for one in sweeps.list_sweeps(workspace)]
    lines = [f"{one['sweep']:34} {one['title']:40} {len(one['runs'])} runs" for one in found]
    return {"sweeps": found}, lines or "No sweeps yet."


def sweeps_show(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`sweeps show SWEEP`"""
    return _answer(workspace, sweeps.find_sweep(workspace, options.sweep_id), options.judge)


def sweeps_stop(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`sweeps stop SWEEP`"""
    found = sweeps.find_sweep(workspace, options.sweep_id)
    sweeps.stop(workspace, found)
    _watch(workspace, found)
    return _answer(workspace, found, options.judge)


def sweeps_delete(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`sweeps delete SWEEP`"""
    found = sweeps.find_sweep(workspace, options.sweep_id)
    freed = sweeps.delete(workspace, found)
    return {"sweep": found.id, "freed_bytes": freed}, f"Deleted {found.id}; {freed / 1e6:.1f} MB are free."


def _over(given: list[str]) -> dict[str, str]:
    over: dict[str, str] = {}
    for text in given:
        field, equals, values = text.partition("=")
        field = field.strip().replace("-", "_")
        if not equals or field in over:
            raise ConfigError(f"--over {text} must be FIELD=VALUES, each field once, as --over batch_size=32,64.")
        over[field] = values
    return over


def _watch(workspace: Workspace, made: sweeps.Sweep) -> None:
    with Line() as line:
        while True:
            found = sweeps.results(workspace, made)
            ended = sum(one.ended for one in found)
            line.show(Progress("Trained", ended, len(found), "runs"))
            if ended == len(found):
                return
            time.sleep(POLL_SECONDS)


def _answer(workspace: Workspace, made: sweeps.Sweep, judge: str) -> Answer:
    found = sweeps.results(workspace, made, judge)
    winner = sweeps.best(found)
    answer = {
        "sweep": made.id,
        "title": made.title,
        "dataset": made.dataset,
        "judge": judge,
        "runs": [one.to_json() for one in found],
        "best": winner and winner.run,
    }
    lines = [
        f"{one.status:12} {percent(one.figures.get('val_accuracy')):>9}  {sweeps.describe(one.values)}  {one.cause}".rstrip()
        for one in found
    ]
    return answer, [f"{made.id}, on the validation images:", *lines]
