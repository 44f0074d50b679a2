"""Making a version appear: its counts, its fingerprint, its files, its row in the catalogue."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock

from core.data.columns import contents, names_in
from core.data.dataset import SPLITS, Dataset, class_order, find
from core.data.shelf import versions
from core.errors import ConflictError
from core.workspace import Workspace
from core.workspace.atomic import write_json, write_with
from core.workspace.catalogue import PUBLISH_LOCK, adopt, connect, put_dataset


def counts(index: pd.DataFrame) -> dict[str, Any]:
    """The fields of `Dataset` that are counted: classes, images, per_class, per_split, size_bytes."""
    classes = class_order(set(index["label"]))
    by_class, by_split = index["label"].value_counts(), index["split"].value_counts()
    return {
        "classes": classes,
        "images": len(index),
        "per_class": {label: int(by_class[label]) for label in classes},
        "per_split": {split: int(by_split.get(split, 0)) for split in SPLITS},
        "size_bytes": int(index["size_bytes"].sum()),
    }


def fingerprint(index: pd.DataFrame) -> str:
    """sha256, in hexadecimal, over the pictures' hashes, labels, splits, groups and further columns, whatever their order."""
    columns = [index[name].tolist() for name in ("sha256", "label", "split", "group")]
    if names_in(index):  # a data set without has the fingerprint that it always had
        columns.append(contents(index))
    lines = sorted(map("\t".join, zip(*columns, strict=True)))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def publish(
    workspace: Workspace,
    dataset: Dataset,
    index: pd.DataFrame | Path,
    left_out: pd.DataFrame | Path,
    after: Dataset | None = None,
    renamed: dict[str, str | None] | None = None,
) -> Dataset:
    """Write `dataset` as the next version of its name and give it back with its number.

    Args:
        index, left_out: Tables, or the files of an earlier version whose bytes this one has too.
        after: The version that must still be the newest; it becomes the parent.
        renamed: Classes of `after` that have another name now; see `Dataset`.

    Raises:
        ConflictError: There is a newer version than `after`.
        NotFoundError: The data set of `after` is gone.
    """
    folder = workspace.dataset(dataset.name)
    adopt(workspace, dataset.name)
    with FileLock(workspace.root / PUBLISH_LOCK):
        if after is not None:
            refuse_if_newer(workspace, after)
            dataset = replace(dataset, parent=after.version)
        taken = [int(path.name[1:]) for path in folder.glob("v*") if path.name[1:].isdecimal()]
        numbered = replace(dataset, version=max(taken, default=0) + 1, renamed=renamed or {})
        version = folder / f"v{numbered.version}"
        version.mkdir()
        try:
            _write(version / "index.parquet", index)
            _write(version / "left_out.parquet", left_out)
            write_json(version / "dataset.json", numbered.to_json())  # last: with it the version exists
        except BaseException:
            shutil.rmtree(version, ignore_errors=True)
            raise
        with connect(workspace) as db:
            put_dataset(db, numbered.to_json())
    return numbered


def refuse_if_newer(workspace: Workspace, seen: Dataset) -> None:
    """Raise ConflictError where `seen` is not the newest version any more, with what changed since.

    Raises:
        NotFoundError: The whole data set is gone.
    """
    newest = find(workspace, seen.name)
    if (newest.version, newest.created_at) == (seen.version, seen.created_at):
        return
    since = [one for one in versions(workspace, seen.name) if one.version > seen.version] or [newest]
    told = "; then ".join(f"version {one.version} ({one.change})" for one in since[-3:])
    raise ConflictError(
        f"{seen.name} has changed since you opened version {seen.version}: {told}. "
        f"Nothing of yours is lost. Apply it on top of version {newest.version}."
    )


def _write(path: Path, table: pd.DataFrame | Path) -> None:
    if isinstance(table, Path):
        write_with(path, lambda new: shutil.copyfile(table, new))
    else:
        write_with(path, lambda new: table.to_parquet(new, index=False))
