"""Classes that are too small to learn, too small to judge, or out of balance."""

from __future__ import annotations

from collections.abc import Collection
from math import ceil, sqrt

import pandas as pd

from core.data.checks.issue import Issue, Subject
from core.data.collect import BURST
from core.data.dataset import SPLIT_WORDS, SPLITS
from core.data.splits import GROUPS_TO_JUDGE_BY, more_until_another_judges, units

Z95 = 1.959964
SHOWN = 10
HARDLY_KNOWN = 0.5  # of a share: an interval of more to each side
NUMBERS = {1: "one", 2: "two", 3: "three"}


def class_size(subject: Subject) -> list[Issue]:
    """One class only, small classes, thousands of classes."""
    dataset, few, many = subject.dataset, subject.thresholds.few_images, subject.thresholds.many_classes
    issues = []
    if len(dataset.classes) == 1:
        only = f"There is one class, {dataset.classes[0]!r}; a classifier needs two or more."
        issues.append(Issue("class_size", "error", (), only, dataset.classes))
    small = {label: images for label, images in dataset.per_class.items() if images < few}
    if small:
        message = f"Classes with fewer than {few} images: {_listed(small)}. Their figures will say little; add images."
        issues.append(Issue("class_size", "warning", _of_classes(subject, small), message, tuple(small)))
    if len(dataset.classes) > many:
        message = f"There are {len(dataset.classes):,} classes. Is each file its own folder by mistake?"
        issues.append(Issue("class_size", "warning", (), message))
    return issues


def missing_in_split(subject: Subject) -> list[Issue]:
    """Classes that have no image to learn from, to validate with or to test with."""
    splits_of = subject.index.groupby("label", sort=False)["split"].unique().reindex(subject.dataset.classes).dropna()
    issues = []
    for split, severity, what in (
        ("train", "error", "learns nothing of"),
        ("val", "warning", "cannot validate"),
        ("test", "warning", "cannot judge"),
    ):
        lacking = [label for label in splits_of.index if split not in splits_of[label]]
        if not lacking:
            continue
        more = {label: len(SPLITS) - len(splits_of[label]) for label in lacking}
        message = (
            f"No {SPLIT_WORDS[split]} image of {_named(lacking)}: a run {what} {'it' if len(lacking) == 1 else 'them'}. "
            f"{_what_is_needed(subject, more)}"
        )
        issues.append(Issue("missing_in_split", severity, _of_classes(subject, more), message, tuple(lacking)))
    return issues


def _what_is_needed(subject: Subject, more: dict[str, int]) -> str:
    part = part_of(subject.index, more)
    first = list(more.items())[:SHOWN]
    wanted = ", ".join(f"{NUMBERS[number]} more {part}{'s' * (number > 1)} of {label}" for label, number in first)
    rest = f", and of {len(more) - SHOWN:,} classes more" if len(more) > SHOWN else ""
    together = "near copies stay" if part == "image" else f"near copies, and images of one {part}, stay"
    return f"To be in all three splits it takes {wanted}{rest}; {together} in one split.{_one_of_several(subject, first, part)}"


def part_of(index: pd.DataFrame, labels: Collection[str]) -> str:
    """What images of these classes come in: "burst" of the webcam, "group" of the source, else "image"."""
    groups = index["group"][index["label"].isin(labels).to_numpy()]
    return "burst" if groups.str.startswith(BURST).any() else "group" if (groups != "").any() else "image"


def _one_of_several(subject: Subject, more: list[tuple[str, int]], part: str) -> str:
    """Which classes have more bursts, groups or images than parts that can go to a split: copies tie them."""
    parts = pd.DataFrame({"label": subject.index["label"].astype(str), "unit": units(subject.told_apart)})
    own = subject.index["group"].where(subject.index["group"] != "", subject.index["sha256"])
    counts = parts.assign(own=own).groupby("label").nunique()
    of_units, of_own = counts["unit"].to_dict(), counts["own"].to_dict()
    said = [
        f"the {NUMBERS.get(own, own)} {part}s of {label} look alike, so they count as {NUMBERS.get(unit, unit)}"
        for label, unit, own in [(label, int(of_units[label]), int(of_own[label])) for label, _ in more]
        if unit < own
    ]
    return f" But {'; '.join(said)}." if said else ""


