"""What is read once and shared between visitors. The only user of st.cache_*.

Versions of data sets and evaluations never change, so what is read of them is kept by name and version.
"""

from __future__ import annotations

import json
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.augment import saved
from core.augment.config import AugmentConfig
from core.compute import Helper
from core.data import checks, different, drafts, edit, hand_edits, near, series, shelf, splits
from core.data.dataset import Dataset, find, picture_file, read_index, read_left_out
from core.data.embeddings import Embeddings, embedded_rows, read_embeddings
from core.data.projection import ImageMap, map_file, read_map
from core.data.sources import Reading
from core.data.sources import outline as outlines
from core.data.sources.outline import Outline
from core.devices import describe
from core.errors import DamagedError, FoveaError, NotFoundError
from core.evaluate import paired, similarity
from core.evaluate import rule as rules
from core.evaluate.answers import Answers, read_answers, tempered
from core.evaluate.calibration import equal_mass, equal_width
from core.evaluate.class_threshold import ClassThreshold
from core.evaluate.conditions import Condition
from core.evaluate.confusion import confusion_counts
from core.evaluate.evaluation import Evaluation, evaluation_folder, find_evaluation, read_predictions
from core.evaluate.intervals import Interval
from core.evaluate.learning_curve import LearningCurve, fit
from core.evaluate.measuring import Answering, answering
from core.evaluate.resolution import of_validation
from core.evaluate.robustness import Robustness, find_robustness, read_strip, read_table
from core.evaluate.rule import Rule
from core.evaluate.selective import Measured
from core.evaluate.slice_columns import Sliceable, read_sliceable
from core.evaluate.slices import Slices, slices_of
from core.evaluate.temperature import log_loss
from core.evaluate.untested import weakest_words
from core.images import Fit, load
from core.images import frames as count_frames
from core.predict.predictor import Predictor
from core.train.recommend import Recommendation, recommend
from core.train.runs import Run, find_run
from core.workspace import Workspace, queue
from pages.shared import state
from pages.shared.messages import show_error

INDEX_COLUMNS = ["path", "label", "split", "group", "width", "height", "mode", "size_bytes", "sha256"]
PREDICTION_COLUMNS = ["row", "path", "label", "predicted", "probability", "sha256"]
CATEGORIES = ["label", "split", "group", "mode"]
USUAL = checks.Thresholds()


@st.cache_resource
def workspace() -> Workspace:
    """The workspace that this server serves."""
    return Workspace.open()


@st.cache_resource
def helper() -> Helper:
    """The warm helper process."""
    return Helper(workspace().root / "helper.log")


def index(reference: str) -> pd.DataFrame:
    """The index of `name@version`, without what only core needs. Shared: do not change it."""
    return _index(reference, dataset(reference).created_at)


def copies_among(reference: str, rows: tuple[int, ...]) -> int:
    """How many of these images, by their rows, are copies or near copies of another of them."""
    return _copies_among(reference, dataset(reference).created_at, rows)


def changed_by_hand(reference: str, split: str) -> str:
    """What edits did to the images of a split of `name@version` since its last import, in words; "" where nothing."""
    return _changed_by_hand(reference, dataset(reference).created_at, split)


def changes(then: str, now: str) -> str | None:
    """In what a version, `now`, differs from another, in words; "" where in nothing, None where nobody can tell."""
    return _changes(then, now, dataset(then).created_at, dataset(now).created_at)


@st.cache_data(max_entries=64, show_spinner=False)
def _changes(then: str, now: str, then_at: float, now_at: float) -> str | None:
    try:
        return edit.changes(workspace(), find(workspace(), then), find(workspace(), now))
    except DamagedError:
        return None


@st.cache_data(max_entries=64, show_spinner=False)
def _changed_by_hand(reference: str, created_at: float, split: str) -> str:
    return hand_edits.changed_by_hand(workspace(), find(workspace(), reference), split)


def left_out(reference: str) -> pd.DataFrame:
    """Files that `name@version` left out, with reasons."""
    return _left_out(reference, dataset(reference).created_at)


