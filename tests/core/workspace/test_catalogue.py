import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.data import shelf
from core.data.add import add
from core.data.dataset import find
from core.errors import DamagedError
from core.train import runs
from core.train.config import TrainConfig
from core.workspace import queue
from core.workspace.catalogue import connect
from tests.making import write_classes


@pytest.fixture
def filled(workspace, tmp_path):
    """Two versions of a data set, a queued run, a light job that is done."""
    folder = write_classes(tmp_path / "pets", {"cat": 30, "dog": 30})
    add(workspace, str(folder))
    (folder / "cat/000.png").unlink()
    dataset = add(workspace, str(folder))
    runs.create(workspace, dataset, TrainConfig(architecture="fast_cnn", batch_size=8), "first", name="My run")
    queue.submit(workspace, queue.Job("import-1", "import", queue.LIGHT, {"source": "x"}))
    queue.claim(workspace, queue.LIGHT)
    queue.finish(workspace, "import-1", queue.DONE, result={"images": 3})
    return workspace


def contents(workspace):
    return (
        [shelf.versions(workspace, one.name) for one in shelf.list_datasets(workspace)],
        runs.list_runs(workspace),
        queue.list_jobs(workspace),
    )


@pytest.mark.parametrize("rest", [True, False])
def test_a_lost_catalogue_is_rebuilt_from_the_folders(filled, rest):
    before = contents(filled)
    with connect(filled) as db:  # an open reader keeps the write-ahead log on disk, as a crash would
        db.execute("SELECT * FROM jobs").fetchall()
        filled.catalogue.unlink()
        if not rest:
            for name in ("catalogue.db-wal", "catalogue.db-shm"):
                (filled.root / name).unlink(missing_ok=True)

        assert contents(filled) == before
    assert contents(filled) == before
    assert find(filled, "pets@1").images == 60
    assert queue.get(filled, "import-1").result == {"images": 3}


@pytest.mark.parametrize("filling", [b"\0", b"\xa5"])
def test_a_catalogue_that_is_damaged_in_any_page_is_made_again_and_whoever_met_it_is_told(filled, filling):
    before = contents(filled)
    with connect(filled) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = db.execute("PRAGMA page_size").fetchone()[0]
    whole = filled.catalogue.read_bytes()
    met = 0
    for page in range(1, len(whole) // size):
        for rest in ("-wal", "-shm"):
            filled.catalogue.with_name(f"catalogue.db{rest}").unlink(missing_ok=True)
        filled.catalogue.write_bytes(whole[: page * size] + filling * size + whole[(page + 1) * size :])
        try:
            assert contents(filled) == before
        except DamagedError as error:
            assert "catalogue.db was damaged. It was made again from the folders" in str(error)
            met += 1
        assert contents(filled) == before
    assert met >= 3


def test_a_rebuilt_catalogue_takes_new_rows(filled):
    filled.catalogue.unlink()

    queue.submit(filled, queue.Job("after", "import", queue.LIGHT))

    assert queue.claim(filled, queue.LIGHT).id == "after"
    assert queue.claim(filled, queue.HEAVY).id == "first"


def test_many_that_come_at_once_to_a_new_workspace_all_find_its_tables(workspace):
    together = threading.Barrier(8)
    went_wrong = []

    def submit(number):
        together.wait()
        try:
            queue.submit(workspace, queue.Job(f"job-{number}", "import", queue.LIGHT))
        except Exception as error:  # noqa: BLE001  whatever it is, the test shows it
            went_wrong.append(error)

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert went_wrong == []
    assert len(queue.list_jobs(workspace)) == 8


def test_what_is_half_made_or_being_deleted_is_not_listed(filled):
    (filled.datasets / ".new-x/v1").mkdir(parents=True)
    (filled.datasets / ".new-x/v1/dataset.json").write_text("{}")
    (filled.datasets / "pets/v9").mkdir()
    before = contents(filled)
    filled.catalogue.unlink()

    assert contents(filled) == before


def test_the_catalogue_of_an_earlier_fovea_is_taken_over_with_its_rows(workspace):
    old = {"id": "old", "kind": "import", "lane": "light", "payload": {}, "status": "queued", "created_at": 1.0,
           "queued_at": 1.0, "started_at": None, "ended_at": None, "cause": "", "result": {}}  # fmt: skip
    with sqlite3.connect(workspace.catalogue) as db:
        db.execute("CREATE TABLE datasets (name TEXT, version INTEGER, json TEXT, PRIMARY KEY (name, version))")
        db.execute("CREATE TABLE runs (id TEXT PRIMARY KEY, created_at REAL, json TEXT)")
        db.execute(
            "CREATE TABLE jobs (id TEXT PRIMARY KEY, kind TEXT, lane TEXT, status TEXT, created_at REAL, "
            "queued_at REAL, started_at REAL, json TEXT)"
        )
        db.execute("INSERT INTO jobs VALUES ('old', 'import', 'light', 'queued', 1, 1, NULL, ?)", (json.dumps(old),))
    db.close()
    (workspace.jobs / "old").mkdir()

    queue.submit(workspace, queue.Job("new", "import", queue.LIGHT))
    assert [job.id for job in queue.waiting(workspace, queue.LIGHT)] == ["old", "new"]
    queue.move(workspace, "new", "first")

    assert [queue.claim(workspace, queue.LIGHT).id for _ in range(2)] == ["new", "old"]
    assert not (workspace.root / "catalogue.damaged").exists()


def test_many_that_come_at_once_to_the_catalogue_of_an_earlier_fovea_take_it_over_once(workspace):
    queue.submit(workspace, queue.Job("one", "import", queue.LIGHT))
    with connect(workspace) as db:
        db.execute("ALTER TABLE jobs DROP COLUMN priority")
        db.execute("PRAGMA user_version = 0")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: queue.waiting(workspace, queue.LIGHT), range(8)))

    assert all([job.id for job in jobs] == ["one"] for jobs in found)
