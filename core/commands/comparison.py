"""Runs beside each other on the same images."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.line import Answer, Line, percent
from core.data.dataset import SPLITS, Dataset
from core.errors import InputError, NotFoundError
from core.evaluate import paired
from core.evaluate.evaluation import Evaluation, evaluate, find_data, find_evaluation
from core.train import runs
from core.train.runs import Run
from core.workspace import Workspace


def add_to(commands: Any, command: Any) -> None:
    """`compare`"""
    words = (
        "Which run is better on the same images: each beside the first, with the test that says whether to believe it."
    )
    one = command(commands, "compare", compare, words)
    one.add_argument("run_ids", metavar="RUN", nargs="+", help="two or more; the first is the reference")
    one.add_argument("--data", metavar="NAME", help="another data set than the first run's own")
    one.add_argument("--split", default="test", choices=SPLITS)


def compare(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`compare RUN RUN…`"""
    found = [runs.find_run(workspace, run_id) for run_id in options.run_ids]
    if len(found) < 2 or len({run.id for run in found}) < len(found):
        raise InputError("compare needs two runs or more, each once. `runs list` has their names.")
    dataset = find_data(workspace, found[0], options.data)
    evaluations = [_evaluated(workspace, run, dataset, options.split) for run in found]
    tables = [paired.read_table(workspace, run, one) for run, one in zip(found, evaluations, strict=True)]
    images = evaluations[0].figures["n"] + evaluations[0].left_out
    joined = paired.join(tables, evaluations[0].classes, images)
    if not len(joined.rows):
        raise InputError(f"There is no image of {dataset.reference} whose class all of these runs know.")
    answer = {
        "reference": found[0].id,
        "title": found[0].title,
        "dataset": dataset.reference,
        "split": options.split,
        "n": len(joined.rows),
        "left_out": joined.left_out,
        "accuracy": float(joined.correct[0].mean()),
        "runs": [
            _beside(joined, run, place, difference)
            for place, (run, difference) in enumerate(zip(found[1:], paired.compare(joined), strict=True), 1)
        ],
    }
    first = f"{found[0].title} ({found[0].id}) names {percent(answer['accuracy'])} right."
    return answer, [first, *map(_line, answer["runs"])]


def _evaluated(workspace: Workspace, run: Run, dataset: Dataset, split: str) -> Evaluation:
    try:
        return find_evaluation(workspace, run, dataset.reference, split)
    except NotFoundError:
        with Line() as line:
            return evaluate(workspace, run, dataset, split, on_progress=line.show)


def _beside(joined: paired.Paired, run: Run, place: int, difference: paired.Difference) -> dict[str, Any]:
    classes = zip(joined.classes, paired.compare_classes(joined, place), strict=True)
    return {
        "run": run.id,
        "title": run.title,
        "accuracy": float(joined.correct[place].mean()),
        **difference.to_json(),
        "bootstrap_ci95": paired.bootstrapped(joined, place),
        "images_needed": paired.images_needed(joined, place),
        "per_class": [{"class": name, **one.to_json()} for name, one in classes],
    }


def _line(one: dict[str, Any]) -> str:
    low, high = one["interval"]
    return (
        f"{one['title']} ({one['run']}): {one['verdict']}, {one['difference'] * 100:+.2f} points ({low * 100:+.2f} to {high * 100:+.2f}), "
        f"p = {one['p_adjusted']:.2g}"
    )