def issues(reference: str, thresholds: checks.Thresholds = USUAL) -> list[checks.Issue]:
    """Findings in `name@version`; none where a file that they need is damaged, of which the page is told. Shared: do not change them."""
    made_at = dataset(reference).created_at
    said = different.said_at(workspace(), dataset(reference).name)
    try:
        return _issues(reference, made_at, _map_file(reference, made_at).exists(), thresholds, said)
    except DamagedError as error:
        show_error(error)
        return []


def recommendation(reference: str) -> Recommendation:
    """The recipe that suits `name@version`, of which a few images are looked at."""
    return _recommendation(reference, dataset(reference).created_at)


@st.cache_data(max_entries=64, show_spinner=False)
def _recommendation(reference: str, made_at: float) -> Recommendation:
    return recommend(workspace(), dataset(reference))


def validation_groups(reference: str) -> np.ndarray:
    """(G,) how many validation images of `name@version` each group has that hangs together; none where a file of it is damaged."""
    found = dataset(reference)
    try:
        return _validation_groups(reference, found.created_at, different.said_at(workspace(), found.name))
    except DamagedError as error:  # pages that are about that data say so
        logging.getLogger(__name__).warning("How sure a validation accuracy is cannot be said: %s", error)
        return np.empty(0, np.int64)


@st.cache_data(max_entries=64, show_spinner=False)
def _validation_groups(reference: str, made_at: float, said_at: int) -> np.ndarray:
    index = different.read_apart(workspace(), dataset(reference))
    return splits.units(index)[index["split"] == "val"].value_counts().to_numpy()


def val_interval(run: Run) -> Interval | None:
    """The 95 % interval of a run's validation accuracy (`resolution.of_validation`); None where there is none, or its data is gone."""
    accuracy = run.figures.get("val_accuracy")
    if accuracy is None:
        return None
    try:
        groups = validation_groups(run.dataset)
    except FoveaError:
        return None
    return of_validation(accuracy, groups) if len(groups) else None


def first_parts(reference: str) -> int:
    """How many first parts of the names in `name@version` may each be one thing (`core.data.series.first_parts`)."""
    return _first_parts(reference, dataset(reference).created_at)


@st.cache_data(max_entries=64, show_spinner=False)
def _first_parts(reference: str, made_at: float) -> int:
    return series.first_parts(read_index(workspace(), dataset(reference)))


def disk_bytes(name: str) -> int:
    """Bytes on disk that deleting the data set would free. Counting 70,000 files takes a second."""
    return _disk_bytes(name, dataset(name).created_at)


def embeddings(reference: str) -> Embeddings:
    """What there is of the vectors of `name@version`'s images. Shared: do not change it."""
    found = dataset(reference)
    return _embeddings(reference, found.created_at, embedded_rows(workspace(), found))


def image_map(reference: str) -> ImageMap | None:
    """The map of `name@version`; None until it was made. Shared: do not change it."""
    made_at = dataset(reference).created_at
    path = _map_file(reference, made_at)
    return _image_map(reference, made_at, path.stat().st_mtime_ns) if path.exists() else None


def saved_augmentations(tell: bool = True) -> dict[str, AugmentConfig]:
    """Augmentations that were saved, by name; none where their file is damaged, of which the page is told."""
    try:
        return saved.list_saved(workspace())
    except DamagedError as error:
        if tell:
            show_error(error)
        return {}


def draft(token: str) -> drafts.Draft | None:
    """Edits that are not saved; None where there are none. Raises DamagedError. Shared: do not change it."""
    file = drafts.file_of(workspace(), token)
    try:
        return _draft(token, file.stat().st_mtime_ns)
    except OSError:
        return None


def touched(token: str) -> str:
    """What the edits of a draft would do to the test split, and which split they would leave without a class, in words; "" where nothing."""
    try:
        return _touched(token, drafts.file_of(workspace(), token).stat().st_mtime_ns)
    except OSError:
        return ""


@st.cache_data(max_entries=16, show_spinner=False)
def _touched(token: str, written_at: int) -> str:
    there = _draft(token, written_at)
    if not there:
        return ""
    told = (of(workspace(), there.base, there.edits) for of in (hand_edits.touched, hand_edits.left_without))
    return " ".join(filter(None, told))


@st.cache_resource(max_entries=16, show_spinner=False)
def _draft(token: str, written_at: int) -> drafts.Draft | None:
    return drafts.read(workspace(), token)


