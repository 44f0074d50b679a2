"""Data sets: what there is, what is wrong with it, how it becomes the next version."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections import Counter
from typing import Any

from core.commands.line import Answer, Line
from core.data import checks, mend, shelf
from core.data.add import add_listing, reading_of, usual_name
from core.data.append import append_listing
from core.data.checks.issue import TITLES
from core.data.dataset import Dataset, find, read_raw_index
from core.data.edit import apply, undo
from core.data.edits import NearCopies, from_json
from core.data.export_data import FORMATS, export_data
from core.data.scan import Scan
from core.data.sources import KNOWN, Reading, open_source
from core.data.sources.listing import CLASS_FROM
from core.data.sources.opened import source_at
from core.data.sources.outline import counted, splits_in_words
from core.errors import InputError, Stopped
from core.evaluate.renaming import rename_dataset
from core.file_names import shown
from core.jobs.embedding import embed_and_map
from core.train.runs import list_runs
from core.workspace import Workspace
from core.workspace.paths import check_name, whole_path

THRESHOLD = "threshold"
RUNS_TOLD = 10


def add_to(commands: Any, command: Any) -> None:
    """`data …`"""
    data = commands.add_parser("data", help="data sets").add_subparsers(required=True, metavar="ACTION")
    one = command(data, "add", data_add, f"Make a data set of {', '.join(KNOWN)}, a folder, .zip, .npz or .csv.")
    one.add_argument("source")
    one.add_argument("--name", help="what to call it")
    one.add_argument("--copy", action="store_true", help="take the files of a folder in")
    one.add_argument(
        "--class-from", choices=CLASS_FROM, help="which of several folders names the class; the whole path"
    )
    one.add_argument("--zip-names", metavar="ENCODING", help="of names in a .zip that are not marked as UTF-8: gbk, …")
    one.add_argument(
        "--group-by-name",
        action=argparse.BooleanOptionalAction,
        help="keep numbered files of one series (knight-1.png, knight-2.png) on one side of the split; as before",
    )
    one.add_argument("--append", action="store_true", help="add to the data set --name instead of replacing its images")
    command(data, "list", data_list, "All data sets.")
    check = "What is wrong with a data set. Thresholds take dots: --threshold.dark 30"
    command(data, "check", data_check, check, groups=(THRESHOLD,)).add_argument("name")
    for name, run, help in (
        ("show", data_show, "What a data set holds."),
        ("embed", data_embed, "Embed each image, for the map, for images alike, and for outliers."),
        ("delete", data_delete, "Delete a data set; on a terminal it asks first."),
    ):
        one = command(data, name, run, help)
        one.add_argument("name")
        if name == "delete":
            one.add_argument("--yes", action="store_true", help="ask nothing")
    one = command(data, "rename", data_rename, "Give a data set another name.")
    one.add_argument("name")
    one.add_argument("new_name")
    one = command(data, "edit", data_edit, "Make the next version by a JSON list of edits; docs/editing.md says which.")
    one.add_argument("name", help="NAME, or NAME@VERSION to be told of a newer one")
    one.add_argument("file", help="the edits")
    one.add_argument("--change", default="", help="what they are for, in words")
    one = command(
        data, "near", data_near, "Say what pictures are that look alike, in the whole data set: a next version."
    )
    one.add_argument("name")
    one.add_argument("are", choices=("different", "alike"), help="different things, or near copies as usual")
    command(data, "undo", data_undo, "Make the next version equal to the one before.").add_argument("name")
    one = command(data, "export", data_export, "Write a version to a .zip.")
    one.add_argument("name")
    one.add_argument("--to", default="folders", choices=tuple(FORMATS))
    one.add_argument("--out", required=True, metavar="FILE", help="the archive")


def data_add(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data add SOURCE`"""
    begin, scans = time.monotonic(), list[Scan]()
    base = find(workspace, _named(options)) if options.append else None
    chosen = None if options.name is None else check_name(options.name)
    name = chosen or usual_name(options.source)
    reading = reading_of(
        workspace, name, Reading(options.class_from or "", options.zip_names or "", options.group_by_name)
    )
    with (
        Line() as line,
        open_source(
            options.source, workspace.uploads, options.copy or bool(base), line.show, reading=reading
        ) as listing,
    ):
        if base:
            change = f"Added more from {listing.location}"
            dataset = append_listing(workspace, base, listing, change, line.show, on_read=scans.append)
        else:
            dataset = add_listing(workspace, listing, chosen, on_progress=line.show, on_read=scans.append)
    index, left_out = scans[0].index, scans[0].left_out
    files = {"seen": listing.seen, "taken": len(index), "left_out": len(left_out), "ignored": listing.ignored}
    answer = {
        "dataset": dataset.name,
        "version": dataset.version,
        "images": dataset.images,
        "classes": list(dataset.classes),
        "per_class": dataset.per_class,
        "per_split": dataset.per_split,
        "split_by": dataset.split_by,
        "class_from": dataset.source.get("class_from"),
        "files": files,
        "skipped": left_out.to_dict("records"),
        "seconds": time.monotonic() - begin,
    }
    text = [
        f"{dataset.reference}: {dataset.images:,} images, {counted(len(dataset.classes), 'class', 'classes')}, "
        f"{splits_in_words(dataset.per_split)} ({'as the source says' if dataset.split_by == 'source' else 'split by Fovea'})",
        f"  {counted(files['seen'], 'file', 'files')} seen: {files['taken']:,} taken, {files['left_out']:,} left out, "
        f"{files['ignored']:,} ignored",
    ]
    return answer, [*text, *(f"  left out: {row.path}: {row.reason}" for row in left_out.itertuples())]


