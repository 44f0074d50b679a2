"""A run on a split of a data set: compute, keep, read again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data import different, splits
from core.data.dataset import SPLITS, Dataset, find
from core.data.packed import PackRecipe, pack
from core.errors import ConfigError, DamagedError, InputError, NotFoundError, Stopped
from core.evaluate.calibrated import temperature_in_use
from core.evaluate.known_images import called_otherwise, is_of_before_renames, is_of_other_data, known_images
from core.evaluate.overlap import overlap, told
from core.evaluate.temperature import log_loss, temper
from core.inference import BATCH, InterpreterPool
from core.progress import OnProgress, ShouldStop, Stage, never, no_progress
from core.train.own_classes import names_in
from core.train.runs import Run, learnt_from, read_labels
from core.workspace import Workspace
from core.workspace.alive import working_in
from core.workspace.atomic import read_json, remove_folder, whole_table, write_json, write_with
from core.workspace.shape import an_object, fields_of, fits

PROBABILITY = "p_"
CELLS_A_GROUP = 10_000_000  # of the table on disk: one image of 50,000 with 1,000 classes is read in 0.1 s, not in 2


FIGURES = {  # of those that are read without asking whether they are there, or drawn
    "n": int,
    "accuracy": float,
    "accuracy_ci95": list[float] | None,
    "baseline_accuracy": float,
    "effective_n": float | None,
    "groups": int,
    "ece": float | None,
    "log_loss": float | None,
    "per_class": list[dict[str, Any]],
    "confusion": list[list[int]],
    "temperature": float,
    "overlap": dict[str, Any] | None,
    "undefined": dict[str, Any] | None,
}


@dataclass(frozen=True)
class Evaluation:
    """How good a run is on a split.

    Args:
        run: The run's id.
        dataset: `name@version`.
        split: "train", "val" or "test".
        left_out: Images of classes that the model does not know; they are not counted.
        classes: Class names in the order of `confusion` and of the model's outputs.
        figures: What `core.evaluate.metrics.figures` gives.
        renamed: {one of `classes`: its name in `dataset`} where that is another, since the class was renamed.
        data_fingerprint: Of the data set, by which it is told from another that gets its name; "" if nobody knows.
    """

    run: str
    dataset: str
    split: str
    left_out: int
    classes: tuple[str, ...]
    figures: dict[str, Any]
    renamed: dict[str, str] = field(default_factory=dict)
    data_fingerprint: str = ""

    @property
    def temperature(self) -> float:
        """What the probabilities were calibrated with before figures were made of them; 1 where the model's own were taken."""
        return float(self.figures.get("temperature") or 1.0)

    @property
    def doubt(self) -> str:
        """What a person must know beside the accuracy where its interval reaches down to the largest class; "" where it does not."""
        if self.figures["accuracy_ci95"][0] > self.figures["baseline_accuracy"]:
            return ""
        return "not surely better than always guessing the largest class"

    def to_json(self) -> dict[str, Any]:
        """What metrics.json holds: one flat object."""
        value = asdict(self)
        value["classes"] = list(self.classes)
        return {**value.pop("figures"), **value}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Evaluation:
        """An evaluation from what `to_json` gave."""
        given = fields_of(cls, {**an_object(value), "figures": {}})
        wrong = [name for name, kind in FIGURES.items() if name in given and not fits(given[name], kind)]
        if wrong or "n" not in given:
            raise TypeError(f"{(wrong or ['n'])[0]!r} is missing or of another kind")
        names = ("run", "dataset", "split", "left_out", "renamed", "data_fingerprint")
        own = {name: value[name] for name in names if name in value}
        figures = {name: figure for name, figure in value.items() if name not in {*own, "classes"}}
        return cls(**own, classes=tuple(value["classes"]), figures=figures)


