"""Copies and near copies, and those among them that stand under two labels or in two splits."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from core.data import different, splits
from core.data.checks.issue import Issue, Subject
from core.data.collect import BURST


def exact_duplicates(subject: Subject) -> list[Issue]:
    """Files that are the same byte for byte, but for those of one burst or group of the source: they count as one anyway."""
    return [
        Issue("exact_duplicates", "note", tuple(same.paths), f"The same picture {len(same.paths)} times. Keep one.")
        for same in _groups(subject.index, subject.index["sha256"])
        if same.parts > 1
    ]


def near_duplicates(subject: Subject) -> list[Issue]:
    """Nearly the same pictures, but for those of one burst or group of the source, which are so as a rule.

    Where all are of such groups, those of each label are told apart: groups of two labels are `two_labels`.
    """
    if not subject.has("near"):
        return []
    index = subject.index
    near = index["near"].astype(str)
    strays = set(near[~splits.frames(index, near)])
    of_label = near.where((near == "") | near.isin(strays), near + "\t" + index["label"].astype(str))
    of_one_label = different.of_one_label(index, subject.different) if subject.different else ()
    issues = []
    for alike in _groups(index, of_label):
        said = subject.different if alike.strays else of_one_label
        if len(alike.hashes) > 1 and alike.parts > 1 and not different.are(alike.hashes, said):
            issues.append(Issue("near_duplicates", "note", tuple(alike.paths), _alike(alike)))
    return issues


def two_labels(subject: Subject) -> list[Issue]:
    """The same picture, or nearly the same, under more than one label, unless a person said that they are different.

    A warning where they are near copies of groups of the source, each of one label: things before one background, more
    likely than wrong labels.
    """
    whole = _of_one_label(subject.index)
    issues = []
    for alike in _groups(subject.index, _units(subject)):
        if len(alike.labels) < 2 or different.are(alike.hashes, subject.different):
            continue
        if len(alike.pictures) == len(alike.hashes) and alike.groups <= whole:
            part = alike.part
            message = (
                f"{part.capitalize()}s of {_and(alike.labels)} look alike. If they are different things before one "
                f"background, say so; if a {part} has the wrong label, mend it."
            )
            issues.append(Issue("two_labels", "warning", tuple(alike.paths), message))
            continue
        apart = f", in the splits {_listed(alike.splits)}" if len(alike.splits) > 1 else ""
        if len(alike.hashes) == 1:
            message = f"The same picture stands under the labels {_listed(alike.labels)}{apart}. Keep the right one, or leave all out."
        else:
            message = (
                f"Pictures of {_and(alike.labels)} look alike{apart}: the same thing under a wrong label, or things of two "
                "kinds? Mend a wrong label or leave all out; if they are different things, say so."
            )
        issues.append(Issue("two_labels", "error", tuple(alike.paths), message))
    return issues


def split_leak(subject: Subject) -> list[Issue]:
    """The same picture, or nearly the same, in more than one split: `splits.copies` that a split did not keep together,
    unless a person said that they are different.
    """
    index = subject.told_apart
    alike = splits.copies(index)
    leaks = [one for one in _groups(subject.index, alike) if len(one.splits) > 1]
    untied = splits.untied(index) if leaks else set()
    issues = []
    for leak in leaks:
        message = (
            f"{_same(leak)} in {_listed(leak.splits)}: a leak that flatters the figures. {_why(subject, leak, untied)}"
        )
        issues.append(Issue("split_leak", "error", tuple(leak.paths), message))
    return issues


def _alike(alike: _Group) -> str:
    """What near copies are, and what to do."""
    part, bursts = alike.part, len(alike.bursts)
    if not bursts:
        return (
            f"{len(alike.paths)} pictures look alike: the same thing twice, or two things of one kind? Keep one of the "
            "same; if they are different things, say so."
        )
    if alike.strays:
        like = "1 picture looks" if alike.strays == 1 else f"{alike.strays} pictures look"
        those = f"a {part}" if bursts == 1 else f"{bursts} {part}s"
        return (
            f"{like} like those of {those}: the same thing again? Keep one of each leaves every {part} whole; if they are "
            "different things, say so."
        )
    wanted = (
        "record one before another background or from another side" if part == "burst" else "add images that differ"
    )
    return f"{bursts} {part}s of {_listed(alike.labels)} look alike and tell no more than one: {wanted}; if they are different things, say so."


def _why(subject: Subject, leak: _Group, untied: set[str]) -> str:
    """How it came that these are in two splits, and what to do."""
    apart = leak.labels & untied
    or_say = " If they are different things, say so." if len(leak.hashes) > 1 else ""
    if apart and len(leak.hashes) > 1:
        name = _listed(apart)
        return (
            f"Near copies of {name} were not kept together, because too few parts would be left of it to learn, validate "
            f"and test. Add images of {name} that look different{', or keep one' if leak.strays else ''}.{or_say}"
        )
    do = f"{'Keep one, or keep' if leak.strays else 'Keep'} them on one side.{or_say}"
    if subject.dataset.split_by == "source":
        return f"The source brought its own splits. {do}"
    return f"Images keep the split of earlier versions, and some may be moved by hand. {do}"


@dataclass
class _Group:
    """Images that are the same, or nearly."""

    paths: list[str] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    splits: set[str] = field(default_factory=set)
    hashes: set[str] = field(default_factory=set)
    pictures: set[tuple[str, str]] = field(default_factory=set)  # sha256 and label
    groups: set[str] = field(default_factory=set)
    bursts: set[str] = field(default_factory=set)  # groups of the source of which it has several images
    strays: int = 0  # images of no burst

    @property
    def parts(self) -> int:
        """How many bursts, and images of none, it is."""
        return len(self.bursts) + self.strays

    @property
    def part(self) -> str:
        """What a group of the source is called."""
        return "burst" if any(name.startswith(BURST) for name in self.groups) else "group"


def _groups(index: pd.DataFrame, names: pd.Series) -> list[_Group]:
    """A group for each name that two images or more have, in the order of the index."""
    several = (names.duplicated(keep=False) & (names != "")).to_numpy()
    table = index[several]
    found: dict[str, _Group] = {}
    frames = splits.frames(table, names[several])
    columns = (table[column] for column in ("path", "label", "split", "sha256", "group"))
    for name, frame, path, label, split, sha256, of in zip(names[several], frames, *columns, strict=True):
        group = found.setdefault(name, _Group())
        group.paths.append(path)
        group.labels.add(label)
        group.splits.add(split)
        group.hashes.add(sha256)
        group.pictures.add((sha256, label))
        group.groups.add(of)
        if frame:
            group.bursts.add(of)
        else:
            group.strays += 1
    return list(found.values())


def _units(subject: Subject) -> pd.Series:
    index = subject.index
    return index["near"].where(index["near"] != "", index["sha256"]) if subject.has("near") else index["sha256"]


def _of_one_label(index: pd.DataFrame) -> set[str]:
    """The groups of the source that have several images, all of one label."""
    table = index.loc[(index["group"] != "").to_numpy(), ["group", "label"]].astype(str)
    if table.empty:
        return set()
    labels = table.groupby("group")["label"].agg(["size", "nunique"])
    return set(labels.index[(labels["size"] > 1) & (labels["nunique"] == 1)])


def _same(group: _Group) -> str:
    return "The same picture is" if len(group.hashes) == 1 else "Nearly the same pictures are"


def _and(names: set[str]) -> str:
    *first, last = sorted(names)
    return f"{', '.join(first)} and {last}"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
