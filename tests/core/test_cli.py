import csv
import dataclasses
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile

import pandas as pd
import pytest

from core import cli
from core.data import shelf
from core.data.add import add
from core.data.checks import CHECKS
from core.data.checks.issue import TITLES
from core.data.dataset import find, read_index
from core.errors import FoveaError, InputError
from core.jobs import start
from core.train import runs
from core.train.config import TrainConfig
from core.train.presets import PRESETS
from core.train.runs import create, find_run
from core.workspace import Workspace, queue
from tests.making import PROJECT, copy, png, python, write_classes

ADD_FIELDS = {"dataset", "version", "images", "classes", "per_class", "per_split", "split_by", "class_from", "files",
              "skipped", "seconds"}  # fmt: skip
RUN_FIELDS = {"run", "title", "status", "dataset", "preset", "epochs", "val_accuracy", "test_accuracy", "seconds",
              "images_per_second"}  # fmt: skip
EVALUATE_FIELDS = {"run", "dataset", "split", "n", "accuracy", "accuracy_ci95", "top5_accuracy", "macro_f1", "log_loss",
                   "ece", "per_class", "confusion"}  # fmt: skip


@pytest.fixture
def fovea(workspace, capsys):
    """Runs a command in this process: (exit code, JSON, standard error)."""

    def run(*arguments, at=workspace):
        code = cli.main(["--workspace", str(at.root), *map(str, arguments), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out), err

    return run


@pytest.fixture
def pets(tmp_path):
    return write_classes(tmp_path / "pets", {"cat": 30, "dog": 30})


def test_data_add_prints_one_object_with_every_field_and_the_progress_elsewhere(digits):
    answer = json.loads(digits.done.stdout)

    assert digits.done.stdout.count("\n") == 1
    assert set(answer) == ADD_FIELDS
    assert (answer["dataset"], answer["version"], answer["images"], answer["skipped"]) == ("digits", 1, 1797, [])
    assert answer["classes"] == [str(digit) for digit in range(10)]
    assert sum(answer["per_class"].values()) == 1797
    assert answer["seconds"] > 0
    assert "Reading images" in digits.done.stderr


def test_data_add_append_adds_to_what_is_there(fovea, pets, tmp_path):
    fovea("data", "add", pets)
    more = write_classes(tmp_path / "more", {"cat": 3, "owl": 4}, first_seed=500)

    code, answer, _ = fovea("data", "add", more, "--name", "pets", "--append")

    assert (code, answer["dataset"], answer["version"]) == (0, "pets", 2)
    assert answer["per_class"] == {"cat": 33, "dog": 30, "owl": 4}
    assert set(answer) == ADD_FIELDS
    assert answer["files"] == {"seen": 7, "taken": 7, "left_out": 0, "ignored": 0}
    for wrong in (("--append",), ("--append", "--name", "nothing")):
        code, answer, said = fovea("data", "add", more, *wrong)
        assert (code, list(answer)) == (2, ["error"])
    assert "There is no data set 'nothing'. There are: pets." in said


def test_data_add_tells_what_was_read_and_accounts_for_every_file(fovea, tmp_path):
    folder = write_classes(tmp_path / "pets", {"train/cat": 20, "train/dog": 20, "test/cat": 4, "test/dog": 4})
    (folder / "notes").mkdir()
    (folder / "notes/readme.txt").write_text("no picture")
    (folder / "train/cat/bad.png").write_bytes(b"")
    (folder / "train/.DS_Store").write_bytes(b"")
    (folder / "train/more").symlink_to(tmp_path)

    code, answer, _ = fovea("data", "add", folder)

    assert (code, answer["split_by"], answer["classes"]) == (0, "source", ["cat", "dog"])
    assert (answer["per_split"]["test"], sum(answer["per_split"].values())) == (8, 48)
    assert answer["files"] == {"seen": 52, "taken": 48, "left_out": 3, "ignored": 1}
    assert [one["path"] for one in answer["skipped"]] == ["train/more", "notes/readme.txt", "train/cat/bad.png"]


def test_the_folder_that_names_the_class_is_chosen_once_and_kept(fovea, tmp_path):
    folder = write_classes(tmp_path / "pets", {"cat/indoors": 12, "cat/outdoors": 12, "dog/indoors": 12})

    _, whole, _ = fovea("data", "add", folder, "--name", "whole")
    _, first, _ = fovea("data", "add", folder, "--name", "first", "--class-from", "first")
    write_classes(folder, {"owl/outdoors": 12}, first_seed=500)
    _, again, _ = fovea("data", "add", folder, "--name", "first")
    more = write_classes(tmp_path / "more", {"cat/garden": 2, "dog/garden": 2}, first_seed=900)
    _, appended, _ = fovea("data", "add", more, "--name", "first", "--append")

    assert (whole["class_from"], whole["classes"]) == ("path", ["cat/indoors", "cat/outdoors", "dog/indoors"])
    assert (first["class_from"], first["classes"]) == ("first", ["cat", "dog"])
    assert (again["class_from"], again["classes"]) == ("first", ["cat", "dog", "owl"])
    assert appended["per_class"] == {"cat": 26, "dog": 14, "owl": 12}


def test_names_that_are_no_utf8_go_through_every_answer_and_are_found_again(fovea, tmp_path):
    folder = write_classes(tmp_path / "caf\udce9", {"cat\udce9": 12, "dog": 12})
    (folder / "dog/bad\udce9.png").write_bytes(b"")
    cat, bad = r"cat\xe9", r"dog/bad\xe9.png"

    code, answer, _ = fovea("data", "add", folder, "--name", "pets")
    _, shown, _ = fovea("data", "show", "pets")
    _, checked, _ = fovea("data", "check", "pets")
    exported, _, _ = fovea("data", "export", "pets", "--to", "manifest", "--out", tmp_path / "out.zip")
    again, same, _ = fovea("data", "add", shown["source"]["location"], "--name", "pets")
    wrong, refused, _ = fovea("data", "add", tmp_path / "nothing\udce9")

    assert (code, exported, again, wrong) == (0, 0, 0, 2)
    assert (answer["classes"], [one["path"] for one in answer["skipped"]]) == ([cat, "dog"], [bad])
    assert shown["per_class"] == {cat: 12, "dog": 12}
    assert [issue["kind"] for issue in checked["issues"] if issue["severity"] == "error"] == []
    assert any(bad in issue["images"] for issue in checked["issues"])
    assert (same["version"], refused["error"][:50]) == (1, f"There is nothing at {tmp_path}"[:50])
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert "cat_x" not in "".join(archive.namelist())
        assert cat in archive.read("manifest.csv").decode()


def test_train_prints_one_object_with_every_field_and_the_progress_elsewhere(trained):
    answer = trained.answer

    assert trained.done.stdout.count("\n") == 1
    assert set(answer) == RUN_FIELDS
    assert (answer["status"], answer["dataset"], answer["preset"], answer["epochs"]) == ("done", "digits@1", "fast", 3)
    assert 0.7 < answer["test_accuracy"] <= 1
    assert 0.7 < answer["val_accuracy"] <= 1
    assert answer["seconds"] > 0
    assert answer["images_per_second"] > 0
    assert trained.done.stderr


def test_what_a_run_leaves_in_its_folder_is_what_its_readme_says(trained):
    folder = trained.run.folder(trained.workspace)
    named = {line.split()[0].rstrip("/") for line in (folder / "README.txt").read_text().splitlines()}

    where_asked_or_quick = {"calibration.json", "decision.json", "class_threshold.json", "novelty.npz"}
    assert named - where_asked_or_quick <= {path.name for path in folder.iterdir()}
    assert json.loads((folder / "labels.json").read_text()) == [str(digit) for digit in range(10)]
    assert TrainConfig.from_json(json.loads((folder / "config.json").read_text())) == trained.run.config
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["data_fingerprint"] == trained.dataset.fingerprint
    assert isinstance(environment["deterministic"], bool)
    assert not list(folder.rglob(".new-*"))


def test_compare_puts_each_run_beside_the_first(trained, fovea, capsys):
    """The run beside a copy of itself whose answers to some images were turned."""
    other = f"{trained.run.id}-turned"
    shutil.copytree(trained.run.folder(trained.workspace), trained.workspace.run(other))
    runs.save(trained.workspace, dataclasses.replace(trained.run, id=other, name="turned"))
    path = trained.workspace.run(other) / "evaluation/digits@1-test/predictions.parquet"
    table = pd.read_parquet(path)
    right = table.index[table["label"] == table["predicted"]]
    table.loc[right[:30], "predicted"] = "nothing"
    table.to_parquet(path, index=False)
    try:
        code, answer, err = fovea("compare", trained.run.id, other, at=trained.workspace)
        (one,) = answer["runs"]
        assert code == 0, err
        assert (answer["reference"], answer["dataset"], answer["split"]) == (trained.run.id, "digits@1", "test")
        assert (answer["n"], answer["left_out"]) == (len(table), 0)
        assert answer["accuracy"] == trained.answer["test_accuracy"]
        assert (one["run"], one["verdict"], one["only_reference"], one["only_run"]) == (other, "worse", 30, 0)
        assert one["difference"] == pytest.approx(-30 / len(table))
        assert one["p_value"] == pytest.approx(2 * 0.5**30)
        assert one["interval"][0] < one["difference"] < one["interval"][1] < 0
        assert one["bootstrap_ci95"][1] < 0
        assert [per["class"] for per in one["per_class"]] == [str(digit) for digit in range(10)]
        assert sum(per["only_reference"] for per in one["per_class"]) == 30
        assert cli.main(["--workspace", str(trained.workspace.root), "compare", trained.run.id, other]) == 0
        first, beside = capsys.readouterr().out.splitlines()
        assert first.startswith(f"{trained.run.title} ({trained.run.id}) names ")
        assert beside.startswith(f"turned ({other}): worse, ")
        code, answer, _ = fovea("compare", trained.run.id, trained.run.id, at=trained.workspace)
        assert code == 2
        assert "each once" in answer["error"]
    finally:
        runs.delete(trained.workspace, find_run(trained.workspace, other))


def test_evaluate_prints_every_field(trained, fovea):
    code, answer, _ = fovea("evaluate", trained.run.id, at=trained.workspace)

    assert code == 0
    assert set(answer) >= EVALUATE_FIELDS
    assert (answer["run"], answer["dataset"], answer["split"]) == (trained.run.id, "digits@1", "test")
    assert answer["accuracy"] == trained.answer["test_accuracy"]
    low, high = answer["accuracy_ci95"]
    assert low < answer["accuracy"] < high
    assert len(answer["per_class"]) == 10
    for one in answer["per_class"]:
        assert set(one) >= {"class", "precision", "recall", "f1", "support", "recall_ci95"}
    assert sum(map(sum, answer["confusion"])) == answer["n"]
    assert [sum(row) for row in answer["confusion"]] == [one["support"] for one in answer["per_class"]]


def test_data_edit_and_undo_make_versions_and_export_writes_one(workspace, fovea, pets, tmp_path):
    fovea("data", "add", pets)
    index = read_index(workspace, find(workspace, "pets"))
    image = [index["sha256"][0], index["path"][0]]
    edits = [
        {"edit": "rename_class", "old": "dog", "new": "hound"},
        {"edit": "move", "images": [image], "split": "train"},
        {"edit": "leave_out", "images": [image]},
    ]
    (tmp_path / "edits.json").write_text(json.dumps(edits), encoding="utf-8-sig")  # as Windows' Notepad does

    code, edited, _ = fovea("data", "edit", "pets", tmp_path / "edits.json", "--change", "Tidied")
    late = fovea("data", "edit", "pets@1", tmp_path / "edits.json")
    exported = fovea("data", "export", "pets@2", "--to", "manifest", "--out", tmp_path / "out.zip")[1]
    undone = fovea("data", "undo", "pets")[1]

    assert (code, edited["version"], edited["parent"]) == (0, 2, 1)
    assert edited["per_class"] == {"cat": 29, "hound": 30}
    assert edited["change"] == "Tidied (class dog renamed hound (30 images); 1 image left out)"
    assert late[0] == 2
    assert "pets has changed since you opened version 1" in late[2]
    assert exported["bytes"] == (tmp_path / "out.zip").stat().st_size
    assert (exported["dataset"], exported["format"], exported["images"]) == ("pets@2", "manifest", 59)
    assert (undone["version"], undone["per_class"]) == (3, {"cat": 30, "dog": 30})
    code, near, _ = fovea("data", "near", "pets", "different")
    assert (code, near["change"]) == (0, "near copies are different things in this data set")
    assert fovea("data", "near", "pets", "different")[0] == 2
    assert fovea("data", "near", "pets", "alike")[1]["change"] == "near copies count as such again"


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        '{"edit": "undo"}',
        '[{"edit": "undo"}]',
        "[" * 200_000,
        '[{"edit": ' + "[" * 900 + "]" * 900 + "}]",
        '[{"edit": "merge_classes", "into": "a", "classes": [[]]}]',
        '[{"edit": "group", "images": [["a", "b"]], "groups": ["\\ud800"]}]',
    ],
)
def test_a_file_without_edits_is_refused(fovea, pets, tmp_path, text):
    fovea("data", "add", pets)
    (tmp_path / "edits.json").write_text(text)

    code, answer, said = fovea("data", "edit", "pets", tmp_path / "edits.json")

    assert (code, list(answer)) == (2, ["error"])
    assert re.search("it takes \\[|is no edit|is no text|not a readable JSON", said)