def job_of(job_id: str | None, kinds: tuple[str, ...]) -> queue.Job | None:
    """The job that an address names; None where there is none, or one of another kind."""
    try:
        job = queue.get(workspace(), job_id) if job_id else None
    except NotFoundError:
        return None
    return job if job and job.kind in kinds else None


def outline(source: str, called: str, reading: Reading, below: tuple[str, ...] | None = None) -> Outline | None:
    """What a folder or archive would become. Looked at anew after a while: files come and go."""
    return _outline(source, called, reading, below, state.get("openings", 0))


# The name and version of a data set that was deleted can come again; the time at which it was made cannot.


@st.cache_data(max_entries=16, ttl=60.0, show_spinner=False)
def _outline(source: str, called: str, reading: Reading, below: tuple[str, ...] | None, opening: int) -> Outline | None:
    return outlines.outline(source, called, reading, below)


@st.cache_resource(max_entries=3, show_spinner=False)
def _index(reference: str, made_at: float) -> pd.DataFrame:
    table = read_index(workspace(), find(workspace(), reference), INDEX_COLUMNS)
    return table.astype(dict.fromkeys(CATEGORIES, "category"))


@st.cache_data(max_entries=32, show_spinner=False)
def _copies_among(reference: str, made_at: float, rows: tuple[int, ...]) -> int:
    return near.with_another(read_index(workspace(), find(workspace(), reference)).iloc[list(rows)])


@st.cache_data(max_entries=8, show_spinner=False)
def _left_out(reference: str, made_at: float) -> pd.DataFrame:
    return read_left_out(workspace(), find(workspace(), reference))


@st.cache_resource(max_entries=8, show_spinner=False)
def _issues(
    reference: str, made_at: float, has_map: bool, thresholds: checks.Thresholds, said_at: int
) -> list[checks.Issue]:
    found = find(workspace(), reference)
    if thresholds.near_similarity == USUAL.near_similarity:
        return checks.check(workspace(), found, thresholds)
    return checks.look_again(workspace(), found, thresholds)


@st.cache_resource(max_entries=3, show_spinner=False)
def _embeddings(reference: str, made_at: float, rows: int) -> Embeddings:
    return read_embeddings(workspace(), find(workspace(), reference))


@st.cache_resource(max_entries=64, show_spinner=False)
def _map_file(reference: str, made_at: float) -> Path:
    return map_file(workspace(), find(workspace(), reference))


@st.cache_resource(max_entries=3, show_spinner=False)
def _image_map(reference: str, made_at: float, drawn_at: int) -> ImageMap:
    return read_map(workspace(), find(workspace(), reference))


@st.cache_data(max_entries=8, ttl=60.0, show_spinner=False)
def _disk_bytes(name: str, made_at: float) -> int:
    return shelf.disk_bytes(workspace(), name)


@st.cache_data(ttl=3.0, show_spinner=False)
def devices() -> dict[str, Any]:
    """The machine's processors and GPUs with memory and load, a few seconds old at most."""
    return describe()


# What is kept of an evaluation: a run on a split of `name@version`. `made_at` changes when it was evaluated anew.


@st.cache_resource(max_entries=8, show_spinner=False)
def evaluation(run_id: str, reference: str, split: str, made_at: float) -> Evaluation:
    """The figures. Shared: do not change them."""
    return find_evaluation(workspace(), find_run(workspace(), run_id), reference, split)


def accuracy_doubt(run: Run) -> str:
    """What is to be said beside a run's test accuracy: `Evaluation.doubt` and the weakest class, as plain text; "" also where no
    evaluation of it can be read.
    """
    file = evaluation_folder(workspace(), run, run.dataset, "test") / "metrics.json"
    try:
        found = evaluation(run.id, run.dataset, "test", file.stat().st_mtime)
    except (FoveaError, FileNotFoundError):
        return ""
    return "; ".join(filter(None, (found.doubt, weakest_words(found.figures))))


@st.cache_resource(max_entries=4, show_spinner=False)
def predictions(run_id: str, reference: str, split: str, made_at: float) -> pd.DataFrame:
    """The answers, without the classes' probabilities. Shared: do not change it."""
    found = evaluation(run_id, reference, split, made_at)
    table = read_predictions(workspace(), find_run(workspace(), run_id), found, PREDICTION_COLUMNS)
    return table.astype({"label": "category", "predicted": "category"})


