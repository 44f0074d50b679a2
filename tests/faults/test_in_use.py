"""FAULTS 22: what somebody works on is neither deleted nor renamed under their hands, and nothing of it stands there anew."""

import dataclasses

import numpy as np
import pytest
from filelock import FileLock

from core.cli import main
from core.data import shelf
from core.data.add import add
from core.data.append import append_source
from core.data.dataset import find
from core.data.embeddings import embed
from core.data.export_data import export_data
from core.errors import DamagedError, InputError, NotFoundError
from core.evaluate import slices
from core.evaluate.conditions import Settings
from core.evaluate.evaluation import evaluate
from core.evaluate.measuring import measure
from core.evaluate.recalibration import calibrate
from core.evaluate.renaming import LOCK, rename_dataset
from core.inference.embedder import LENGTH
from core.jobs import embedding
from core.jobs.start import new_job_id
from core.train import runs
from core.workspace import Workspace, queue
from core.workspace.atomic import write_json
from core.workspace.catalogue import connect, put_job
from core.workspace.paths import UNFINISHED
from tests.making import copy, write_classes


@pytest.fixture
def own(made_run, tmp_path):
    """A workspace with the digits and a run on them."""
    return Workspace.open(copy(made_run / "workspace", tmp_path / "workspace"))


class Meddler:
    """Somebody who deletes or renames at each word of progress, and an embedder."""

    def __init__(self, act):
        self.act, self.refused = act, []

    def __call__(self, progress):
        try:
            self.act()
        except InputError as error:
            self.refused.append(str(error))

    def embed(self, images):
        self(None)
        return np.full((len(images), LENGTH), LENGTH**-0.5, np.float32)


@pytest.fixture
def pets(workspace, tmp_path):
    """A data set of 24 pictures."""
    return add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12, "dog": 12})))


WORK = {
    "embed": lambda workspace, pets, other, meddler: embed(workspace, pets, meddler),
    "export": lambda workspace, pets, other, meddler: export_data(
        workspace, pets, other / "pets.zip", on_progress=meddler
    ),
    "append": lambda workspace, pets, other, meddler: append_source(
        workspace, pets, str(write_classes(other / "more", {"cat": 3}, first_seed=50)), on_progress=meddler
    ),
}


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("act", ["delete", "rename"])
def test_22_a_data_set_that_a_command_works_on_stays(workspace, pets, tmp_path, work, act):
    acts = {
        "delete": lambda: shelf.delete(workspace, "pets"),
        "rename": lambda: rename_dataset(workspace, "pets", "animals"),
    }
    meddler = Meddler(acts[act])

    WORK[work](workspace, pets, tmp_path, meddler)

    assert set(meddler.refused) == {"pets is in use: a command works on it. Wait for its end, or stop it."}
    assert find(workspace, "pets").images == (27 if work == "append" else 24)
    acts[act]()
    assert [folder.name for folder in workspace.datasets.iterdir()] == ([] if act == "delete" else ["animals"])


def test_22_a_data_set_that_is_gone_gets_no_folder_by_embedding(workspace, pets):
    shelf.delete(workspace, "pets")

    with pytest.raises(DamagedError):
        embed(workspace, pets, Meddler(None))

    assert list(workspace.datasets.iterdir()) == []


@pytest.mark.parametrize("work", ["evaluate", "robustness", "calibrate", "slices"])
def test_22_a_run_that_a_command_works_on_stays(own, monkeypatch, work):
    (run,) = runs.list_runs(own)
    meddler = Meddler(lambda: runs.delete(own, run))
    digits = find(own, "digits")

    search = slices.find_slices
    monkeypatch.setattr(slices, "find_slices", lambda images: meddler(None) or search(images))
    works = {
        "evaluate": lambda: evaluate(own, run, digits, on_progress=meddler),
        "robustness": lambda: measure(own, run, digits, "test", Settings(30, budgets=()), meddler),
        "calibrate": lambda: calibrate(own, run, meddler),
        "slices": lambda: slices.slices_of(own, run, evaluate(own, run, digits)),
    }
    works[work]()

    assert set(meddler.refused) == {f"{run.id} is in use: a command works on it. Wait for its end, or stop it."}
    assert runs.list_runs(own) == [run]
    meddler.act()
    assert list(own.runs.iterdir()) == []


