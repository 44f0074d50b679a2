import dataclasses
import json

import pytest

from core import cli
from core.data import shelf
from core.data.add import add
from core.data.embeddings import read_embeddings
from core.data.projection import read_map
from core.errors import InputError
from core.jobs import embedding, start
from core.jobs.context import Context
from core.workspace import events, queue
from tests.making import write_classes


@pytest.fixture
def few(workspace, tmp_path):
    return add(workspace, str(write_classes(tmp_path / "few", {"a": 5, "b": 5})))


@pytest.fixture(autouse=True)
def no_supervisor(monkeypatch):
    monkeypatch.setattr(start, "ensure_supervisor", lambda workspace: None)


def test_the_job_embeds_and_draws_the_map_and_tells_of_each_stage(workspace, few, embedder):
    embedding.begin(workspace, few)
    context = Context(workspace, queue.claim(workspace, queue.LIGHT))

    result = embedding.run(context)

    assert (result["dataset"], result["embedded"]) == ("few@1", 10)
    assert read_embeddings(workspace, few).missing == 0
    assert read_map(workspace, few).points.shape == (10, 2)
    said = [event["stage"] for event in events.read(context.folder)[0] if event["event"] == "progress"]
    stages = ["Embedding images", "Finding what differs", "Finding neighbours", "Drawing the map"]
    assert list(dict.fromkeys(said)) == stages


def test_the_command_line_embeds_too_and_names_pictures_that_went(workspace, few, embedder, tmp_path, capsys):
    (tmp_path / "few" / "a" / "002.png").unlink()

    code = cli.main(["--workspace", str(workspace.root), "data", "embed", "few", "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["dataset"], answer["embedded"]) == (0, "few@1", 9)
    assert [lost["path"] for lost in answer["unreadable"]] == ["a/002.png"]
    assert read_embeddings(workspace, few).missing == 1


def test_a_data_set_that_is_being_embedded_is_not_deleted(workspace, few):
    embedding.begin(workspace, few)

    with pytest.raises(InputError, match="is queued and uses few"):
        shelf.delete(workspace, "few")


def test_two_clicks_begin_one_job_and_a_cancelled_one_begins_again(workspace, few):
    first, second = (embedding.begin(workspace, few) for _ in range(2))

    assert first == second
    assert len(queue.list_jobs(workspace)) == 1
    queue.request_stop(workspace, first.id)
    assert embedding.find_job(workspace, few).status == queue.STOPPED
    assert embedding.begin(workspace, few).status == queue.QUEUED
    assert len(queue.list_jobs(workspace)) == 1


def test_another_version_has_a_job_of_its_own(workspace, few, tmp_path):
    write_classes(tmp_path / "few", {"c": 2}, first_seed=50)
    later = add(workspace, str(tmp_path / "few"))
    embedding.begin(workspace, few)

    assert embedding.find_job(workspace, later) is None


def test_the_time_it_takes_is_told_by_the_last_one_that_was_done_here(workspace, few, monkeypatch):
    monkeypatch.setattr(embedding.os, "cpu_count", lambda: 2)
    job = embedding.begin(workspace, few)
    few = dataclasses.replace(few, images=12_000)
    photos = dataclasses.replace(few, size=96)
    assert embedding.expected_seconds(workspace, few, 12_000) == pytest.approx(12_000 / 400 + 36)
    assert embedding.expected_seconds(workspace, photos, 12_000) == pytest.approx(12_000 / 120 + 36)

    queue.claim(workspace, queue.LIGHT)
    queue.finish(workspace, job.id, queue.DONE, result={"embedded": 500, "size": 112, "images_per_second": 40.0})

    assert embedding.expected_seconds(workspace, few, 4_000) == pytest.approx(4_000 / 40 + 36)
    assert embedding.expected_seconds(workspace, photos, 12_000) == pytest.approx(12_000 / 120 + 36)