@st.cache_resource(max_entries=8, show_spinner=False)
def confusion(run_id: str, reference: str, split: str, made_at: float) -> np.ndarray:
    """(classes, classes) int64: how many images of each class were named how. Shared: do not change it."""
    classes = evaluation(run_id, reference, split, made_at).classes
    table = predictions(run_id, reference, split, made_at)
    labels, predicted = (pd.Categorical(table[side], categories=list(classes)).codes for side in ("label", "predicted"))
    return confusion_counts(labels, predicted, len(classes))


@st.cache_resource(max_entries=8, show_spinner=False)
def similar_order(run_id: str, reference: str, split: str, made_at: float) -> np.ndarray:
    """(classes,) int64: the classes, those that are confused with each other side by side."""
    return similarity.similar_order(confusion(run_id, reference, split, made_at))


@st.cache_resource(max_entries=16, show_spinner=False)
def class_blocks(run_id: str, reference: str, split: str, made_at: float, similar: bool, most: int) -> list[np.ndarray]:
    """Blocks of at most `most` neighbouring classes, by similarity or as they are."""
    matrix = confusion(run_id, reference, split, made_at)
    order = similar_order(run_id, reference, split, made_at) if similar else np.arange(len(matrix))
    return similarity.blocks(order, similarity.similarity(matrix), most)


@st.cache_resource(max_entries=4, show_spinner=False)
def sliceable(run_id: str, reference: str, split: str, made_at: float) -> Sliceable:
    """Answered images with what they can be told apart by. Shared: do not change it."""
    run = find_run(workspace(), run_id)
    return read_sliceable(workspace(), run, find_evaluation(workspace(), run, reference, split))


@st.cache_resource(max_entries=16, show_spinner=False)
def slices(run_id: str, reference: str, split: str, made_at: float) -> Slices:
    """The slices of an evaluation that do worse than chance would explain. The first search takes seconds; it is kept."""
    run = find_run(workspace(), run_id)
    evaluation = find_evaluation(workspace(), run, reference, split)
    return slices_of(workspace(), run, evaluation, sliceable(run_id, reference, split, made_at))


@st.cache_resource(max_entries=8, show_spinner=False)
def compared(
    run_ids: tuple[str, ...], reference: str, split: str, made_at: tuple[float, ...]
) -> tuple[paired.Paired, list[paired.Difference]]:
    """Runs on the same split, and each but the first beside the first. Shared: do not change it.

    `made_at` changes when one of them was evaluated anew.
    """
    runs = [find_run(workspace(), run_id) for run_id in run_ids]
    evaluations = [find_evaluation(workspace(), run, reference, split) for run in runs]
    tables = [paired.read_table(workspace(), run, one) for run, one in zip(runs, evaluations, strict=True)]
    images = evaluations[0].figures["n"] + evaluations[0].left_out
    joined = paired.join(tables, evaluations[0].classes, images)
    return joined, paired.compare(joined) if len(joined.rows) else []


@st.cache_data(max_entries=32, show_spinner=False)
def compared_classes(
    run_ids: tuple[str, ...], reference: str, split: str, made_at: tuple[float, ...], place: int
) -> list[paired.Difference]:
    """The run in `place` of these beside the first, class by class."""
    return paired.compare_classes(compared(run_ids, reference, split, made_at)[0], place)


@st.cache_data(max_entries=32, show_spinner=False)
def bootstrapped(
    run_ids: tuple[str, ...], reference: str, split: str, made_at: tuple[float, ...], place: int
) -> tuple[float, float] | None:
    """The bootstrap interval of the difference between the run in `place` of these and the first."""
    return paired.bootstrapped(compared(run_ids, reference, split, made_at)[0], place)


@st.cache_data(max_entries=32, show_spinner=False)
def images_needed(
    run_ids: tuple[str, ...], reference: str, split: str, made_at: tuple[float, ...], place: int
) -> int | None:
    """How many images show a difference like that between the run in `place` of these and the first."""
    return paired.images_needed(compared(run_ids, reference, split, made_at)[0], place)