def test_undefined_figures_are_null(trained, fovea, tmp_path):
    folder = trained.workspace.dataset("digits") / "images"
    files = sorted(folder.rglob("*.png"))[:5]
    (tmp_path / "few.csv").write_text("\n".join(["path,label,split", *(f"{file},3,test" for file in files)]))
    assert fovea("data", "add", tmp_path / "few.csv", at=trained.workspace)[0] == 0

    _, answer, _ = fovea("evaluate", trained.run.id, "--data", "few", at=trained.workspace)

    assert answer["per_class"][0]["recall"] is None
    assert answer["per_class"][0]["recall_ci95"] is None
    assert answer["per_class"][3]["support"] == 5


def test_predict_answers_files_and_folders_with_the_paths_as_given(trained, fovea, tmp_path):
    write_classes(tmp_path / "in", {"some": 2})
    (tmp_path / "in/some/bad.png").write_text("no picture")
    table = tmp_path / "out.csv"

    code, answer, _ = fovea(
        "predict", trained.run.id, tmp_path / "in", "--top", 3, "--csv", table, at=trained.workspace
    )

    assert code == 0
    assert [one["path"] for one in answer["predictions"]] == [
        f"{tmp_path}/in/some/{name}.png" for name in ("000", "001", "bad")
    ]
    good, _, bad = answer["predictions"]
    assert set(good) == {"path", "label", "probability", "top", "error", "withheld", "distance", "unlike",
                         "by_class_threshold", "refused", "answer"}  # fmt: skip
    assert good["unlike"] is None  # of a network that learnt all its layers
    assert answer["unlike_reason"].startswith("only Quick runs")
    assert (good["error"], good["top"][0]) == (None, [good["label"], good["probability"]])
    assert len(good["top"]) == 3
    assert (bad["label"], bad["probability"], bad["top"]) == (None, None, [])
    assert "is not a picture" in bad["error"]
    assert list(good)[:3] == ["path", "label", "probability"]
    rows = list(csv.DictReader(table.open()))
    front = [
        "path",
        "answer",
        "label",
        "probability",
        "error",
        "withheld",
        "unlike",
        "distance",
        "distance_limit",
        "run",
        "predicted",
    ]
    assert list(rows[0]) == [*front, *(f"p_{number}" for number in range(10)), "by_class_threshold"]
    assert [row["label"] for row in rows] == [one["label"] or "" for one in answer["predictions"]]
    assert [row["predicted"] for row in rows] == [row["answer"] for row in rows] == [row["label"] for row in rows]
    assert {row["run"] for row in rows} == {trained.run.id}
    for row, one in zip(rows[:2], answer["predictions"], strict=False):
        each = {number: float(row[f"p_{number}"]) for number in "0123456789"}
        assert sum(each.values()) == pytest.approx(1)
        assert [[label, each[label]] for label, _ in one["top"]] == one["top"]
        assert float(row["probability"]) == one["probability"] == max(each.values())
    assert {rows[2][f"p_{number}"] for number in range(10)} == {""}
    assert {row["distance_limit"] for row in rows} == {""}, "of a network that learnt all its layers no limit is known"