def evaluate(
    workspace: Workspace,
    run: Run,
    dataset: Dataset,
    split: str = "test",
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> Evaluation:
    """Answer every image of a split with the run's .tflite, and keep probabilities and figures.

    Model and data meet by class name, renames followed (`core.data.same_classes`): images of classes that the model does
    not know are not counted, and all figures and tables have the run's own names.

    Raises:
        InputError: The run has no model, the split no image, or none of a class that the model knows.
        Stopped: `should_stop` said so.
    """
    if split not in SPLITS:
        raise ConfigError(f"There is no split {split!r}. There are: {', '.join(SPLITS)}.")
    with working_in(run.folder(workspace), workspace.dataset(dataset.name)):
        names = names_in(workspace, run, dataset)
        pool = InterpreterPool(run.folder(workspace) / "model.tflite", interpreters=1)
        size, _, channels = pool.input_shape
        index = with_units(different.read_apart(workspace, dataset))
        of_split = index[index["split"] == split]
        known = known_images(index, split, names)
        if known.empty:
            what = f"none of a class that {run.title} knows" if len(of_split) else "no images"
            raise InputError(f"The {split} split of {dataset.reference} has {what}. Choose another data set or split.")
        images = pack(workspace, dataset, PackRecipe(size, channels, run.config.fit), on_progress, should_stop)  # type: ignore[arg-type]
        probabilities = answer_rows(pool, images.take, known.index.to_numpy(), on_progress, should_stop)
        had = overlap(workspace, run, dataset, known, on_progress, should_stop)
        left_out = len(of_split) - len(known)
        _clear_of_other_data(workspace, run, dataset, split)
        return keep_answers(
            workspace,
            run,
            dataset.reference,
            split,
            known,
            probabilities,
            left_out,
            had,
            called_otherwise(names),
            dataset.fingerprint,
        )


def _clear_of_other_data(workspace: Workspace, run: Run, dataset: Dataset, split: str) -> None:
    """Remove what is kept of other data that had the name before it was deleted: its robustness, too."""
    folder = evaluation_folder(workspace, run, dataset.reference, split)
    with contextlib.suppress(FileNotFoundError, DamagedError):
        found = read_json(folder / "metrics.json", Evaluation.from_json)
        if is_of_other_data(workspace, run, dataset.reference, found.data_fingerprint):
            remove_folder(folder)


def with_units(index: pd.DataFrame) -> pd.DataFrame:
    """`index` with `unit`: equal for images that the split keeps on one side, since they are of one group of the source,
    copies or near copies; "" for those that stand for themselves. Right and wrong, they tell as much as one of them.
    """
    unit = splits.units(index)
    return index.assign(unit=unit.where(unit.duplicated(keep=False), ""))


def keep_answers(
    workspace: Workspace,
    run: Run,
    reference: str,
    split: str,
    index: pd.DataFrame,
    probabilities: np.ndarray,
    left_out: int = 0,
    had: np.ndarray | None = None,
    renamed: dict[str, str] | None = None,
    fingerprint: str = "",
) -> Evaluation:
    """Make the figures of what a run answered, and keep both.

    Args:
        reference: `name@version` of the data.
        index: The rows of its index that were answered, with path, label (as the run calls it), group, sha256 and file, and unit
            as `with_units` gives it; where that is missing, the groups are the units.
        probabilities: (N, classes) float64, rows sum to 1, as the model itself gives them; the figures are of those that the
            run's temperature in use makes of them.
        left_out: Images of classes that the model does not know.
        had: What `core.evaluate.overlap` says of each.
        renamed: See `Evaluation`.
        fingerprint: Of the data set.
    """
    from core.evaluate.answers import unit_codes  # which imports this module

    classes = read_labels(workspace, run)
    labels = pd.Categorical(index["label"], categories=list(classes)).codes.astype(np.int64)
    groups = unit_codes(index)
    temperature = temperature_in_use(workspace, run)
    made = calibrated_figures(labels, probabilities, classes, groups, temperature)
    made["overlap"] = told(had, probabilities.argmax(1) == labels, groups)
    evaluation = Evaluation(run.id, reference, split, left_out, classes, made, renamed or {}, fingerprint)
    keep_tables(workspace, run, evaluation, predictions_table(index, probabilities, classes, had, temperature))
    return evaluation


def keep_tables(workspace: Workspace, run: Run, evaluation: Evaluation, table: pd.DataFrame) -> None:
    """Write predictions.parquet and metrics.json."""
    folder = evaluation_folder(workspace, run, evaluation.dataset, evaluation.split)
    group = max(CELLS_A_GROUP // len(table.columns), 1)
    write_with(folder / "predictions.parquet", lambda path: table.to_parquet(path, index=False, row_group_size=group))
    write_json(folder / "metrics.json", evaluation.to_json())  # last: with it the evaluation exists


def calibrated_figures(
    labels: np.ndarray,
    probabilities: np.ndarray,
    classes: tuple[str, ...],
    groups: np.ndarray | None,
    temperature: float,
) -> dict[str, Any]:
    """`core.evaluate.metrics.figures` of the probabilities with a temperature, which they name, and beside them the ECE and log
    loss of the model itself, as `ece_uncalibrated` and `log_loss_uncalibrated`.
    """
    from core.evaluate.metrics import expected_calibration_error, figures  # SciPy: only where figures are made

    correct = probabilities.argmax(1) == labels
    return {
        **figures(labels, temper(probabilities, temperature), classes, groups),
        "temperature": temperature,
        "ece_uncalibrated": expected_calibration_error(correct, probabilities.max(1)),
        "log_loss_uncalibrated": log_loss(labels, probabilities),
    }


def predictions_table(
    index: pd.DataFrame,
    probabilities: np.ndarray,
    classes: tuple[str, ...],
    had: np.ndarray | None = None,
    temperature: float = 1.0,
) -> pd.DataFrame:
    """One row an image: row (of the index), path, label, predicted, probability (of what is predicted, with that temperature),
    group, unit, sha256, file, overlap (where `had` says it: "same" or "near" if the run had it, or a near copy, before), and
    p_<class> each, as the model itself says.
    """
    chosen = probabilities.argmax(1)
    front = pd.DataFrame(
        {
            "row": index.index.to_numpy(),
            "path": index["path"].to_numpy(),
            "label": index["label"].to_numpy(),
            "predicted": np.array(classes, dtype=object)[chosen],
            "probability": temper(probabilities, temperature).max(1),
            "group": index["group"].to_numpy(),
            "unit": index.get("unit", index["group"]).to_numpy(),
            "sha256": index["sha256"].to_numpy(),
            "file": index["file"].to_numpy(),
            **({} if had is None else {"overlap": had}),
        }
    )
    return pd.concat([front, pd.DataFrame(probabilities, columns=[f"{PROBABILITY}{name}" for name in classes])], axis=1)


def evaluation_folder(workspace: Workspace, run: Run, reference: str, split: str) -> Path:
    """Where the evaluation of a run on a split is kept."""
    return run.folder(workspace) / "evaluation" / f"{reference}-{split}"


def find_evaluation(workspace: Workspace, run: Run, reference: str, split: str) -> Evaluation:
    """The kept evaluation.

    Raises:
        NotFoundError: There is none, or one of other data that had the name, or of an earlier Fovea, which followed no renamed class.
    """
    path = evaluation_folder(workspace, run, reference, split) / "metrics.json"
    if split not in SPLITS or not path.exists():
        raise NotFoundError(f"{run.title} was not evaluated on the {split} split of {reference}.")
    found = read_json(path, Evaluation.from_json)
    if is_of_before_renames(workspace, run, reference, found.renamed):
        raise NotFoundError(
            f"{run.title} was evaluated on the {split} split of {reference} before Fovea followed renamed classes. "
            "Evaluate it again."
        )
    if is_of_other_data(workspace, run, reference, found.data_fingerprint):
        raise NotFoundError(
            f"{run.title} was evaluated on the {split} split of another data set that was called {reference}. Evaluate it again."
        )
    return found


def evaluated_on(workspace: Workspace, run: Run) -> list[tuple[str, str]]:
    """`name@version` and split of each kept evaluation of a run, in that order, without reading them."""
    folders = sorted(path.parent.name for path in (run.folder(workspace) / "evaluation").glob("*/metrics.json"))
    return [(name.rpartition("-")[0], name.rpartition("-")[2]) for name in folders]


def read_predictions(
    workspace: Workspace, run: Run, evaluation: Evaluation, columns: list[str] | None = None
) -> pd.DataFrame:
    """One row an image, as `predictions_table` made it."""
    with whole_predictions(workspace, run, evaluation) as path:
        return pd.read_parquet(path, columns=columns)


def shown_predictions(workspace: Workspace, run: Run, evaluation: Evaluation) -> pd.DataFrame:
    """The same with all probabilities calibrated as the figures are."""
    table = read_predictions(workspace, run, evaluation)
    each = [f"{PROBABILITY}{name}" for name in evaluation.classes]
    table[each] = temper(table[each].to_numpy(np.float64), evaluation.temperature)
    return table


def whole_predictions(workspace: Workspace, run: Run, evaluation: Evaluation) -> AbstractContextManager[Path]:
    """The file of the predictions, for the block that reads it; see `core.workspace.atomic.whole_table`."""
    folder = evaluation_folder(workspace, run, evaluation.dataset, evaluation.split)
    cure = f"Evaluate {run.title} on the {evaluation.split} split of {evaluation.dataset} again."
    needed = ("row", "label", *(f"{PROBABILITY}{name}" for name in evaluation.classes))
    return whole_table(folder / "predictions.parquet", cure, needed, evaluation.figures.get("n"))


def read_answer(
    workspace: Workspace, run: Run, evaluation: Evaluation, row: int, top: int = 5, temperature: float | None = None
) -> list[tuple[str, float]]:
    """The likeliest classes of one image (its row in the index) with their probabilities, likeliest first.

    Args:
        temperature: What the probabilities are calibrated with; by default as the figures are.
    """
    with whole_predictions(workspace, run, evaluation) as path:
        table = pd.read_parquet(path, filters=[("row", "==", row)])
    given = table[[f"{PROBABILITY}{name}" for name in evaluation.classes]].to_numpy(np.float64)[:1]
    calibrated = temper(given, temperature or evaluation.temperature)[0]
    return [
        (evaluation.classes[place], float(calibrated[place])) for place in np.argsort(-given[0], kind="stable")[:top]
    ]


def find_data(workspace: Workspace, run: Run, reference: str | None) -> Dataset:
    """The data set to evaluate on: the one named, else the version that the run learnt from."""
    if reference in (None, run.dataset):
        return learnt_from(workspace, run)
    return find(workspace, str(reference))


def answer_rows(
    pool: InterpreterPool,
    take: Callable[[np.ndarray], np.ndarray],
    rows: np.ndarray,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> np.ndarray:
    """(N, classes) float64 probabilities whose rows sum to 1 in float64.

    Args:
        take: Gives the pictures, (n, H, W, C) uint8, of some of `rows`.
        rows: (N,) int64 index rows.

    Raises:
        Stopped: `should_stop` said so.
    """
    stage = Stage(on_progress, "Answering", len(rows))
    blocks = []
    for start in range(0, len(rows), BATCH):
        if should_stop():
            raise Stopped("The evaluation was stopped.")
        block = rows[start : start + BATCH]
        blocks.append(pool.predict(take(block)))
        stage.step(len(block))
    probabilities = np.concatenate(blocks).astype(np.float64)
    return probabilities / probabilities.sum(axis=1, keepdims=True)
