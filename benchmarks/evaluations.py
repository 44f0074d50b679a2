"""Evaluations of any number of classes and images, without pictures and without a model: the server reads neither for the page."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from core.data.dataset import Dataset, class_order
from core.evaluate.evaluation import keep_answers
from core.train.config import TrainConfig
from core.train.runs import Run, save
from core.workspace import Workspace
from core.workspace.atomic import write_json
from core.workspace.catalogue import connect, put_dataset

FAMILY = 8  # classes that are taken for each other
ACCURACY = 0.8
CONFIG = TrainConfig(architecture="fast_cnn", preset="fast")


def write_evaluation(workspace: Workspace, classes: int, images: int, name: str = "wide") -> Run:
    """A data set `name` of test images only, and a run that was evaluated on it. Mistakes stay mostly in families of 8 classes."""
    random = np.random.default_rng(classes)
    names = class_order([f"kind {number}" for number in range(classes)])
    labels = random.integers(0, classes, images)
    index = pd.DataFrame(
        {
            "path": [f"{names[label]}/{number:06d}.jpg" for number, label in enumerate(labels)],
            "label": np.array(names, dtype=object)[labels],
            "split": "test",
            "group": "",
            "width": 640,
            "height": 480,
            "mode": "RGB",
            "size_bytes": 60_000,
            "sha256": [random.bytes(32).hex() for _ in range(images)],
            "phash": [random.bytes(8).hex() for _ in range(images)],
            "file": "/nowhere.jpg",
        }
    )
    dataset = _write_dataset(workspace, name, names, index)
    run = Run(f"20261101-000000-fast-{name}", dataset.reference, CONFIG, name, created_at=time.time())
    folder = run.folder(workspace)
    folder.mkdir(parents=True)
    write_json(folder / "labels.json", list(names))
    (folder / "model.tflite").touch()
    answered = keep_answers(workspace, run, dataset.reference, "test", index, _probabilities(labels, classes, random))
    save(workspace, Run(**{**run.__dict__, "figures": {"test_accuracy": answered.figures["accuracy"]}}))
    return run


def _write_dataset(workspace: Workspace, name: str, names: tuple[str, ...], index: pd.DataFrame) -> Dataset:
    dataset = Dataset(
        name=name,
        version=1,
        classes=names,
        images=len(index),
        per_class={str(key): int(number) for key, number in index["label"].value_counts().items()},
        per_split={"train": 0, "val": 0, "test": len(index)},
        channels=3,
        size=96,
        left_out=0,
        ignored=0,
        source={"kind": "folder", "location": "/nowhere"},
        fingerprint="",
        change="Made for measuring",
        split_by="source",
        size_bytes=int(index["size_bytes"].sum()),
        created_at=time.time(),
    )
    folder = dataset.folder(workspace)
    folder.mkdir(parents=True)
    index.to_parquet(folder / "index.parquet", index=False)
    pd.DataFrame({"path": [], "reason": []}, dtype=str).to_parquet(folder / "left_out.parquet", index=False)
    write_json(folder / "dataset.json", dataset.to_json())
    with connect(workspace) as db:
        put_dataset(db, dataset.to_json())
    return dataset


def _probabilities(labels: np.ndarray, classes: int, random: np.random.Generator) -> np.ndarray:
    """(N, classes) float64: most of it on one class, right in `ACCURACY` of all images, else mostly of the same family."""
    images = len(labels)
    family = labels // FAMILY * FAMILY + random.integers(0, FAMILY, images)
    other = np.where(random.random(images) < 0.7, np.minimum(family, classes - 1), random.integers(0, classes, images))
    named = np.where(random.random(images) < ACCURACY, labels, other)
    probabilities = random.random((images, classes))
    probabilities[np.arange(images), named] = classes * random.uniform(1, 8, images)
    return probabilities / probabilities.sum(axis=1, keepdims=True)
