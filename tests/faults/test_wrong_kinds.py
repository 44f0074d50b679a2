"""FAULTS 29: a file of the workspace that is valid JSON of another kind ends each command that reads it in one sentence."""

import json
import shutil

import pandas as pd
import pytest

from core.augment import saved
from core.augment.config import AugmentConfig
from core.cli import main
from core.errors import DamagedError
from core.evaluate.evaluation import evaluate, evaluation_folder, find_evaluation
from core.evaluate.recalibration import calibrate
from core.evaluate.robustness import find_robustness, result_file
from core.evaluate.slices import slices_of
from core.train import runs
from core.workspace import Workspace, events
from core.workspace.atomic import write_json
from tests.making import copy, png, read_json, write_classes

OTHER_KINDS = ["[]", "3", "{}", "null", '"text"', '[{"a": 1}]']
RULE = {"error_rate": 0.1, "certainty": 0.9, "threshold": 0.5, "temperature": 1.0, "dataset": "", "split": "val", "n": 9,
        "answered": 9, "wrong": 0, "fitted_at": 0.0}  # fmt: skip
OF_CLASS = {"label": "1", "threshold": 0.5, "by": "cost", "share": 0.0, "cost_of_miss": 1.0, "cost_of_alarm": 1.0,
            "temperature": 1.0, "dataset": "", "split": "val", "n": 9, "hits": 1, "misses": 0, "alarms": 0, "fitted_at": 0.0}  # fmt: skip
PREDICT, EVALUATE, SLICES = "predict RUN PICTURE", "evaluate RUN", "slices RUN"
COMMANDS = {
    "runs/RUN/calibration.json": (PREDICT, "calibrate RUN", "decide RUN --error-rate 0.1"),
    "runs/RUN/decision.json": (PREDICT,),
    "runs/RUN/class_threshold.json": (PREDICT,),
    "runs/RUN/labels.json": (PREDICT, EVALUATE),
    "runs/RUN/evaluation/DATA-test/metrics.json": (SLICES, "compare RUN TWIN"),
    "runs/RUN/run.json": ("runs show RUN", PREDICT, EVALUATE),
    "runs/RUN/job.json": ("runs show RUN",),
    "datasets/NAME/v1/dataset.json": ("data show NAME", "data check NAME", EVALUATE),
    "datasets/NAME/different.json": ("data check NAME",),
    "sweeps/SWEEP/sweep.json": ("sweeps show SWEEP",),
}
LISTS = {"run.json": "runs list", "dataset.json": "data list", "sweep.json": "sweeps list"}


@pytest.fixture(scope="module")
def kept(trained, tmp_path_factory):
    """A workspace with one of each JSON file that a command reads; gives back what the words of `COMMANDS` mean in it."""
    root = tmp_path_factory.mktemp("kinds") / "workspace"
    copy(trained.workspace.root, root)
    workspace, run = Workspace(root), trained.run
    name, _, version = run.dataset.partition("@")
    folder = run.folder(workspace)
    twin = folder.with_name("twin")
    shutil.copytree(folder, twin)
    for file in ("run.json", "job.json"):
        write_json(twin / file, {**read_json(twin / file), "id": twin.name})
    write_json(workspace.root / "sweeps/tried/sweep.json", sweep_of(run))
    workspace.catalogue.unlink()  # it is made again, from all of these
    dataset = runs.learnt_from(workspace, run)
    for one in (run, runs.find_run(workspace, twin.name)):
        evaluate(workspace, one, dataset, "test")
    calibrate(workspace, run)
    write_json(folder / "decision.json", RULE)
    write_json(folder / "class_threshold.json", OF_CLASS)
    write_json(workspace.dataset(name) / "different.json", [])
    (root / "one.png").write_bytes(png(0))
    assert version == "1"
    return {
        "ROOT": root,
        "RUN": run.id,
        "TWIN": twin.name,
        "DATA": run.dataset,
        "NAME": name,
        "SWEEP": "tried",
        "PICTURE": root / "one.png",
    }


def sweep_of(run):
    trials = [{"run": run.id, "values": {}}]
    return {"id": "tried", "dataset": run.dataset, "over": {}, "draws": None, "most_runs": None, "most_minutes": None,
            "trials": trials}  # fmt: skip


def meant(kept, words):
    for word, value in kept.items():
        words = words.replace(word, str(value))
    return words


