"""One version of a data set: what it is, and reading it back. A version never changes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import file_names, images
from core.errors import ImageError, InputError, NotFoundError
from core.workspace import Workspace
from core.workspace.atomic import read_json, whole_table
from core.workspace.catalogue import connect, stored
from core.workspace.paths import is_name
from core.workspace.shape import fields_of

if TYPE_CHECKING:
    import pandas as pd

VERSION = re.compile("[1-9][0-9]{0,8}")
SPLITS = ("train", "val", "test")
SPLIT_WORDS = {"train": "training", "val": "validation", "test": "test"}
MEND = "Put the old file back, or add the folder again: that makes the next version."
INDEX_COLUMNS = (
    "path",
    "label",
    "split",
    "group",
    "width",
    "height",
    "mode",
    "size_bytes",
    "sha256",
    "phash",
    "file",
    "modified_at",
    "brightness",
    "contrast",
    "shadows",
    "highlights",
    "blur",
    "metadata",
    "near",
)
ALWAYS = INDEX_COLUMNS[: INDEX_COLUMNS.index("file") + 1]  # those that versions of earlier Foveas have too
INDEX = "index.parquet"
LEFT_OUT_COLUMNS = ("path", "reason")
LEFT_OUT_BY_HAND = "left out by hand"
MOST_LETTERS = 255  # of a class name
UNFIT = ("Cc", "Cs", "Zl", "Zp")  # Unicode's controls, halves of a pair, ends of lines and paragraphs
MOST_DIGITS = 300  # of a class name that is taken as a number; Python reads no more than 4,300


@dataclass(frozen=True)
class Dataset:
    """One version of a data set.

    Args:
        name: Its name, which is also its folder's.
        version: 1 for the first; an edit makes the next.
        classes: Class names in the order that models use: integers as numbers, else by name.
        images: How many pictures it has.
        per_class: Pictures a class.
        per_split: Pictures a split.
        channels: 1 if every picture is grey, else 3.
        size: The square size in pixels that suits it when nobody asks for another.
        left_out: How many files were left out, with reasons in left_out.parquet.
        ignored: How many system files (.DS_Store and the like) were passed over.
        source: {"kind": …, "location": …, and how it was read: `core.data.sources.listing.Listing.read_as`}; pictures
            of a "folder" or "manifest" stay where they are.
        fingerprint: sha256 over content, labels, splits and groups. Same content, same fingerprint.
        change: What made this version, in words.
        split_by: "source" where the source came with a test or validation split, else "fovea".
        size_bytes: Bytes of all pictures.
        created_at: Seconds since 1970.
        parent: The version that was edited or undone to make this one; None for an import.
        seed: Of the splits that Fovea drew.
        naive_leaks: {"val": …, "test": …}: how many of each a split image by image, of the same seed, would have put
            beside a copy, a near copy or one of their group in train; empty where Fovea drew none or kept none.
        renamed: {a class of the parent: its name here, None where it was merged or came of a merge}, of those that are
            called otherwise; None of versions that an earlier Fovea made. `core.data.same_classes` reads it.
        near_different: Whether a person said that pictures which look alike are different things in all of this data set; then
            `read_index` knows of no near copies.
    """

    name: str
    version: int
    classes: tuple[str, ...]
    images: int
    per_class: dict[str, int]
    per_split: dict[str, int]
    channels: int
    size: int
    left_out: int
    ignored: int
    source: dict[str, Any]
    fingerprint: str
    change: str
    split_by: str
    size_bytes: int
    created_at: float
    seed: int = field(default=0)
    parent: int | None = None
    naive_leaks: dict[str, int] = field(default_factory=dict)
    renamed: dict[str, str | None] | None = None
    near_different: bool = False

    @property
    def reference(self) -> str:
        """`name@version`, which names this very version."""
        return f"{self.name}@{self.version}"

    @property
    def files_seen(self) -> int:
        """How many files its sources held: those taken, left out and passed over."""
        return self.images + self.left_out + self.ignored

    def folder(self, workspace: Workspace) -> Path:
        """The folder of this version."""
        return workspace.dataset(self.name) / f"v{self.version}"

    def to_json(self) -> dict[str, Any]:
        """What dataset.json holds."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Dataset:
        """A data set from what `to_json` gave."""
        return cls(**{**fields_of(cls, value), "classes": tuple(value["classes"])})


def file_of(workspace: Workspace, name: str, version: int) -> Path:
    """Where the dataset.json of a version is."""
    return workspace.datasets / name / f"v{version}" / "dataset.json"


