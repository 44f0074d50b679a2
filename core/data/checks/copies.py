"""Copies and near copies, and those among them that stand under two labels or in two splits."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from core.data.checks.issue import Issue, Subject


def exact_duplicates(subject: Subject) -> list[Issue]:
    """Files that are the same byte for byte."""
    return [
        Issue("exact_duplicates", "note", tuple(same.paths), f"The same picture {len(same.paths)} times. Keep one.")
        for same in _groups(subject.index, subject.index["sha256"])
    ]


def near_duplicates(subject: Subject) -> list[Issue]:
    """Nearly the same pictures."""
    if not subject.has("near"):
        return []
    issues = []
    for alike in _groups(subject.index, subject.index["near"]):
        if len(alike.hashes) > 1:
            message = f"{len(alike.paths)} pictures are nearly the same {_measure(subject)}. Keep one, or let them be."
            issues.append(Issue("near_duplicates", "note", tuple(alike.paths), message))
    return issues


def two_labels(subject: Subject) -> list[Issue]:
    """The same picture, or nearly the same, under more than one label."""
    issues = []
    for alike in _groups(subject.index, _units(subject)):
        if len(alike.labels) > 1:
            message = f"{_same(subject, alike)} stands under the labels {_listed(alike.labels)}. Keep the right one."
            issues.append(Issue("two_labels", "error", tuple(alike.paths), message))
    return issues


def split_leak(subject: Subject) -> list[Issue]:
    """The same picture, or nearly the same, in more than one split."""
    issues = []
    for alike in _groups(subject.index, _units(subject)):
        if len(alike.splits) > 1:
            where = f"is in {_listed(alike.splits)}"
            message = f"{_same(subject, alike)} {where}: a leak that flatters the figures. Keep one."
            issues.append(Issue("split_leak", "error", tuple(alike.paths), message))
    return issues


@dataclass
class _Group:
    """Images that are the same, or nearly."""

    paths: list[str] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    splits: set[str] = field(default_factory=set)
    hashes: set[str] = field(default_factory=set)


def _groups(index: pd.DataFrame, names: pd.Series) -> list[_Group]:
    """A group for each name that two images or more have, in the order of the index."""
    several = (names.duplicated(keep=False) & (names != "")).to_numpy()
    table = index[several]
    found: dict[str, _Group] = {}
    columns = (table[column] for column in ("path", "label", "split", "sha256"))
    for name, path, label, split, sha256 in zip(names[several], *columns, strict=True):
        group = found.setdefault(name, _Group())
        group.paths.append(path)
        group.labels.add(label)
        group.splits.add(split)
        group.hashes.add(sha256)
    return list(found.values())


def _units(subject: Subject) -> pd.Series:
    index = subject.index
    return index["near"].where(index["near"] != "", index["sha256"]) if subject.has("near") else index["sha256"]


def _same(subject: Subject, group: _Group) -> str:
    return "The same picture" if len(group.hashes) == 1 else f"Nearly the same picture {_measure(subject)}"


def _measure(subject: Subject) -> str:
    wanted = subject.thresholds
    return f"(hashes within {wanted.near_bits} bits, likeness {wanted.near_similarity:g} or more)"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