@pytest.fixture
def changed(kept):
    """Puts another content into a file; the file and the catalogue are as before afterwards."""
    before = {}

    def change(path, text):
        before.setdefault(path, path.read_bytes())
        path.write_text(text)
        if path.name in ("run.json", "job.json", "dataset.json"):
            (kept["ROOT"] / "catalogue.db").unlink()  # they are read as it is made again

    yield change
    for path, content in before.items():
        path.write_bytes(content)
        (kept["ROOT"] / "catalogue.db").unlink(missing_ok=True)


def said(kept, capsys, command):
    code = main(["--workspace", str(kept["ROOT"]), *meant(kept, command).split(" "), "--json"])
    shown = capsys.readouterr()
    return code, json.loads(shown.out), shown.err


@pytest.mark.parametrize(
    ("file", "command"), [(file, command) for file, all_of in COMMANDS.items() for command in all_of]
)
def test_a_file_of_another_kind_is_told_of_in_one_sentence_by_each_command(kept, changed, capsys, file, command):
    path = kept["ROOT"] / meant(kept, file)
    assert said(kept, capsys, command)[0] == 0, "as it is, the command works"
    for text in OTHER_KINDS:
        if (path.name, text) == ("different.json", "[]"):
            continue
        changed(path, text)
        code, answer, _ = said(kept, capsys, command)
        assert code == 2, (text, answer)
        assert list(answer) == ["error"]
        assert "\n" not in answer["error"]
        if path.name not in (
            "run.json",
            "job.json",
            "dataset.json",
            "sweep.json",
        ):  # those are passed over, so they are not there
            assert f"{path} is damaged" in answer["error"]


@pytest.mark.parametrize("file", LISTS)
def test_a_list_passes_over_what_is_damaged_and_says_so(kept, changed, capsys, file, caplog):
    (path,) = [kept["ROOT"] / meant(kept, one) for one in COMMANDS if one.endswith(f"/{file}")]
    whole = said(kept, capsys, LISTS[file])[1]
    value = read_json(path)
    for text in [
        *OTHER_KINDS,
        *(json.dumps({**value, name: {"other": ["kind"]}}) for name in value if name not in ("source", "notes")),
    ]:
        changed(path, text)
        caplog.clear()
        code, answer, _ = said(kept, capsys, LISTS[file])
        assert code == 0
        (things,) = answer.values()
        assert len(things) in (len(*whole.values()) - 1, len(*whole.values()))
        assert len(things) == len(*whole.values()) or f"{path} is damaged" in caplog.text


READERS = {
    "calibration.json": lambda workspace, run: PREDICT,
    "decision.json": lambda workspace, run: PREDICT,
    "class_threshold.json": lambda workspace, run: PREDICT,
    "labels.json": lambda workspace, run: PREDICT,
}


@pytest.mark.parametrize("file", READERS)
def test_a_value_of_another_type_is_told_of(kept, changed, capsys, file):
    path = kept["ROOT"] / "runs" / kept["RUN"] / file
    value = read_json(path)
    changed_values = (
        [{**value, name: other} for name in value for other in ({"other": 1}, [[1]], None)]
        if isinstance(value, dict)
        else [[*value[1:], 3], [*value[1:], None], [value]]
    )
    missing = [{one: value[one] for one in value if one != name} for name in value] if isinstance(value, dict) else []
    for other in [*changed_values, *missing]:
        changed(path, json.dumps(other))
        code, answer, _ = said(kept, capsys, PREDICT)
        if other in missing and code == 0:
            continue  # what has a usual value may be missing
        assert code == 2, other
        assert f"{path} is damaged" in answer["error"]


