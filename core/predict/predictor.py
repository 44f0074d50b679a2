"""Any picture -> what a run answers: preprocess, infer, calibrate, decide."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from core import file_names, images
from core.data.sources.opened import typed
from core.data.sources.walk import walk
from core.errors import ImageError, NotFoundError
from core.evaluate import class_threshold
from core.evaluate.calibrated import temperature_in_use
from core.evaluate.class_threshold import ClassThreshold
from core.evaluate.rule import find_rule
from core.evaluate.temperature import temper
from core.inference import BATCH, InterpreterPool
from core.predict import novelty
from core.predict.last_layer import with_embedding
from core.predict.novelty import Novelty
from core.train.runs import Run, read_labels
from core.workspace import Workspace


@dataclass(frozen=True)
class Prediction:
    """What a model answers to one picture.

    Args:
        path: The picture as it was given.
        label: The likeliest class, or what the threshold of one class makes of it: that class, or the likeliest other one;
            None if the picture cannot be read.
        probability: Of `label`, 0..1.
        top: (class, probability) pairs, likeliest first.
        error: Why the picture cannot be read; None if it can.
        withheld: Whether the answer is "I don't know" by the run's rule, because `probability` is too low for it. What the
            threshold of a class says is not.
        distance: How far the picture is from what the run was taught, by `core.predict.novelty`; None where that is not
            known.
        unlike: Whether that is farther than such pictures are, above 1. A warning beside the answer, which stands.
        by_class_threshold: Whether `label` is not the likeliest class, because of the threshold of a class.
        refused: The likeliest class, where the picture does not reach its threshold. The answer is then that it is not
            this class: `label`, the likeliest other one, may be as good as ruled out.
        probabilities: Of all classes, in the order of the predictor's; empty if the picture cannot be read.
    """

    path: str
    label: str | None
    probability: float | None
    top: tuple[tuple[str, float], ...]
    error: str | None = None
    withheld: bool = False
    distance: float | None = None
    unlike: bool | None = None
    by_class_threshold: bool = False
    refused: str | None = None
    probabilities: tuple[float, ...] = field(default=(), repr=False)

    @property
    def predicted(self) -> str | None:
        """The likeliest class, whatever a threshold makes of it; None if the picture cannot be read."""
        return self.top[0][0] if self.top else None

    @property
    def answer(self) -> str | None:
        """What is answered, in words: `label`, "not mug" or "I don't know"; None if the picture cannot be read."""
        if self.withheld:
            return "I don't know"
        return f"not {self.refused}" if self.refused else self.label

    def to_json(self) -> dict[str, Any]:
        """A plain dict, as `python -m core predict --json` prints it: the likeliest classes only."""
        value = {**asdict(self), "top": [list(pair) for pair in self.top], "answer": self.answer}
        del value["probabilities"]
        return value


class Predictor:
    """A run's model with everything that a picture passes on its way. Thread-safe.

    Args:
        labels: Class names in the order of the model's outputs.
        pool: The model.
        fit: How pictures become square.
        temperature: What probabilities are calibrated with; 1 leaves them as the model gives them.
        threshold: Where the top probability is less, the answer is withheld; 0 withholds none.
        of_class: From which probability on one class is said; None for the likeliest class always.
        novelty: What tells pictures unlike those that were taught; then the pool also gives embeddings.
        unlike_reason: Why there is no `novelty`, in words; None where there is one.
    """

    def __init__(
        self,
        labels: tuple[str, ...],
        pool: InterpreterPool,
        fit: images.Fit,
        temperature: float = 1.0,
        threshold: float = 0.0,
        of_class: ClassThreshold | None = None,
        novelty: Novelty | None = None,
        unlike_reason: str | None = None,
    ) -> None:
        self.unlike_reason = unlike_reason
        self.labels, self.fit, self._pool, self._novelty = labels, fit, pool, novelty
        self.temperature, self.threshold, self.of_class = temperature, threshold, of_class
        self.size, _, self.channels = pool.input_shape

    @classmethod
    def of_run(cls, workspace: Workspace, run: Run) -> Predictor:
        """The predictor of a trained run, with its temperature and what it decides by. Raises InputError if it has no model yet."""
        labels = read_labels(workspace, run)
        folder = run.folder(workspace)
        pool = InterpreterPool(folder / "model.tflite")
        found = novelty.find(folder)
        if found:
            pool = InterpreterPool(with_embedding((folder / "model.tflite").read_bytes()))
        rule = find_rule(workspace, run)
        temperature, threshold = temperature_in_use(workspace, run), rule.threshold if rule else 0.0
        of_class = class_threshold.find(workspace, run)
        why_not = None if found else novelty.why_not(run.config.trainable, run.figures)
        return cls(labels, pool, run.config.fit, temperature, threshold, of_class, found, why_not)  # type: ignore[arg-type]

    @property
    def tells_unlike(self) -> bool:
        """Whether it says of pictures that they are unlike those that were taught."""
        return self._novelty is not None

    def see(self, source: bytes | Path, name: str = "") -> np.ndarray:
        """The picture as the model sees it: (size, size, channels) uint8. Raises ImageError."""
        return images.load(source, self.size, self.channels, self.fit, name)

    def rank(self, pixels: np.ndarray, names: list[str], top: int = 5) -> list[Prediction]:
        """Answers to pictures that `see` gave: (N, size, size, channels) uint8, and what to call them."""
        answered = self._pool.predict(pixels)
        rows = zip(names, answered[:, : len(self.labels)], strict=True)
        predictions = [self._prediction(name, row, top) for name, row in rows]
        if self._novelty is None:
            return predictions
        distances = self._novelty.distances(answered[:, len(self.labels) :])
        return [
            replace(one, distance=float(distance), unlike=bool(distance > 1))
            for one, distance in zip(predictions, distances, strict=True)
        ]

    def predict(self, sources: Iterable[tuple[str, bytes | Path | ImageError]], top: int = 5) -> Iterator[Prediction]:
        """Answers to (name, picture) pairs, in order. A picture that cannot be read gets an `error`, as one in a pair."""
        with ThreadPoolExecutor(os.cpu_count()) as readers:
            waiting = iter(sources)
            while block := list(islice(waiting, BATCH)):
                seen = list(readers.map(lambda pair: self._try(pair[1], pair[0]), block))
                good = [pixels for pixels in seen if isinstance(pixels, np.ndarray)]
                names = [name for (name, _), pixels in zip(block, seen, strict=True) if isinstance(pixels, np.ndarray)]
                answers = iter(self.rank(np.stack(good), names, top) if good else [])
                for (name, _), pixels in zip(block, seen, strict=True):
                    yield next(answers) if isinstance(pixels, np.ndarray) else Prediction(name, None, None, (), pixels)

    def _try(self, source: bytes | Path | ImageError, name: str) -> np.ndarray | str:
        if isinstance(source, ImageError):
            return str(source)
        try:
            return self.see(source, name)
        except ImageError as error:
            return str(error)

    def _prediction(self, name: str, probabilities: np.ndarray, top: int) -> Prediction:
        ranked = np.argsort(-probabilities, kind="stable")[:top]
        best = likeliest = int(probabilities.argmax())
        whole = probabilities[None].astype(np.float64)  # as evaluation has them, which chose the threshold
        calibrated = temper(whole / whole.sum(), self.temperature)[0]
        pairs = tuple((self.labels[i], float(calibrated[i])) for i in ranked)
        said = False
        if self.of_class and self.of_class.label in self.labels:
            place = self.labels.index(self.of_class.label)
            best = int(class_threshold.named(calibrated[None], place, self.of_class.threshold)[0])
            said = best == place
        probability = float(calibrated[best])
        withheld = probability < self.threshold and not said
        return Prediction(
            name,
            self.labels[best],
            probability,
            pairs,
            withheld=withheld,
            by_class_threshold=best != likeliest,
            refused=self.labels[likeliest] if best != likeliest and not said else None,
            probabilities=tuple(calibrated.tolist()),
        )


@dataclass
class Found:
    """What paths of a command name.

    Args:
        pictures: (path, file, or why it is none), in order: a path as it was given, or one found below a folder.
        ignored: How many hidden and system files were passed over.
    """

    pictures: list[tuple[str, Path | ImageError]] = field(default_factory=list)
    ignored: int = 0


def find_pictures(paths: Iterable[str]) -> Found:
    """Files, and all files in folders, sorted; links inside a folder are followed (`core.data.sources.walk`).

    Raises:
        NotFoundError: There is nothing at one of the paths.
        SourceError: A folder cannot be read.
    """
    found = Found()
    for given in paths:
        if not given:
            raise NotFoundError("One of the paths is empty; the folder that you are in is called . (a dot).")
        path = typed(given)
        shown = file_names.written(given)
        if path.is_dir():
            walked = walk(path)
            found.ignored += walked.ignored
            below: list[tuple[str, Path | ImageError]] = [*walked.files]
            below += [(name, ImageError(reason)) for name, reason in walked.left_out]
            found.pictures += [
                (os.path.join(shown, name), one) for name, one in sorted(below, key=lambda pair: pair[0])
            ]
        elif path.is_file():
            found.pictures.append((shown, path))
        elif path.exists():
            found.pictures.append((shown, ImageError("It is no regular file but a pipe, a socket or a device.")))
        else:
            raise NotFoundError(f"There is nothing at {shown}.")
    return found
