"""A manifest: path,label[,split][,group], and whatever else is known of a picture; one line each."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath

import pandas as pd

from core import file_names
from core.data.columns import OWN, further, plain, short
from core.data.csv_table import MOST_BYTES, MOST_ROWS, CsvTable, read_table
from core.data.dataset import class_name
from core.data.sources.layout import Arranged, arrange
from core.data.sources.listing import Listing, Picture, split_said
from core.data.sources.opened import FOLDERS, is_below
from core.errors import InputError, SourceError
from core.spreadsheet import plain_cell

EXPORTED = [
    *OWN,
    "source",
]  # how an export of Fovea's begins; its last says where a picture came from, nothing about it
NAMED, NAMED_LETTERS = 12, 60
MANIFEST = "manifest.csv"  # as an export calls it
ROWS_A_FILE = 4  # of an export's table at most: a picture under several labels stands in it several times
TAKEN = "It is no picture: it says the classes, splits, groups and columns of the pictures beside it, which were taken."


def read_manifest(path: Path, below: Sequence[str] | None = None) -> Listing:
    """List what a manifest names. Relative paths start at the manifest's own folder; "\\" may stand for "/".

    An apostrophe that only keeps a spreadsheet from taking a text for a formula is no part of that text.

    Args:
        below: The folders in which the pictures must lie; None is anywhere.

    Raises:
        SourceError: It is no table with `path` and `label`, names an unknown split, or no picture that is there.
    """
    try:
        table, others = _read(path.name, _first(path, MOST_BYTES + 1))
    except OSError as error:
        raise SourceError(f"{path.name} is not a readable CSV file ({error.strerror}).") from error
    cells = table.cells
    splits = {said: split_said(said) for said in cells["split"].unique()}
    unknown = cells[cells["split"].map(lambda said: bool(said) and not splits[said])]
    if len(unknown):
        raise SourceError(
            f"{path.name} line {unknown.index[0]} has the split {unknown['split'].iloc[0]!r}; a split is train, val or test."
        )
    pictures, lines = [], []
    left_out = [
        (text, f"It has more cells than the first line has (line {line}). Put a text with a separator in it in quotes.")
        for line, text in table.odd.items()
    ]
    for line, written, label, split, group in cells[list(OWN)].itertuples():
        name, file = _find(path.parent, written, below)
        if not label.strip():
            left_out.append((name, f"It has no label (line {line})."))
        elif not is_below(file, below):
            left_out.append((name, f"It lies in no folder that {FOLDERS} lists (line {line})."))
        elif not _is_file(file):
            _check_line(path.name, line, name)
            left_out.append((name, f"There is no such file ({file_names.written(str(file))}, line {line})."))
        else:
            try:
                pictures.append(Picture(name, class_name(label), file.resolve(), splits[split], group))
                lines.append(line)
            except InputError as error:
                left_out.append((name, f"{error} (line {line})"))
    if not pictures:
        first = f" The first: {left_out[0][0]}: {left_out[0][1]}" if left_out else ""
        raise SourceError(
            f"{path.name}, read as separated by {table.separator}, names no picture that exists and has a label."
            f"{first} Relative paths start at the folder of {path.name}."
        )
    beside = others.loc[lines].reset_index(drop=True)
    where = file_names.written(str(path))
    return Listing("manifest", where, path.stem, pictures, keep=False, left_out=left_out, further=beside)


def arrange_with_table(
    files: Sequence[tuple[str, Path]],
    class_from: str,
    begins: Callable[[Path], bytes] | None = None,
    first: Callable[[Path, int], bytes] | None = None,
) -> tuple[Arranged, pd.DataFrame | None]:
    """`layout.arrange`, and for each picture that lies where an export wrote it what the table of that export says.

    Pictures that were moved since are where they were moved to: class and split are those of the folders, as they are
    where `class_from` is not the "path". Beside the pictures their further columns, None where there is no such table.

    Args:
        files: (path in the source, file) of all.
        begins: As of `arrange`.
        first: Gives so many first bytes of a file; it is read by default.
    """
    table = _exported(files, first or _first)
    said = table.said() if table and class_from == "path" else {}
    arranged = arrange(files, class_from, begins, said)
    if table is None:
        return arranged, None
    told = [table.lines.get(picture.path, -1) for picture in arranged.pictures]
    groups = table.cells["group"].reindex(told, fill_value="")
    pictures = [replace(one, group=group) for one, group in zip(arranged.pictures, groups, strict=True)]
    left_out = [(path, TAKEN if path == table.path else reason) for path, reason in arranged.left_out]
    columns = table.further.reindex(told).reset_index(drop=True)
    texts = columns.select_dtypes(exclude="number").columns
    columns[texts] = columns[texts].fillna("")
    return replace(arranged, pictures=pictures, left_out=left_out), columns


@dataclass(frozen=True)
class _Exported:
    path: str  # in the source
    cells: pd.DataFrame
    further: pd.DataFrame
    lines: dict[str, int]  # {path of a picture in the source: its line}

    def said(self) -> dict[str, tuple[str, str]]:
        """{path in the source: (label, split)} of those of which the table says one label that a class can have."""
        rows = self.cells[["path", "label", "split"]].drop_duplicates().drop_duplicates("path", keep=False)
        labels = rows["label"].map({label: _class_or_none(label) for label in rows["label"].unique()})
        splits = rows["split"].map(split_said)
        fits = (labels != "") & ((splits != "") | (rows["split"] == ""))
        by_line = dict(zip(rows.index[fits], zip(labels[fits], splits[fits], strict=True), strict=True))
        return {path: by_line[line] for path, line in self.lines.items() if line in by_line}


def _exported(files: Sequence[tuple[str, Path]], first: Callable[[Path, int], bytes]) -> _Exported | None:
    """The one table among `files` that an export wrote and that names others of them, if there is one."""
    tables = [(path, file) for path, file in files if path.rpartition("/")[2] == MANIFEST]
    if len(tables) != 1:
        return None
    ((where, file),) = tables
    try:
        table, others = _read(MANIFEST, first(file, MOST_BYTES + 1), ROWS_A_FILE * len(files))
    except (SourceError, OSError):
        return None
    folder = where.removesuffix(MANIFEST)
    paths = [folder + plain_cell(name) for name in table.cells["path"]]
    lines = dict(zip(paths, table.cells.index.tolist(), strict=True))
    if not _is_exported(table.cells.columns.tolist()) or lines.keys().isdisjoint(path for path, _ in files):
        return None
    return _Exported(where, table.cells, others, lines)


def _is_exported(columns: list[str]) -> bool:
    """Fovea's own columns first; or around further ones of which one is called as its `source`, which then is theirs."""
    around = columns[:2] + columns[-2:] == list(OWN) and "source" in columns
    return columns[: len(EXPORTED)] == EXPORTED or around


