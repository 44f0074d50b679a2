"""What a run says of pictures, and how good that is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core import images
from core.commands.line import Answer, Line, percent
from core.data.dataset import SPLITS
from core.data.hand_edits import changed_by_hand
from core.errors import InputError
from core.evaluate.class_threshold import ClassThreshold
from core.evaluate.evaluation import evaluate, find_data
from core.evaluate.known_images import renamed_words
from core.evaluate.overlap import of_own_split, warning
from core.evaluate.resolution import of_figures, together
from core.evaluate.untested import weakest_words
from core.file_names import written
from core.predict.predictor import Prediction, Predictor, find_pictures
from core.predict.table import csv_of
from core.train import runs
from core.workspace import Workspace
from core.workspace.atomic import write_bytes
from core.workspace.paths import whole_path

RANKED = 5


def add_to(commands: Any, command: Any) -> None:
    """`evaluate` and `predict`"""
    one = command(commands, "evaluate", evaluate_run, "How good a run is on a split.")
    one.add_argument("run_id", metavar="RUN")
    one.add_argument("--data", metavar="NAME", help="another data set than the run's own")
    one.add_argument("--split", default="test", choices=SPLITS)
    one = command(commands, "predict", predict, "Classify pictures: files and folders.")
    one.add_argument("run_id", metavar="RUN")
    one.add_argument("paths", nargs="+", metavar="PATH")
    one.add_argument("--top", type=int, metavar="K", help=f"list the K likeliest classes ({RANKED} in --json)")
    one.add_argument("--csv", metavar="FILE", help="also write a table")


def evaluate_run(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`evaluate RUN`"""
    run = runs.find_run(workspace, options.run_id)
    dataset = find_data(workspace, run, options.data)
    with Line() as line:
        value = evaluate(workspace, run, dataset, options.split, on_progress=line.show).to_json()
    low, high = value["accuracy_ci95"]
    own = of_own_split(run, value["dataset"], value["split"])
    had = warning(value["overlap"], value["n"], value["accuracy"]) if own is None else own
    weakest = weakest_words(value)
    text = [
        f"{percent(value['accuracy'])} of {value['n']:,} {value['split']} images of {value['dataset']} "
        f"({percent(low)} to {percent(high)}); always the largest class: {percent(value['baseline_accuracy'])}"
        f"{weakest and f'; {weakest}'}",
        of_figures(value).sentence(),
        *filter(None, [together(value)]),
    ]
    if value["temperature"] != 1:
        text.append(
            f"Probabilities are calibrated (temperature {value['temperature']:.2f}): log loss {value['log_loss']:.4f}, ECE "
            f"{percent(value['ece'])}; as the model says {value['log_loss_uncalibrated']:.4f}, {percent(value['ece_uncalibrated'])}."
        )
    text += [renamed_words(value["renamed"], value["dataset"])] if value["renamed"] else []
    text += filter(None, [changed_by_hand(workspace, dataset, options.split)])
    return value, [f"Warning: {had}", *text] if had else text


def predict(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`predict RUN PATH…`"""
    top = RANKED if options.top is None else options.top
    if top < 1:
        raise InputError(f"--top is {top}; it must be 1 or more.")
    run = runs.find_run(workspace, options.run_id)
    predictor = Predictor.of_run(workspace, run)
    found = find_pictures(options.paths)
    if not found.pictures:
        ignored = f"no file but {found.ignored:,} hidden or of the system" if found.ignored else "no file"
        raise InputError(
            f"There is {ignored} in {', '.join(map(written, options.paths))}. Name pictures, or folders with pictures in them "
            f"or below: {', '.join(images.DECODERS)}."
        )
    answers = list(predictor.predict(found.pictures, top))
    if options.csv is not None:
        write_csv(options.csv, answers, predictor.labels, run.id)
    lines = [
        f"{one.path}: {one.error or in_words(one, predictor.of_class, options.top is not None)}" for one in answers
    ]
    bad = sum(one.error is not None for one in answers)
    files = {
        "seen": len(answers) + found.ignored,
        "answered": len(answers) - bad,
        "not_read": bad,
        "ignored": found.ignored,
    }
    if bad or found.ignored:
        lines.append(
            "{seen:,} files seen: {answered:,} answered, {not_read:,} not read, {ignored:,} ignored".format(**files)
        )
    value = {
        "predictions": [one.to_json() for one in answers],
        "files": files,
        "unlike_reason": predictor.unlike_reason,
    }
    return value, lines


def in_words(answer: Prediction, of_class: ClassThreshold | None, ranked: bool) -> str:
    """One answer; `ranked`, with the likeliest classes."""
    ranking = [f"{label} {percent(share)}" for label, share in answer.top]
    said = f"{answer.label} {percent(answer.probability)}"
    likeliest = f"likeliest {ranking[0]}"
    if answer.refused and of_class:
        likeliest += f", said from {percent(of_class.threshold)} on only"
    if answer.withheld or answer.refused:
        said = f"{answer.answer} ({likeliest})"
    elif answer.by_class_threshold:
        said += f" by its threshold ({likeliest})"
    said += ", unlike its training images" if answer.unlike else ""
    return f"{said}; top {len(ranking)}: {', '.join(ranking)}" if ranked and len(ranking) > 1 else said


def write_csv(path: str, answers: list[Prediction], labels: Sequence[str], run: str) -> None:
    """`core.predict.table.csv_of`, in a file; what was there stays where the disk is full."""
    target = whole_path(path)
    write = Path.write_bytes if target.exists() and not target.is_file() else write_bytes  # a pipe, say
    try:
        write(target, csv_of(answers, labels, run))
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}).") from error
