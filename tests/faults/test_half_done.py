"""FAULTS 19: a process that is killed while it changes what is listed leaves what the next one finishes."""

import os

import pytest

from core import cli
from core.data import shelf
from core.data.add import add
from core.data.dataset import find
from core.errors import InputError, NotFoundError
from core.evaluate.evaluation import evaluate, find_evaluation
from core.evaluate.renaming import rename_dataset
from core.train import runs
from core.workspace import Workspace, queue
from core.workspace.sweep import sweep
from tests.making import copy, left_behind, python, write_classes

RENAME = "from core.evaluate.renaming import rename_dataset; rename_dataset(workspace, 'digits', 'numbers')"
DELETE_DATA = "from core.data.shelf import delete; delete(workspace, 'digits')"
DELETE_RUN = "from core.train import runs; runs.delete(workspace, runs.list_runs(workspace)[0])"
TRAIN = (
    "from core.data.dataset import find; from core.train import runs; from core.train.config import TrainConfig;"
    "runs.create(workspace, find(workspace, 'digits'), TrainConfig(architecture='fast_cnn'))"
)
APPEND = (
    "from core.data import append, dataset; append.append_source(workspace, dataset.find(workspace, 'pets'), SOURCE)"
)


@pytest.fixture
def own(made_run, tmp_path):
    """A workspace with the digits and a run on them."""
    return Workspace.open(copy(made_run / "workspace", tmp_path / "workspace"))


def kill(workspace, place, call, also=""):
    """Make a call in a process that is gone when it reaches `place`, after what stands there was done if it ends with "()"."""
    module, _, name = place.removesuffix("()").rpartition(".")
    what = "theirs(*given, **named) and None or os._exit(9)" if place.endswith("()") else "os._exit(9)"
    code = (
        f"import os, {module} as there; from core.workspace import Workspace; workspace = Workspace.open({str(workspace.root)!r})\n"
        f"theirs = there.{name}\n"
        f"there.{name} = lambda *given, **named: {what}\n{also}\n{call}"
    )
    assert python("-c", code).returncode == 9


@pytest.mark.parametrize(
    "place",
    [
        "core.data.shelf.list_as",
        "core.data.shelf.list_as()",
        "core.train.sweeps.rename_data()",
        "core.train.runs.change",
        "core.train.runs.change()",
        "core.evaluate.renaming._rename_in",
        "core.evaluate.renaming._rename_in()",
    ],
)
def test_19_another_name_for_a_data_set_is_finished_by_the_next_command(own, place, capsys):
    (run,) = runs.list_runs(own)
    before = find_evaluation(own, run, "digits@1", "test").figures
    kill(own, place, RENAME)

    assert cli.main(["--workspace", str(own.root), "data", "list"]) == 0

    assert "numbers" in capsys.readouterr().out
    (run,) = runs.list_runs(own)
    assert (find(own, "numbers").reference, run.dataset) == ("numbers@1", "numbers@1")
    assert runs.learnt_from(own, run).images == find(own, "numbers").images
    assert find_evaluation(own, run, "numbers@1", "test").figures == before
    assert [one.name for one in shelf.list_datasets(own)] == ["numbers"]
    assert not list(own.root.glob("renaming.json"))


@pytest.mark.parametrize("place", ["core.workspace.catalogue.out_of_sight", "core.workspace.catalogue.out_of_sight()"])
@pytest.mark.parametrize(
    ("call", "command"), [(DELETE_DATA, ("data", "delete", "digits", "--yes")), (DELETE_RUN, ("runs", "delete"))]
)
def test_19_what_is_half_deleted_is_there_and_deleted_by_the_same_command(own, place, call, command):
    (run,) = runs.list_runs(own)
    folder = run.folder(own) if command[0] == "runs" else own.dataset("digits")
    kill(own, place, call)

    assert folder.exists() != place.endswith("()")
    ask = [*command, run.id] if command[0] == "runs" else command
    assert cli.main(["--workspace", str(own.root), *ask]) == 0

    assert cli.main(["--workspace", str(own.root), *ask]) == 2, "there is none any more"
    assert not folder.exists()
    own.catalogue.unlink()
    assert not (runs.list_runs(own) if command[0] == "runs" else shelf.list_datasets(own))


@pytest.mark.parametrize("place", ["core.workspace.queue.submit_in", "core.workspace.queue.submit_in()"])
def test_19_a_run_has_its_job_or_is_not_there(own, place):
    before = [run.id for run in runs.list_runs(own)], [job.id for job in queue.list_jobs(own)]
    kill(own, place, TRAIN)

    assert ([run.id for run in runs.list_runs(own)], [job.id for job in queue.list_jobs(own)]) == before
    for folder in own.runs.iterdir():
        os.utime(folder, (0, 0))
    sweep(own)
    assert [folder.name for folder in own.runs.iterdir()] == before[0]


def test_jobs_on_a_data_set_know_its_new_name(own):
    (run,) = runs.list_runs(own)
    rename_dataset(own, "digits", "numbers")
    assert {
        str(job.payload["dataset"]).partition("@")[0] for job in queue.list_jobs(own) if "dataset" in job.payload
    } == {"numbers"}

    queue.requeue(own, run.id)

    with pytest.raises(InputError, match="uses numbers"):
        shelf.delete(own, "numbers")


def test_19_a_version_that_is_whole_is_listed_though_the_process_was_killed(workspace, tmp_path):
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12, "dog": 12})))
    source = write_classes(tmp_path / "more", {"cat": 3}, first_seed=50)
    kill(workspace, "core.data.publish.put_dataset", APPEND, f"SOURCE = {str(source)!r}")
    assert find(workspace, "pets").version == 1

    sweep(workspace)

    assert [(one.version, one.parent, one.images) for one in shelf.versions(workspace, "pets")] == [
        (1, None, 24),
        (2, 1, 27),
    ]
    assert left_behind(workspace) == ["datasets/pets"]


def test_what_was_evaluated_on_deleted_data_is_not_taken_for_that_of_other_data_of_its_name(own, tmp_path):
    (run,) = runs.list_runs(own)
    first = add(own, str(write_classes(tmp_path / "one", {"3": 20, "7": 20})), name="twin")
    seen = evaluate(own, run, first)
    shelf.delete(own, "twin")
    assert find_evaluation(own, run, "twin@1", "test") == seen, "figures of deleted data stay"

    other = add(own, str(write_classes(tmp_path / "other", {"3": 30, "7": 30}, first_seed=500)), name="twin")
    with pytest.raises(NotFoundError, match="another data set that was called twin@1"):
        find_evaluation(own, run, "twin@1", "test")

    anew = evaluate(own, run, other)
    assert find_evaluation(own, run, "twin@1", "test") == anew


def test_data_gets_the_name_of_deleted_data_that_was_evaluated(own, tmp_path):
    (run,) = runs.list_runs(own)
    for name, seed in (("twin", 0), ("pets", 500)):
        evaluate(
            own, run, add(own, str(write_classes(tmp_path / name, {"3": 20, "7": 20}, first_seed=seed)), name=name)
        )
    shelf.delete(own, "twin")
    seen = find_evaluation(own, run, "pets@1", "test")

    rename_dataset(own, "pets", "twin")

    assert find_evaluation(own, run, "twin@1", "test").figures == seen.figures
    with pytest.raises(NotFoundError):
        find_evaluation(own, run, "pets@1", "test")