def test_predict_of_folders_without_a_file_is_no_answer(trained, fovea, tmp_path):
    (tmp_path / "in/deeper").mkdir(parents=True)
    table = tmp_path / "out.csv"

    code, answer, _ = fovea("predict", trained.run.id, tmp_path / "in", "--csv", table, at=trained.workspace)
    assert (code, list(answer)) == (2, ["error"])
    assert answer["error"].startswith(
        f"There is no file in {tmp_path}/in. Name pictures, or folders with pictures in them"
    )
    assert answer["error"].endswith(": JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF.")
    assert not table.exists()

    (tmp_path / "in/deeper/.DS_Store").write_bytes(b"")
    code, answer, _ = fovea("predict", trained.run.id, tmp_path / "in", at=trained.workspace)
    assert code == 2
    assert answer["error"].startswith("There is no file but 1 hidden or of the system in ")

    (tmp_path / "in/deeper/notes.txt").write_text("no picture")  # which is told of itself, as beside pictures
    code, answer, _ = fovea("predict", trained.run.id, tmp_path / "in", at=trained.workspace)
    assert (code, answer["files"]) == (0, {"seen": 2, "answered": 0, "not_read": 1, "ignored": 1})


def test_calibrate_and_decide_change_what_predict_answers(trained, fovea, tmp_path):
    run, place = trained.run.id, Workspace.open(copy(trained.workspace.root, tmp_path / "own"))
    write_classes(tmp_path / "in", {"noise": 12})

    _, fitted, _ = fovea("calibrate", run, "--use", "yes", at=place)
    code, rule, said = fovea("decide", run, "--error-rate", "0.1", at=place)
    _, answer, _ = fovea("predict", run, tmp_path / "in", at=place)

    assert code == 0
    assert set(fitted) == {"run", "temperature", "dataset", "split", "n", "log_loss_before", "log_loss_after",
                           "ece_before", "ece_after", "fitted_at", "in_use", "warning"}  # fmt: skip
    assert (fitted["in_use"], fitted["split"], fitted["warning"]) == (True, "val", None)
    assert rule["temperature"] == fitted["temperature"]
    assert rule["test"]["answered"] <= rule["test"]["images"]
    assert "chose the best epoch" in rule["warnings"][-1]
    for one in answer["predictions"]:
        assert one["withheld"] == (one["probability"] < rule["threshold"])

    code, answer, said = fovea("decide", run, "--error-rate", "0.0001", at=place)
    assert (code, list(answer)) == (2, ["error"])
    assert "cannot be promised" in said
    assert fovea("calibrate", run, "--use", "no", at=place)[1]["in_use"] is False
    assert fovea("decide", run, "--off", at=place)[1] == {"run": run, "threshold": None}
    _, answer, _ = fovea("predict", run, tmp_path / "in", at=place)
    assert not any(one["withheld"] for one in answer["predictions"])


