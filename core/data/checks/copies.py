"""Copies and near copies, and those among them that stand under two labels or in two splits."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from core.data import splits
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
        if len(alike.hashes) > 1 and not _are_different(subject, alike):
            message = (
                f"{len(alike.paths)} pictures look alike {_measure(subject)}: the same thing twice, or two things of one "
                "kind? Keep one of the same; let things of one kind be, or ask for more likeness."
            )
            issues.append(Issue("near_duplicates", "note", tuple(alike.paths), message))
    return issues


def two_labels(subject: Subject) -> list[Issue]:
    """The same picture, or nearly the same, under more than one label, unless a person said that they are different."""
    issues = []
    for alike in _groups(subject.index, _units(subject)):
        if len(alike.labels) > 1 and not _are_different(subject, alike):
            or_different = ", or say that they are different things" if len(alike.hashes) > 1 else ""
            apart = f", in the splits {_listed(alike.splits)}" if len(alike.splits) > 1 else ""
            message = (
                f"{_same(subject, alike)} stands under the labels {_listed(alike.labels)}{apart}. Keep the right one, or "
                f"leave all out{or_different}."
            )
            issues.append(Issue("two_labels", "error", tuple(alike.paths), message))
    return issues


def split_leak(subject: Subject) -> list[Issue]:
    """The same picture, or nearly the same, in more than one split: `splits.copies` that a split did not keep together."""
    alike = splits.copies(subject.index)
    leaks = [one for one in _groups(subject.index, alike) if len(one.splits) > 1]
    untied = splits.untied(subject.index) if leaks else set()
    issues = []
    for leak in leaks:
        message = (
            f"{_same(subject, leak)} is in {_listed(leak.splits)}: a leak that flatters the figures. "
            f"{_why(subject, leak, untied)}"
        )
        issues.append(Issue("split_leak", "error", tuple(leak.paths), message))
    return issues


def _are_different(subject: Subject, alike: _Group) -> bool:
    """Whether a person said so; of the very same picture nobody can."""
    return len(alike.hashes) > 1 and any(alike.hashes <= said for said in subject.different)


def _why(subject: Subject, leak: _Group, untied: set[str]) -> str:
    """How it came that these are in two splits, and what to do."""
    apart = leak.labels & untied
    if apart and len(leak.hashes) > 1:
        name = _listed(apart)
        return (
            f"Near copies of {name} were not kept together, because too few parts would be left of it to learn, validate "
            f"and test. Add images of {name} that look different, or keep one."
        )
    if subject.dataset.split_by == "source":
        return "The source brought its own splits. Keep one, or keep them on one side."
    return (
        "Images keep the split of earlier versions, and some may be moved by hand. Keep one, or keep them on one side."
    )


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
