"""The command line: `python -m core [--workspace DIR] COMMAND [--json]`.

With --json exactly one JSON object goes to standard output, {"error": message} where it failed; progress and logs go
to standard error.
Exit 0 done, 2 the input is at fault, 1 Fovea is at fault.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core import devices
from core.data import checks, shelf
from core.data.add import add
from core.data.append import append_source
from core.data.dataset import Dataset, find, read_left_out
from core.data.edit import apply, undo
from core.data.edits import from_json
from core.data.export_data import FORMATS, export_data
from core.data.sources import KNOWN
from core.errors import FoveaError, InputError, Stopped
from core.evaluate.evaluation import evaluate, find_data
from core.evaluate.renaming import rename_dataset
from core.jobs import start
from core.jobs.embedding import embed_and_map
from core.jobs.watch import View, log_tail, look
from core.predict.predictor import Prediction, Predictor, find_pictures
from core.progress import Progress
from core.spreadsheet import safe_cell
from core.train import runs
from core.train.config import TrainConfig
from core.train.presets import PRESETS, preset
from core.workspace import Workspace, queue

POLL_SECONDS = 0.2
NESTED = ("augment", "architecture_options")
THRESHOLD = "threshold"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give back its exit code."""
    parser = build_parser()
    options, rest = parser.parse_known_args(arguments)
    try:
        if rest and options.run not in (train, data_check):
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        with contextlib.redirect_stdout(sys.stderr):  # libraries print too
            workspace = Workspace.open(options.workspace)
            if options.run in (train, data_check):
                options.nested = read_nested(rest, NESTED if options.run is train else (THRESHOLD,))
            answer, text = options.run(workspace, options)
    except (InputError, Stopped) as error:
        return _fail(str(error), 2, options.json)
    except FoveaError as error:
        return _fail(str(error), 1, options.json)
    except KeyboardInterrupt:
        return _fail("Stopped.", 2, options.json)
    print(json.dumps(answer, ensure_ascii=False, allow_nan=False) if options.json else text)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    common.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help="where data and runs are")
    parser = argparse.ArgumentParser("python -m core", description="Fovea on the command line.")
    parser.add_argument("--workspace", metavar="DIR", help="where data and runs are ($FOVEA_WORKSPACE, ./workspace)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(parent: Any, name: str, run: Any, help: str) -> argparse.ArgumentParser:
        sub = parent.add_parser(name, parents=[common], help=help, description=help, allow_abbrev=False)
        sub.set_defaults(run=run)
        return sub

    data = commands.add_parser("data", help="data sets").add_subparsers(required=True, metavar="ACTION")
    one = command(data, "add", data_add, f"Make a data set of {', '.join(KNOWN)}, a folder, .zip, .npz or .csv.")
    one.add_argument("source")
    one.add_argument("--name", help="what to call it")
    one.add_argument("--copy", action="store_true", help="take the files of a folder in")
    one.add_argument("--append", action="store_true", help="add to the data set --name instead of replacing its images")
    command(data, "list", data_list, "All data sets.")
    for name, run, help in (
        ("show", data_show, "What a data set holds."),
        ("check", data_check, "What is wrong with a data set. Thresholds take dots: --threshold.dark 30"),
        ("embed", data_embed, "Embed each image, for the map, for images alike, and for outliers."),
        ("delete", data_delete, "Delete a data set."),
    ):
        command(data, name, run, help).add_argument("name")
    one = command(data, "rename", data_rename, "Give a data set another name.")
    one.add_argument("name")
    one.add_argument("new_name")

    _version_commands(data, command)

    one = command(commands, "train", train, "Train a classifier. Nested settings take dots: --augment.rotation 0.1")
    one.add_argument("name", help="data set, NAME or NAME@VERSION")
    one.add_argument("--preset", default="fast", choices=tuple(PRESETS))
    one.add_argument("--detach", action="store_true", help="queue it and return")
    one.add_argument("--run-name", default="", help="what to call the run")
    one.add_argument("--notes", default="")
    for field in dataclasses.fields(TrainConfig):
        if field.name not in ("preset", *NESTED):
            one.add_argument(f"--{field.name.replace('_', '-')}", f"--{field.name}", dest=f"set_{field.name}")

    group = commands.add_parser("runs", help="runs").add_subparsers(required=True, metavar="ACTION")
    command(group, "list", runs_list, "All runs, newest first.")
    for name, run, help in (
        ("show", runs_show, "What a run is and what came of it."),
        ("stop", runs_stop, "Stop a run; the best weights stay."),
        ("resume", runs_resume, "Go on after the last whole epoch."),
        ("delete", runs_delete, "Delete a run."),
    ):
        one = command(group, name, run, help)
        one.add_argument("run_id", metavar="RUN")
        if name == "resume":
            one.add_argument("--detach", action="store_true", help="queue it and return")

    one = command(commands, "evaluate", evaluate_run, "How good a run is on a split.")
    one.add_argument("run_id", metavar="RUN")
    one.add_argument("--data", metavar="NAME", help="another data set than the run's own")
    one.add_argument("--split", default="test")
    one = command(commands, "predict", predict, "Classify pictures: files and folders.")
    one.add_argument("run_id", metavar="RUN")
    one.add_argument("paths", nargs="+", metavar="PATH")
    one.add_argument("--top", type=int, default=5, metavar="K", help="how many classes to rank")
    one.add_argument("--csv", metavar="FILE", help="also write a table")
    command(commands, "devices", show_devices, "Processors, memory and GPUs.")
    command(commands, "doctor", doctor, "Whether this machine has what Fovea needs.")
    return parser


def _version_commands(data: Any, command: Any) -> None:
    one = command(data, "edit", data_edit, "Make the next version by a JSON list of edits; docs/editing.md says which.")
    one.add_argument("name", help="NAME, or NAME@VERSION to be told of a newer one")
    one.add_argument("file", help="the edits")
    one.add_argument("--change", default="", help="what they are for, in words")
    command(data, "undo", data_undo, "Make the next version equal to the one before.").add_argument("name")
    one = command(data, "export", data_export, "Write a version to a .zip.")
    one.add_argument("name")
    one.add_argument("--to", default="folders", choices=tuple(FORMATS))
    one.add_argument("--out", required=True, metavar="FILE", help="the archive")


def data_add(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`data add SOURCE`"""
    begin = time.monotonic()
    with _Line() as line:
        if options.append:
            dataset = append_source(workspace, find(workspace, _named(options)), options.source, on_progress=line.show)
        else:
            dataset = add(workspace, options.source, options.name, options.copy, on_progress=line.show)
    left_out = read_left_out(workspace, dataset)
    answer = {
        "dataset": dataset.name,
        "version": dataset.version,
        "images": dataset.images,
        "classes": list(dataset.classes),
        "per_class": dataset.per_class,
        "skipped": left_out.to_dict("records"),
        "seconds": time.monotonic() - begin,
    }
    text = f"{dataset.reference}: {dataset.images:,} images, {len(dataset.classes)} classes, {len(left_out)} left out"
    return answer, "\n".join([text, *(f"  left out: {row.path}: {row.reason}" for row in left_out.itertuples())])


def _named(options: argparse.Namespace) -> str:
    if not options.name:
        raise InputError("--append needs --name: the data set that the images are added to.")
    return options.name


def data_list(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`data list`"""
    found = shelf.list_datasets(workspace)
    lines = [f"{one.reference:30} {one.images:>9,} images {len(one.classes):>5} classes" for one in found]
    return {"datasets": [one.to_json() for one in found]}, "\n".join(lines) or "No data sets yet."


def data_show(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`data show NAME`"""
    dataset = find(workspace, options.name)
    value = {**dataset.to_json(), "disk_bytes": shelf.disk_bytes(workspace, dataset.name)}
    return value, "\n".join(f"{name:12} {content}" for name, content in value.items())


def data_check(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`data check NAME`"""
    dataset = find(workspace, options.name)
    thresholds = checks.Thresholds.of(options.nested.get(THRESHOLD, {}))
    with _Line() as line:
        issues = checks.look_again(workspace, dataset, thresholds, on_progress=line.show)
    lines = [f"{one.severity}: {one.kind}: {one.message} {', '.join(one.images[:5])}" for one in issues]
    answer = {
        "dataset": dataset.name,
        "version": dataset.version,
        "issues": [one.to_json() for one in issues],
        "thresholds": dataclasses.asdict(thresholds),
    }
    return answer, "\n".join(lines) or "Nothing found."


def data_embed(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`data embed NAME`"""
    dataset = find(workspace, options.name)
    with _Line() as line:
        answer = embed_and_map(workspace, dataset, line.show)
    lost = [f"  not read: {one['path']}: {one['reason']}" for one in answer["unreadable"]]
    return answer, "\n".join([f"{dataset.reference}: {answer['embedded']:,} images embedded, map drawn", *lost])


def data_delete(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`data delete NAME`"""
    name = find(workspace, options.name).name
    freed = shelf.delete(workspace, name)
    return {"dataset": name, "freed_bytes": freed}, f"Deleted {name}; {freed / 1e6:.1f} MB are free."


def data_rename(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`data rename NAME NEW_NAME`"""
    newest = rename_dataset(workspace, options.name, options.new_name)[-1]
    return {"dataset": newest.name, "version": newest.version}, f"It is {newest.name} now."


def data_edit(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`data edit NAME FILE`"""
    try:
        given = json.loads(Path(options.file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{options.file} is not a readable JSON file ({error}).") from error
    if not isinstance(given, list):
        raise InputError(f'{options.file} holds no list; it takes [{{"edit": …}}, …].')
    return _version_answer(apply(workspace, find(workspace, options.name), list(map(from_json, given)), options.change))


def data_undo(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`data undo NAME`"""
    return _version_answer(undo(workspace, find(workspace, options.name)))


def _version_answer(dataset: Dataset) -> tuple[dict, str]:
    fields = ("version", "parent", "change", "images", "classes", "per_class")
    value = dataset.to_json()
    return {"dataset": dataset.name, **{name: value[name] for name in fields}}, f"{dataset.reference}: {dataset.change}"


def data_export(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`data export NAME --out FILE`"""
    dataset = find(workspace, options.name)
    try:
        with _Line() as line:
            done = export_data(workspace, dataset, Path(options.out), options.to, on_progress=line.show)
    except OSError as error:
        raise InputError(f"{options.out} cannot be written ({error.strerror}).") from error
    return done.to_json(), f"{done.path}: {done.images:,} images of {done.dataset}, {done.bytes / 1e6:.1f} MB"


def train(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`train NAME --preset PRESET`"""
    dataset = find(workspace, options.name)
    base = preset(options.preset).config.to_json()
    given = {name[4:]: _value(text) for name, text in vars(options).items() if name.startswith("set_") and text}
    if isinstance(given.get("classes"), str | int):
        given["classes"] = [part.strip() for part in str(given["classes"]).split(",")]
    for group, values in options.nested.items():
        given[group] = {**base[group], **values}
    config = TrainConfig.from_json({**base, **given})
    run = runs.create(workspace, dataset, config, name=options.run_name, notes=options.notes)
    return _follow(workspace, run, options.detach)


def runs_list(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`runs list`"""
    found = [_run_answer(workspace, run) for run in runs.list_runs(workspace)]
    lines = [
        f"{one['run']:34} {one['status']:12} {one['dataset']:20} {_percent(one['test_accuracy'])}" for one in found
    ]
    return {"runs": found}, "\n".join(lines) or "No runs yet."


def runs_show(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`runs show RUN`"""
    run = runs.find_run(workspace, options.run_id)
    job = queue.get(workspace, run.id)
    answer = {**_run_answer(workspace, run), **run.to_json(), "cause": job.cause}
    return answer, "\n".join(f"{name:18} {content}" for name, content in answer.items())


def runs_stop(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`runs stop RUN`"""
    run = runs.find_run(workspace, options.run_id)
    queue.request_stop(workspace, run.id)
    while not (job := queue.get(workspace, run.id)).ended:
        time.sleep(POLL_SECONDS)
    return _run_answer(workspace, runs.find_run(workspace, run.id)), f"{run.id} is {job.status}."


def runs_resume(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`runs resume RUN`"""
    run = runs.find_run(workspace, options.run_id)
    runs.resume(workspace, run)
    return _follow(workspace, run, options.detach)


def runs_delete(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`runs delete RUN`"""
    run = runs.find_run(workspace, options.run_id)
    freed = runs.delete(workspace, run)
    return {"run": run.id, "freed_bytes": freed}, f"Deleted {run.id}; {freed / 1e6:.1f} MB are free."


def evaluate_run(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`evaluate RUN`"""
    run = runs.find_run(workspace, options.run_id)
    dataset = find_data(workspace, run, options.data)
    with _Line() as line:
        value = evaluate(workspace, run, dataset, options.split, on_progress=line.show).to_json()
    low, high = value["accuracy_ci95"]
    text = (
        f"{_percent(value['accuracy'])} of {value['n']:,} {value['split']} images of {value['dataset']} "
        f"({_percent(low)} to {_percent(high)}); always the largest class: {_percent(value['baseline_accuracy'])}"
    )
    return value, text


def predict(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`predict RUN PATH…`"""
    if options.top < 1:
        raise InputError(f"--top is {options.top}; it must be 1 or more.")
    run = runs.find_run(workspace, options.run_id)
    predictor = Predictor.of_run(workspace, run)
    answers = list(predictor.predict(find_pictures(options.paths), options.top))
    if options.csv:
        write_csv(options.csv, answers)
    lines = [f"{one.path}: {one.error or f'{one.label} {_percent(one.probability)}'}" for one in answers]
    return {"predictions": [one.to_json() for one in answers]}, "\n".join(lines) or "No pictures found."


def write_csv(path: str, answers: list[Prediction]) -> None:
    """One line a picture: path, label, probability, error. Safe in a spreadsheet."""
    try:
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["path", "label", "probability", "error"])
            for one in answers:
                probability = "" if one.probability is None else one.probability
                writer.writerow(
                    [safe_cell(one.path), safe_cell(one.label or ""), probability, safe_cell(one.error or "")]
                )
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}).") from error


def show_devices(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`devices`"""
    value = devices.describe()
    cpu = value["cpu"]
    lines = [f"CPU: {cpu['cores']} cores, {cpu['load_percent']:g} % busy, {cpu['memory_used_mb']:,} of "
             f"{cpu['memory_mb']:,} MB used"]  # fmt: skip
    lines += [f"GPU {gpu['index']}: {gpu['name']}, {gpu['memory_used_mb']:,} of {gpu['memory_mb']:,} MB used"
              for gpu in value["gpus"]]  # fmt: skip
    return value, "\n".join(lines)


def doctor(workspace: Workspace, options: argparse.Namespace) -> tuple[dict, str]:
    """`doctor`"""
    from core.doctor import examine

    findings = examine(workspace)
    lines = [f"{'ok ' if one['ok'] else 'BAD'} {one['check']}: {one['message']}" for one in findings]
    return {"ok": all(one["ok"] for one in findings), "checks": findings}, "\n".join(lines)


def read_nested(rest: list[str], groups: Sequence[str] = NESTED) -> dict[str, dict[str, Any]]:
    """`--augment.rotation 0.1` -> {"augment": {"rotation": 0.1}}. Raises InputError on anything else."""
    nested: dict[str, dict[str, Any]] = {}
    words = [part for word in rest for part in (word.split("=", 1) if word.startswith("--") else [word])]
    for option, text in zip(words[::2], words[1::2] + [None] * (len(words) % 2), strict=True):
        group, dot, name = option.removeprefix("--").replace("-", "_").partition(".")
        if not option.startswith("--") or not dot or group not in groups:
            command = "train" if groups == NESTED else "data check"
            raise InputError(f"There is no option {option}. `python -m core {command} --help` lists them.")
        if text is None:
            raise InputError(f"{option} needs a value.")
        nested.setdefault(group, {})[name] = _value(text)
    return nested


def _follow(workspace: Workspace, run: runs.Run, detach: bool) -> tuple[dict, str]:
    """Start a run's training and, unless `detach`, watch it to its end."""
    start.ensure_supervisor(workspace)
    if detach:
        return _run_answer(workspace, run), f"{run.id} is queued."
    with _Line() as line:
        try:
            while not (job := queue.get(workspace, run.id)).ended:
                line.show_view(look(workspace, job))
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            queue.request_stop(workspace, run.id)
            raise
    if job.status in (queue.FAILED, queue.INTERRUPTED):
        print(log_tail(workspace, job, 4000), file=sys.stderr)
        if job.status == queue.INTERRUPTED:
            raise FoveaError(f"{job.cause} Go on with: python -m core runs resume {run.id}")
        raise InputError(job.cause) if "went wrong" not in job.cause else FoveaError(job.cause)
    answer = _run_answer(workspace, runs.find_run(workspace, run.id))
    text = f"{run.id} is {job.status}: {_percent(answer['test_accuracy'])} on the test split"
    return answer, text


def _run_answer(workspace: Workspace, run: runs.Run) -> dict[str, Any]:
    figures = run.figures
    return {
        "run": run.id,
        "status": queue.get(workspace, run.id).status,
        "dataset": run.dataset,
        "preset": run.config.preset,
        "epochs": figures.get("epochs", 0),
        **{name: figures.get(name) for name in ("val_accuracy", "test_accuracy", "seconds", "images_per_second")},
    }


class _Line:
    """One line on standard error that tells how far it is."""

    def __enter__(self) -> _Line:
        self._width = 0
        return self

    def __exit__(self, *_: object) -> None:
        if self._width:
            print(file=sys.stderr)

    def show(self, progress: Progress) -> None:
        """Tell of a stage."""
        count = f" {progress.done:,} of {progress.total:,} {progress.unit}" if progress.total else ""
        self._write(f"{progress.stage}{count}")

    def show_view(self, view: View) -> None:
        """Tell of a job."""
        share = f" {view.fraction:.0%}" if view.fraction is not None else ""
        left = f", {view.seconds_left:.0f} s left" if view.seconds_left is not None else ""
        self._write(f"{view.stage}{share}{left}")

    def _write(self, text: str) -> None:
        if not sys.stderr.isatty() and self._width:
            return
        print(f"\r{text:{self._width}}", end="", file=sys.stderr, flush=True)
        self._width = max(self._width, len(text))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {"true": True, "false": False, "none": None}.get(text.lower(), text)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.2f} %"


def _fail(message: str, code: int, as_json: bool) -> int:
    print(message, file=sys.stderr)
    if as_json:
        print(json.dumps({"error": message}, ensure_ascii=False))
    return code