def _named(options: argparse.Namespace) -> str:
    if not options.name:
        raise InputError("--append needs --name: the data set that the images are added to.")
    return options.name


def data_list(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data list`"""
    found = shelf.list_datasets(workspace)
    lines = [f"{one.reference:30} {one.images:>9,} images {len(one.classes):>5} classes" for one in found]
    return {"datasets": [one.to_json() for one in found]}, lines or "No data sets yet."


def data_show(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data show NAME`"""
    dataset = find(workspace, options.name)
    value = {**dataset.to_json(), "disk_bytes": shelf.disk_bytes(workspace, dataset.name)}
    return value, [f"{name:12} {content}" for name, content in value.items()]


def data_check(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data check NAME`"""
    dataset = find(workspace, options.name)
    thresholds = checks.Thresholds.of(options.nested.get(THRESHOLD, {}))
    with Line() as line:
        issues = checks.look_again(workspace, dataset, thresholds, on_progress=line.show)
    details = [f"{one.severity}: {one.kind}: {one.message} {', '.join(one.images[:5])}" for one in issues]
    counts, severities = Counter[str](), dict[str, str]()
    for issue in issues:
        counts[issue.kind] += issue.count
        severities.setdefault(issue.kind, issue.severity)  # the worst comes first
    each = [f"{number:>7,}  {TITLES[kind]} ({severities[kind]}: {kind})" for kind, number in counts.items()]
    lines = (
        [f"{dataset.reference}: {counted(counts.total(), 'finding', 'findings')}", *each, "", *details]
        if issues
        else []
    )
    answer = {
        "dataset": dataset.name,
        "version": dataset.version,
        "counts": dict(counts),
        "issues": [one.to_json() for one in issues],
        "thresholds": dataclasses.asdict(thresholds),
    }
    return answer, lines or "Nothing found."


def data_embed(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data embed NAME`"""
    dataset = find(workspace, options.name)
    with Line() as line:
        answer = embed_and_map(workspace, dataset, line.show)
    lost = [f"  not read: {one['path']}: {one['reason']}" for one in answer["unreadable"]]
    return answer, [f"{dataset.reference}: {answer['embedded']:,} images embedded, map drawn", *lost]


def data_delete(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data delete NAME`"""
    name = shelf.whole_name(workspace, options.name)
    learnt = [run for run in list_runs(workspace) if run.dataset.rpartition("@")[0] == name]
    told = [f"  {run.title} ({run.id})" for run in learnt]
    stay = f"{len(learnt)} runs learnt from it. They stay, but cannot be trained on or evaluated on it any more:"
    words = [stay, *told[:RUNS_TOLD], *([f"  and {len(told) - RUNS_TOLD} more"] if len(told) > RUNS_TOLD else [])]
    if not (options.yes or options.json) and sys.stdin.isatty():
        _ask(f"Delete {name} with all its versions?", words if learnt else [])
    freed = shelf.delete(workspace, name)
    answer = {"dataset": name, "freed_bytes": freed, "runs": [run.id for run in learnt]}
    return answer, [f"Deleted {name}; {freed / 1e6:.1f} MB are free.", *(words if learnt else [])]


def _ask(question: str, words: list[str]) -> None:
    print("\n".join(map(shown, [*words, f"{question} [y/N] "])), end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Stopped("Nothing was deleted.")


def data_rename(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data rename NAME NEW_NAME`"""
    newest = rename_dataset(workspace, options.name, options.new_name)[-1]
    return {"dataset": newest.name, "version": newest.version}, f"It is {newest.name} now."


def data_edit(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data edit NAME FILE`"""
    try:
        given = json.loads(source_at(options.file).read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise InputError(f'{options.file} holds lists in lists without end; it takes [{{"edit": …}}, …].') from None
    except (OSError, ValueError) as error:
        raise InputError(f"{options.file} is not a readable JSON file ({error}).") from error
    if not isinstance(given, list):
        raise InputError(f'{options.file} holds no list; it takes [{{"edit": …}}, …].')
    return _version_answer(apply(workspace, find(workspace, options.name), list(map(from_json, given)), options.change))


def data_near(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data near NAME different`"""
    dataset = find(workspace, options.name)
    if options.are == "different" and not dataset.near_different:
        edits = mend.near_copies_differ(read_raw_index(workspace, dataset), dataset.seed, dataset.split_by == "fovea")
    else:
        edits = [NearCopies(options.are == "different")]
    return _version_answer(apply(workspace, dataset, edits))


def data_undo(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data undo NAME`"""
    return _version_answer(undo(workspace, find(workspace, options.name)))


def _version_answer(dataset: Dataset) -> Answer:
    fields = ("version", "parent", "change", "images", "classes", "per_class")
    value = dataset.to_json()
    return {"dataset": dataset.name, **{name: value[name] for name in fields}}, f"{dataset.reference}: {dataset.change}"


def data_export(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`data export NAME --out FILE`"""
    dataset, target = find(workspace, options.name), whole_path(options.out)
    try:
        with Line() as line:
            done = export_data(workspace, dataset, target, options.to, on_progress=line.show)
    except OSError as error:
        raise InputError(f"{options.out} cannot be written ({error.strerror}).") from error
    return done.to_json(), f"{done.path}: {done.images:,} images of {done.dataset}, {done.bytes / 1e6:.1f} MB"
