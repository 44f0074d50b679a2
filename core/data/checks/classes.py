"""Classes that are too small to learn, too small to judge, or out of balance."""

from __future__ import annotations

from math import ceil, sqrt

import pandas as pd

from core.data.checks.issue import Issue, Subject

Z95 = 1.959964
SHOWN = 10


def class_size(subject: Subject) -> list[Issue]:
    """One class only, small classes, thousands of classes."""
    dataset, few, many = subject.dataset, subject.thresholds.few_images, subject.thresholds.many_classes
    issues = []
    if len(dataset.classes) == 1:
        only = f"There is one class, {dataset.classes[0]!r}; a classifier needs two or more."
        issues.append(Issue("class_size", "error", (), only))
    small = {label: images for label, images in dataset.per_class.items() if images < few}
    if small:
        message = f"Classes with fewer than {few} images: {_listed(small)}. Their figures will say little; add images."
        issues.append(Issue("class_size", "warning", _of_classes(subject, small), message))
    if len(dataset.classes) > many:
        message = f"There are {len(dataset.classes):,} classes. Is each file its own folder by mistake?"
        issues.append(Issue("class_size", "warning", (), message))
    return issues


def few_test_images(subject: Subject) -> list[Issue]:
    """Classes whose recall would have a wide interval."""
    margin = subject.thresholds.interval
    needed = images_for(margin)
    tests = subject.index["label"][(subject.index["split"] == "test").to_numpy()].value_counts()
    counts = {label: int(tests.get(label, 0)) for label in subject.dataset.classes}
    few = {label: images for label, images in counts.items() if images < needed}
    if not few or len(counts) < 2:
        return []
    least = min(few.values())
    wide = f"± {min(Z95 * 0.5 / sqrt(least), 1):.0%}" if least else "anything"
    message = (
        f"{len(few):,} of {len(counts):,} classes have too few test images to know their recall to ± {margin:.0%}: that "
        f"takes {needed:,} where it is near one half, {images_for(margin, 0.9):,} where it is near 90 % (95 % "
        f"confidence). {_listed(few)}. With the fewest of them it is known to {wide} only."
    )
    rows = subject.index["label"].isin(few) & (subject.index["split"] == "test")
    return [Issue("few_test_images", "note", subject.paths(rows), message)]


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
    return [Issue("class_imbalance", "warning", _of_classes(subject, rare), message)]


def images_for(margin: float, share: float = 0.5) -> int:
    """How many test images make the 95 % interval of a share no wider than ± `margin`.

    Source: the normal interval, n = z² p (1 - p) / margin²; p = 0.5 is the worst case.
    """
    return ceil(Z95**2 * share * (1 - share) / margin**2)


def _of_classes(subject: Subject, labels: dict[str, int]) -> tuple[str, ...]:
    wrong: pd.Series = subject.index["label"].isin(labels)
    return subject.paths(wrong)


def _listed(counts: dict[str, int]) -> str:
    first = sorted(counts, key=counts.__getitem__)[:SHOWN] if len(counts) > SHOWN else counts
    more = f" and {len(counts) - SHOWN:,} more" if len(counts) > SHOWN else ""
    return ", ".join(f"{label} ({counts[label]:,})" for label in first) + more
