"""A .csv manifest: path,label[,split][,group], and whatever else is known of a picture; one line each."""

from __future__ import annotations

import unicodedata
import warnings
from pathlib import Path

import pandas as pd

from core.data.columns import OWN, further
from core.data.sources.listing import SPLIT_NAMES, Listing, Picture
from core.errors import SourceError
from core.spreadsheet import plain_cell

EXPORTED = [
    *OWN,
    "source",
]  # how an export of Fovea's begins; its last says where a picture came from, nothing about it


def read_manifest(path: Path) -> Listing:
    """List what a manifest names. Relative paths start at the manifest's own folder.

    An apostrophe that only keeps a spreadsheet from taking a text for a formula is no part of that text.

    Raises:
        SourceError: It is no CSV with `path` and `label`, or names an unknown split.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.ParserWarning)  # a line's cells beyond the head's are no matter
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False)
    except (ValueError, OSError, pd.errors.ParserError) as error:
        raise SourceError(f"{path.name} is not a readable CSV file ({error}).") from error
    if not {"path", "label"} <= set(table.columns):
        raise SourceError(
            f"{path.name} has the columns {', '.join(table.columns)}; it takes path,label[,split][,group][,any others]."
        )
    table = table.rename(columns=plain_cell)
    not_further = EXPORTED if table.columns[: len(EXPORTED)].tolist() == EXPORTED else list(OWN)
    table = table.apply(lambda texts: texts if texts.name == "path" else texts.map(plain_cell))
    others = further(table.drop(columns=not_further, errors="ignore"), path.name)
    for column in ("split", "group"):
        if column not in table:
            table[column] = ""
    unknown = table[~table["split"].str.lower().isin([*SPLIT_NAMES, ""])]
    if len(unknown):
        raise SourceError(
            f"{path.name} line {unknown.index[0] + 2} has the split {unknown['split'].iloc[0]!r}; "
            "a split is train, val or test."
        )
    pictures, left_out, lines = [], [], []
    for line, name, label, split, group in table[list(OWN)].itertuples():
        file = path.parent / name
        if not label.strip():
            left_out.append((name, "It has no label."))
        elif not _is_file(file):
            left_out.append((name, f"There is no such file ({file})."))
        else:
            class_name = unicodedata.normalize("NFC", label.strip())
            pictures.append(Picture(name, class_name, file.resolve(), SPLIT_NAMES.get(split.lower(), ""), group))
            lines.append(line)
    if not pictures:
        raise SourceError(f"{path.name} names no picture that exists and has a label.")
    beside = others.loc[lines].reset_index(drop=True)
    return Listing("manifest", str(path), path.stem, pictures, keep=False, left_out=left_out, further=beside)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name longer than the system takes, or with a NUL
        return False
