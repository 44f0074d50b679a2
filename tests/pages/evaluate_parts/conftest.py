"""A run without a training: its labels, an empty model, and answers that a test makes up."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import find, read_index
from core.evaluate.evaluation import Evaluation, find_evaluation, keep_answers, predictions_table
from core.evaluate.metrics import figures
from core.train.config import TrainConfig
from core.train.runs import Run, save
from core.workspace.atomic import write_json
from pages.evaluate_parts.asked import Answered, Asked

CLASSES = ("cat", "dog")
SURE = 0.9


@pytest.fixture
def run(workspace, monkeypatch):
    """A run on pets@1 that knows cats and dogs."""
    monkeypatch.setattr("streamlit.page_link", lambda *args, **named: None)  # AppTest knows one page
    made = Run("one", "pets@1", TrainConfig("fast_cnn"), name="first", created_at=1.0)
    save(workspace, made)
    write_json(made.folder(workspace) / "labels.json", CLASSES)
    (made.folder(workspace) / "model.tflite").write_bytes(b"")
    return made


def answers(labels, right, sure=SURE):
    """(N, 2) probabilities of answers to images of these classes, right or wrong, each with the probability `sure`."""
    labels, right = np.asarray(labels), np.asarray(right)
    said = np.where(right, labels, 1 - labels)
    return np.where(np.eye(2)[said] > 0, sure, 1 - sure)


def without_data(run, labels, probabilities):
    """What the page has of answers to images that were deleted since."""
    names = [f"{place}.png" for place in range(len(labels))]
    index = pd.DataFrame(
        {"path": names, "label": np.array(CLASSES)[labels], "group": "", "sha256": names, "file": names}
    )
    made = figures(np.asarray(labels), probabilities, CLASSES, None)
    evaluation = Evaluation(run.id, "pets@1", "test", 0, CLASSES, made)
    return Answered(
        Asked(run, "pets@1", "test", None), evaluation, predictions_table(index, probabilities, CLASSES), 1.0
    )


@pytest.fixture
def kept(workspace, flawed, run):
    """The run with the answers to all splits of its data kept: every third answer is wrong. `answered` is of the test split."""
    index = read_index(workspace, flawed)
    for split in ("train", "val", "test"):
        rows = index[index["split"] == split]
        labels = pd.Categorical(rows["label"], categories=CLASSES).codes
        keep_answers(workspace, run, flawed.reference, split, rows, answers(labels, np.arange(len(rows)) % 3 > 0))
    evaluation = find_evaluation(workspace, run, flawed.reference, "test")
    rows = index[index["split"] == "test"]
    labels = pd.Categorical(rows["label"], categories=CLASSES).codes
    table = predictions_table(rows, answers(labels, np.arange(len(rows)) % 3 > 0), CLASSES)
    asked = Asked(run, flawed.reference, "test", find(workspace, "pets"))
    return SimpleNamespace(run=run, answered=Answered(asked, evaluation, table, 1.0))
