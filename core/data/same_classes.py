"""Which classes of two versions of a data set are the same, whatever they are called in each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from core.data.dataset import Dataset, file_of
from core.data.shelf import versions
from core.errors import DamagedError
from core.workspace import Workspace
from core.workspace.catalogue import stored

RESTORED = re.compile(r"Back to version (\d+)")  # how core/data/edit.py begins the change of such a version


def same_classes(workspace: Workspace, then: Dataset, now: Dataset) -> dict[str, str]:
    """{a class of `then`: its name in `now`} of each class that both have.

    Renames are followed, forth and back, in chains, and where names were swapped. Merges are not: what was merged is
    another class from then on, and meets by name those that nothing followed leads to.

    Args:
        then, now: Two versions of one data set, either of which may be the older.

    Raises:
        DamagedError: A version between the two cannot be read, so that nobody can tell what was renamed in it.
    """
    if then == now:
        return {name: name for name in then.classes}
    every = versions(workspace, now.name)
    (there, end, damage), (here, other_end, other_damage) = (_origins(workspace, every, one) for one in (now, then))
    if end != other_end and (cut := damage or other_damage):
        told = f"Which classes have other names in {now.reference} than in {then.reference} cannot be told"
        raise DamagedError(f"{told}: {cut}") from cut
    return _met({name: there[origin] for origin, name in here.items() if origin in there}, then.classes, now.classes)


def same_after(then: Iterable[str], now: Iterable[str], renamed: dict[str, str | None]) -> dict[str, str]:
    """As `same_classes`, of classes before and after edits that are not saved yet, and what `Dataset.renamed` would say."""
    then, now = list(then), list(now)
    back = {new: old for old, new in renamed.items() if new is not None}
    kept = [name for name in now if name in back or name not in renamed]
    return _met({old: name for name in kept if (old := back.get(name, name)) in then}, then, now)


def _met(followed: dict[str, str], then: Sequence[str], now: Sequence[str]) -> dict[str, str]:
    """The classes that were followed, and of the others those of one name."""
    by_name = (set(then) - set(followed)) & (set(now) - set(followed.values()))
    return {name: followed.get(name, name) for name in then if name in followed or name in by_name}


def _origins(
    workspace: Workspace, every: list[Dataset], dataset: Dataset
) -> tuple[dict[tuple[int, str], str], int, DamagedError | None]:
    """{the version and name from which on a class can be followed: its name in `dataset`}, the version at which the way
    back ends, and the damage that ends it there; None at the first import.
    """
    found, names = {}, {name: name for name in dataset.classes}  # at `version`: in `dataset`
    version = dataset
    while True:
        damage = None
        try:
            before, renamed = _before(workspace, every, version)
        except DamagedError as error:
            before, renamed, damage = None, {}, error
        back = {new: old for old, new in renamed.items() if new is not None}
        born = [name for name in names if before is None or (name in renamed and name not in back)]
        found.update({(version.version, name): names.pop(name) for name in born})
        if before is None:
            return found, version.version, damage
        version = before
        if renamed:
            names = {back.get(name, name): called for name, called in names.items()}


def _before(
    workspace: Workspace, every: list[Dataset], version: Dataset
) -> tuple[Dataset | None, dict[str, str | None]]:
    """The version that this one's classes come from, and which were renamed since; a source's are those of its last import."""
    earlier = [one for one in reversed(every) if one.version < version.version]
    if same := next((one for one in earlier if one.fingerprint == version.fingerprint), None):
        return same, {}  # undone, or gone back to
    if version.parent is None:
        return next((one for one in earlier if one.parent is None), None), {}
    restored = RESTORED.match(version.change)
    number = int(restored[1]) if restored else version.parent
    parent = next((one for one in earlier if one.version == number), None)
    if parent is None:  # its row is damaged or gone; its file may be mended since
        parent = stored("", file_of(workspace, version.name, number), Dataset.from_json)
    return parent, {} if restored else _renamed(parent, version)


def _renamed(before: Dataset, version: Dataset) -> dict[str, str | None]:
    if version.renamed is not None:
        return version.renamed
    gone, new = (set(a.classes) - set(b.classes) for a, b in ((before, version), (version, before)))
    told = {(old, name) for old in gone for name in new if f"class {old} renamed {name} (" in version.change}
    return {  # an earlier Fovea kept only the words of core/data/difference.py
        **{name: None for name in version.classes if f" merged into {name} (" in version.change},
        **dict(told),
    }
