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
    flat = all(split_of(part)[0] for label in whole for part in label.split("/"))
    message = (
        f"{_listed(folders)}: called like a split (train, val, test), but taken as {'a class' if flat else 'part of class names'} "
        f"({_listed(list(whole))}). {_what_to_do(flat, list(subject.dataset.classes))} Then add the data again. Or let it be: "
        "splits are taken where all folders beside each other are called so, where two are and have class folders below, or "
        "where one has and no other folder beside it has any."
    )
    severity = "note" if flat else "warning"
    paths = subject.paths(subject.index["label"].isin(whole))
    return [Issue("split_as_class", severity, paths, message, tuple(whole))]


def _what_to_do(flat: bool, classes: list[str]) -> str:
    """What makes splits of folders that were taken for classes, by how they lie."""
    if flat:
        return (
            "If the names of the files tell their classes (cat.0.jpg), sort them into a folder for each class (train/cat, "
            "train/dog), or list path and label in a .csv; take out what has no label."
        )
    tops = dict.fromkeys(label.partition("/")[0] for label in classes)
    called, others = [top for top in tops if split_of(top)[0]], [top for top in tops if not split_of(top)[0]]
    if not called:
        return "If they are splits, give each class the same ones (cat/train, cat/test), or put them on top (train/cat, test/cat)."
    if others:
        return f"If they are splits, take out what lies beside them and is none: {_listed(others)}."
    return f"If they are splits, call them train, val and test, each once, instead of {_listed(called)}."


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
