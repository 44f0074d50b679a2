"""Which data and split is asked about: in the address (`data`, `split`) where it is not the run's own test split."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.data.dataset import SPLITS, Dataset, find
from core.data.shelf import list_datasets
from core.errors import DamagedError, NotFoundError
from core.evaluate.completion import complete, is_current, takes_long
from core.evaluate.evaluation import Evaluation, evaluated_on, evaluation_folder, find_data
from core.evaluate.known_images import is_of_other_data, known_images
from core.train.own_classes import names_in
from core.train.runs import Run
from pages.shared import cached, state
from pages.shared.cached import workspace
from pages.shared.messages import show_error

SPLIT_WORDS = {"test": "Test", "val": "Validation", "train": "Training"}
SPLIT_ADJECTIVES = {"test": "test", "val": "validation", "train": "training"}


@dataclass(frozen=True)
class Asked:
    """A run, data and a split.

    Args:
        reference: `name@version`.
        dataset: None if it was deleted since, whatever has its name now.
    """

    run: Run
    reference: str
    split: str
    dataset: Dataset | None

    @property
    def key(self) -> str:
        """Tells this question's widgets from another's."""
        return f"{self.run.id}_{self.reference}_{self.split}"

    @property
    def split_word(self) -> str:
        """As in "10,000 test images"."""
        return SPLIT_ADJECTIVES[self.split]


@dataclass(frozen=True)
class Answered:
    """What the run answered to what was asked.

    Args:
        table: One row an image: row, path, label, predicted, probability, sha256.
        made_at: When it was evaluated, in seconds since 1970: what is cached of it is kept by this.
        temperature: What the probabilities of `table` are calibrated with, and all that is shown of one image.
    """

    asked: Asked
    evaluation: Evaluation
    table: pd.DataFrame
    made_at: float
    temperature: float = 1.0


def choose(
    run: Run, data_place: st.delta_generator.DeltaGenerator, split_place: st.delta_generator.DeltaGenerator
) -> Asked:
    """Draw the two choices and give back what is asked."""
    evaluated = evaluated_on(workspace(), run)
    references = _references(run, evaluated)
    reference = _wanted(run, references)
    reference = data_place.selectbox(
        "Evaluated on",
        references,
        index=references.index(reference),
        format_func=lambda name: _data_line(run, name),
        key=f"on_{run.id}_{reference}",
    )
    dataset = _find(run, reference)
    splits = _splits(dataset, [split for data, split in evaluated if data == reference])
    wanted = state.here("split")
    split = split_place.segmented_control(
        "Split",
        splits,
        default=wanted if wanted in splits else splits[0],
        required=True,
        format_func=SPLIT_WORDS.__getitem__,
        key=f"split_{run.id}_{reference}_{wanted}",
    )
    state.set_here("data", reference if reference != run.dataset else None)
    state.set_here("split", split if split != splits[0] else None)
    return Asked(run, reference, split, dataset)


def images_in(asked: Asked) -> int:
    """How many images of the split can be asked about: those of a class that the run knows; 0 if the data was deleted."""
    if asked.dataset is None:
        return 0
    names = names_in(workspace(), asked.run, asked.dataset)
    return len(known_images(cached.index(asked.reference), asked.split, names))


def find_answers(asked: Asked) -> Answered | None:
    """What is kept of it; None if it was not evaluated yet."""
    path = evaluation_folder(workspace(), asked.run, asked.reference, asked.split) / "metrics.json"
    if not path.exists():
        return None
    whose = (asked.run.id, asked.reference, asked.split)
    try:
        evaluation = cached.evaluation(*whose, path.stat().st_mtime)
    except NotFoundError:  # of other data that had the name, or of an earlier Fovea, which followed no renamed class
        return None
    if asked.dataset and is_of_other_data(workspace(), asked.run, asked.reference, evaluation.data_fingerprint):
        return None  # what is cached of it was right before
    if not is_current(workspace(), asked.run, evaluation) and not takes_long(evaluation):
        complete(workspace(), asked.run, evaluation)
    made_at = path.stat().st_mtime
    evaluation = cached.evaluation(*whose, made_at)
    return Answered(asked, evaluation, cached.predictions(*whose, made_at), made_at, evaluation.temperature)


def _references(run: Run, evaluated: list[tuple[str, str]]) -> list[str]:
    """The run's own data first, then what it was evaluated on, then all sets that share a class with it."""
    others = [one.reference for one in list_datasets(workspace()) if _knows(run, one)]
    return list(dict.fromkeys([run.dataset, *(data for data, _ in evaluated), *others]))


def _knows(run: Run, dataset: Dataset) -> bool:
    try:
        return bool(names_in(workspace(), run, dataset))
    except DamagedError:  # of a version between; who chooses it is told
        return True


def _wanted(run: Run, references: list[str]) -> str:
    wanted = state.here("data")
    if wanted in references:
        return wanted
    if wanted:
        try:
            found = find(workspace(), wanted)
        except NotFoundError as error:
            show_error(error)
            return run.dataset
        if _knows(run, found):
            references.append(found.reference) if found.reference not in references else None
            return found.reference
        st.info("That data set has none of the classes that this run knows; this is the run's own.")
    return run.dataset


def _splits(dataset: Dataset | None, evaluated: list[str]) -> list[str]:
    there = dataset.per_split if dataset else {}
    return [split for split in ("test", "val", "train") if there.get(split) or split in evaluated] or list(SPLITS)


def _find(run: Run, reference: str) -> Dataset | None:
    try:
        return find_data(workspace(), run, reference)
    except NotFoundError:
        return None


def _data_line(run: Run, reference: str) -> str:
    name, _, version = reference.rpartition("@")
    return f"{name}, version {version}" + (" (its own)" if reference == run.dataset else "")
