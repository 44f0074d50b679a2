"""FAULTS: a damaged or changed workspace is said in words, and what can be made again is."""

import concurrent.futures
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.cli import main
from core.data.add import add
from core.data.checks import check
from core.data.dataset import find, read_index, read_left_out
from core.data.edit import read_aside
from core.data.embeddings import HASHES, VECTORS, embed, folder_of, read_embeddings
from core.data.packed import PackRecipe, pack
from core.data.shelf import delete, list_datasets, versions
from core.errors import DamagedError, ImageError, InputError, NotFoundError
from core.evaluate import class_threshold, paired
from core.evaluate.calibrated import find_calibration
from core.evaluate.evaluation import evaluation_folder, find_data, find_evaluation, read_predictions
from core.evaluate.renaming import rename_dataset
from core.evaluate.robustness import EXAMPLES, read_strip
from core.evaluate.rule import find_rule
from core.evaluate.slice_columns import read_sliceable
from core.inference import InterpreterPool
from core.inference.embedder import LENGTH
from core.jobs import exporting_data, watch
from core.predict import last_layer, novelty, template
from core.train import checkpoint, runs
from core.train.config import TrainConfig
from core.train.further import read_model
from core.workspace import events, queue
from core.workspace.atomic import read_json, write_json
from pages.shared import routes
from tests.making import class_entries, png, write_classes, write_zip
from tests.pages.conftest import _main_module, _no_cookies, _no_fragments, _patient  # noqa: F401  as all tests of pages

SMALL = TrainConfig(batch_size=4, epochs=1)


@pytest.fixture
def pets(workspace, tmp_path):
    return add(workspace, str(write_classes(tmp_path / "pets", {"cat": 10, "dog": 10})))


@pytest.mark.parametrize("content", [b"garbage" * 1000, b""])
def test_a_damaged_catalogue_is_made_again_from_the_folders(workspace, pets, content):
    workspace.catalogue.write_bytes(content)

    assert [one.reference for one in list_datasets(workspace)] == ["pets@1"]
    assert (workspace.root / "catalogue.damaged").read_bytes() == content


def test_one_damaged_file_hinders_no_other_when_the_catalogue_is_made_again(workspace, pets, tmp_path):
    add(workspace, str(write_classes(tmp_path / "birds", {"owl": 4, "tit": 4}, first_seed=50)))
    (workspace.dataset("birds") / "v1" / "dataset.json").write_text("{")
    (workspace.runs / "broken").mkdir()
    (workspace.runs / "broken" / "run.json").write_text('{"id": "broken"}')
    workspace.catalogue.unlink()

    assert [one.name for one in list_datasets(workspace)] == ["pets"]


def test_a_folder_that_was_moved_goes_by_its_folders_name(workspace, pets):
    shutil.move(workspace.dataset("pets"), workspace.dataset("animals"))
    workspace.catalogue.unlink()

    assert len(read_index(workspace, find(workspace, "animals"))) == 20


def test_a_damaged_index_and_a_damaged_model_are_named(workspace, pets, tmp_path):
    (tmp_path / "model.tflite").write_bytes(b"no model")
    index = pets.folder(workspace) / "index.parquet"
    index.write_bytes(index.read_bytes()[:100])

    with pytest.raises(InputError, match=r"index\.parquet is missing or damaged"):
        read_index(workspace, pets)
    with pytest.raises(InputError, match=r"model\.tflite is no whole \.tflite model"):
        InterpreterPool(tmp_path / "model.tflite")


def test_a_packed_array_that_was_cut_is_made_again(workspace, pets):
    recipe = PackRecipe(8, 3)
    whole = pack(workspace, pets, recipe).images.copy()
    (path,) = (workspace.dataset("pets") / "packed").glob("8x8*")
    path.write_bytes(path.read_bytes()[:-50])

    assert (pack(workspace, pets, recipe).images == whole).all()


def test_a_picture_that_changed_or_went_is_a_finding_and_never_trained_on(workspace, pets, tmp_path):
    (tmp_path / "pets/cat/000.png").write_bytes(png(999))
    (tmp_path / "pets/dog/001.png").unlink()

    (found,) = [issue for issue in check(workspace, pets) if issue.kind == "changed"]

    assert found.severity == "error"
    assert set(found.images) == {"cat/000.png", "dog/001.png"}
    with pytest.raises(ImageError, match=r"pets@1: .*(000|001)\.png"):
        pack(workspace, pets, PackRecipe(9, 3))


def test_a_picture_that_was_only_touched_has_not_changed(workspace, pets, tmp_path):
    file = tmp_path / "pets/cat/000.png"
    file.write_bytes(file.read_bytes())

    assert "changed" not in {issue.kind for issue in check(workspace, pets)}


def test_a_run_is_not_resumed_or_evaluated_on_other_data_of_the_same_name(workspace, pets, tmp_path):
    run = runs.create(workspace, pets, SMALL)
    runs.queue.request_stop(workspace, run.id)
    delete(workspace, "pets")
    add(workspace, str(write_classes(tmp_path / "other", {"cat": 10, "dog": 10}, first_seed=500)), "pets")

    for use in (lambda: runs.resume(workspace, run), lambda: find_data(workspace, run, None)):
        with pytest.raises(NotFoundError, match="pets@1 holds other images"):
            use()


