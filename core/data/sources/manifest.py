"""A manifest: path,label[,split][,group], and whatever else is known of a picture; one line each."""

from __future__ import annotations

import contextlib
import csv
import io
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PureWindowsPath

import pandas as pd

from core import file_names
from core.data.columns import OWN, further
from core.data.dataset import class_name
from core.data.sources.layout import Arranged
from core.data.sources.listing import Listing, Picture, split_said
from core.data.sources.opened import FOLDERS, is_below
from core.errors import InputError, SourceError
from core.spreadsheet import plain_cell

EXPORTED = [
    *OWN,
    "source",
]  # how an export of Fovea's begins; its last says where a picture came from, nothing about it
MOST_BYTES = 256 << 20  # a line of a hundred letters for each of two and a half million images
NAMED, NAMED_LETTERS = 12, 60
MANIFEST = "manifest.csv"  # as an export calls it
TAKEN = "It is no picture: it says the groups and columns of the pictures beside it, which were taken."
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
WIDE = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 begins


def read_manifest(path: Path, below: Sequence[str] | None = None) -> Listing:
    """List what a manifest names. Relative paths start at the manifest's own folder; "\\" may stand for "/".

    An apostrophe that only keeps a spreadsheet from taking a text for a formula is no part of that text.

    Args:
        below: The folders in which the pictures must lie; None is anywhere.

    Raises:
        SourceError: It is no table with `path` and `label`, names an unknown split, or no picture that is there.
    """
    text = _text(path)
    separator = _separator(text)
    table, others = _read(path.name, text, separator)
    for column in ("split", "group"):
        if column not in table:
            table[column] = ""
    splits = {said: split_said(said) for said in table["split"].unique()}
    unknown = table[table["split"].map(lambda said: bool(said) and not splits[said])]
    if len(unknown):
        raise SourceError(
            f"{path.name} line {unknown.index[0] + 2} has the split {unknown['split'].iloc[0]!r}; "
            "a split is train, val or test."
        )
    pictures, left_out, lines = [], [], []
    for line, written, label, split, group in table[list(OWN)].itertuples():
        name, file = _find_as(path.parent, written)
        if not label.strip():
            left_out.append((name, f"It has no label (line {line + 2})."))
        elif not is_below(file, below):
            left_out.append((name, f"It lies in no folder that {FOLDERS} lists (line {line + 2})."))
        elif not _is_file(file):
            left_out.append((name, f"There is no such file ({file_names.written(str(file))}, line {line + 2})."))
        else:
            try:
                pictures.append(
                    Picture(name.replace("\\", "/"), class_name(label), file.resolve(), splits[split], group)
                )
                lines.append(line)
            except InputError as error:
                left_out.append((name, f"{error} (line {line + 2})"))
    if not pictures:
        first = f" The first: {left_out[0][0]}: {left_out[0][1]}" if left_out else ""
        raise SourceError(
            f"{path.name}, read as separated by {SEPARATORS[separator]}, names no picture that exists and has a label."
            f"{first} Relative paths start at the folder of {path.name}."
        )
    beside = others.loc[lines].reset_index(drop=True)
    where = file_names.written(str(path))
    return Listing("manifest", where, path.stem, pictures, keep=False, left_out=left_out, further=beside)


def of_export(files: Iterable[tuple[str, Path]], arranged: Arranged) -> tuple[Arranged, pd.DataFrame | None]:
    """Class folders with the groups and further columns that the table of an export says, where one lies beside them.

    Class and split stay those of the folders, so that pictures that were moved since are where they were moved to.

    Args:
        files: (path in the source, file) of all.
    """
    tables = [(path, file) for path, file in files if path.rpartition("/")[2] == MANIFEST]
    if len(tables) != 1:
        return arranged, None
    ((where, file),) = tables
    try:
        text = _text(file)
        table, others = _read(MANIFEST, text, _separator(text))
    except SourceError:
        return arranged, None
    lines = {where.removesuffix(MANIFEST) + plain_cell(name): line for line, name in table["path"].items()}
    told = [lines.get(picture.path, -1) for picture in arranged.pictures]
    if table.columns[: len(EXPORTED)].tolist() != EXPORTED or set(told) <= {-1}:
        return arranged, None
    groups = table["group"].reindex(told, fill_value="")
    pictures = [replace(one, group=group) for one, group in zip(arranged.pictures, groups, strict=True)]
    left_out = [(path, TAKEN if path == where else reason) for path, reason in arranged.left_out]
    said = others.reindex(told).reset_index(drop=True)
    texts = said.select_dtypes(exclude="number").columns
    said[texts] = said[texts].fillna("")
    return replace(arranged, pictures=pictures, left_out=left_out), said


