"""What a run's own classes are called in a data set."""

from __future__ import annotations

from core.data.dataset import Dataset, file_of
from core.data.same_classes import same_classes
from core.errors import NotFoundError
from core.train.runs import Run, learnt_from, read_labels
from core.workspace import Workspace
from core.workspace.atomic import read_json


def names_in(workspace: Workspace, run: Run, dataset: Dataset) -> dict[str, str]:
    """{a class that the run knows: its name in `dataset`}, of the classes that are there.

    They meet by name; in another version of the very data that the run learnt from also where they were renamed
    between the two (`core.data.same_classes`; merges are not followed).

    Raises:
        InputError: The run has no model.
        DamagedError: That version, or one between the two, cannot be read.
    """
    classes, there = read_labels(workspace, run), set(dataset.classes)
    same = {name: name for name in classes if name in there}
    if dataset.name == run.dataset.rpartition("@")[0] and dataset.reference != run.dataset:
        try:
            same = same_classes(workspace, learnt_from(workspace, run), dataset)
        except NotFoundError:  # that was deleted, and other data has its name; one that is damaged is told
            file = file_of(workspace, dataset.name, int(run.dataset.rpartition("@")[2]))
            if file.exists():
                read_json(file, Dataset.from_json)
    return {name: same[name] for name in classes if name in same}
