"""Answers to many pictures as one CSV: what `predict --csv` and Classify write."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.evaluate.evaluation import PROBABILITY
from core.predict.predictor import Prediction
from core.spreadsheet import safe_csv

LIMIT = 1.0  # of `Prediction.distance`, which is in units of what one image in twenty of the run's own kind reaches


def csv_of(answers: Sequence[Prediction], labels: Sequence[str], run: str) -> bytes:
    """One line a picture, in their order; safe in a spreadsheet.

    Its columns: path, answer (what pages say: a class, "not" and a class below its threshold, "I don't know"), label (after the
    threshold of one class; below it the likeliest other class, which the answer is not), probability (of label), error,
    withheld (True or False: where it is True the answer is "I don't know", and label what it would have been), unlike
    (the same, or nothing), distance; distance_limit, above which it is unlike, run, predicted (the likeliest class, whatever
    a threshold makes of it), p_<class>, the probability of each class, and by_class_threshold (True or False: whether label
    is not predicted).

    Args:
        labels: Class names in the order of `Prediction.probabilities`.
        run: Id of the run that answered.
    """
    known = [answer.distance is not None for answer in answers]
    front = {
        "path": [answer.path for answer in answers],
        "answer": [answer.answer or "" for answer in answers],
        "label": [answer.label or "" for answer in answers],
        "probability": pd.array([answer.probability for answer in answers], dtype="Float64"),
        "error": [answer.error or "" for answer in answers],
        "withheld": [answer.withheld for answer in answers],
        "unlike": ["" if answer.unlike is None else answer.unlike for answer in answers],
        "distance": pd.array([answer.distance for answer in answers], dtype="Float64"),
        "distance_limit": pd.array([LIMIT if one else None for one in known], dtype="Float64"),
        "run": [run] * len(answers),
        "predicted": [answer.predicted or "" for answer in answers],
    }
    missing = (np.nan,) * len(labels)
    probabilities = np.array([answer.probabilities or missing for answer in answers]).reshape(len(answers), len(labels))
    each = pd.DataFrame(probabilities, columns=[f"{PROBABILITY}{label}" for label in labels])
    last = pd.DataFrame({"by_class_threshold": [answer.by_class_threshold for answer in answers]})
    return safe_csv(pd.concat([pd.DataFrame(front), each, last], axis=1))