def test_runs_list_and_show(trained, fovea):
    _, listed, _ = fovea("runs", "list", at=trained.workspace)
    _, shown, _ = fovea("runs", "show", trained.run.id, at=trained.workspace)

    assert trained.answer in listed["runs"]
    assert set(shown) >= RUN_FIELDS | {"config", "cause", "figures"}


def test_data_check_begins_with_a_line_a_kind_and_its_count(workspace, tmp_path, capsys):
    folder = write_classes(tmp_path / "pets", {"cat": 30, "dog": 30})
    for number in range(3):
        (folder / f"dog/copy {number}.png").write_bytes((folder / f"cat/{number:03d}.png").read_bytes())
    add(workspace, str(folder))

    cli.main(["--workspace", str(workspace.root), "data", "check", "pets", "--json"])
    answer = json.loads(capsys.readouterr().out)
    cli.main(["--workspace", str(workspace.root), "data", "check", "pets"])
    summary, _, details = capsys.readouterr().out.partition("\n\n")

    head, *kinds = summary.splitlines()
    assert head == f"pets@1: {sum(answer['counts'].values())} findings"
    assert "      3  Two labels (error: two_labels)" in kinds
    assert [line.rpartition(": ")[2].strip(")") for line in kinds] == list(answer["counts"])
    assert len(details.splitlines()) == len(answer["issues"])


def test_every_kind_of_finding_has_a_title():
    assert TITLES.keys() == CHECKS.keys()


@pytest.mark.parametrize("name", ["quick", "fast"])
def test_runs_show_tells_people_of_strengths_where_there_are_no_epochs(workspace, pets, name, capsys):
    run = create(workspace, add(workspace, str(pets)), PRESETS[name].config)
    strength = {"head_strength": 100.0} if name == "quick" else {}
    runs.record(workspace, run.id, epochs=4, best_epoch=3, val_accuracy=0.9, history=[{"epoch": 1}], **strength)

    cli.main(["--workspace", str(workspace.root), "runs", "show", run.id])

    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if len(line.split()) == 2)
    if name == "quick":
        assert (lines["strengths_tried"], lines["best_strength"]) == ("4", "100.0")
        assert not {one for one in lines if "poch" in one}
    else:
        assert (lines["epochs"], lines["best_epoch"]) == ("4", "3")
    assert lines["Recipe"] == PRESETS[name].title
    assert "history" not in lines