def few_test_images(subject: Subject) -> list[Issue]:
    """Classes whose recall would have a wide interval: images that hang together count as one (`core.data.splits.units`)."""
    margin = subject.thresholds.interval
    needed = images_for(margin)
    is_test = (subject.index["split"] == "test").to_numpy()
    labels = subject.index["label"].astype(str)
    parts = units(subject.told_apart)
    independent = parts[is_test].groupby(labels[is_test]).nunique()
    counts = {label: int(independent.get(label, 0)) for label in subject.dataset.classes}
    few = {label: images for label, images in counts.items() if images < needed}
    if not few or len(counts) < 2:
        return []
    part, least = part_of(subject.index, few), min(few.values())
    wide = Z95 * 0.5 / sqrt(least) if least else 1
    closely, known = f" to ± {margin * 100:g} points", f"With the fewest it is known to ± {wide * 100:.0f} points only."
    if wide > HARDLY_KNOWN:
        closely, known = "", f"Of a class with {least or 'none'} {'hardly anything' if least else 'nothing'} is known."
    alike = "copies and near copies" if part == "image" else f"images of one {part}, and near copies,"
    together = f"; {alike} count as one" if independent.sum() < is_test.sum() else ""
    images, groups = labels[is_test].value_counts().to_dict(), parts.groupby(labels).nunique().to_dict()
    soon = {
        label: more_until_another_judges(int(groups.get(label, 0)), there)
        for label, there in few.items()
        if there < min(GROUPS_TO_JUDGE_BY, images.get(label, 1))  # images that stand alone are drawn by their number
    }
    message = (
        f"Too few test images to tell{closely} how good a model is for: {_listed(few)}{together}. {known} "
        f"{_what_tests(part, few, soon)} In figures: to know a class's recall, the share of it that is found, to "
        f"± {margin * 100:g} points takes {needed:,} test images where it is near one half, {images_for(margin, 0.9):,} where it is near 90 % (95 % confidence); {len(few):,} of {len(counts):,} classes have fewer."
    )
    rows = subject.index["label"].isin(few) & is_test
    return [Issue("few_test_images", "note", subject.paths(rows), message, tuple(few))]


def _what_tests(part: str, few: Collection[str], soon: dict[str, int]) -> str:
    """What to add so that more of it tests; `soon` are the classes of which one more does after so many groups."""
    if part == "image":
        return "Add more images of them: of ten about one tests."
    verb, where = ("Record", ", each before another background") if part == "burst" else ("Add", "")
    if not soon:
        return f"{verb} more {part}s of them{where}: of ten about one tests."
    if len(numbers := set(soon.values())) == 1:
        (number,) = numbers
        of = "each" if len(soon) == len(few) > 1 else _named(list(soon))
        what = f"{number} more {part}{'s' * (number > 1)} of {of}"
    else:
        what = f"more {part}s: " + _named([f"{number} of {label}" for label, number in soon.items()])
    return f"{verb} {what}{where}: then one more {part} of {'it' if len(soon) == 1 else 'each'} tests."


def class_imbalance(subject: Subject) -> list[Issue]:
    """Classes that are many times smaller than the largest."""
    counts, times = subject.dataset.per_class, subject.thresholds.imbalance
    largest = max(counts, key=counts.__getitem__)
    rare = {label: images for label, images in counts.items() if images * times <= counts[largest]}
    if not rare:
        return []
    message = (
        f"{largest} has {counts[largest]:,} images, {times:g} times as many or more as: {_listed(rare)}. A model may "
        "never answer these; look at each class's recall, not at accuracy alone."
    )
    return [Issue("class_imbalance", "warning", _of_classes(subject, rare), message, tuple(rare))]


def images_for(margin: float, share: float = 0.5) -> int:
    """How many test images make the 95 % interval of a share no wider than ± `margin`.

    Source: the normal interval, n = z² p (1 - p) / margin²; p = 0.5 is the worst case.
    """
    return ceil(Z95**2 * share * (1 - share) / margin**2)


def _of_classes(subject: Subject, labels: dict[str, int]) -> tuple[str, ...]:
    wrong: pd.Series = subject.index["label"].isin(labels)
    return subject.paths(wrong)


def _named(labels: list[str]) -> str:
    more = f" and {len(labels) - SHOWN:,} more" if len(labels) > SHOWN else ""
    return ", ".join(labels[:SHOWN]) + more


def _listed(counts: dict[str, int]) -> str:
    first = sorted(counts, key=counts.__getitem__)[:SHOWN] if len(counts) > SHOWN else counts
    more = f" and {len(counts) - SHOWN:,} more" if len(counts) > SHOWN else ""
    return ", ".join(f"{label} ({counts[label]:,})" for label in first) + more
