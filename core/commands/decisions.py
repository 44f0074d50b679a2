"""How a run's probabilities become answers: its temperature, and when it says "I don't know"."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.line import Answer, Line, percent
from core.errors import InputError, NotFoundError
from core.evaluate import rule as rules
from core.evaluate.answers import read_answers, tempered
from core.evaluate.calibrated import find_calibration
from core.evaluate.evaluation import find_evaluation
from core.evaluate.recalibration import calibrate, use_temperature
from core.evaluate.rule import Rule, caveats, decide
from core.evaluate.selective import measure
from core.evaluate.validated import kept_validation_answers
from core.train import runs
from core.train.runs import Run, learnt_from
from core.workspace import Workspace


def add_to(commands: Any, command: Any) -> None:
    """`calibrate` and `decide`"""
    one = command(commands, "calibrate", calibrate_run, "Fit a run's temperature on its validation split.")
    one.add_argument("run_id", metavar="RUN")
    one.add_argument(
        "--use", choices=("yes", "no"), help="whether the run's probabilities and figures are given with it from now on"
    )
    one = command(commands, "decide", decide_run, 'When a run says "I don\'t know": chosen on its validation split.')
    one.add_argument("run_id", metavar="RUN")
    choice = one.add_mutually_exclusive_group(required=True)
    choice.add_argument("--error-rate", type=float, metavar="X", help="at most so much of what it answers may be wrong")
    choice.add_argument("--off", action="store_true", help="answer everything again")


def calibrate_run(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`calibrate RUN`"""
    run = runs.find_run(workspace, options.run_id)
    with Line() as line:
        calibration, gone = calibrate(workspace, run, on_progress=line.show)
    if options.use:
        gone = " ".join(filter(None, (gone, use_temperature(workspace, run, options.use == "yes"))))
    calibration = find_calibration(workspace, run) or calibration
    text = (
        f"Temperature {calibration.temperature:.3f}, {'in use' if calibration.in_use else 'not in use'}. "
        f"On {calibration.n:,} validation images: log loss {calibration.log_loss_before:.4f} → "
        f"{calibration.log_loss_after:.4f}, ECE {percent(calibration.ece_before)} → {percent(calibration.ece_after)}"
    )
    return {"run": run.id, **calibration.to_json(), "warning": gone or None}, [*filter(None, [text, gone])]


def decide_run(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`decide RUN --error-rate X`"""
    run = runs.find_run(workspace, options.run_id)
    if options.off:
        rules.remove(workspace, run)
        return {"run": run.id, "threshold": None}, f"{run.id} answers everything."
    with Line() as line:
        rule = decide(workspace, run, options.error_rate, on_progress=line.show)
    test = _measured_on_test(workspace, run, rule)
    doubts = _caveats(workspace, run)
    text = [
        f"{run.id} answers where the top probability is at least {percent(rule.threshold)}: "
        f"{rule.answered:,} of {rule.n:,} validation images, {rule.wrong:,} of them wrongly."
    ]
    if test:
        text.append(
            f"On the test split: {test['answered']:,} of {test['images']:,}, {test['wrong']:,} of them wrongly."
        )
    return {"run": run.id, **rule.to_json(), "test": test, "warnings": doubts}, [*text, *doubts]


def _measured_on_test(workspace: Workspace, run: Run, rule: Rule) -> dict[str, Any] | None:
    try:
        answers = read_answers(workspace, run, find_evaluation(workspace, run, run.dataset, "test"))
    except NotFoundError:
        return None
    confidence = tempered(answers, rule.temperature).probabilities.max(1)
    given = measure(answers.correct, confidence, rule.threshold, answers.groups)
    return {
        "images": given.images,
        "answered": given.answered,
        "wrong": given.wrong,
        "coverage": given.coverage,
        "coverage_ci95": list(given.coverage_interval),
        "error": given.error,
        "error_ci95": list(given.error_interval) if given.error_interval else None,
    }


def _caveats(workspace: Workspace, run: Run) -> list[str]:
    validation = kept_validation_answers(workspace, run)
    if validation is None:
        raise InputError(f"The evaluation of {run.title} on its validation split was removed. Try again.")
    try:
        split_by = learnt_from(workspace, run).split_by
    except NotFoundError:
        split_by = ""
    return caveats(run, validation, run.dataset, "test", split_by)