def test_data_add_list_show_check_rename_and_delete(fovea, pets):
    (pets / "cat/bad.png").write_bytes(b"")

    code, added, _ = fovea("data", "add", pets, "--name", "animals")
    assert (code, added["dataset"], added["per_class"]) == (0, "animals", {"cat": 30, "dog": 30})
    assert added["skipped"] == [{"path": "cat/bad.png", "reason": "cat/bad.png is empty (0 bytes)."}]
    _, again, _ = fovea("data", "add", pets, "--name", "animals")
    assert again["version"] == 1
    _, listed, _ = fovea("data", "list")
    assert [one["name"] for one in listed["datasets"]] == ["animals"]
    _, shown, _ = fovea("data", "show", "animals@1")
    assert shown["images"] == 60
    _, checked, _ = fovea("data", "check", "animals")
    issue, few = checked["issues"]
    assert few["kind"] == "few_test_images"
    assert checked["dataset"] == "animals"
    assert set(issue) == {"kind", "severity", "images", "message", "classes"}
    assert issue["kind"] in CHECKS
    _, checked, _ = fovea("data", "check", "animals", "--threshold.few_images", "40", "--threshold.interval=0.4")
    assert [one["kind"] for one in checked["issues"]] == ["unreadable", "class_size", "few_test_images"]
    assert checked["thresholds"]["few_images"] == 40
    code, _, said = fovea("data", "check", "animals", "--threshold.colour", "1")
    assert (code, "There is no threshold 'colour'" in said) == (2, True)
    code, _, said = fovea("data", "check", "animals", "--dark", "1")
    assert (code, "There is no option --dark" in said) == (2, True)
    _, renamed, _ = fovea("data", "rename", "animals", "beasts")
    assert renamed["dataset"] == "beasts"
    _, deleted, _ = fovea("data", "delete", "beasts")
    assert deleted["freed_bytes"] > 0
    assert fovea("data", "list")[1] == {"datasets": []}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["data", "add", "nowhere"], "There is nothing at nowhere"),
        (["data", "show", "nothing"], "There is no data set 'nothing'"),
        (["data", "show", "pets@9"], "its versions are 1"),
        (["train", "nothing"], "There is no data set 'nothing'"),
        (["train", "pets", "--epochs", "many"], "epochs is 'many'; it must be a whole number"),
        (["train", "pets", "--batch-size", "5000"], "the training data has 48 images"),
        (["train", "pets", "--image-size", "4"], "pixels or more"),
        (["train", "pets", "--classes", "cat,owl"], "no class 'owl'"),
        (["train", "pets", "--classes", "cat"], "two or more"),
        (["train", "pets", "--augment.zoom", "7"], "augment.zoom is 7"),
        (["train", "pets", "--augment.swirl", "1"], "There is no augmentation 'swirl'"),
        (["train", "pets", "--nonsense", "1"], "There is no option --nonsense"),
        (["train", "pets", "--augment.zoom"], "needs a value"),
        (["evaluate", "no-run"], "There is no run 'no-run'. There are none yet"),
        (["runs", "resume", "no-run"], "There is no run"),
        (["sweep", "pets", "--over", "batch_size=8,5000"], "With batch size 5000: batch_size is 5,000"),
        (["sweep", "pets", "--over", "learning_rate=1e-4..1e-1"], "a random search draws from it"),
        (["sweep", "pets", "--over", "learning_rate"], "must be FIELD=VALUES"),
        (["sweeps", "show", "no-sweep"], "There is no sweep 'no-sweep'. There are none yet"),
        (["predict", "no-run", "x.png"], "There is no run"),
        (["train", "pets", "--epochs", ""], "epochs has no value. Give it one, or leave it out"),
        (["train", "pets", "--augment.zoom", " "], "--augment.zoom needs a value"),
        (["train", "pets", "--epochs", "9" * 400], "it must be from 1 to 10,000"),
        (["train", "pets", "--seed", "9" * 400], "it must be from 0 to 2,147,483,647"),
        (["train", "pets", "--learning-rate", "1" + "9" * 400], "it must be from 1e-09 to 100"),
        (
            ["train", "pets", "--augment.rotation", "9" * 400],
            "augment.rotation is inf; it must be above 0 and at most 0.5",
        ),
        (["train", "pets", "--architecture-options.filters", "9" * 400], "it must be from 4 to 64"),
        (["train", "pets", "--classes", "1.5"], "no class '1.5'"),
        (["train", "pets", "--batch-size", "[" * 100_000], "is a list of lists without end"),
        (["sweep", "pets", "--over", "seed=1,2", "--minutes", "inf"], "argument --minutes: inf is not finite"),
        (
            ["sweep", "pets", "--over", "seed=1,2", "--random", "9" * 20],
            "argument --random: 99999999999999999999… is too large",
        ),
        (["sweep", "pets", "--over", "learning_rate=1e-4..Infinity", "--random", "2"], "is not a range: an end is inf"),
        (["runs", "further", "no-run", "--epochs", "few"], "argument --epochs: invalid int value: 'few'"),
        (
            ["data", "check", "pets", "--threshold.interval", "1e-300"],
            "interval is 1e-300; it must be from 0.001 to 0.5",
        ),
        (
            ["data", "check", "pets", "--threshold.odd_size", "Infinity"],
            "odd_size is inf; it must be from 1 to 1,000,000",
        ),
        (["data", "add", "digits", "--name", ""], "A name is needed, and none was given"),
        (["data", "add", "digits", "--name", "\U00020000" * 64], "takes 256 bytes on disk; a name takes 200 at most"),
        (["data", "show", "\U00020000" * 64], "There is no data set"),
        (["data", "show", "\udcff"], "\\xff is not UTF-8; only the path of a file"),
        (["train", "pets", "--run-name", "\udcff"], "\\xff is not UTF-8"),
        (["train", "pets", "--augment.zoom", "\udcff"], "\\xff is not UTF-8"),
        (["evaluate", "no-run", "--data", "\udcff"], "\\xff is not UTF-8"),
        (["data", "add", "/\udcff"], "There is nothing at /\\xff"),
    ],
)
def test_wrong_input_exits_2_says_what_on_standard_error_and_starts_nothing(fovea, workspace, pets, arguments, said):
    add(workspace, str(pets))

    code, answer, err = fovea(*arguments)

    assert (code, list(answer)) == (2, ["error"])
    assert said in err
    assert "Traceback" not in err
    assert queue.list_jobs(workspace) == []
    assert list(workspace.runs.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["data", "ad", "mnist"], "argument ACTION: invalid choice: 'ad'"),
        (["data", "list", "--colour", "red"], "unrecognized arguments: --colour red"),
        (["data", "add"], "the following arguments are required: source"),
        (["bogus"], "argument COMMAND: invalid choice: 'bogus'"),
        ([], "the following arguments are required: COMMAND"),
        (["decide", "run", "--off", "--error-rate", "0.1"], "not allowed with argument --off"),
        (["train", "pets", "--preset", "slow"], "argument --preset: invalid choice: 'slow'"),
        (["slices", "run", "--split", "x" * 300], "argument --split: invalid choice: 'xxx"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_wrong_usage_exits_2_with_the_usage_on_standard_error_and_one_object(capsys, words, said, first):
    assert cli.main(["--json", *words] if first else [*words, "--json"]) == 2

    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert list(answer) == ["error"]
    assert said in answer["error"] and answer["error"].endswith("--help` says what it takes.")
    assert err.startswith("usage: python -m core") and said in err


def test_wrong_usage_without_json_leaves_standard_output_alone(capsys):
    assert cli.main(["data", "list", "--colour"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("error", "code"), [(InputError("bad"), 2), (FoveaError("ours"), 1), (KeyboardInterrupt(), 2)])
def test_exit_codes_say_whose_fault_it_is(fovea, monkeypatch, error, code):
    def fail(*_):
        raise error

    monkeypatch.setattr(shelf, "list_datasets", fail)

    said, answer, words = fovea("data", "list")
    assert (said, answer) == (code, {"error": words.strip()})


@pytest.mark.parametrize(("fault", "code"), [(queue.INPUT, 2), (queue.FOVEA, 1)])
@pytest.mark.parametrize("command", ["train", "find-rate", "sweep"])
def test_the_exit_code_of_a_job_that_failed_is_by_the_kind_of_its_failure(
    fovea, workspace, pets, monkeypatch, command, fault, code
):
    fovea("data", "add", pets)

    def fails(workspace):
        job = queue.claim(workspace, queue.HEAVY)
        queue.finish(workspace, job.id, queue.FAILED, "It went wrong or not, says the text.", fault=fault)

    monkeypatch.setattr(start, "ensure_supervisor", fails)
    more = ("--over", "seed=1") if command == "sweep" else ()

    answered, answer, _ = fovea(command, "pets", "--batch-size", 8, *more)

    assert answered == code
    assert "says the text" in answer["error"]


@pytest.fixture
def learnt(workspace, pets):
    """A data set "pets" with a run that learnt from it, which has ended."""
    run = create(workspace, add(workspace, str(pets)), TrainConfig(architecture="fast_cnn", batch_size=8), name="first")
    queue.request_stop(workspace, run.id)
    return run


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("typed", "is_gone"), [("y\n", True), ("no\n", False), ("", False)])
def test_delete_asks_on_a_terminal_and_names_the_runs_that_learnt_from_it(
    workspace, learnt, monkeypatch, capsys, typed, is_gone
):
    monkeypatch.setattr("sys.stdin", Terminal(typed))

    code = cli.main(["--workspace", str(workspace.root), "data", "delete", "pets"])

    asked = capsys.readouterr().err
    assert f"first ({learnt.id})" in asked
    assert "Delete pets with all its versions? [y/N]" in asked
    assert (code, shelf.list_datasets(workspace) == []) == ((0, True) if is_gone else (2, False))
    assert find_run(workspace, learnt.id) == learnt, "runs stay"


@pytest.mark.parametrize(("more", "is_terminal"), [(["--json"], True), (["--yes"], True), ([], False)])
def test_delete_asks_nothing_of_programs_and_of_those_who_said_yes(
    workspace, learnt, monkeypatch, capsys, more, is_terminal
):
    monkeypatch.setattr("sys.stdin", Terminal() if is_terminal else io.StringIO())

    assert cli.main(["--workspace", str(workspace.root), "data", "delete", "pets", *more]) == 0

    out, err = capsys.readouterr()
    assert shelf.list_datasets(workspace) == []
    assert "[y/N]" not in err
    if more == ["--json"]:
        assert json.loads(out)["runs"] == [learnt.id]


def test_runs_are_listed_with_their_names_and_judged_by_validation(workspace, learnt, capsys):
    runs.record(workspace, learnt.id, val_accuracy=0.75, test_accuracy=0.5)

    cli.main(["--workspace", str(workspace.root), "runs", "list"])

    out = capsys.readouterr().out
    assert re.search(rf"{learnt.id} .* 75\.00 %  first\n", out)
    assert "50.00" not in out


def test_whoever_reads_only_the_beginning_gets_no_traceback(workspace, learnt):
    command = f"{sys.executable} -m core --workspace {workspace.root} runs list --json | true; echo ${{PIPESTATUS[0]}}"
    for _ in range(2):
        done = subprocess.run(["bash", "-c", command], cwd=PROJECT, capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_name_that_is_missing_is_said_to_be(fovea, workspace, learnt):
    code, answer, _ = fovea("data", "rename", "pets", "")

    assert (code, answer["error"].startswith("A name is needed, and none was given. Take 1 to 64 letters")) == (2, True)


def test_what_libraries_print_does_not_reach_standard_output(fovea, monkeypatch):
    monkeypatch.setattr(shelf, "list_datasets", lambda workspace: print("chatter") or [])

    assert fovea("data", "list")[1] == {"datasets": []}


def test_every_field_of_a_config_is_an_option_of_train(fovea, workspace, pets, monkeypatch):
    add(workspace, str(pets))
    monkeypatch.setattr(start, "ensure_supervisor", lambda workspace: None)
    options = {
        "architecture": "efficientnet_lite0", "image_size": 48, "fit": "pad", "epochs": 2, "batch_size": 8, "optimizer": "sgd",
        "learning_rate": 0.5, "momentum": 0.5, "weight_decay": 0.1, "layer_decay": 0.5,
        "schedule": "constant",
        "loss": "mean_squared_error", "gradient_clip_norm": 2, "early_stopping_patience": 3, "seed": 7,
        "images_per_class": 20, "classes": "dog,cat", "trainable": "head_then_all", "label_smoothing": 0.1,
        "class_balance": "sampling", "ema_momentum": 0.9, "precision": "bfloat16", "xla": "true", "gpus": 2, "head_strength": 10,
        "train_share": 0.5,
        "start_from": None,
    }  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value) if value]
    nested = ["--augment.rotation", 0.1, "--augment.zoom=0.2", "--architecture-options.freeze_batch_norm", "false"]

    code, answer, err = fovea("train", "pets", "--preset", "fine_tune", *words, *nested, "--detach")

    assert code == 0, err
    assert answer["status"] == "queued"
    config = find_run(workspace, answer["run"]).config
    asked = {**options, "classes": ["dog", "cat"], "xla": True}
    asked["augment"] = {**PRESETS["fine_tune"].config.augment.to_json(), "rotation": 0.1, "zoom": 0.2}
    asked |= {"architecture_options": {"freeze_batch_norm": False}, "preset": "fine_tune"}
    assert config.to_json() == TrainConfig.from_json(asked).to_json()
    assert set(asked) == set(config.to_json())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_without_options_is_the_preset(fovea, workspace, pets, monkeypatch, name):
    add(workspace, str(pets))
    monkeypatch.setattr(start, "ensure_supervisor", lambda workspace: None)

    batch = () if PRESETS[name].config.trainable == "head" else ("--batch-size", 16)
    _, answer, _ = fovea("train", "pets", "--preset", name, *batch, "--detach")

    config = find_run(workspace, answer["run"]).config.to_json()
    preset = PRESETS[name].config.to_json()
    same = set(preset) - {"batch_size", "image_size", "epochs"}
    assert {key: config[key] for key in same} == {key: preset[key] for key in same}


