"""The job of a run: gather, train, save, export, evaluate. The job's id is the run's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data.dataset import Dataset
from core.data.embeddings import embed, read_embeddings
from core.errors import ImageError
from core.evaluate.evaluation import evaluate
from core.jobs.context import Context
from core.predict import pretrained
from core.progress import Progress
from core.train.runs import Run, find_run, learnt_from, record
from core.workspace.atomic import write_json, write_with

if TYPE_CHECKING:
    from core.train.moments import Moment, Trained
    from core.train.training_data import TrainingData


def run(context: Context) -> dict[str, Any]:
    """Train the run, and leave everything that came of it in its folder."""
    start = time.monotonic()
    workspace = context.workspace
    run = find_run(workspace, context.job.id)
    dataset = learnt_from(workspace, run)
    if "tensorflow" not in sys.modules:  # else a warm child
        context.on_progress(Progress("Starting TensorFlow"))

    from core.predict import export  # 6 s to import: after the first words to those who wait
    from core.train import environment, tensorboard, training_data
    from core.train.loop import train

    context.on_progress(Progress("Preparing images and network"))
    deterministic = environment.make_deterministic()
    write_json(context.folder / "environment.json", environment.describe(deterministic, dataset.fingerprint))
    data = training_data.gather(workspace, dataset, run.config, context.on_progress, context.should_stop)

    board = tensorboard.EventFile(context.folder / tensorboard.FOLDER, run)

    def tell(moment: Moment) -> None:
        context.tell("training", **moment.to_json())
        board.tell(moment)

    if run.config.trainable == "head":
        trained = _train_head(context, run, dataset, data, tell)
    else:
        trained = train(run.config, data, tell, context.should_stop, context.folder / "checkpoint")

    board.write(trained.history)
    board.close()
    context.on_progress(Progress("Saving the model"))
    model = trained.model
    tflite = context.folder / "model.tflite"
    write_with(context.folder / "model.keras", model.save)
    export.to_litert(model, tflite)
    parity = export.compare(model, tflite, data.packed.take(data.val_rows[: export.SAMPLE]))
    write_json(context.folder / "labels.json", list(data.classes))
    figures = _evaluate(context, run)
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


def _train_head(
    context: Context, run: Run, dataset: Dataset, data: TrainingData, tell: Callable[[Moment], None]
) -> Trained:
    """Embed what was not embedded yet, then learn the last layer on that."""
    from core.train.head import Vectors, train_head

    pretrained.efficientnet_lite0(context.workspace, context.on_progress, context.should_stop)
    embedder = pretrained.embedder(context.workspace)
    embed(context.workspace, dataset, embedder, context.on_progress, context.should_stop)
    found = read_embeddings(context.workspace, dataset)

    def of(rows: np.ndarray) -> np.ndarray:
        if (found.places[rows] < 0).any():
            raise ImageError(f"Pictures of {dataset.reference} cannot be read any more. `data check` names them.")
        return found.vectors[found.places[rows]].astype(np.float32)

    vectors = Vectors(of(data.train_rows), data.train_labels, of(data.val_rows), data.val_labels)
    return train_head(run.config, vectors, data.input_shape, len(data.classes), tell, context.should_stop)


def _evaluate(context: Context, run: Run) -> dict[str, Any]:
    """Figures of the test split, for the first time now that the model is fixed."""
    dataset = learnt_from(context.workspace, run)
    evaluation = evaluate(context.workspace, run, dataset, "test", context.on_progress)
    return {
        "test_accuracy": evaluation.figures["accuracy"],
        "test_interval": evaluation.figures["accuracy_ci95"],
        "test_images": evaluation.figures["n"],
    }
