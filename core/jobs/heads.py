"""The job of a run that learns a last layer alone: gather, embed, learn, write, evaluate. Needs no TensorFlow."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.data.different import read_apart
from core.data.embeddings import embed, read_embeddings
from core.data.splits import units
from core.errors import ImageError
from core.inference.embedder import FEATURES, BlocksEmbedder, Embedder
from core.jobs.context import Context
from core.jobs.report import test_figures
from core.predict import last_layer, novelty, parity, pretrained, template
from core.progress import Progress
from core.train import environment, tensorboard, training_data
from core.train.config import HEAD_STRENGTHS, TrainConfig, features_of
from core.train.head import Head, Vectors, train_head
from core.train.moments import Moment
from core.train.runs import Run, record
from core.train.training_data import TrainingData
from core.workspace.atomic import write_json

# "embedded", "evaluated": images; "embedding", "evaluating", "preparing" (what is made once a machine): seconds
Spent = defaultdict[str, float]
SAMPLE = 32  # validation images whose answers are compared: all of the model but its last layer was compared before


def run(context: Context, run: Run, dataset: Dataset) -> dict[str, Any]:
    """Learn the run's last layer, and leave everything that came of it in its folder."""
    start = time.monotonic()
    write_json(context.folder / "environment.json", environment.describe(True, dataset.fingerprint))
    data = training_data.gather(context.workspace, dataset, run.config, context.on_progress, context.should_stop)

    board = tensorboard.EventFile(context.folder / tensorboard.FOLDER, run)

    def tell(moment: Moment) -> None:
        context.tell("training", **moment.to_json())
        board.tell(moment)

    spent: Spent = defaultdict(float)
    with template.making(context.workspace, data.input_shape, features_of(run.config)) as whole:
        vectors = _embed(context, dataset, data, run.config, spent)
        head = train_head(run.config, vectors, len(data.classes), tell, context.should_stop)
        board.write(head.history)
        board.close()
        context.on_progress(Progress("Saving the model") if whole.is_done else pretrained.PREPARING)
        threading.Thread(
            target=importlib.import_module, args=("core.evaluate.metrics",)
        ).start()  # while LiteRT answers
        rows = np.concatenate([data.train_rows, data.val_rows])
        unit = units(read_apart(context.workspace, dataset)).loc[rows].to_numpy()
        novelty.write(context.folder, novelty.fit(np.concatenate([vectors.train, vectors.val]), unit))
        with _timed(spent, "preparing"):
            made = whole.wait()
        written = _write(context, made, head, data, vectors)
    write_json(context.folder / "labels.json", list(data.classes))
    with _timed(spent, "evaluating"):
        figures = test_figures(context, run)
    spent["evaluated"] = dataset.images - dataset.per_split["train"]
    best = head.history[head.best_epoch - 1]
    record(
        context.workspace,
        run.id,
        epochs=len(head.history),
        best_epoch=head.best_epoch,
        head_strength=best["strength"],
        val_accuracy=best["val_accuracy"],
        val_loss=best["val_loss"],
        seconds=time.monotonic() - start + run.figures.get("seconds", 0.0),
        images_per_second=head.images_per_second,
        history=head.history,
        independent=len(np.unique(unit)),
        spent=dict(spent),
        **written,
        **figures,
    )
    return {"stopped": head.stopped}


def first_head(context: Context, run: Run, dataset: Dataset, data: TrainingData) -> list[np.ndarray]:
    """Weights and biases of the last layer that `quick` would learn on these images.

    A resumed run learns it again, to the same, and then goes on past it.
    """
    vectors = _embed(context, dataset, data, run.config, defaultdict(float))
    alone = dataclasses.replace(run.config, trainable="head", epochs=len(HEAD_STRENGTHS))
    head = train_head(alone, vectors, len(data.classes), lambda moment: None, context.should_stop)
    return [head.weights, head.biases]


@contextlib.contextmanager
def _timed(spent: Spent, what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    spent[what] += time.monotonic() - begun


def _embed(context: Context, dataset: Dataset, data: TrainingData, config: TrainConfig, spent: Spent) -> Vectors:
    """The kept embeddings of training and validation images; those that were not embedded yet are now."""
    workspace, rows = context.workspace, np.concatenate([data.train_rows, data.val_rows])
    features = FEATURES[features_of(config)]
    size = features.size_for(dataset.size)
    if read_embeddings(workspace, dataset, features).lacks(rows):
        packed = data.packed if (config.image_size, config.fit) == (size, "crop") else None
        with _timed(spent, "preparing"):
            embedder = _embedder(context, (size, size, dataset.channels), features_of(config))
        with _timed(spent, "embedding"):
            told = context.on_progress, context.should_stop
            spent["embedded"] += embed(workspace, dataset, embedder, *told, rows, packed, features).images
    found = read_embeddings(workspace, dataset, features)
    if found.lacks(rows):
        raise ImageError(f"Pictures of {dataset.reference} cannot be read any more. `data check` names them.")

    def of(wanted: np.ndarray) -> np.ndarray:
        return found.vectors[found.places[wanted]].astype(np.float32)

    return Vectors(of(data.train_rows), data.train_labels, of(data.val_rows), data.val_labels)


def _embedder(context: Context, shape: tuple[int, int, int], features: str) -> Embedder | BlocksEmbedder:
    if features == "last":
        pretrained.efficientnet_lite0(context.workspace, context.on_progress, context.should_stop)
        return pretrained.embedder(context.workspace)
    with template.making(context.workspace, shape, features) as whole:
        if not whole.is_done:
            context.on_progress(pretrained.PREPARING)
        file = whole.wait(context.should_stop) / template.LITERT_FILE
    return BlocksEmbedder(last_layer.with_embedding(file.read_bytes()))


def _write(context: Context, whole: Path, head: Head, data: TrainingData, vectors: Vectors) -> dict[str, Any]:
    """Write the model's files; gives back `parameters` and `parity`."""
    layer = (head.weights, head.biases)
    tflite = context.folder / "model.tflite"
    with ThreadPoolExecutor(1) as beside:
        saving = beside.submit(last_layer.write_keras, whole, *layer, context.folder / "model.keras")
        last_layer.write_litert(whole, *layer, tflite)
        pixels = data.packed.take(data.val_rows[:SAMPLE])
        compared = parity.compare(head.predict(vectors.val[:SAMPLE]), tflite, pixels)
        saving.result()
    return {"parameters": last_layer.count_parameters(whole, *layer), "parity": compared}
