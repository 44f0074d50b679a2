"""A run's recipe on parts of its data: a sweep over `train_share` that knows the run whose learning curve it is."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from core.data.dataset import Dataset
from core.train import sweeps
from core.train.config import TrainConfig, count_training_images, resolve
from core.train.presets import PRESETS
from core.train.runs import Run, learnt_from, list_runs
from core.train.sweeps import Sweep
from core.train.used import only_used
from core.workspace import Workspace

SHARES = (0.1, 0.2, 0.5, 1.0)
OWN, FAST = "own", "fast"
RECIPES = {OWN: "This run's recipe", FAST: "Fast"}


def begin(workspace: Workspace, run: Run, recipe: str = OWN, seeds: int = 1, sweep_id: str | None = None) -> Sweep:
    """Queue the runs of a learning curve, the smallest share first.

    Args:
        recipe: "own" for the settings of `run`, "fast" for those of the preset on its data.
        seeds: So many runs a share, each on images and with first weights of its own.

    Raises:
        ConfigError: A share is too small to learn from. Nothing was made then.
        NotFoundError: The data that `run` learnt from is gone.
    """
    dataset = learnt_from(workspace, run)
    base = base_config(run, dataset, recipe)
    over = {"train_share": ",".join(f"{share:g}" for share in SHARES)}
    if seeds > 1:
        over["seed"] = ",".join(str(base.seed + more) for more in range(seeds))
    return sweeps.create(
        workspace, dataset, base, over, name=f"Learning curve of {run.title}", sweep_id=sweep_id, curve_of=run.id
    )


def base_config(run: Run, dataset: Dataset, recipe: str = OWN) -> TrainConfig:
    """What all shares learn by. All begin with the same kind of weights and take batches that fit the smallest share.

    A number of epochs that was found for the whole data is found anew for each share; one that somebody chose stays.
    """
    own = run.config
    if recipe == FAST:
        config = dataclasses.replace(
            PRESETS["fast"].config, seed=own.seed, classes=own.classes, images_per_class=own.images_per_class
        )
    else:
        # Weights of a run that saw all images would make the small shares look good.
        config = only_used(dataclasses.replace(own, train_share=1.0, start_from=None))
        if config.trainable == "head":
            return config
        found = dataclasses.replace(config, epochs=None)
        asks_none = own.preset in PRESETS and PRESETS[own.preset].config.epochs is None
        if asks_none and resolve(found, dataset).epochs == own.epochs:
            config = found
    fewest = count_training_images(dataclasses.replace(config, train_share=SHARES[0]), dataset)
    return dataclasses.replace(config, batch_size=min(config.batch_size, 1 << max(fewest.bit_length() - 1, 0)))


def find(workspace: Workspace, run: Run) -> Sweep | None:
    """The newest learning curve of `run`; None where nobody asked for one."""
    return next((sweep for sweep in sweeps.list_sweeps(workspace) if sweep.curve_of == run.id), None)


def models(workspace: Workspace, runs: Sequence[Run]) -> list[Run]:
    """Those of `runs` that have a model, in their order; those of learning curves, which learnt from a part, only where no
    other has one.
    """
    able = [run for run in runs if "test_accuracy" in run.figures]
    return without_curves(workspace, able) or able


def without_curves(workspace: Workspace, runs: Sequence[Run]) -> list[Run]:
    """Those of `runs` that somebody trained for a model, and not for a learning curve, in their order."""
    of_curves = {sweep.id for sweep in sweeps.list_sweeps(workspace) if sweep.curve_of}
    return [run for run in runs if run.sweep not in of_curves]


def estimate_seconds(workspace: Workspace, run: Run, recipe: str = OWN, seeds: int = 1) -> float | None:
    """How long its runs should train together, from what such a run took here; None where there was none."""
    dataset = learnt_from(workspace, run)
    base = base_config(run, dataset, recipe)
    known = run if recipe == OWN else _a_fast_run(workspace, run.dataset)
    if known is None or not known.figures.get("seconds"):
        return None
    images = [count_training_images(dataclasses.replace(base, train_share=share), dataset) for share in SHARES]
    if base.trainable == "head":
        return float(known.figures["seconds"]) * seeds * sum(images) / images[-1]
    steps = [
        _steps(resolve(dataclasses.replace(base, train_share=share), dataset), number)
        for share, number in zip(SHARES, images, strict=True)
    ]
    whole = _steps(known.config, count_training_images(known.config, dataset))
    return float(known.figures["seconds"]) * seeds * sum(steps) / whole


def images_learnt(figures: dict) -> int:
    """How many images a run learnt from, of what it recorded."""
    return int(max((epoch["step_images"] for epoch in figures.get("history", [])), default=0))


def _steps(config: TrainConfig, images: int) -> int:
    return math.ceil(images / config.batch_size) * (config.epochs or 1)


def _a_fast_run(workspace: Workspace, reference: str) -> Run | None:
    runs = (run for run in list_runs(workspace) if run.config.preset == "fast" and run.dataset == reference)
    return next((run for run in runs if run.figures.get("seconds") and run.config.train_share == 1), None)