@st.cache_data(max_entries=32, show_spinner=False)
def learning_curve(
    images: tuple[float, ...], wrong: tuple[float, ...], answered: tuple[float, ...]
) -> LearningCurve | None:
    """The curve through the errors after learning from so many images."""
    return fit(np.array(images), np.array(wrong), np.array(answered))


@st.cache_resource(max_entries=4, show_spinner=False)
def calibrated_answers(run_id: str, reference: str, split: str, made_at: float, temperature: float) -> Answers:
    """Answers of a run on a split as arrays, with a temperature; 1 for what the model itself says. Shared: do not change them."""
    run = find_run(workspace(), run_id)
    answers = read_answers(workspace(), run, find_evaluation(workspace(), run, reference, split))
    return tempered(answers, temperature)


def kept_to(
    run_id: str, reference: str, split: str, temperature: float, rule: Rule | None, of_class: ClassThreshold | None
) -> Measured:
    """What decisions of a run give on a split; the temperature is the one in use."""
    file = evaluation_folder(workspace(), find_run(workspace(), run_id), reference, split) / "metrics.json"
    return _kept_to(run_id, reference, split, file.stat().st_mtime, temperature, rule, of_class)


@st.cache_data(max_entries=32, show_spinner=False)
def _kept_to(
    run_id: str,
    reference: str,
    split: str,
    made_at: float,
    temperature: float,
    rule: Rule | None,
    of_class: ClassThreshold | None,
) -> Measured:
    return rules.kept_to(calibrated_answers(run_id, reference, split, made_at, temperature), rule, of_class)


@st.cache_data(max_entries=64, show_spinner=False)
def calibration_figures(
    run_id: str, reference: str, split: str, made_at: float, temperature: float
) -> dict[str, float]:
    """Of a run on a split, with a temperature: log_loss, equal_width, equal_mass (both calibration errors)."""
    answers = calibrated_answers(run_id, reference, split, made_at, temperature)
    confidence = answers.probabilities.max(1)
    return {
        "log_loss": log_loss(answers.labels, answers.probabilities),
        "equal_width": equal_width(answers.correct, confidence).error,
        "equal_mass": equal_mass(answers.correct, confidence).error,
    }


@st.cache_resource(max_entries=4, show_spinner=False)
def robustness(run_id: str, reference: str, split: str, made_at: int) -> tuple[Robustness, pd.DataFrame]:
    """What was measured of a run's robustness, and each answer. Shared: do not change them.

    `made_at` changes when more of it was measured.
    """
    run = find_run(workspace(), run_id)
    found = find_robustness(workspace(), run, reference, split)
    assert found is not None
    return found, read_table(workspace(), run, found)


@st.cache_data(max_entries=32, show_spinner=False)
def damaged_example(run_id: str, reference: str, split: str, row: int, made_at: int) -> np.ndarray:
    """(K, T, T, C) uint8: an example picture under each condition of the measurement but attacks."""
    found, _ = robustness(run_id, reference, split, made_at)
    return read_strip(workspace(), find_run(workspace(), run_id), found, row)


@st.cache_data(max_entries=32, show_spinner=False)
def damaged(
    reference: str, rows: tuple[int, ...], size: int, channels: int, fit: Fit, condition: Condition, seed: int
) -> np.ndarray:
    """(n, size, size, channels) uint8: these rows of `name@version` under a condition, as a measurement made them."""
    found = find(workspace(), reference)
    files = read_index(workspace(), found, ["file"])["file"].iloc[list(rows)]
    clean = np.stack([load(picture_file(workspace(), found, file), size, channels, fit) for file in files])
    return condition.pictures(clean, seed)


@st.cache_data(max_entries=32, show_spinner=False)
def answering_cost(run_id: str, made_at: float) -> Answering:
    """What one answer of a run costs here; `made_at` changes when its model was written anew."""
    return answering(find_run(workspace(), run_id).folder(workspace()) / "model.tflite")


@st.cache_resource(max_entries=3, show_spinner=False)
def predictor(run_id: str, made_at: float, *keeps_to: object) -> Predictor:
    """The predictor of a run; `made_at` changes when its model was written anew, the others with what it keeps to."""
    return Predictor.of_run(workspace(), find_run(workspace(), run_id))