@pytest.mark.parametrize("content", [b'{"temperature": 1.', b"", b"\x93\xff\0noise", b"[" * 100_000])
def test_a_damaged_file_of_a_run_is_named_with_what_to_do(workspace, pets, content):
    run = runs.create(workspace, pets, SMALL)
    runs.queue.request_stop(workspace, run.id)
    metrics = evaluation_folder(workspace, run, "pets@1", "test") / "metrics.json"
    metrics.parent.mkdir(parents=True)
    readers = {
        run.folder(workspace) / "calibration.json": lambda: find_calibration(workspace, run),
        run.folder(workspace) / "decision.json": lambda: find_rule(workspace, run),
        run.folder(workspace) / "class_threshold.json": lambda: class_threshold.find(workspace, run),
        metrics: lambda: find_evaluation(workspace, run, "pets@1", "test"),
    }
    for path, read in readers.items():
        path.write_bytes(content)
        with pytest.raises(DamagedError, match=rf"{path.name} is damaged .*delete it"):
            read()
        path.unlink()


@pytest.mark.parametrize("content", [b"PAR1", b"", b"noise" * 100])
def test_a_damaged_table_is_named_with_what_to_do(workspace, pets, content):
    run = runs.create(workspace, pets, SMALL)
    runs.queue.request_stop(workspace, run.id)
    value = {"run": run.id, "dataset": "pets@1", "split": "test", "left_out": 0, "classes": ["cat", "dog"], "n": 2}
    folder = evaluation_folder(workspace, run, "pets@1", "test")
    write_json(folder / "metrics.json", value)
    (folder / "predictions.parquet").write_bytes(content)
    kept = find_evaluation(workspace, run, "pets@1", "test")

    for read in (read_predictions, read_sliceable, paired.read_table):
        with pytest.raises(DamagedError, match=r"predictions\.parquet is missing or damaged .*Evaluate .* again"):
            read(workspace, run, kept)
    (pets.folder(workspace) / "left_out.parquet").write_bytes(content)
    for read in (read_left_out, read_aside, check):
        with pytest.raises(DamagedError, match=r"left_out\.parquet is missing or damaged .*Restore it"):
            read(workspace, pets)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" * 9, b"noise" * 100])
def test_a_damaged_array_or_model_is_named_with_what_to_do(workspace, pets, tmp_path, content):
    run = runs.create(workspace, pets, SMALL)
    runs.queue.request_stop(workspace, run.id)
    folder, (weights, biases) = run.folder(workspace), (np.zeros((4, 2)), np.zeros(2))
    readers = {
        "checkpoint.npz": lambda: checkpoint.load(folder),
        "novelty.npz": lambda: novelty.find(folder),
        "model.keras": lambda: read_model(workspace, run),
        "model.tflite": lambda: InterpreterPool(folder / "model.tflite"),
        template.KERAS_FILE: lambda: last_layer.write_keras(folder, weights, biases, tmp_path / "out"),
        template.LITERT_FILE: lambda: last_layer.write_litert(folder, weights, biases, tmp_path / "out"),
        template.FACTS_FILE: lambda: last_layer.count_parameters(folder, weights, biases),
    }
    for name, read in readers.items():
        (folder / name).write_bytes(content)
        with pytest.raises(DamagedError, match=rf"{name} is (damaged|no whole).*(again|anew|without it)"):
            read()


def test_embeddings_that_are_noise_count_as_none_and_are_made_again(workspace, pets, caplog):
    class Same:
        def embed(self, pictures):
            return np.full((len(pictures), LENGTH), LENGTH**-0.5, np.float32)

    assert embed(workspace, pets, Same()).images == 20
    for name in (HASHES, VECTORS):
        path = folder_of(workspace, pets) / name
        path.write_bytes(np.random.default_rng(0).bytes(path.stat().st_size))
        assert read_embeddings(workspace, pets).missing == 20
        assert f"{path} is damaged" in caplog.text
        assert embed(workspace, pets, Same()).images == 20
        assert read_embeddings(workspace, pets).missing == 0


def test_an_archive_and_a_strip_of_pictures_that_are_damaged_are_named(workspace, pets):
    asked = {"dataset": "pets@1", "format": "folders", "file_name": "pets.zip"}
    job = queue.submit(workspace, queue.Job("export-1", exporting_data.KIND, queue.LIGHT, asked))
    queue.claim(workspace, queue.LIGHT)
    queue.finish(workspace, job.id, queue.DONE, "", {}, "")
    run = runs.create(workspace, pets, SMALL)
    runs.queue.request_stop(workspace, run.id)
    strip = evaluation_folder(workspace, run, "pets@1", "test") / EXAMPLES / "3.webp"
    strip.parent.mkdir(parents=True)
    measured = SimpleNamespace(dataset="pets@1", split="test", channels=3)
    for content in (b"", b"RIFF", b"noise" * 100):
        exporting_data.archive_of(workspace, job).write_bytes(content)
        with pytest.raises(DamagedError, match=r"export\.zip is damaged. Export the data once more"):
            routes.archive(workspace, job.id)
        strip.write_bytes(content)
        with pytest.raises(DamagedError, match=r"3\.webp is damaged .*Measure its robustness again"):
            read_strip(workspace, run, measured, 3)