@pytest.mark.parametrize(
    "words", [("--batch-size", 32), ("--learning-rate", 0.1), ("--augment.zoom", 0.1), ("--xla", "true")]
)
def test_a_setting_that_the_recipe_cannot_use_is_refused_by_its_name(fovea, workspace, pets, words):
    add(workspace, str(pets))

    code, answer, _ = fovea("train", "pets", "--preset", "quick", *words, "--detach")

    name = words[0].strip("-").partition(".")[0].replace("-", "_")
    assert code == 2
    assert re.match(rf'{name} is .*, and trainable is "head": a last layer alone', answer["error"])
    assert runs.list_runs(workspace) == []


def test_a_queued_run_is_stopped_at_once_deleted_and_gone(fovea, workspace, pets):
    run = create(workspace, add(workspace, str(pets)), TrainConfig(architecture="fast_cnn", batch_size=8))

    assert fovea("runs", "delete", run.id)[0] == 2
    assert fovea("runs", "stop", run.id)[1]["status"] == "stopped"
    assert fovea("runs", "delete", run.id)[1]["run"] == run.id
    assert fovea("runs", "list")[1] == {"runs": []}
    assert list(workspace.runs.iterdir()) == []


def test_a_run_that_waits_is_moved_and_its_new_place_said(fovea, workspace, pets):
    dataset, config = add(workspace, str(pets)), TrainConfig(architecture="fast_cnn", batch_size=8)
    for name in ("one", "two", "three"):
        create(workspace, dataset, config, name)

    assert fovea("runs", "move", "three")[1] == {"run": "three", "place": 1, "queue": ["three", "one", "two"]}
    assert fovea("runs", "move", "one", "--to", "down")[1]["queue"] == ["three", "two", "one"]
    queue.claim(workspace, queue.HEAVY)
    code, _, err = fovea("runs", "move", "three")

    assert (code, "three is running; only what waits in the queue can be moved." in err) == (2, True)


