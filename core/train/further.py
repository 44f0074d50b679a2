"""Training further: a new run begins with the weights that another one ended with."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.errors import ConfigError
from core.train.config import TrainConfig
from core.train.runs import Run, find_run, has_model, read_labels
from core.workspace import Workspace
from models import options_of


def further(run: Run, epochs: int | None = None) -> TrainConfig:
    """The config that goes on with `run`: its own, from its weights, for `epochs` more or as many as it had."""
    return dataclasses.replace(run.config, start_from=run.id, epochs=epochs or run.config.epochs)


def check_start(workspace: Workspace, config: TrainConfig, dataset: Dataset) -> None:
    """Whether `config`, which `resolve` gave, can begin where it says, on `dataset`.

    Raises:
        ConfigError: That run has no model, or another network, image size or other classes.
        NotFoundError: There is no such run.
    """
    if config.start_from is None:
        return
    run = find_run(workspace, config.start_from)
    if config.trainable == "head":
        raise ConfigError('start_from means nothing where trainable is "head": its last layer is learnt in one go.')
    if not has_model(workspace, run):
        raise ConfigError(f"start_from is {run.title}, which has no model. Wait for its end, or take another run.")
    for name in ("architecture", "architecture_options", "image_size", "fit"):
        ours, theirs = _setting(config, name), _setting(run.config, name)
        if ours != theirs:
            raise ConfigError(
                f"start_from is {run.title}, whose {name} is {theirs}, not {ours}. "
                "Its weights only fit the same network; take its settings, or begin anew."
            )
    classes = tuple(name for name in dataset.classes if config.classes is None or name in config.classes)
    if read_labels(workspace, run) != classes:
        raise ConfigError(f"start_from is {run.title}, which knows other classes than these. Begin anew.")


def first_weights(workspace: Workspace, run: Run) -> list[np.ndarray] | None:
    """The weights that `run` begins with, in Keras' order; None for those that its network comes with."""
    if run.config.start_from is None:
        return None
    import keras

    before = find_run(workspace, run.config.start_from)
    return keras.saving.load_model(before.folder(workspace) / "model.keras", compile=False).get_weights()


def _setting(config: TrainConfig, name: str) -> Any:
    if name == "architecture_options":  # what nobody chose is its default
        return options_of(config.architecture, config.architecture_options)
    return getattr(config, name)