def test_what_a_job_said_and_is_lost_is_told(workspace):
    job = queue.submit(workspace, queue.Job("import-1", "import", queue.LIGHT, {}))
    for event in ("started", "ended"):
        events.append(job.folder(workspace), event, status="done", cause="")
    queue.claim(workspace, queue.LIGHT)
    queue.finish(workspace, job.id, queue.DONE, "", {}, "")
    job, path = queue.get(workspace, job.id), job.folder(workspace) / events.FILE_NAME
    whole = path.read_bytes()
    assert not any("damaged" in line for line in watch.told(workspace, job))
    for content in (b"", whole[: len(whole) // 2], b"noise" * 100):
        path.write_bytes(content)
        assert watch.told(workspace, job)[-1].startswith(f"{path} is damaged")


def test_runs_and_evaluations_follow_a_data_set_that_is_renamed(workspace, pets):
    run = runs.create(workspace, pets, SMALL)
    runs.queue.request_stop(workspace, run.id)
    value = {"run": run.id, "dataset": "pets@1", "split": "test", "left_out": 0, "classes": ["cat", "dog"], "n": 2}
    write_json(evaluation_folder(workspace, run, "pets@1", "test") / "metrics.json", value)

    rename_dataset(workspace, "pets", "animals")

    run = runs.find_run(workspace, run.id)
    assert run.dataset == "animals@1"
    assert find_data(workspace, run, None).reference == "animals@1"
    assert find_evaluation(workspace, run, "animals@1", "test").dataset == "animals@1"


def test_the_same_added_by_three_at_once_is_one_version(workspace, tmp_path):
    folder = str(write_classes(tmp_path / "pets", {"cat": 10, "dog": 10}))

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: add(workspace, folder), range(3)))

    assert {one.version for one in found} == {1}
    assert len(versions(workspace, "pets")) == 1


def test_an_upload_is_called_as_the_visitor_called_it(workspace, tmp_path):
    archive = write_zip(tmp_path / "Zm9vYmFy.zip", class_entries({"cat": 3, "dog": 3}))

    dataset = add(workspace, str(archive), called="My pets.zip")

    assert (dataset.name, dataset.source["location"]) == ("My pets", "My pets.zip")


def test_with_json_a_failure_is_one_object_too(workspace, capsys):
    assert main(["--workspace", str(workspace.root), "data", "show", "nobody", "--json"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["error"] == said.err.strip()


@pytest.mark.parametrize("name", ["labels.json", "model.tflite"])
def test_a_file_of_a_model_that_went_is_named_and_the_page_does_not_wait_for_it(workspace, pets, monkeypatch, name):
    monkeypatch.setattr("streamlit.page_link", lambda *args, **named: None)
    run = runs.create(workspace, pets, SMALL)
    folder = run.folder(workspace)
    for file in ("labels.json", "model.tflite"):
        write_json(folder / file, ["cat", "dog"])
    assert (runs.has_model(workspace, run), runs.lost(workspace, run)) == (True, "")
    (folder / name).unlink()
    with pytest.raises(InputError, match="has no model yet"):  # as long as its training goes on
        runs.read_labels(workspace, run)
    runs.record(workspace, run.id, test_accuracy=0.5)

    run = runs.find_run(workspace, run.id)
    with pytest.raises(DamagedError, match=rf"^{name} of .* is missing in .*{run.id}\. Restore"):
        runs.read_labels(workspace, run)
    monkeypatch.setenv("FOVEA_WORKSPACE", str(workspace.root))
    st.cache_resource.clear()
    page = AppTest.from_function(waiting, args=(run.id,)).run()
    assert not page.exception
    assert runs.lost(workspace, run) in page.warning[0].value.replace("\\", "")


def waiting(run_id):
    from core.train.runs import find_run
    from core.workspace import Workspace
    from pages.shared import frame

    frame.tell_without_model(find_run(Workspace.open(), run_id))


def test_a_folder_in_the_place_of_a_file_is_told_of_like_other_damage(workspace, pets):
    run = runs.create(workspace, pets, SMALL)
    (run.folder(workspace) / "labels.json").mkdir()
    with pytest.raises(DamagedError, match=r"labels\.json is damaged"):
        read_json(run.folder(workspace) / "labels.json", list)
    (run.folder(workspace) / events.FILE_NAME).unlink(missing_ok=True)
    (run.folder(workspace) / events.FILE_NAME).mkdir()
    assert events.read(run.folder(workspace)) == ([], 0)
    for name in (HASHES, VECTORS):
        (folder_of(workspace, pets) / name).mkdir(parents=True)
        with pytest.raises(DamagedError, match=rf"{name} is no file of Fovea's"):
            read_embeddings(workspace, pets)
        (folder_of(workspace, pets) / name).rmdir()