def test_a_sweep_that_is_detached_queues_its_runs_is_listed_and_stopped(fovea, workspace, pets, monkeypatch):
    monkeypatch.setattr(start, "ensure_supervisor", lambda workspace: None)
    add(workspace, str(pets))
    over = ("--over", "learning-rate=0.001,0.01", "--over", "architecture_options.filters=4,8")

    code, answer, _ = fovea("sweep", "pets", *over, "--batch-size", "8", "--budget", "3", "--detach")

    assert code == 0
    assert set(answer) == {"sweep", "title", "dataset", "judge", "runs", "best"}
    assert (answer["dataset"], answer["judge"], answer["best"]) == ("pets@1", "val_accuracy", None)
    fields = {"run", "status", "cause", "values", "val_accuracy", "val_loss"}
    assert [(set(one), one["status"]) for one in answer["runs"]] == [(fields, "queued")] * 3
    assert all(set(one["values"]) == {"learning_rate", "architecture_options.filters"} for one in answer["runs"])
    assert fovea("sweeps", "list")[1] == {"sweeps": [answer]}
    assert fovea("sweeps", "show", answer["sweep"])[1] == answer
    assert {one["status"] for one in fovea("sweeps", "stop", answer["sweep"])[1]["runs"]} == {"stopped"}


@pytest.mark.slow
def test_a_sweep_trains_its_runs_and_names_the_best(digits):
    rates = "learning_rate=0.0001,0.01"
    command = ("sweep", "digits", "--over", rates, "--epochs", "1", "--images-per-class", "20", "--batch-size", "16")

    done = python("-m", "core", "--workspace", digits.workspace.root, *command, "--judge", "val_loss", "--json")

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert [one["status"] for one in answer["runs"]] == ["done", "done"]
    losses = [one["val_loss"] for one in answer["runs"]]
    assert losses == sorted(losses)
    assert (answer["best"], answer["judge"]) == (answer["runs"][0]["run"], "val_loss")
    assert find_run(digits.workspace, answer["best"]).sweep == answer["sweep"]


def test_a_finished_run_is_not_resumed(trained, fovea):
    code, _, err = fovea("runs", "resume", trained.run.id, at=trained.workspace)

    assert code == 2
    assert "is done; only a stopped, failed or interrupted run can be resumed" in err


