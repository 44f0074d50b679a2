"""Where a run fails: which images it does worse on, and what damage it bears."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.line import Answer, Line, percent
from core.data.dataset import SPLITS, read_index
from core.errors import InputError
from core.evaluate.conditions import KINDS_OF_DAMAGE, Settings
from core.evaluate.disparity import disparity
from core.evaluate.evaluation import find_data, find_evaluation
from core.evaluate.known_images import known_images
from core.evaluate.measuring import answering, measure, usual_images
from core.evaluate.slice_columns import read_sliceable
from core.evaluate.slices import TOO_FEW, Slices, allowance, slices_of
from core.train import runs
from core.train.own_classes import names_in
from core.workspace import Workspace

MOST_DIGITS, SHOWN = 10, 80  # of a budget; letters of what was given instead


def add_to(commands: Any, command: Any) -> None:
    """`slices` and `robustness`"""
    one = command(commands, "slices", slices, "Which images a run does worse on, and how it does by each column.")
    one.add_argument("run_id", metavar="RUN")
    one.add_argument("--data", metavar="NAME", help="another data set than the run's own")
    one.add_argument("--split", default="test", choices=SPLITS)
    one = command(commands, "robustness", measure_robustness, "How often a run is right on damaged pictures.")
    one.add_argument("run_id", metavar="RUN")
    one.add_argument("--data", metavar="NAME", help="another data set than the run's own")
    one.add_argument("--split", default="test", choices=SPLITS)
    one.add_argument("--images", type=int, metavar="N", help="how many to draw; by default what two minutes allow")
    one.add_argument("--families", default=",".join(KINDS_OF_DAMAGE), metavar="LIST", help=", ".join(KINDS_OF_DAMAGE))
    one.add_argument(
        "--budgets", default="1,2,4,8", metavar="LIST", help="of the attacks, in 1/255; none for no attack"
    )
    one.add_argument("--seed", type=int, default=0)


def slices(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`slices RUN`"""
    run = runs.find_run(workspace, options.run_id)
    evaluation = find_evaluation(workspace, run, find_data(workspace, run, options.data).reference, options.split)
    images = read_sliceable(workspace, run, evaluation)
    found = slices_of(workspace, run, evaluation, images)
    by_column = [
        {"column": column.key, "name": column.name, **disparity(images.correct, column, images.groups).to_json()}
        for column in images.columns
    ]
    value = {"run": run.id, "dataset": evaluation.dataset, "split": evaluation.split, **found.to_json()}
    return {**value, "by_column": by_column}, in_lines(found)


def in_lines(found: Slices) -> list[str]:
    """What a search found, and how its figures are made."""
    lines = [
        f"{one.where}: {percent(one.accuracy)} ({_ends(one.accuracy_ci95)}) of {one.n:,} images, "
        f"{one.difference * 100:.1f} points ({_ends(one.difference_ci95)}) under the rest"
        for one in found.found
    ]
    if found.too_few:
        lines = [f"Too few images to look for slices that do worse: it takes {TOO_FEW}."]
    elif found.too_few_groups:
        lines = [
            f"Too few separate images to look for slices that do worse: {found.n:,} images count as {found.independent:,}."
        ]
    elif not found.found:
        lines = ["No slice does worse than chance would explain."]
    lines.append(f"{found.looked_at:,} slices of {', '.join(found.columns)} were looked at.")
    if found.found:
        lines.append(allowance(found.looked_at))
    return lines


def _ends(interval: tuple[float, float]) -> str:
    return f"{interval[0] * 100:.1f} to {interval[1] * 100:.1f}"


def measure_robustness(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`robustness RUN`"""
    run = runs.find_run(workspace, options.run_id)
    dataset = find_data(workspace, run, options.data)
    words = [word for word in options.budgets.split(",") if word and word != "none"]
    if not all(word.isdecimal() and len(word) < MOST_DIGITS for word in words):
        raise InputError(f"--budgets is {options.budgets[:SHOWN]!r}; it must be whole numbers with commas, or none.")
    families = tuple(word for word in options.families.split(",") if word and word != "none")
    images = options.images
    if images is None:
        cost = answering(run.folder(workspace) / "model.tflite")
        index = read_index(workspace, dataset, ["label", "split"])
        images = usual_images(cost, len(known_images(index, options.split, names_in(workspace, run, dataset))))
    settings = Settings(images, families, tuple(map(int, words)), options.seed)
    with Line() as line:
        found = measure(workspace, run, dataset, options.split, settings, on_progress=line.show)
    low, high = found.clean.accuracy_ci95
    text = [
        f"{percent(found.clean.accuracy)} of {found.clean.n:,} {found.split} images of {found.dataset} "
        f"({percent(low)} to {percent(high)})"
    ]
    if found.mean_error is not None:
        ends = found.mean_error_ci95
        between = f" ({percent(ends[0])} to {percent(ends[1])})" if ends else ""
        text.append(
            f"Mean error over corruptions and severities {percent(found.mean_error)}{between}, clean {percent(1 - found.clean.accuracy)}"
        )
    for name in dict.fromkeys(point.name for point in found.points if point.name):
        shares = "  ".join(
            f"{point.amount:g}: {percent(point.accuracy)}" for point in found.points if point.name == name
        )
        text.append(f"{name:18} {shares}")
    if found.note:
        text.append(found.note)
    return found.to_json(), text
