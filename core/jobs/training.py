"""The job of a run: gather, train, save, export, evaluate. The job's id is the run's."""

from __future__ import annotations

import sys
import time
from typing import Any

from core.jobs import heads
from core.jobs.context import Context
from core.jobs.report import test_figures
from core.progress import Progress
from core.train.config import TrainConfig
from core.train.moments import Moment
from core.train.runs import change, find_run, learnt_from, record
from core.workspace.atomic import remove_folder, write_json, write_with


def run(context: Context) -> dict[str, Any]:
    """Train the run, and leave everything that came of it in its folder."""
    start = time.monotonic()
    workspace = context.workspace
    run = find_run(workspace, context.job.id)
    dataset = learnt_from(workspace, run)
    if run.config.trainable == "head":
        return heads.run(context, run, dataset)
    if "tensorflow" not in sys.modules:  # else a warm child
        context.on_progress(Progress("Starting TensorFlow"))

    from core.predict import export  # 6 s to import: after the first words to those who wait
    from core.train import environment, tensorboard, training_data
    from core.train.further import first_weights
    from core.train.loop import train
    from core.train.memory import within_memory

    context.on_progress(Progress("Preparing images and network"))
    deterministic = environment.make_deterministic()
    write_json(context.folder / "environment.json", environment.describe(deterministic, dataset.fingerprint))
    data = training_data.gather(workspace, dataset, run.config, context.on_progress, context.should_stop)

    board = tensorboard.EventFile(context.folder / tensorboard.FOLDER, run)

    def tell(moment: Moment) -> None:
        context.tell("training", **moment.to_json())
        board.tell(moment)

    checkpoints = context.folder / "checkpoint"
    first, head = first_weights(workspace, run, dataset, data.classes), None
    if run.config.trainable == "head_then_all" and first is None:
        context.on_progress(Progress("Learning the last layer"))
        head = heads.first_head(context, run, dataset, data)

    def on_smaller(smaller: TrainConfig, words: str) -> None:
        context.on_progress(Progress(words))
        remove_folder(checkpoints)
        change(workspace, run.id, config=smaller)
        record(workspace, run.id, note=words)

    trained = within_memory(
        lambda config: train(config, data, tell, context.should_stop, checkpoints, first_weights=first, head=head),
        run.config,
        on_smaller,
    )
    board.write(trained.history)
    board.close()
    context.on_progress(Progress("Saving the model"))
    model = trained.model
    tflite = context.folder / "model.tflite"
    write_with(context.folder / "model.keras", model.save)
    export.to_litert(model, tflite)
    parity = export.compare(model, tflite, data.packed.take(data.val_rows[: export.SAMPLE]))
    write_json(context.folder / "labels.json", list(data.classes))
    figures = test_figures(context, run)
    best = trained.history[trained.best_epoch - 1]
    record(
        workspace,
        run.id,
        epochs=len(trained.history),
        best_epoch=trained.best_epoch,
        val_accuracy=best["val_accuracy"],
        val_loss=best["val_loss"],
        seconds=time.monotonic() - start + run.figures.get("seconds", 0.0),
        images_per_second=trained.images_per_second,
        parameters=int(model.count_params()),
        parity=parity,
        history=trained.history,
        **figures,
    )
    return {"stopped": trained.stopped}
