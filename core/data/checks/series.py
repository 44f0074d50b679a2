"""Numbered files of one series in two splits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data import series, splits
from core.data.checks.issue import Issue, Subject


def series_in_splits(subject: Subject) -> list[Issue]:
    """Images of one series of numbered names (`core.data.series`) in more than one split, where they look alike."""
    index = subject.told_apart
    if not subject.has(*series.TONES):
        return []
    names = series.named(index)
    if not series.are_alike(index, names):
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
    return [Issue("series_in_splits", "warning", images, message, groups=tuple(map(tuple, groups.values())))]


def _of_several(images: pd.DataFrame, column: str) -> pd.DataFrame:
    """The images of those series that have more than one value in `column`."""
    values = pd.factorize(images[column])[0]
    series_of = pd.factorize(images["series"])[0]
    different = pd.DataFrame({"series": series_of, "value": values}).drop_duplicates()["series"]
    return images[np.bincount(different)[series_of] > 1] if len(images) else images