def test_a_run_is_found_by_the_beginning_of_its_id_or_its_name(workspace, pets):
    dataset = add(workspace, str(pets))
    config = TrainConfig(architecture="fast_cnn", batch_size=8)
    for run_id, name in (("20260101-a", "Mine"), ("20260102-b", "")):
        create(workspace, dataset, config, run_id, name)

    assert find_run(workspace, "Mine").id == find_run(workspace, "20260101").id == "20260101-a"
    unnamed = find_run(workspace, "20260102")
    assert find_run(workspace, unnamed.title).id == "20260102-b", "by what pages and lists call it"
    with pytest.raises(InputError, match="means 2 runs"):
        find_run(workspace, "202601")


def test_devices_and_doctor_tell_of_this_machine(fovea):
    _, devices, _ = fovea("devices")
    _, doctor, _ = fovea("doctor")

    assert devices["cpu"]["cores"] >= 1
    assert isinstance(devices["gpus"], list)
    assert {check["check"] for check in doctor["checks"]} >= {"python", "packages", "workspace", "disk", "bundled data"}
    assert all(set(check) == {"check", "ok", "message"} for check in doctor["checks"])


def test_without_json_people_read_a_line(workspace, capsys, pets):
    assert cli.main(["--workspace", str(workspace.root), "data", "add", str(pets)]) == 0

    assert capsys.readouterr().out == (
        "pets@1: 60 images, 2 classes, train 48 / val 6 / test 6 (split by Fovea)\n"
        "  60 files seen: 60 taken, 0 left out, 0 ignored\n"
    )


def test_the_workspace_is_the_option_the_environment_or_the_folder_here(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FOVEA_WORKSPACE", str(tmp_path / "from-environment"))
    cli.main(["data", "list"])
    cli.main(["data", "list", "--workspace", str(tmp_path / "from-option")])
    monkeypatch.delenv("FOVEA_WORKSPACE")
    monkeypatch.chdir(tmp_path)
    cli.main(["data", "list"])

    assert {path.name for path in tmp_path.iterdir()} >= {"from-environment", "from-option", "workspace"}


def test_a_workspace_that_cannot_be_written_is_said(tmp_path, capsys):
    (tmp_path / "file").touch()

    assert cli.main(["--workspace", str(tmp_path / "file/below"), "data", "list"]) == 2
    assert "Choose another with --workspace" in capsys.readouterr().err


def test_names_beyond_ascii_come_out_whole_in_any_locale(tmp_path):
    folder = write_classes(tmp_path / "in", {"日本": 2, "ü": 2})
    (folder / "ü/x.png").write_bytes(png(77))

    done = python("-m", "core", "--workspace", tmp_path / "workspace", "data", "add", folder, "--json")

    assert json.loads(done.stdout)["classes"] == ["ü", "日本"]


@pytest.mark.slow
def test_find_rate_suggests_a_learning_rate(digits, fovea):
    code, answer, err = fovea("find-rate", "digits", "--preset", "fast", "--batch-size", 64, at=digits.workspace)

    assert code == 0, err
    assert set(answer) == {"dataset", "rates", "losses", "suggestion"}
    assert 1e-5 < answer["suggestion"] < 1


ODD = ("owl\u202egnp", "<b>dog</b>", "=cat()")
EVIL = ("cat\x1b[31m", "dog\nDone: all is well", "owl\u202egnp\x07\u2028")


def plain_lines(capsys, workspace, *arguments):
    """What a command prints for people, on both outputs."""
    code = cli.main(["--workspace", str(workspace.root), *arguments])
    shown = capsys.readouterr()
    lines = [line for text in shown for line in text.replace("\r", "\n").split("\n")]
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("Done") for line in lines)
    return code, "\n".join(lines)


def test_names_from_strangers_reach_a_terminal_written_out(workspace, learnt, trained, capsys, tmp_path):
    folder = write_classes(tmp_path / "odd", {"cat": 4, "owl\u202egnp": 4, EVIL[0]: 1})
    shutil.copy(folder / "cat" / "000.png", folder / "owl\u202egnp" / "twin\x1b]0;x\n.png")
    (folder / "cat" / "bad\x9b.png").write_bytes(b"nothing")
    added = plain_lines(capsys, workspace, "data", "add", str(folder), "--name", "odd")[1]
    assert r"bad\x9b.png" in added
    assert r"cat\x1b[31m" in added
    assert r"owl\u202egnp" in plain_lines(capsys, workspace, "data", "show", "odd")[1]
    checked = plain_lines(capsys, workspace, "data", "check", "odd")[1]
    assert r"twin\x1b]0;x\n.png" in checked
    assert r"owl\u202egnp" in checked
    runs.describe(workspace, learnt, EVIL[1], "")
    assert r"dog\nDone: all is well" in plain_lines(capsys, workspace, "runs", "list")[1]
    assert r"dog\nDone: all is well" in plain_lines(capsys, workspace, "runs", "show", learnt.id)[1]
    assert r"dog\nDone" in plain_lines(capsys, workspace, "data", "delete", learnt.dataset.partition("@")[0])[1]
    code, told = plain_lines(capsys, workspace, "data", "show", EVIL[0] + EVIL[1])
    assert (code, r"\x1b" in told) == (2, True)
    picture = tmp_path / "one\x1b[2J\n.png"
    picture.write_bytes(png(0))
    told = plain_lines(capsys, trained.workspace, "predict", trained.run.id, str(picture))[1]
    assert r"one\x1b[2J\n.png: " in told


def test_json_keeps_names_as_they_are(workspace, fovea, tmp_path):
    _, answer, _ = fovea("data", "add", str(write_classes(tmp_path / "odd", dict.fromkeys(ODD, 4))))
    assert set(answer["classes"]) == set(ODD)
