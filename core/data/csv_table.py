"""A CSV file of anybody's -> all its cells as text, each row with the number of the line on which it begins."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from core.errors import SourceError

MOST_BYTES, MOST_ROWS = 256 << 20, 2_500_000  # of a hundred letters each
MOST_NAMES = 1_000  # of columns, also those that are passed over
LINE = re.compile("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
SHOWN = 60
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
WIDE = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 begins
SAID = re.compile("sep=([,;\t|])", re.IGNORECASE)  # Excel's own first line
OTHERS = {
    b"PK\x03\x04": "a zip archive or an .xlsx",
    b"\xd0\xcf\x11\xe0": "an .xls",
    b"PAR1": "a Parquet table",
    b"\x1f\x8b": "packed by gzip",
}


@dataclass(frozen=True)
class CsvTable:
    """What a CSV file holds.

    Args:
        cells: (N, columns) str, named as the first line says; its index is the line of each row, counted from 1. A row
            with fewer cells than the first line ends in empty ones; one of none but empty cells is passed over.
        odd: {line: the row's text} of rows that have more cells, so that nobody can tell which is which.
        separator: The mark between cells, in words.
    """

    cells: pd.DataFrame
    odd: dict[int, str]
    separator: str


def read_table(title: str, data: bytes, columns: set[str], most_rows: int = MOST_ROWS) -> CsvTable:
    """The table in `data`: UTF-8 or UTF-16, its cells separated by one of `SEPARATORS`.

    Args:
        title: The file's name, for messages.
        columns: Names in small letters that tell the separator: the one by which the first line has them all.
        most_rows: How many it may have, so that its memory stays in proportion.

    Raises:
        SourceError: It is too large, no text, or its quotes do not fit.
    """
    text = _text(title, data)
    csv.field_size_limit(MOST_BYTES)  # of the whole process; a cell is as long as it is
    if said := SAID.fullmatch(_first_line(text)):
        text = text.replace(said[0], "", 1)
    separator = said[1] if said else _separator(_first_line(text), columns)
    spaced = re.search(f'{re.escape(separator)} +"', text) is not None  # path, "label"
    lines = csv.reader(_lines(text), delimiter=separator, skipinitialspace=spaced, strict=True)
    names: list[str] = []
    rows: list[list[str]] = []
    places: list[int] = []
    odd: dict[int, str] = {}
    line = 1
    try:
        for row in lines:
            if any(map(str.strip, row)):
                if not names:
                    names = row
                elif any(map(str.strip, row[len(names) :])):
                    odd[line] = separator.join(row)[:SHOWN]
                else:
                    rows.append(row[: len(names)] + [""] * (len(names) - len(row)))
                    places.append(line)
                if rows and len(names) > MOST_NAMES:
                    raise SourceError(
                        f"{title} has {len(names):,} columns; the limit is {MOST_NAMES:,}. Take some out."
                    )
                if len(rows) + len(odd) > most_rows:
                    raise SourceError(
                        f"{title} has more than {most_rows:,} lines, the most that a manifest has. Split it."
                    )
            line = lines.line_num + 1
    except csv.Error as error:
        raise SourceError(
            f"{title} is not a readable CSV file from line {line} on ({error}). Is a quote missing or one too many? A text "
            'with a separator, quote or line end in it stands in quotes, each quote in it twice: "a ""b"", c".'
        ) from error
    if not names:
        raise SourceError(f"{title} is not a readable CSV file: it holds nothing.")
    return CsvTable(pd.DataFrame(rows, places, names, dtype=str), odd, SEPARATORS[separator])


def _text(title: str, data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise SourceError(f"{title} has more than {MOST_BYTES >> 20} MB, the most that a manifest has. Split it.")
    if other := next((other for begin, other in OTHERS.items() if data.startswith(begin)), ""):
        raise SourceError(f"{title} is not a readable CSV file: it is {other}. Save the table as CSV, in UTF-8.")
    encoding = "UTF-16" if data.startswith(WIDE) else "UTF-8"
    advice = 'Save it as UTF-8 ("CSV UTF-8" in a spreadsheet).'
    try:
        text = data.decode("utf-16" if encoding == "UTF-16" else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SourceError(f"{title} is not a readable CSV file: line {line} is not {encoding}. {advice}") from error
    if "\0" in _first_line(text):
        what = "UTF-16 without its mark, UTF-32 or no text at all"
        raise SourceError(f"{title} is not a readable CSV file: it is {what}. {advice}")
    return text


def _lines(text: str) -> Iterator[str]:
    return (found[0] for found in LINE.finditer(text))


def _first_line(text: str) -> str:
    return next((line.strip("\r\n") for line in _lines(text) if line.strip()), "")


def _separator(head: str, columns: set[str]) -> str:
    """The one by which the first line has `columns`; else the one that stands in it most often."""
    for mark in SEPARATORS:
        try:
            names = {
                name.strip().casefold() for name in next(csv.reader([head], delimiter=mark, skipinitialspace=True))
            }
        except csv.Error:  # a cell that is longer than any name
            continue
        if columns <= names:
            return mark
    return max(SEPARATORS, key=head.count)
