"""What a run says to the pictures of this visit. Kept in the visit only: nobody sees another's."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.evaluate import class_threshold
from core.evaluate.calibrated import temperature_in_use
from core.evaluate.rule import Rule, find_rule
from core.predict.predictor import Prediction, Predictor
from core.train.runs import Run
from pages.shared import cached, state
from pages.shared.cached import workspace
from pages.shared.messages import count, plain

KEPT = "classify_answers"
TOP = 5
CLASSES_NAMED = 12


@dataclass(frozen=True)
class Model:
    """A run's predictor, and what tells its answers from those of another.

    Args:
        rule: When it says "I don't know"; None if it answers everything.
    """

    run: Run
    made_at: float
    predictor: Predictor
    rule: Rule | None

    @property
    def key(self) -> tuple[object, ...]:
        """Tells its answers from those of another model, temperature, rule or threshold of a class."""
        keeps_to = self.predictor.temperature, self.predictor.threshold, self.predictor.of_class
        return self.run.id, self.made_at, *keeps_to


@dataclass(frozen=True)
class Answer:
    """The answer to one picture.

    Args:
        seen: (size, size, channels) uint8, what the model saw.
        seconds: From the file's bytes to the answer.
    """

    prediction: Prediction
    seen: np.ndarray
    seconds: float


def model_of(run: Run) -> Model:
    """The run's model, ready to answer."""
    made_at = (run.folder(workspace()) / "model.tflite").stat().st_mtime
    rule, temperature = find_rule(workspace(), run), temperature_in_use(workspace(), run)
    of_class = class_threshold.find(workspace(), run)
    predictor = cached.predictor(run.id, made_at, temperature, rule.threshold if rule else 0.0, of_class)
    return Model(run, made_at, predictor, rule)


def in_words(labels: Sequence[str]) -> str:
    """How many classes there are, and the first of them: "3 classes: cat, dog, hen"."""
    return (
        f"{count(len(labels), 'classes')}: {', '.join(labels[:CLASSES_NAMED])}{', …' * (len(labels) > CLASSES_NAMED)}"
    )


def say_what_it_cannot_tell(model: Model) -> None:
    """Draw that a picture of something else gets one of its classes too, whether it marks most of these or none."""
    misses = "Many pictures of other things may go unmarked."
    if not model.predictor.tells_unlike:
        misses = "It cannot tell a picture of something else."  # the page's head says why
    st.caption(plain(f"It can only say one of its {in_words(model.predictor.labels)}. {misses}"))


def answer_one(model: Model, data: bytes, name: str) -> Answer:
    """Answer one picture. Raises ImageError if it cannot be read."""
    start = time.perf_counter()
    seen = model.predictor.see(data, name)
    prediction = model.predictor.rank(seen[None], [name], TOP)[0]
    return Answer(prediction, seen, time.perf_counter() - start)


def answer_many(model: Model, files: Sequence[UploadedFile]) -> dict[str, Prediction]:
    """Answers by file id. A picture that was answered in this visit is not answered again."""
    kept_for, kept = state.get(KEPT, (model.key, {}))
    known: dict[str, Prediction] = kept if kept_for == model.key else {}
    answers = {file.file_id: known[file.file_id] for file in files if file.file_id in known}
    new = [file for file in files if file.file_id not in answers]
    if new:
        bar = st.progress(0.0, f"Answering {count(len(new), 'pictures', 'picture')}")
        pictures = ((file.name, file.getvalue()) for file in new)
        for done, (file, prediction) in enumerate(
            zip(new, model.predictor.predict(pictures, TOP), strict=True), start=1
        ):
            answers[file.file_id] = prediction
            if done % 16 == 0:
                bar.progress(done / len(new), f"{done:,} of {count(len(new), 'pictures')}")
        bar.empty()
    state.put(KEPT, (model.key, answers))
    return answers
