"""Which classes of two versions of a data set are the same, whatever they are called in each."""

from __future__ import annotations

from core.data.dataset import Dataset
from core.data.shelf import versions
from core.workspace import Workspace


def same_classes(workspace: Workspace, then: Dataset, now: Dataset) -> dict[str, str]:
    """{a class of `then`: its name in `now`} of each class that both have.

    Renames are followed, forth and back, in chains, and where names were swapped. Merges are not: what was merged is
    another class from then on, and meets by name those that nothing followed leads to.

    Args:
        then, now: Two versions of one data set, either of which may be the older.
    """
    every = versions(workspace, now.name)
    there = _origins(every, now)
    followed = {name: there[origin] for origin, name in _origins(every, then).items() if origin in there}
    by_name = (set(then.classes) - set(followed)) & (set(now.classes) - set(followed.values()))
    return {name: followed.get(name, name) for name in then.classes if name in followed or name in by_name}


def _origins(every: list[Dataset], dataset: Dataset) -> dict[tuple[int, str], str]:
    """{the version and name from which on a class can be followed: its name in `dataset`}."""
    found, names = {}, {name: name for name in dataset.classes}  # at `version`: in `dataset`
    version = dataset
    while True:
        before, renamed = _before(every, version)
        back = {new: old for old, new in renamed.items() if new is not None}
        born = [name for name in names if before is None or (name in renamed and name not in back)]
        found.update({(version.version, name): names.pop(name) for name in born})
        if before is None:
            return found
        version, names = before, {back.get(name, name): called for name, called in names.items()}


def _before(every: list[Dataset], version: Dataset) -> tuple[Dataset | None, dict[str, str | None]]:
    """The version that this one's classes come from, and which were renamed since; a source's are those of its last import."""
    earlier = [one for one in reversed(every) if one.version < version.version]
    if same := next((one for one in earlier if one.fingerprint == version.fingerprint), None):
        return same, {}  # undone, or gone back to
    if version.parent is None:
        return next((one for one in earlier if one.parent is None), None), {}
    parent = next((one for one in earlier if one.version == version.parent), None)
    return parent, _renamed(parent, version) if parent else {}


def _renamed(before: Dataset, version: Dataset) -> dict[str, str | None]:
    if version.renamed is not None:
        return version.renamed
    gone, new = (set(a.classes) - set(b.classes) for a, b in ((before, version), (version, before)))
    told = {(old, name) for old in gone for name in new if f"class {old} renamed {name} (" in version.change}
    return {  # an earlier Fovea kept only the words of core/data/difference.py
        **{name: None for name in version.classes if f" merged into {name} (" in version.change},
        **dict(told),
    }
