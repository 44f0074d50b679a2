"""Training further: a new run begins with the weights that another one ended with."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data.dataset import Dataset
from core.errors import ConfigError
from core.train.config import TrainConfig
from core.train.own_classes import names_in
from core.train.runs import Run, find_run, has_model, lost, read_labels
from core.train.used import only_used
from core.workspace import Workspace
from core.workspace.atomic import NOT_WHOLE, whole
from models import options_of

if TYPE_CHECKING:
    import keras


def further(run: Run, epochs: int | None = None) -> TrainConfig:
    """The config that goes on with `run`: its own, from its weights, for `epochs` more or as many as it had."""
    return only_used(dataclasses.replace(run.config, start_from=run.id, epochs=epochs or run.config.epochs))


def check_start(workspace: Workspace, config: TrainConfig, dataset: Dataset) -> None:
    """Whether `config`, which `resolve` gave, can begin where it says, on `dataset`.

    Raises:
        ConfigError: That run has no model, or another network, image size or other classes. Classes that were renamed since
            are the same.
        DamagedError: What was renamed since cannot be read.
        NotFoundError: There is no such run.
    """
    if config.start_from is None:
        return
    run = find_run(workspace, config.start_from)
    if config.trainable == "head":
        raise ConfigError('start_from means nothing where trainable is "head": its last layer is learnt in one go.')
    if not has_model(workspace, run):
        why = lost(workspace, run) or "Wait for its end, or take another run."
        raise ConfigError(f"start_from is {run.title}, which has no model. {why}")
    for name in ("architecture", "architecture_options", "image_size", "fit"):
        ours, theirs = _setting(config, name), _setting(run.config, name)
        if ours != theirs:
            raise ConfigError(
                f"start_from is {run.title}, whose {name} is {theirs}, not {ours}. "
                "Its weights only fit the same network; take its settings, or begin anew."
            )
    classes = {name for name in dataset.classes if config.classes is None or name in config.classes}
    names = names_in(workspace, run, dataset)
    if set(names.values()) != classes or len(names) < len(read_labels(workspace, run)):
        raise ConfigError(f"start_from is {run.title}, which knows other classes than these. Begin anew.")


def first_weights(workspace: Workspace, run: Run, dataset: Dataset, classes: Sequence[str]) -> list[np.ndarray] | None:
    """The weights that `run` begins with, in Keras' order; None for those that its network comes with.

    Args:
        dataset: What it learns from.
        classes: Names in that data set, in the order of its outputs.
    """
    if run.config.start_from is None:
        return None
    before = find_run(workspace, run.config.start_from)
    model = read_model(workspace, before)
    names = names_in(workspace, before, dataset)
    theirs = [names[label] for label in read_labels(workspace, before)]
    if theirs != list(classes):  # renamed since, so that they stand in another order
        order = [theirs.index(name) for name in classes]
        last = model.layers[-1]
        last.set_weights([weights[..., order] for weights in last.get_weights()])
    return model.get_weights()


def read_model(workspace: Workspace, run: Run) -> keras.Model:
    """The Keras model of `run`, not compiled.

    Raises:
        DamagedError: Its file is missing or damaged.
    """
    import keras

    path = run.folder(workspace) / "model.keras"
    with whole(path, "Put it back from a copy, or train again.", (OSError, NotImplementedError, *NOT_WHOLE)):
        return keras.saving.load_model(path, compile=False)


def _setting(config: TrainConfig, name: str) -> Any:
    if name == "architecture_options":  # what nobody chose is its default
        return options_of(config.architecture, config.architecture_options)
    return getattr(config, name)