@st.cache_data(max_entries=256, show_spinner=False)
def frames(reference: str, row: int, sha256: str) -> int:
    """How many frames the file of a picture has; the first is the one that is used."""
    found = find(workspace(), reference)
    return count_frames(picture_file(workspace(), found, read_index(workspace(), found, ["file"])["file"].iloc[row]))


def dataset(reference: str) -> Dataset:
    """The data set of that name or `name@version`, as it is now."""
    return find(workspace(), reference)


@st.cache_data(max_entries=16, show_spinner=False)
def pictures(reference: str, rows: tuple[int, ...]) -> np.ndarray:
    """(n, size, size, channels) uint8: these rows of `name@version` at the size that suits the data set."""
    found = find(workspace(), reference)
    files = read_index(workspace(), found, ["file"])["file"].iloc[list(rows)]
    return np.stack([load(picture_file(workspace(), found, file), found.size, found.channels) for file in files])


@st.cache_data(max_entries=64, show_spinner=False)
def augmented(
    reference: str, rows: tuple[int, ...], operations: str, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Draws of these pictures by the layers that training uses.

    Args:
        operations: What `AugmentConfig.to_text` gives.

    Returns:
        (draws, n, size, size, channels) uint8; the labels' shares, (draws, n, classes) float32; the classes.

    Raises:
        HelperError: The helper process did not answer. Not kept: the next call asks again.
    """
    labels = index(reference)["label"].iloc[list(rows)].astype(str)
    classes = sorted(set(labels))
    pictures_, shares = helper().ask(
        "preview_augmentation",
        operations=AugmentConfig.from_text(operations).to_json(),
        images=pictures(reference, rows),
        draws=draws,
        seed=seed,
        labels=np.array([[label == name for name in classes] for label in labels], dtype=np.float32),
    )
    return pictures_, shares, classes


@st.cache_data(max_entries=256, show_spinner=False)
def augmented_alone(reference: str, rows: tuple[int, ...], operations: str) -> dict[str, np.ndarray]:
    """{operation: (size, size, channels) uint8}: the first of these pictures after each operation alone."""
    chosen = AugmentConfig.from_text(operations).to_json()
    return helper().ask("preview_operations", operations=chosen, images=pictures(reference, rows))


@st.cache_data(max_entries=256, show_spinner=False)
def augmentation_speed(operations: str, size: int, channels: int) -> float:
    """Images a second that the operations alone make on this machine."""
    chosen = AugmentConfig.from_text(operations).to_json()
    return helper().ask("measure_speed", operations=chosen, size=size, channels=channels)


def survival(run_id: str, reference: str, config: AugmentConfig) -> dict[str, Any]:
    """How often the run's answers survive each operation: what `Survival.to_json` gives. Takes seconds; not kept.

    Raises:
        FoveaError: The run has no model, or the helper process did not answer.
    """
    return helper().ask(
        "measure_survival",
        timeout_seconds=60.0,
        workspace=str(workspace().root),
        run=run_id,
        dataset=reference,
        operations=config.to_json(),
    )


def network_layers(
    architecture: str, options: dict[str, Any], input_shape: tuple[int, int, int], num_classes: int
) -> Future[list[dict[str, Any]]]:
    """The layers of a network as `core.train.network.describe` gives them, as soon as the helper process has them.

    Where asking failed, the next call asks again.
    """
    key = (architecture, json.dumps(options, sort_keys=True), input_shape, num_classes)
    found = _network_layers(*key)
    if found.done() and found.exception():
        _network_layers.clear(*key)
    return found


@st.cache_resource(max_entries=256, show_spinner=False)
def _network_layers(
    architecture: str, options: str, input_shape: tuple[int, int, int], num_classes: int
) -> Future[list[dict[str, Any]]]:
    return _asker().submit(
        helper().ask,
        "describe_network",
        architecture=architecture,
        options=json.loads(options),
        input_shape=input_shape,
        num_classes=num_classes,
    )


@st.cache_resource
def _asker() -> ThreadPoolExecutor:
    """Waits for the helper, so that no page does."""
    return ThreadPoolExecutor(1, thread_name_prefix="asker")