def _read(title: str, data: bytes, most_rows: int = MOST_ROWS) -> tuple[CsvTable, pd.DataFrame]:
    """The table as it was before a spreadsheet's apostrophes, with all of `OWN`, and its further columns."""
    table = read_table(title, data, {"path", "label"}, most_rows)
    cells = _own_named(title, table)
    cells = cells.rename(columns=plain_cell)
    not_further = EXPORTED if cells.columns[: len(EXPORTED)].tolist() == EXPORTED else list(OWN)
    others = cells.drop(columns=not_further, errors="ignore").map(plain_cell)
    empty = pd.Series("", cells.index, dtype=str)
    for name, form in (("label", str), ("split", plain), ("group", short)):
        texts = cells.get(name, empty)
        cells[name] = texts.map({text: form(plain_cell(text)) for text in texts.unique()}).astype(str)
    return replace(table, cells=cells), further(others, title)


def _own_named(title: str, table: CsvTable) -> pd.DataFrame:
    """The cells with the columns of `OWN` in small letters. Raises SourceError where one is missing or stands there twice."""
    given = table.cells.columns.tolist()
    small = [name.strip().casefold() for name in given]
    names = [
        plain if plain in OWN and (plain == name or (plain not in given and small.count(plain) == 1)) else name
        for name, plain in zip(given, small, strict=True)
    ]
    if not {"path", "label"} <= set(names):
        raise SourceError(
            f"{title}, read as separated by {table.separator}, has the columns {_some(given)}; "
            "it takes path,label[,split][,group][,any others]. Call the column with the files path, that with the classes label."
        )
    if twice := next((name for name in OWN if names.count(name) > 1), ""):
        raise SourceError(f"{title} has two columns called {twice}. Give the one that is not meant another name.")
    return table.cells.set_axis(names, axis=1)


def _some(columns: Iterable[str]) -> str:
    named = [repr(name[:NAMED_LETTERS]) for name in columns]
    return ", ".join(named[:NAMED]) + (f" and {len(named) - NAMED:,} more" if len(named) > NAMED else "")


def _check_line(title: str, line: int, name: str) -> None:
    """Refuse a name of several lines that no file has: a stray quote made one of them, and what they say would be lost."""
    if "\n" in name or "\r" in name:
        raise SourceError(
            f"{title} line {line} has a name of several lines, {name[:NAMED_LETTERS]!r}, and there is no such file. "
            "Is a quote missing or one too many?"
        )


def _find(folder: Path, name: str, below: Sequence[str] | None) -> tuple[str, Path]:
    """How a line's name reads, and its file: by the first reading under which there is one `below`, else one by which it lies
    outside, whether there is something or not, else as it stands.
    """
    elsewhere = folder / name
    for one in _readings(name):
        file = file_names.find(one, folder)
        if not is_below(file, below):
            elsewhere = file
        elif _is_file(file):
            return one, file
    return name, elsewhere


def _readings(name: str) -> Iterator[str]:
    """Itself, before a spreadsheet's apostrophes, without space around it, in both Unicode forms, and with "\\" for "/"."""
    for one in dict.fromkeys((name, plain_cell(name), name.strip(), plain_cell(name.strip()))):
        forms = dict.fromkeys((one, unicodedata.normalize("NFC", one), unicodedata.normalize("NFD", one)))
        yield from forms
        if "\\" in one:
            yield from (PureWindowsPath(form).as_posix() for form in forms)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name longer than the system takes, or with a NUL
        return False


def _first(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _class_or_none(label: str) -> str:
    try:
        return class_name(label)
    except InputError:
        return ""
