"""What differs between the settings of runs. Needs no Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.train.config import CLASS_BALANCES, LOSSES, OPTIMIZERS, PRECISIONS, SCHEDULES, TRAINABLE
from core.train.moments import EPOCH, STRENGTH
from core.train.presets import PRESETS
from core.train.runs import Run
from core.train.used import OF_A_LAST_LAYER
from models import ARCHITECTURES, options_of

ABSENT = "–"
TITLES = {
    "dataset": "Data",
    "preset": "Recipe",
    "architecture": "Network",
    "trainable": "What is learnt",
    "head_strength": "Strength",
    "schedule": "Learning rate schedule",
    "class_balance": "Rare classes",
    "ema_momentum": "Average weights with momentum",
    "gpus": "GPUs",
    "xla": "XLA",
    "start_from": "Begins with the weights of",
    "early_stopping_patience": "Stop early after epochs",
    "train_share": "Share of the training images",
}
WORDS = {
    "preset": {name: recipe.title for name, recipe in PRESETS.items()},
    "architecture": {name: one.title for name, one in ARCHITECTURES.items()},
    "trainable": TRAINABLE,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": LOSSES,
    "class_balance": CLASS_BALANCES,
    "precision": PRECISIONS,
}
OF_NONE = {"head_strength": "that of the lowest validation loss", "classes": "all", "images_per_class": "all"}
OF_A_HEAD = ("dataset", "preset", "architecture", "trainable", "image_size", "fit", *OF_A_LAST_LAYER, "classes")
NESTED = ("augment", "architecture_options")


@dataclass(frozen=True)
class Difference:
    """One setting that runs do not share.

    Args:
        field: Its name, with a dot where it is nested: "learning_rate", "augment.rotation"; "dataset" for the data.
        values: One for each run, in words; `ABSENT` where a run has no such setting.
    """

    field: str
    values: tuple[str, ...]


def differences(runs: Sequence[Run]) -> list[Difference]:
    """The settings in which `runs` differ, the data set first, then in the order of `TrainConfig`.

    Options of a network that were left at their defaults count with these. The order of augmentation is told only
    where runs do the same operations in another order.
    """
    every = [settings(run) for run in runs]
    rank = {name: place for place, name in enumerate(["dataset", *runs[0].config.to_json()])} if runs else {}
    fields = sorted({field for one in every for field in one}, key=lambda field: (rank[field.partition(".")[0]], field))
    found = [Difference(field, tuple(_said(field, one.get(field, ABSENT)) for one in every)) for field in fields]
    orders = [run.config.augment.names for run in runs]
    if len(set(orders)) > len(set(map(frozenset, orders))):
        found.append(Difference("augment", tuple(map(in_words, orders))))
    return [one for one in found if len(set(one.values)) > 1]


def settings(run: Run) -> dict[str, Any]:
    """Everything that decides how `run` goes, flat: {"dataset": …, "learning_rate": …, "augment.rotation": …}."""
    config = run.config.to_json()
    config["architecture_options"] = options_of(run.config.architecture, run.config.architecture_options)
    flat: dict[str, Any] = {"dataset": run.dataset}
    for name, value in config.items():
        if name in NESTED:
            flat |= {f"{name}.{inner}": content for inner, content in value.items()}
        else:
            flat[name] = value
    return flat


def readable(run: Run) -> list[tuple[str, str]]:
    """The settings of `run` as people name them: [("Network", "Fast CNN"), ("Learning rate", "0.01"), …].

    Only those that mean something for what is learnt.
    """
    flat = settings(run)
    if run.config.trainable == "head":
        flat = {name: value for name, value in flat.items() if name in OF_A_HEAD}
    else:
        flat.pop("head_strength")
    return [(title_of(name), _said(name, value)) for name, value in flat.items()]


def _said(field: str, value: Any) -> str:
    if value is None and field in OF_NONE:
        return OF_NONE[field]
    words = WORDS.get(field, {})
    return words[value] if isinstance(value, str) and value in words else in_words(value)


def title_of(field: str) -> str:
    """What people call a setting: "augment.rotation" -> "Augment: rotation"."""
    plain = field.removeprefix("architecture_options.").replace(".", ": ").replace("_", " ").capitalize()
    return TITLES.get(field, plain)


def in_words(value: Any) -> str:
    """A setting's value as people write it."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case Mapping():
            return f"{value['strength']:g} for {value['probability'] * 100:g} %"
        case list() | tuple():
            return ", ".join(map(in_words, value))
        case _:
            return str(value)


def curves_of(
    runs: Sequence[Run], histories: Sequence[Sequence[Mapping[str, Any]]]
) -> tuple[str, list[list[dict[str, Any]]]]:
    """The curves of several runs on one axis.

    Returns:
        What the axis counts, and of each run its points: what its history says of an epoch, with `at`, the place on the
        axis, and `level`. A last layer alone has no epochs: among runs that have, it is level at what its best strength
        gave; runs that all are such have an axis of strengths.
    """
    are_heads = [run.config.trainable == "head" for run in runs]
    if all(are_heads):
        return STRENGTH, [[{**one, "at": one["strength"], "level": False} for one in own] for own in histories]
    longest = max(len(own) for own, is_head in zip(histories, are_heads, strict=True) if not is_head)
    lines: list[list[dict[str, Any]]] = []
    for own, is_head in zip(histories, are_heads, strict=True):
        if is_head:
            best = min(own, key=lambda one: one["val_loss"], default=None)
            lines.append([{**best, "at": at, "level": True} for at in (0, max(longest, 1))] if best else [])
        else:
            lines.append([{**one, "at": one["epoch"], "level": False} for one in own])
    return EPOCH, lines
