"""What names say of how the source was read: two names for one class, splits taken as classes, garbled names."""

from __future__ import annotations

import unicodedata
from collections import defaultdict

from core.data.checks.issue import Issue, Subject
from core.data.sources.listing import split_of, split_said
from core.data.sources.zip_names import ENCODINGS

READ_BY_FOLDERS = ("folder", "zip")
SHOWN = 10


def similar_names(subject: Subject) -> list[Issue]:
    """Classes whose names differ only in case, in spaces or in how Unicode writes the same letters."""
    alike: dict[str, list[str]] = defaultdict(list)
    for label in subject.dataset.classes:
        alike[" ".join(unicodedata.normalize("NFKC", label).casefold().split())].append(label)
    issues = []
    for labels in alike.values():
        if len(labels) > 1:
            quoted = " and ".join(map(repr, labels))
            message = f"{quoted} differ only in case, spaces or Unicode form. Merge them if they are one class."
            issues.append(
                Issue(
                    "similar_names",
                    "warning",
                    subject.paths(subject.index["label"].isin(labels)),
                    message,
                    tuple(labels),
                )
            )
    return issues


def split_as_class(subject: Subject) -> list[Issue]:
    """Folders that are called like splits and were taken as classes, or as parts of their names."""
    if subject.dataset.source["kind"] not in READ_BY_FOLDERS:
        return []
    said = {label: [part for part in label.split("/") if split_of(part)[0]] for label in subject.dataset.classes}
    whole = {label: parts for label, parts in said.items() if any(split_said(part) for part in parts) or len(parts) > 1}
    folders = sorted({part for parts in (whole or {}).values() for part in parts})
    if not folders:
        return []
    nested = any("/" in label for label in whole)
    message = (
        f"{_listed(folders)}: called like a split (train, val, test), but taken as {'part of class names' if nested else 'a class'} "
        f"({_listed(list(whole))}). Splits are taken where two of them, train and test say, have class folders below, or "
        "where all folders beside each other are splits. Move other folders away and add the data again, or let it be."
    )
    severity = "warning" if nested else "note"
    paths = subject.paths(subject.index["label"].isin(whole))
    return [Issue("split_as_class", severity, paths, message, tuple(whole))]


def garbled_names(subject: Subject) -> list[Issue]:
    """Names of a .zip that were no UTF-8, so that nobody says in which encoding they are."""
    garbled, index = subject.dataset.source.get("garbled"), subject.index
    if not garbled:
        return []
    name = garbled["read_as"]
    wrong = index["label"] == name if (index["label"] == name).any() else index["path"] == name
    maybe = [f"{ENCODINGS[one][0]}: {text} (--zip-names {one})" for one, text in garbled["might_be"].items()]
    message = (
        f"Names in the archive are not UTF-8 and may be garbled: {name}. "
        + (f"It might be {'; '.join(maybe)}. " if maybe else "They were read as cp437, as the format says. ")
        + "If they are wrong, add the archive again with data add --zip-names ENCODING, or rename the classes."
    )
    paths = subject.paths(wrong)
    return [Issue("garbled_names", "warning" if maybe else "note", paths, message)] if paths else []


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
