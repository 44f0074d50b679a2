"""Whether a training knows its training images alone: what is to be said of its curves, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.data import splits
from core.data.collect import BURST
from core.data.different import read_apart
from core.errors import NotFoundError
from core.evaluate.intervals import number_of_groups_alike, score_interval
from core.train.runs import Run, learnt_from
from core.workspace import Workspace

KNOWN = 0.9  # accuracy from which on it knows its training images
GAP = 0.2  # that much lower, beyond doubt, it does not know the validation images: less is usual
FEWEST = 2  # independent validation images; one alone says nothing


def only_its_training_images(workspace: Workspace, run: Run) -> str:
    """In words that a run knows its training images but not those of validation, and what to do; "" where that is not beyond doubt.

    The training images are what they are: only the validation accuracy, the best of any epoch, has an interval, that of as
    many images as those that hang together (`core.data.splits.units`) are worth at the fewest.
    """
    history: Sequence[Mapping[str, Any]] = run.figures.get("history", ())
    if not history:
        return ""
    best = max(history, key=lambda epoch: (epoch["accuracy"], epoch["val_accuracy"]))
    validated = max(epoch["val_accuracy"] for epoch in history)
    if best["accuracy"] < KNOWN or validated > best["accuracy"] - GAP:
        return ""  # before any data is read
    try:
        index = read_apart(workspace, learnt_from(workspace, run))
    except NotFoundError:
        return ""
    used = (index["split"] == "val") & (index["label"].isin(run.config.classes) if run.config.classes else True)
    worth = number_of_groups_alike(splits.units(index)[used].value_counts())
    if worth < FEWEST or score_interval(validated, worth)[1] > best["accuracy"] - GAP:
        return ""
    bursts = bool(index["group"].astype(str).str.startswith(BURST).any())
    return (
        f"At {_place(best)} it knows its training images ({best['accuracy'] * 100:.0f} %) but not the validation images "
        f"({best['val_accuracy'] * 100:.0f} %): it may have learnt backgrounds{' or the bursts' * bursts} rather than the "
        f"things. {'Record' if bursts else 'Take images of'} each class in several places and with several backgrounds, or "
        f"more {'bursts' if bursts else 'images'}."
    )


def _place(epoch: Mapping[str, Any]) -> str:
    return f"strength {epoch['strength']:g}" if "strength" in epoch else f"epoch {epoch['epoch']}"
