"""Numbered files of one series in two splits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data import series, splits
from core.data.checks.issue import Issue, Subject


def series_in_splits(subject: Subject) -> list[Issue]:
    """Images of one series of numbered names (`core.data.series`) in more than one split, where they look alike; where that is
    no proof, as a note.
    """
    index = subject.told_apart
    if not subject.has(*series.TONES):
        return []
    names = series.named(index)
    surely = series.are_alike(index, names)
    if not surely and not series.may_be_alike(index, names):
        return []
    torn = index[[name for name in ("path", "label", "split", "sha256", "near") if name in index]].assign(series=names)
    torn = _of_several(torn[(names != "").to_numpy()], "split")
    torn = _of_several(
        torn.assign(copies=splits.copies(torn)), "copies"
    )  # one picture in two splits is another finding
    groups: dict[str, list[str]] = {}
    for name, path in zip(torn["series"].tolist(), torn["path"].tolist(), strict=True):
        groups.setdefault(name, []).append(path)
    if not groups:
        return []
    images = tuple(path for paths in groups.values() for path in paths)
    torn_groups = tuple(map(tuple, groups.values()))
    if not surely:
        return [Issue("series_in_splits", "note", images, _hint(names, torn_groups), groups=torn_groups)]
    many = (
        f"{len(groups):,} series of numbered names, which look alike, stand"
        if len(groups) > 1
        else ("a series of numbered names, which look alike, stand")
    )
    message = (
        f"{len(images):,} images in {many} in two or more splits ({images[0]}, for one). Photos of one burst, or frames of "
        "one film or one figure, are easier to tell than new ones, so accuracies come out too high. Keep each series on one "
        "side; it then counts as one image in intervals and tests."
    )
    if parts := series.first_parts(index):
        message += (
            f" Names that are the same up to the first - or _ may be one thing too, seen from another side, say: all "
            f"{names[names != ''].nunique():,} series have {parts:,} such first parts."
        )
    return [Issue("series_in_splits", "warning", images, message, groups=torn_groups)]


def _hint(names: pd.Series, torn: tuple[tuple[str, ...], ...]) -> str:
    """What is said where names form many series and likeness does not tell whether each is one thing."""
    inside = names[names != ""]
    stand = "stand" if len(torn) > 1 else "stands"
    return (
        f"{len(inside):,} images are numbered in {inside.nunique():,} series, {len(torn):,} of which {stand} in two or more "
        f"splits ({' and '.join(torn[0][:2])}, for one). Images of one series look somewhat more alike than others of their "
        "class. If the images of a series show one thing (pieces of one picture, photos of one object), test images are "
        "easier to tell than new ones: keep each series on one side; it then counts as one image in intervals and tests. "
        "If they show different things, leave it as it is."
    )


def _of_several(images: pd.DataFrame, column: str) -> pd.DataFrame:
    """The images of those series that have more than one value in `column`."""
    values = pd.factorize(images[column])[0]
    series_of = pd.factorize(images["series"])[0]
    different = pd.DataFrame({"series": series_of, "value": values}).drop_duplicates()["series"]
    return images[np.bincount(different)[series_of] > 1] if len(images) else images