def _read(title: str, text: str, separator: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table as it was before a spreadsheet's apostrophes, and its further columns."""
    table = _table(title, text, separator).rename(columns=plain_cell)
    not_further = EXPORTED if table.columns[: len(EXPORTED)].tolist() == EXPORTED else list(OWN)
    table = table.apply(lambda texts: texts if texts.name == "path" else texts.map(plain_cell))
    return table, further(table.drop(columns=not_further, errors="ignore"), title)


def _text(path: Path) -> str:
    try:
        size_bytes = path.stat().st_size
        if size_bytes > MOST_BYTES:
            raise SourceError(
                f"{path.name} has {size_bytes >> 20:,} MB; a manifest has {MOST_BYTES >> 20} at most. Split it."
            )
        data = path.read_bytes()
        return data.decode("utf-16" if data.startswith(WIDE) else "utf-8-sig")
    except OSError as error:
        raise SourceError(f"{path.name} is not a readable CSV file ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SourceError(
            f"{path.name} is not a readable CSV file: line {line} is not UTF-8. Save it as UTF-8 "
            '("CSV UTF-8" in a spreadsheet).'
        ) from error


def _separator(text: str) -> str:
    """The one by which the first line names `path` and `label`; else the one that stands in it most often."""
    head = text.partition("\n")[0]
    columns: dict[str, set[str]] = {}
    for mark in SEPARATORS:
        with contextlib.suppress(csv.Error):  # a cell that is longer than any name
            columns[mark] = {name.strip().casefold() for name in next(csv.reader([head], delimiter=mark), [])}
    fits = (mark for mark, names in columns.items() if {"path", "label"} <= names)
    return next(fits, max(SEPARATORS, key=head.count))


def _table(title: str, text: str, separator: str) -> pd.DataFrame:
    """All cells as text; the columns of `OWN` in small letters."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.ParserWarning)  # a line's cells beyond the head's are no matter
            file = io.StringIO(text)
            table = pd.read_csv(file, sep=separator, dtype=str, keep_default_na=False, index_col=False)
    except (ValueError, pd.errors.ParserError) as error:
        raise SourceError(f"{title} is not a readable CSV file ({error}).") from error
    small = [str(name).strip().casefold() for name in table.columns]
    table = table.rename(
        columns={
            name: plain
            for name, plain in zip(table.columns, small, strict=True)
            if plain in OWN and plain not in table and small.count(plain) == 1
        }
    )
    if not {"path", "label"} <= set(table.columns):
        raise SourceError(
            f"{title}, read as separated by {SEPARATORS[separator]}, has the columns {_some(table.columns)}; "
            "it takes path,label[,split][,group][,any others]. Call the column with the files path, that with the classes label."
        )
    return table


def _some(columns: Iterable[str]) -> str:
    named = [repr(str(name)[:NAMED_LETTERS]) for name in columns]
    return ", ".join(named[:NAMED]) + (f" and {len(named) - NAMED:,} more" if len(named) > NAMED else "")


def _find_as(folder: Path, name: str) -> tuple[str, Path]:
    """How a line's name reads, itself or before a spreadsheet's apostrophes, and its file; itself where neither is there."""
    readings = [(one, _find(folder, one)) for one in dict.fromkeys((name, plain_cell(name)))]
    return next((one for one in readings if _is_file(one[1])), readings[0])


def _find(folder: Path, name: str) -> Path:
    """The file that a line names, by the first reading of its name under which there is one."""
    as_it_stands = file_names.find(name, folder)
    if "\\" in name and not _is_file(as_it_stands):
        return folder / PureWindowsPath(name).as_posix()
    return as_it_stands


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name longer than the system takes, or with a NUL
        return False
