"""What answered images can be told apart by: class, looks, size, source folder, group, a manifest's columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from core.data.columns import names_in
from core.data.dataset import find, read_index
from core.data.sources.listing import split_said
from core.errors import NotFoundError
from core.evaluate.answers import unit_codes
from core.evaluate.evaluation import Evaluation, read_predictions, whole_predictions
from core.rounding import significant
from core.train.runs import Run
from core.workspace import Workspace

CLASS = "class"
MOST_GROUPS = 50
MOST_FOLDERS = 50
HALF = (0.45, 0.55)  # a share that is called half
OF_SIZE = ("smallest", "largest")
OF_LOOKS = {"brightness": ("darkest", "brightest"), "contrast": ("lowest", "highest")}


@dataclass(frozen=True)
class Column:
    """One thing that N images differ in.

    Args:
        key: Names it in addresses and files: "class", "brightness", "column_camera".
        name: Names it for people.
        values: (N,) float64, NaN where not known; or (N,) text, "" where not known.
        ends: Words for the images with the lowest and the highest values.
    """

    key: str
    name: str
    values: np.ndarray
    ends: tuple[str, str] = ("lowest", "highest")

    @property
    def is_number(self) -> bool:
        """Whether it is sliced into bands, not by value."""
        return self.values.dtype.kind == "f"


@dataclass(frozen=True)
class Part:
    """Some of the images: those with one text, or with a number in a band.

    Args:
        column: The column's key.
        value: Its text; None for a band.
        low, high: The band's least and largest value, both in it.
    """

    column: str
    value: str | None = None
    low: float = np.nan
    high: float = np.nan

    @property
    def key(self) -> str:
        """Names it in an address; `part_of` reads it."""
        said = f"{self.low!r}..{self.high!r}" if self.value is None else self.value
        return f"{self.column}|{said}"

    def of(self, column: Column) -> np.ndarray:
        """(N,) bool: which images are in it."""
        if self.value is not None:
            return column.values == self.value
        return (column.values >= self.low) & (column.values <= self.high)


@dataclass(frozen=True)
class Sliceable:
    """N answered images and what they can be told apart by.

    Args:
        classes: Class names.
        labels, predicted: (N,) int64, true and answered places in `classes`.
        groups: (N,) int64, equal for images that belong together; None where each stands for itself.
        columns: What they differ in, the class first.
        has_pictures: Whether the data set is still the one that was answered: if not, only class and group are known.
    """

    classes: tuple[str, ...]
    labels: np.ndarray
    predicted: np.ndarray
    groups: np.ndarray | None
    columns: tuple[Column, ...]
    has_pictures: bool

    @property
    def correct(self) -> np.ndarray:
        """(N,) bool."""
        return self.labels == self.predicted

    def column(self, key: str) -> Column | None:
        """The column of that key; None if there is none."""
        return next((one for one in self.columns if one.key == key), None)


def part_of(key: str, columns: Sequence[Column]) -> Part | None:
    """The part that `Part.key` named; None where no such column is there, or its bounds are no numbers."""
    for column in sorted(columns, key=lambda one: -len(one.key)):
        if not key.startswith(f"{column.key}|"):
            continue
        said = key[len(column.key) + 1 :]
        if not column.is_number:
            return Part(column.key, said)
        try:
            low, high = map(float, said.split(".."))
        except ValueError:
            return None
        return Part(column.key, low=low, high=high)
    return None


def in_words(part: Part, column: Column) -> str:
    """Which images these are: "brightness up to 45 (the darkest 10 %)", "camera: Leica"."""
    if part.value is not None:
        return f"{column.name} {part.value}" if column.key == CLASS else f"{column.name}: {part.value}"
    known = column.values[~np.isnan(column.values)]
    span = span_of(part)
    if part.low == part.high:
        return f"{column.name} {span}"
    if not len(known) or ((known < part.low).any() and (known > part.high).any()):
        return f"{column.name} from {span}"
    is_upper = bool((known < part.low).any())
    bound = f"from {_number(part.low)} on" if is_upper else f"up to {_number(part.high)}"
    return f"{column.name} {bound} ({_share_at_end(float(part.of(column).sum()) / len(known), column.ends, is_upper)})"


def _share_at_end(share: float, ends: tuple[str, str], is_upper: bool) -> str:
    """0.1 -> "the darkest 10 %", 0.52 -> "the darker half", 0.7 -> "all but the brightest 30 %"."""
    if HALF[0] <= share <= HALF[1]:
        return f"the {ends[is_upper].removesuffix('est')}er half"
    if share > HALF[1]:
        return f"all but the {ends[not is_upper]} {significant((1 - share) * 100)} %"
    return f"the {ends[is_upper]} {significant(share * 100)} %"


def span_of(part: Part) -> str:
    """The text of a part, or "3 to 45"."""
    if part.value is not None:
        return part.value
    return _number(part.low) if part.low == part.high else f"{_number(part.low)} to {_number(part.high)}"


def read_sliceable(workspace: Workspace, run: Run, evaluation: Evaluation) -> Sliceable:
    """The images of an evaluation with what is known of them, in the order of its predictions."""
    with whole_predictions(workspace, run, evaluation) as path:
        there = set(pq.read_schema(path).names)
    wanted = [name for name in ("row", "label", "predicted", "sha256", "group", "unit") if name in there]
    table = read_predictions(workspace, run, evaluation, wanted)
    labels, predicted = (
        pd.Categorical(table[name], categories=list(evaluation.classes)).codes.astype(np.int64)
        for name in ("label", "predicted")
    )
    names = table["group"] if "group" in table else pd.Series("", table.index, dtype=str)
    classes = table["label"].astype(str).to_numpy(dtype=object)
    columns = [Column(CLASS, "class", classes)]
    index = _index_of(workspace, evaluation, table)
    if index is not None:
        columns += columns_of(index)
    if 1 < names[names != ""].nunique() <= MOST_GROUPS:
        columns.append(Column("group", "group", names.astype(str).to_numpy(dtype=object)))
    return Sliceable(evaluation.classes, labels, predicted, unit_codes(table), tuple(columns), index is not None)


def columns_of(index: pd.DataFrame) -> list[Column]:
    """What rows of an index differ in, but for class and group: looks, size, folder, a manifest's columns."""
    found = [
        Column(name, name, index[name].to_numpy(np.float64), ends) for name, ends in OF_LOOKS.items() if name in index
    ]
    if "blur" in index:
        found.append(
            Column("sharpness", "sharpness", 1 - index["blur"].to_numpy(np.float64), ("blurriest", "sharpest"))
        )
    pixels = index["width"].to_numpy(np.float64) * index["height"].to_numpy(np.float64)
    found.append(Column("pixels", "size in pixels", pixels, OF_SIZE))
    found.append(Column("folder", "source folder", source_folders(index["path"], index["label"])))
    for key, name in names_in(index).items():
        values = index[key]
        is_number = pd.api.types.is_numeric_dtype(values)
        as_text = values.astype(object).where(values.notna(), "").to_numpy(dtype=object)
        found.append(Column(key, name, values.to_numpy(np.float64) if is_number else as_text))
    return [column for column in found if _differs(column.values)]