def find(workspace: Workspace, reference: str) -> Dataset:
    """The data set `NAME@3`, or the newest version of `NAME`.

    Raises:
        NotFoundError: There is none of that name or version; the message lists what there is.
        DamagedError: Its dataset.json is damaged.
    """
    name, at, version = reference.rpartition("@")
    if not at:
        name, version = reference, ""
    with connect(workspace) as db:
        names = [row["name"] for row in db.execute("SELECT DISTINCT name FROM datasets ORDER BY name")]
        name = name if name in names else unicodedata.normalize("NFC", name)
        of_name = "SELECT version, json FROM datasets WHERE name = ? ORDER BY version"
        rows = db.execute(of_name, (name,)).fetchall() if name in names else []
    if not rows:
        if is_name(name):
            for path in sorted((workspace.datasets / name).glob("v*/dataset.json")):
                read_json(path, Dataset.from_json)
        there = f"There are: {', '.join(names)}." if names else "There are none yet; add one first."
        raise NotFoundError(f"There is no data set {name!r}. {there}")
    if not version:
        version = str(rows[-1]["version"])
    for row in rows:
        if str(row["version"]) == version:
            return stored(row["json"], file_of(workspace, name, row["version"]), Dataset.from_json)
    if VERSION.fullmatch(version) and (path := file_of(workspace, name, int(version))).exists():
        read_json(path, Dataset.from_json)
    versions = ", ".join(str(row["version"]) for row in rows)
    raise NotFoundError(f"{name!r} has no version {version!r}; its versions are {versions}.")


def read_index(workspace: Workspace, dataset: Dataset, columns: list[str] | None = None) -> pd.DataFrame:
    """One row an image, in the order of the source; see `INDEX_COLUMNS`. Older versions have no columns after `file`.

    `path` is the name in the source, `file` where the picture is: relative to the data set's folder
    where Fovea keeps it, else absolute. Row numbers name images within this version. `brightness` to `blur` are those of
    `core.data.looks`, `metadata` the kinds of `core.metadata` in the source's file with commas between, `near` is
    equal and not empty for near copies, and empty where these are different things.
    """
    index = read_raw_index(workspace, dataset, columns)
    return index.assign(near="") if dataset.near_different and "near" in index else index


def read_raw_index(workspace: Workspace, dataset: Dataset, columns: list[str] | None = None) -> pd.DataFrame:
    """As `read_index`, with the near copies that were found whatever a person said: what the next version is made of."""
    return read_table(workspace, dataset, INDEX, columns)


def read_left_out(workspace: Workspace, dataset: Dataset) -> pd.DataFrame:
    """One row a file that was left out: `path` and `reason`, which is `LEFT_OUT_BY_HAND` where a person did it."""
    return read_table(workspace, dataset, "left_out.parquet", [*LEFT_OUT_COLUMNS])


def read_table(workspace: Workspace, dataset: Dataset, name: str, columns: list[str] | None = None) -> pd.DataFrame:
    """A table of a version, by the name of its file. Raises DamagedError."""
    import pandas as pd  # who only wants to know what there is need not wait for it

    cure = f"Restore it, or delete {dataset.name} and add it again."
    needed, rows = (ALWAYS, dataset.images) if name == INDEX else (LEFT_OUT_COLUMNS, None)
    with whole_table(dataset.folder(workspace) / name, cure, needed, rows) as path:
        return pd.read_parquet(path, columns=columns)


def picture_file(workspace: Workspace, dataset: Dataset, file: str) -> Path:
    """Where the picture is that an index row calls `file`."""
    return file_names.find(file, workspace.dataset(dataset.name))


def read_picture(file: Path, sha256: str) -> bytes:
    """The bytes of a picture, if they are still those that were added.

    Raises:
        ImageError: The file went or changed.
    """
    try:
        data = images.read_file(file, str(file))
    except ImageError as error:
        raise ImageError(f"{error} {MEND}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ImageError(f"{file} is not the picture any more that it was when it was added. {MEND}")
    return data


def thumbnail_file(workspace: Workspace, dataset: Dataset, sha256: str) -> Path:
    """Where the small picture for galleries is."""
    return workspace.dataset(dataset.name) / "thumbnails" / sha256[:2] / f"{sha256}.jpg"


def class_name(text: str) -> str:
    """`text` as the name of a class, by one rule wherever one comes from: NFC, and nothing around it.

    Raises:
        InputError: Nothing is left of it, it is longer than `MOST_LETTERS`, or a letter of it cannot be shown in a line.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise InputError("A class needs a name of at least one letter.")
    if len(name) > MOST_LETTERS:
        raise InputError(f"{name[:40]!r}… is no name for a class: it has {len(name)} letters, {MOST_LETTERS} at most.")
    if unfit := next((letter for letter in name if unicodedata.category(letter) in UNFIT), ""):
        raise InputError(f"{name!r} is no name for a class: {unfit!r} cannot be shown in a line.")
    return name


def class_order(names: set[str] | list[str]) -> tuple[str, ...]:
    """Class names in Fovea's order: as numbers if all are integers, else by NFC code points."""
    unique = set(names)
    if all(_is_integer(name) for name in unique):
        return tuple(sorted(unique, key=lambda name: (int(name), name)))
    return tuple(sorted(unique, key=lambda name: (unicodedata.normalize("NFC", name), name)))


def _is_integer(name: str) -> bool:
    return len(name) <= MOST_DIGITS and name.lstrip("-").isdecimal() and name.count("-") <= 1
