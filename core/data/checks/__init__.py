"""What is wrong with a data set: each finding is a list of images to look at.

thresholds.py   from where on something counts
issue.py        what a check gets, and what it gives
sources.py      pictures that changed or went since they were added
files.py        unreadable files, orientation, private metadata
copies.py       copies and near copies; under two labels, in two splits
series.py       numbered files of one series in two splits
looks.py        dark, bright, uniform, blurry
shapes.py       odd sizes and shapes
alone.py        pictures that look like nothing else
classes.py      small classes, few test images, imbalance
names.py        names that mean one class, splits taken as classes, garbled names

To add one: a function from `Subject` to a list of `Issue`, and its line in `CHECKS`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.data import different, near
from core.data.checks import alone, classes, copies, files, looks, names, series, shapes, sources
from core.data.checks.issue import Issue, Subject
from core.data.checks.thresholds import Thresholds
from core.data.dataset import Dataset, read_index, read_left_out
from core.data.projection import read_map
from core.errors import DamagedError, NotFoundError
from core.progress import OnProgress, no_progress
from core.workspace import Workspace

__all__ = ["CHECKS", "Issue", "Subject", "Thresholds", "check", "look_again"]

CHECKS: dict[str, Callable[[Subject], list[Issue]]] = {
    "changed": sources.changed,
    "two_labels": copies.two_labels,
    "split_leak": copies.split_leak,
    "series_in_splits": series.series_in_splits,
    "unreadable": files.unreadable,
    "split_as_class": names.split_as_class,
    "similar_names": names.similar_names,
    "garbled_names": names.garbled_names,
    "class_size": classes.class_size,
    "missing_in_split": classes.missing_in_split,
    "class_imbalance": classes.class_imbalance,
    "private_metadata": files.private_metadata,
    "exact_duplicates": copies.exact_duplicates,
    "near_duplicates": copies.near_duplicates,
    "too_dark": looks.too_dark,
    "too_bright": looks.too_bright,
    "blurry": looks.blurry,
    "uniform": looks.uniform,
    "odd_size": shapes.odd_size,
    "odd_shape": shapes.odd_shape,
    "orientation": files.orientation,
    "outlier": alone.outliers,
    "few_test_images": classes.few_test_images,
}
SEVERITIES = ("error", "warning", "note")


def check(workspace: Workspace, dataset: Dataset, thresholds: Thresholds | None = None) -> list[Issue]:
    """All findings in `dataset`, worst first, read from what the import measured: quick at any size.

    What a version from before those measurements does not have is not checked; `look_again` measures near copies.
    """
    return _run(_subject(workspace, dataset, thresholds or Thresholds()))


def look_again(
    workspace: Workspace, dataset: Dataset, thresholds: Thresholds, on_progress: OnProgress = no_progress
) -> list[Issue]:
    """What `check` gives, with near copies looked for by `thresholds` where the import did not do so: among those that the
    import found where they must be more alike, else among all.
    """
    subject = _subject(workspace, dataset, thresholds)
    bits, similarity = thresholds.near_bits, thresholds.near_similarity
    if dataset.near_different or (subject.has("near") and (bits, similarity) == (near.BITS, near.SIMILARITY)):
        return _run(subject)
    stricter = subject.has("near") and bits == near.BITS and similarity > near.SIMILARITY
    among = np.flatnonzero(subject.index["near"] != "") if stricter else np.arange(len(subject.index))
    folders = [workspace.dataset(dataset.name)]
    index = read_index(workspace, dataset, ["sha256", "phash", "width", "height", "file", "label"]).iloc[among]
    small = near.Small(near.tones_in(folders, index), near.colours_in(folders, index))
    names = np.full(len(subject.index), "", object)
    looser = subject.has("near") and bits >= near.BITS and similarity <= near.SIMILARITY
    known = subject.index["near"] if looser else None
    names[among] = near.names_of(index, small, bits, similarity, on_progress, known=known)
    return _run(replace(subject, index=subject.index.assign(near=names)))


def _subject(workspace: Workspace, dataset: Dataset, thresholds: Thresholds) -> Subject:
    index = read_index(workspace, dataset).drop(columns="phash")
    try:
        distance = read_map(workspace, dataset).neighbour_distance
    except NotFoundError:
        distance = None
    except DamagedError as error:  # all else can be said without it
        logging.getLogger(__name__).warning("Outliers were not looked for: %s", error)
        distance = None
    folder = dataset.folder(workspace)
    left_out, said = read_left_out(workspace, dataset), different.read(workspace, dataset.name)
    return Subject(dataset, folder, index, left_out, thresholds, distance, said)


def _run(subject: Subject) -> list[Issue]:
    issues = [issue for find in CHECKS.values() for issue in find(subject)]
    return sorted(issues, key=lambda issue: SEVERITIES.index(issue.severity))