def source_folders(paths: pd.Series, labels: pd.Series) -> np.ndarray:
    """(N,) the folder of each path, without those that name its split and its class; of many only the uppermost."""
    folders = [_folder(path, label) for path, label in zip(paths.astype(str), labels.astype(str), strict=True)]
    if len(set(folders)) > MOST_FOLDERS:
        folders = [folder.split("/")[0] for folder in folders]
    return np.array(folders, dtype=object)


def _folder(path: str, label: str) -> str:
    parts = list(PurePosixPath(path.replace("\\", "/")).parts[:-1])
    if parts and split_said(parts[0]):
        parts = parts[1:]
    of_class = label.split("/")
    for start in range(len(parts) - len(of_class) + 1):
        if parts[start : start + len(of_class)] == of_class:
            parts[start : start + len(of_class)] = []
            break
    return "/".join(part for part in parts if not split_said(part))


def _index_of(workspace: Workspace, evaluation: Evaluation, table: pd.DataFrame) -> pd.DataFrame | None:
    """The rows of the data set's index that were answered; None if it is gone, or another one has its name now."""
    try:
        index = read_index(workspace, find(workspace, evaluation.dataset))
    except NotFoundError:
        return None
    rows = table["row"].to_numpy()
    if rows.max(initial=-1) >= len(index):
        return None
    answered = index.iloc[rows].reset_index(drop=True)
    return answered if (answered["sha256"] == table["sha256"]).all() else None


def _differs(values: np.ndarray) -> bool:
    known = values[~np.isnan(values)] if values.dtype.kind == "f" else values[values != ""]
    return len(known) > 0 and bool((known != known[0]).any() or (values.dtype.kind != "f" and len(known) < len(values)))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else significant(value, 3)
