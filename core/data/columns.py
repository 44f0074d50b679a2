"""Further columns of a manifest: what a person knows of each picture besides its class, a camera, an age, a site.

In an index they are called `column_<name>`, so that no name of a stranger's can be one of the index's own. A column of
numbers only is float64, NaN where nothing is said; every other is text, "" where nothing is said.
"""

from __future__ import annotations

import json
import re
import unicodedata
from hashlib import sha256

import numpy as np
import pandas as pd

from core.errors import SourceError

PREFIX = "column_"
OWN = ("path", "label", "split", "group")  # what a manifest says of every picture
MOST_COLUMNS = 50
MOST_NAME_LETTERS = 100
MOST_LETTERS = 255
LARGEST_WHOLE = 2.0**53  # beyond it a float64 skips whole numbers, and two names of a kind would become one
# 007 is no number but a name: its zeros would be lost.
NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]{0,300})(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
UNNAMED = re.compile(r"Unnamed: \d+")  # pandas' word for a column without a name


def further(table: pd.DataFrame, title: str) -> pd.DataFrame:
    """The columns of `table`, all text as it stood in a manifest, as an index has them.

    Names and texts are NFC without needless space, texts cut to `MOST_LETTERS`. Columns without a name or without a
    single value are passed over; of two with one name the second gets a number.

    Args:
        title: The manifest's name, for messages.

    Raises:
        SourceError: There are more than `MOST_COLUMNS`, or one's name is longer than `MOST_NAME_LETTERS`.
    """
    made: dict[str, pd.Series] = {}
    for place, given in enumerate(map(str, table.columns)):
        name = plain(given)
        texts = table.iloc[:, place].fillna("").map(plain)
        if not name or UNNAMED.fullmatch(name) or not texts.any():
            continue
        if len(name) > MOST_NAME_LETTERS:
            raise SourceError(
                f"{title} has a column whose name is {len(name):,} letters long, {name[:40]!r} …; "
                f"the limit is {MOST_NAME_LETTERS}."
            )
        made[_free(name, {*OWN, *made})] = _numbers(texts) if _are_numbers(texts) else _cut(texts)
    if len(made) > MOST_COLUMNS:
        raise SourceError(
            f"{title} has {len(made):,} columns beside path, label, split and group; the limit is {MOST_COLUMNS}. "
            "Take out those that no question will be asked about."
        )
    return pd.DataFrame({f"{PREFIX}{name}": values for name, values in made.items()}, index=table.index)


def names_in(index: pd.DataFrame) -> dict[str, str]:
    """{column of the index: its name in the manifest}."""
    return {name: name.removeprefix(PREFIX) for name in map(str, index.columns) if name.startswith(PREFIX)}


def contents(index: pd.DataFrame) -> list[str]:
    """(N,) a line of text for each image that says all its further columns; empty texts where there are none."""
    names = sorted(names_in(index))
    if not names:
        return [""] * len(index)
    values = [_texts(index[name]).tolist() for name in names]
    return [json.dumps([*zip(names, row, strict=True)], ensure_ascii=False) for row in zip(*values, strict=True)]


def alike(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables with the further columns of either, each of one kind: where one has text, both have."""
    names = list(dict.fromkeys([*names_in(first), *names_in(second)]))
    tables = []
    for table, other in ((first, second), (second, first)):
        made = {}
        for name in names:
            is_text = any(name in one and not _is_numeric(one[name]) for one in (table, other))
            made[name] = _of_kind(table, name, is_text)
        tables.append(table.assign(**made) if made else table)
    return tables[0], tables[1]


def like(table: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """`table` with the very columns of `index`, and their kinds."""
    further = {name: _of_kind(table, name, not _is_numeric(index[name])) for name in names_in(index)}
    own = table.drop(columns=list(names_in(table))).assign(**further)
    return own.reindex(columns=list(index.columns)).astype(index.dtypes.to_dict())


def plain(text: str) -> str:
    """`text` as whatever a manifest says is kept: NFC, nothing around it, runs of white space and line ends one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def short(text: str) -> str:
    """`plain`, of `MOST_LETTERS` at most; of a longer one its beginning and a hash of all, so that no two become one."""
    text = plain(text)
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 9]}-{sha256(text.encode()).hexdigest()[:8]}"


def _cut(texts: pd.Series) -> pd.Series:
    return texts.str.slice(0, MOST_LETTERS).str.strip().astype(str)


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _are_numbers(texts: pd.Series) -> bool:
    said = texts[texts != ""].unique()
    return all(NUMBER.fullmatch(text) and abs(float(text)) < LARGEST_WHOLE for text in said)


def _numbers(texts: pd.Series) -> pd.Series:
    return texts.replace("", "nan").astype(np.float64)


def _is_numeric(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values)


def _of_kind(table: pd.DataFrame, name: str, is_text: bool) -> pd.Series:
    if name not in table:
        return pd.Series("" if is_text else np.nan, table.index, dtype=str if is_text else np.float64)
    return _texts(table[name]) if is_text else pd.to_numeric(table[name], errors="coerce").astype(np.float64)


def _texts(values: pd.Series) -> pd.Series:
    """As a person would write them: 3, not 3.0; nothing for what is not known."""
    if not _is_numeric(values):
        return values.astype(object).where(values.notna(), "").astype(str)
    whole = values.map(lambda value: "" if pd.isna(value) else str(int(value)) if value == int(value) else repr(value))
    return whole.astype(str)
