"""`python -m benchmarks.fovea_overhead WORKSPACE [--pairs N]`: textbook's epoch with all that a job does, and without.

The two take turns in one process, the order swapping from pair to pair; both build their graph and validate.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from core.data.dataset import find
from core.jobs.context import Context
from core.train import checkpoint, environment, loop, losses, tensorboard, training_data
from core.train.config import TrainConfig, resolve
from core.train.feeding import batches, order
from core.train.moments import Moment
from core.train.optimizers import optimizer
from core.train.presets import PRESETS
from core.train.runs import Run
from core.train.training_data import TrainingData
from core.workspace import Workspace, queue


def bare(config: TrainConfig, data: TrainingData) -> None:
    """Nothing but the steps, and the validation at the end."""
    keras.utils.set_random_seed(config.seed)
    model = loop.build(config, data)
    trainee = loop.compiled(config, data, model, optimizer(config, 1))
    trainee.make_train_function()
    rows = order(config, 1, data.train_labels)
    for batch in batches(config, data, rows, losses.takes_one_hot(config)):
        trainee.train_function(iter([batch]))
    loop.predict(model, data, data.val_rows)


def main() -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace")
    parser.add_argument("--pairs", type=int, default=3)
    arguments = parser.parse_args()
    workspace = Workspace.open(arguments.workspace)
    environment.make_deterministic()
    dataset = find(workspace, "mnist")
    config = resolve(dataclasses.replace(PRESETS["textbook"].config, epochs=1), dataset)
    data = training_data.gather(workspace, dataset, config)
    counts = {"checkpoints": 0, "events": 0}
    save = checkpoint.save

    def counted(*saved: object) -> float:
        counts["checkpoints"] += 1
        return save(*saved)  # type: ignore[arg-type]

    checkpoint.save = counted  # type: ignore[assignment]

    def fovea(folder: Path) -> None:
        inside = Workspace.open(folder)
        context = Context(inside, queue.submit(inside, queue.Job("run", "train", queue.HEAVY)))
        board = tensorboard.EventFile(context.folder / tensorboard.FOLDER, Run("run", dataset.reference, config))

        def tell(moment: Moment) -> None:
            counts["events"] += 1
            context.tell("training", **moment.to_json())
            board.tell(moment)

        loop.train(config, data, tell, context.should_stop, context.folder / "checkpoint")

    seconds: dict[str, list[float]] = {"fovea": [], "bare": []}
    bare(dataclasses.replace(config, batch_size=4096), data)  # what TensorFlow does once in a process
    for pair in range(arguments.pairs):
        for side in ("fovea", "bare") if pair % 2 == 0 else ("bare", "fovea"):
            with tempfile.TemporaryDirectory() as folder:
                begin = time.perf_counter()
                if side == "fovea":
                    fovea(Path(folder))
                else:
                    bare(config, data)
                seconds[side].append(time.perf_counter() - begin)
    print(json.dumps({**seconds, **counts}))


if __name__ == "__main__":
    main()