def test_figures_and_slices_of_another_type_are_told_of(kept, changed):
    workspace = Workspace(kept["ROOT"])
    run = runs.find_run(workspace, kept["RUN"])
    folder = evaluation_folder(workspace, run, run.dataset, "test")
    evaluation = find_evaluation(workspace, run, run.dataset, "test")
    slices_of(workspace, run, evaluation)
    whole, of_slices = read_json(folder / "metrics.json"), read_json(folder / "slices.json")
    for name in ("run", "dataset", "left_out", "classes", "n", "accuracy", "accuracy_ci95", "per_class", "confusion"):
        changed(folder / "metrics.json", json.dumps({**whole, name: {"other": 1}}))
        with pytest.raises(DamagedError, match=r"metrics\.json is damaged"):
            find_evaluation(workspace, run, run.dataset, "test")
    changed(folder / "metrics.json", json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    for name in of_slices["slices"]:
        for other in ({"other": 1}, [[1]]):
            changed(folder / "slices.json", json.dumps({**of_slices, "slices": {**of_slices["slices"], name: other}}))
            with pytest.raises(DamagedError, match=r"slices\.json is damaged"):
                slices_of(workspace, run, evaluation)
    (folder / "slices.json").unlink()


def test_other_files_of_another_kind_are_told_of(kept, workspace):
    kinds = Workspace(kept["ROOT"])
    run = runs.find_run(kinds, kept["RUN"])
    robust = result_file(kinds, run, run.dataset, "test")
    saved.save(workspace, "turns", AugmentConfig((("rotation", 0.1),)))
    readers = {
        robust: lambda: find_robustness(kinds, run, run.dataset, "test"),
        workspace.root / saved.FILE_NAME: lambda: saved.list_saved(workspace),
    }
    for path, read in readers.items():
        for text in (*OTHER_KINDS, '{"turns": 3}', '{"turns": [{}]}', '{"turns": [["no such", 1]]}', '{"points": [3]}'):
            path.write_text(text)
            if path.name == saved.FILE_NAME and text == "{}":
                continue
            with pytest.raises(DamagedError, match=f"{path.name} is damaged"):
                read()
        path.unlink()


def test_an_event_of_another_kind_is_passed_over(workspace):
    events.append(workspace.root, "frame", id="a-0")
    with (workspace.root / events.FILE_NAME).open("a") as file:
        file.write('3\n[]\n{"time": 1}\n{"event": 2}\n')
    assert [one["id"] for one in events.read(workspace.root)[0]] == ["a-0"]


@pytest.mark.parametrize("thing", ["folder", "link to itself", "link to nothing"])
@pytest.mark.parametrize("lock", ["add.lock", "publish.lock"])
def test_29_something_in_the_place_of_a_lock_is_told(workspace, tmp_path, capsys, lock, thing):
    source = write_classes(tmp_path / "pets", {"cat": 3, "dog": 3})
    path = workspace.root / lock
    path.unlink(missing_ok=True)
    if thing == "folder":
        path.mkdir()
    else:
        path.symlink_to(path if thing == "link to itself" else tmp_path / "gone" / "gone")

    code = main(["data", "add", str(source), "--workspace", str(workspace.root), "--json"])

    (said,) = json.loads(capsys.readouterr().out).values()
    assert code == 2
    assert f"{path} is not what belongs there" in said
    assert "Put back what was there, or take it away." in said
    assert list(workspace.datasets.iterdir()) == []


@pytest.mark.parametrize("name", ["calibration.json", "class_threshold.json", "decision.json"])
def test_29_a_link_to_nothing_in_the_place_of_a_decision_is_not_taken_for_none(kept, changed, capsys, name):
    path = kept["ROOT"] / meant(kept, f"runs/RUN/{name}")
    changed(path, path.read_text())
    path.unlink()
    path.symlink_to(path.with_name("gone"))

    code, answer, _ = said(kept, capsys, PREDICT)

    path.unlink()
    assert (code, list(answer)) == (2, ["error"])
    assert f"{path} is damaged (a link to nothing)" in answer["error"]


INDEX, LEFT_OUT = "datasets/NAME/v1/index.parquet", "datasets/NAME/v1/left_out.parquet"
PREDICTIONS = "runs/RUN/evaluation/DATA-test/predictions.parquet"


@pytest.mark.parametrize(
    ("file", "command", "change"),
    [
        (INDEX, EVALUATE, "columns"),
        (INDEX, EVALUATE, "rows"),
        (LEFT_OUT, "data near NAME different", "columns"),
        (PREDICTIONS, "compare RUN TWIN", "columns"),
        (PREDICTIONS, "compare RUN TWIN", "rows"),
    ],
)
def test_29_another_table_in_a_tables_place_is_told_of(kept, capsys, file, command, change):
    path = kept["ROOT"] / meant(kept, file)
    before, table = path.read_bytes(), pd.read_parquet(path)
    other = table.iloc[:-1] if change == "rows" else pd.DataFrame({"a": range(len(table))})
    other.to_parquet(path, index=False)

    code, answer, _ = said(kept, capsys, command)

    path.write_bytes(before)
    assert (code, list(answer)) == (2, ["error"])
    assert f"{path} is missing or damaged (it has " in answer["error"]