def test_22_a_run_that_a_job_is_queued_for_stays(own):
    (run,) = runs.list_runs(own)
    job = queue.Job(new_job_id("robustness"), "robustness", queue.LIGHT, {"run": run.id})
    queue.submit(own, job)

    with pytest.raises(InputError, match=f"{job.id} is queued and works on {run.id}. Stop it first."):
        runs.delete(own, run)

    queue.request_stop(own, job.id)
    runs.delete(own, run)
    assert list(own.runs.iterdir()) == []


def test_22_a_run_is_not_resumed_while_a_command_works_on_its_model(own):
    (run,) = runs.list_runs(own)
    with connect(own) as db:
        put_job(db, {**dataclasses.asdict(queue.get(own, run.id)), "status": queue.STOPPED})
    meddler = Meddler(lambda: runs.resume(own, run))

    measure(own, run, find(own, "digits"), "test", Settings(30, budgets=()), meddler)

    assert set(meddler.refused) == {f"{run.id} is in use: a command works on it. Wait for its end, or stop it."}
    assert queue.get(own, run.id).status == queue.STOPPED
    assert runs.resume(own, run).status == queue.QUEUED


def test_22_a_training_that_is_queued_while_a_deletion_waits_keeps_its_data(workspace, pets, monkeypatch):
    job = queue.Job("import-a", "embed", queue.LIGHT, {"dataset": "pets@1"})
    counted = shelf.disk_bytes

    def queued_meanwhile(*given):
        queue.submit(workspace, job)
        return counted(*given)

    monkeypatch.setattr(shelf, "disk_bytes", queued_meanwhile)

    with pytest.raises(InputError, match="import-a is queued and uses pets"):
        shelf.delete(workspace, "pets")

    assert find(workspace, "pets") == pets
    assert pets.folder(workspace).is_dir()


def test_22_a_command_waits_no_longer_than_a_moment_for_a_name_that_is_given_just_now(workspace, pets, capsys):
    with FileLock(workspace.root / LOCK):
        write_json(workspace.root / UNFINISHED, {"name": "pets", "new_name": "animals"})

        assert main(["--workspace", str(workspace.root), "data", "list", "--json"]) == 0

    assert find(workspace, "pets") == pets
    assert (workspace.root / UNFINISHED).exists()
    assert [one.name for one in rename_dataset(workspace, "pets", "birds")] == ["birds"]
    assert not (workspace.root / UNFINISHED).exists()


def test_22_a_run_that_a_queued_training_begins_with_stays(own):
    (run,) = runs.list_runs(own)
    further = runs.create(own, find(own, "digits"), dataclasses.replace(run.config, start_from=run.id))

    with pytest.raises(InputError, match=f"{further.id} is queued and works on {run.id}"):
        runs.delete(own, run)

    queue.request_stop(own, further.id)
    runs.delete(own, run)


def test_22_a_data_set_is_in_use_until_its_map_is_drawn(workspace, pets, monkeypatch):
    meddler = Meddler(lambda: shelf.delete(workspace, "pets"))
    monkeypatch.setattr(embedding.pretrained, "efficientnet_lite0", lambda *given: meddler(None))
    monkeypatch.setattr(embedding.pretrained, "embedder", lambda workspace: meddler)
    monkeypatch.setattr(embedding, "make_map", lambda *given: meddler(None))

    embedding.embed_and_map(workspace, pets)

    assert len(meddler.refused) == 3


def test_22_whoever_deletes_what_has_another_name_by_then_is_told(workspace, pets, monkeypatch):
    counted = shelf.disk_bytes

    def renamed_meanwhile(*given):
        rename_dataset(workspace, "pets", "animals")
        return 0

    monkeypatch.setattr(shelf, "disk_bytes", renamed_meanwhile)
    with pytest.raises(NotFoundError, match="somebody deleted it or gave it another name"):
        shelf.delete(workspace, "pets")

    monkeypatch.setattr(shelf, "disk_bytes", counted)
    assert find(workspace, "animals").images == pets.images
    assert shelf.delete(workspace, "animals") > 0
