"""When a run says "I don't know": a threshold chosen on its validation split, kept in its folder.

A rule belongs to the temperature that it was chosen with, and is void with another.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.evaluate import calibrated, class_threshold, validated
from core.evaluate.answers import Answers, independent_images, tempered
from core.evaluate.class_threshold import ClassThreshold
from core.evaluate.resolution import FEW_TIMES
from core.evaluate.selective import (
    CONFIDENCE,
    Choice,
    Measured,
    choose_threshold,
    errs_surely_too_often,
    fewest_images,
    measure,
    times_needed,
)
from core.progress import OnProgress, ShouldStop, never, no_progress
from core.train.moments import chosen_by_validation
from core.train.runs import Run
from core.workspace import Workspace
from core.workspace.atomic import read_if_there, write_json
from core.workspace.shape import flat

NO_HELP = "More validation images, answered as these are, would not help"
UNKNOWN = "How many more validation images would do, if any number does, cannot be told from these"
SMALLEST_RATE = 1e-6
OFFERED = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)  # error rates


@dataclass(frozen=True)
class Rule:
    """What decision.json holds.

    Args:
        error_rate: At most this share of what it answers is wrong, 0..1,
        certainty: with this confidence.
        threshold: It answers where the top probability is at least this.
        temperature: The one that probabilities were made with.
        dataset, split, n: What it was chosen on: `name@version`, "val", and how many images.
        answered, wrong: How many of those it answers, and how many of these wrongly.
        fitted_at: Seconds since 1970.
    """

    error_rate: float
    certainty: float
    threshold: float
    temperature: float
    dataset: str
    split: str
    n: int
    answered: int
    wrong: int
    fitted_at: float

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)


def choose_rule(run: Run, validation: Answers, temperature: float, error_rate: float) -> Rule:
    """The rule that answers most and keeps to `error_rate`. Not kept yet.

    Args:
        validation: Of the run's validation images, calibrated with that temperature.

    Raises:
        InputError: The error rate is not between 0 and 1, or cannot be promised; the message says what can be.
    """
    if not SMALLEST_RATE <= error_rate < 1:
        raise InputError(f"An error rate of {error_rate:g} makes no sense; it must lie between 0 and 1, as 0.01 does.")
    choice = _choice(validation, error_rate)
    if choice is None:
        raise InputError(_why_not(validation, error_rate))
    return Rule(
        error_rate,
        CONFIDENCE,
        choice.threshold,
        temperature,
        run.dataset,
        calibrated.SPLIT,
        choice.images,
        choice.answered,
        choice.wrong,
        time.time(),
    )


def decide(
    workspace: Workspace,
    run: Run,
    error_rate: float,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> Rule:
    """Choose a rule with the temperature in use, and keep it: from now on the run keeps to it.

    Raises:
        InputError: As `choose_rule` and `core.evaluate.validated.validation_answers` do.
        Stopped: `should_stop` said so.
    """
    temperature = calibrated.temperature_in_use(workspace, run)
    validation = validated.validation_answers(workspace, run, on_progress, should_stop)
    rule = choose_rule(run, tempered(validation, temperature), temperature, error_rate)
    keep(workspace, run, rule)
    return rule


def keep(workspace: Workspace, run: Run, rule: Rule) -> None:
    """Write decision.json: from now on the run keeps to it."""
    write_json(_file(workspace, run), rule.to_json())


def find_rule(workspace: Workspace, run: Run) -> Rule | None:
    """The rule that the run keeps to; None if it answers everything, or the rule was made for another temperature."""
    rule = read_if_there(_file(workspace, run), flat(Rule))
    return rule if rule and rule.temperature == calibrated.temperature_in_use(workspace, run) else None


def remove(workspace: Workspace, run: Run) -> None:
    """From now on the run answers everything."""
    _file(workspace, run).unlink(missing_ok=True)


def kept_to(answers: Answers, rule: Rule | None, of_class: ClassThreshold | None) -> Measured:
    """What a run's decisions give on images, as `core.predict` answers by them: what the threshold of a class says is never
    withheld, and where that class is refused, the likeliest other one is the answer.

    Args:
        answers: With the temperature in use.
    """
    correct, confidence = answers.correct, answers.probabilities.max(1)
    if of_class and of_class.label in answers.classes:
        place = answers.classes.index(of_class.label)
        said = class_threshold.named(answers.probabilities, place, of_class.threshold)
        correct = said == answers.labels
        confidence = np.where(said == place, 1.0, answers.probabilities[np.arange(len(said)), said])
    return measure(correct, confidence, rule.threshold if rule else 0.0, answers.groups)


def separate(answers: Answers) -> int:
    """How many images they are, those of a group being one: what a promise can count on at most."""
    return len(answers.labels if answers.groups is None else np.unique(answers.groups))


def offered(images: int) -> list[float]:
    """The rates of `OFFERED` that so many separate validation images can promise, if the model errs seldom enough."""
    return [rate for rate in OFFERED if fewest_images(rate) <= images]


def next_takes(images: int, are_groups: bool = False) -> str:
    """What the next lower rate than those that are `offered` takes, in a sentence; empty where all are.

    Args:
        are_groups: Whether `images` counts each group of images as one.
    """
    missing = [rate for rate in OFFERED if fewest_images(rate) > images]
    if not missing:
        return ""
    takes = f"{fewest_images(missing[-1]):,} validation images"
    there = f"there {'is' if images == 1 else 'are'} {images:,}"
    if are_groups:
        takes += " of as many groups"
        there += f" group{'' if images == 1 else 's'}"
    return f"{missing[-1] * 100:g} % takes {takes} that are answered without a mistake; {there}."


def promised(answers: Answers, error_rate: float) -> bool:
    """Whether these validation images can promise that error rate.

    Args:
        answers: With the temperature in use.
    """
    return _choice(answers, error_rate) is not None


def caveats(run: Run, validation: Answers, reference: str, split: str, split_by: str = "") -> list[str]:
    """Why a promise that was made on the validation images may not hold for those in hand, as sentences.

    Args:
        validation: Of the run's own validation split.
        reference, split: The images in hand.
        split_by: Who split that data set, as in `Dataset.split_by`; empty where it is not known.
    """
    said = []
    if reference != run.dataset:
        said.append("The promise is for images like the run's own validation images; these are of another data set.")
    elif split == calibrated.SPLIT:
        said.append("These very images chose the threshold, so what is measured on them flatters.")
    elif split == "train":
        said.append("The run learnt from these very images, so what is measured on them flatters.")
    elif split_by == "source":
        said.append("The splits came with the source: these images may differ from those that the promise was made on.")
    if alike := alike_words(validation):
        said.append(alike)
    if chosen := chosen_by_validation(run.config):
        said.append(f"The validation images also chose the best {chosen}, which flatters the promise a little.")
    return said


def alike_words(validation: Answers) -> str:
    """As how many separate images the validation images count, in a sentence; empty where each stands for itself."""
    if validation.groups is None:
        return ""
    return (
        f"Images of a group are alike: the {len(validation.labels):,} validation images of {separate(validation):,} groups count as "
        f"{independent_images(validation):,} separate ones here. Where groups are of unlike sizes that is only about right."
    )


def _choice(validation: Answers, error_rate: float) -> Choice | None:
    confidence = validation.probabilities.max(1)
    return choose_threshold(validation.correct, confidence, error_rate, groups=validation.groups)


def _why_not(answers: Answers, error_rate: float) -> str:
    percent = f"{error_rate * 100:g} %"
    images, needed = len(answers.labels), fewest_images(error_rate)
    if separate(answers) < needed:
        of_groups = f" of {separate(answers):,} groups" if answers.groups is not None else ""
        why = (
            f"At most {percent} wrong cannot be promised on {images:,} validation images{of_groups}: it takes {needed:,} "
            f"{'separate ' if of_groups else ''}answers, none of them wrong."
        )
        because = ": too many of the surest answers are wrong, or too few are sure"  # else it is said already
    else:
        why = (
            f"At most {percent} wrong cannot be promised: too many of the model's surest answers to the {images:,} "
            "validation images are wrong, or too few are sure."
        )
        because = ""
    more = more_needed(answers, error_rate)
    known = more is not None and more <= FEW_TIMES * separate(answers)
    if known:
        of_them = f"{'image' if answers.groups is None else 'group'}{'s' * (more != 1)}"
        help_ = f"About {more:,} more validation {of_them} would do, if it is as often right and as sure on them."
    elif errs_surely_too_often(answers.correct, answers.probabilities.max(1), error_rate, answers.groups):
        help_ = f"{NO_HELP}{because}."
    else:
        help_ = f"{UNKNOWN}."
    return f"{why} {help_} {_instead(answers, known)}"


def more_needed(answers: Answers, error_rate: float) -> int | None:
    """About how many more validation images (groups, where there are any) it takes to promise an error rate that these cannot, if
    they are answered as these are; to two digits. None where more of them would not (`core.evaluate.selective.times_needed`).
    """
    confidence = answers.probabilities.max(1)
    times = times_needed(answers.correct, confidence, error_rate, groups=answers.groups)
    if times is None:
        return None
    more = math.ceil((times - 1) * separate(answers))
    return more if more < 100 else math.ceil(float(f"{more:.1e}"))


def _instead(answers: Answers, more_help: bool) -> str:
    least = next((rate for rate in OFFERED if promised(answers, rate)), None)
    if least:
        return f"At most {least * 100:g} % can be promised now."
    enough = bool(offered(separate(answers)))
    needed = " now" if enough else f", which takes {fewest_images(OFFERED[-1]):,}"
    nor = f"Nor can any other rate up to {OFFERED[-1] * 100:g} %{needed}"
    if not more_help:
        also = "" if enough else ", and validate on more"
        return f"{nor}; train a better model, with more training images, say{also}."
    return f"{nor}." if enough else f"{nor}: more validation images are needed."


def _file(workspace: Workspace, run: Run) -> Path:
    return run.folder(workspace) / calibrated.RULE_FILE_NAME
