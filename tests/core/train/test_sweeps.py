import dataclasses

import numpy as np
import pytest
from sklearn.datasets import load_digits

from core.data.add import add
from core.data.dataset import find
from core.errors import ConfigError, InputError, NotFoundError
from core.evaluate.renaming import rename_dataset
from core.train import runs, sweeps
from core.train.config import TrainConfig
from core.workspace import Workspace, queue
from core.workspace.catalogue import connect, put_job

BASE = TrainConfig(preset="fast", architecture="fast_cnn", epochs=None, batch_size=32)
OVER = {"learning_rate": "0.001,0.01", "architecture_options.filters": "4,8", "augment.rotation": "0,0.1"}


@pytest.fixture
def few_digits(workspace, tmp_path):
    digits = load_digits()
    np.savez(tmp_path / "few.npz", x_train=(digits.images[:300] * 15).astype(np.uint8), y_train=digits.target[:300])
    return add(workspace, str(tmp_path / "few.npz"))


def trained(workspace, accuracy, loss):
    """The next run of the queue, ended with these figures of the validation images, and the best ones of the test."""
    job = queue.claim(workspace, queue.HEAVY)
    runs.record(workspace, job.id, val_accuracy=accuracy, val_loss=loss, test_accuracy=1 - accuracy)
    queue.finish(workspace, job.id, queue.DONE)
    return job.id


def test_every_combination_is_a_queued_run_that_knows_its_sweep(workspace, few_digits):
    sweep = sweeps.create(workspace, few_digits, BASE, OVER, name="first")

    made = {run.id: run for run in runs.list_runs(workspace)}
    assert len(made) == len(sweep.trials) == 8
    for trial in sweep.trials:
        run = made[trial.run]
        assert run.sweep == sweep.id
        assert run.config.learning_rate == trial.values["learning_rate"]
        assert run.config.architecture_options == {"filters": trial.values["architecture_options.filters"]}
        assert dict(run.config.augment.to_json()) == ({"rotation": 0.1} if trial.values["augment.rotation"] else {})
        assert run.config.batch_size == 32
    assert made[sweep.trials[0].run].title == "learning rate 0.001, filters 4, rotation 0"
    assert [job.id for job in queue.waiting(workspace, queue.HEAVY)] == [trial.run for trial in sweep.trials]


def test_a_sweep_is_read_again_from_its_folder(workspace, few_digits):
    first = sweeps.create(
        workspace, few_digits, BASE, OVER, draws=3, most_runs=5, most_minutes=1.5, seed=7, name="first"
    )
    second = sweeps.create(workspace, few_digits, BASE, {"seed": "1,2"})
    workspace.catalogue.unlink()
    (workspace.sweeps / "broken").mkdir()
    (workspace.sweeps / "broken/sweep.json").write_text("{")

    again = Workspace.open(workspace.root)

    assert sweeps.list_sweeps(again) == [second, first]
    assert sweeps.find_sweep(again, "first") == sweeps.find_sweep(again, first.id) == first
    assert [one.status for one in sweeps.results(again, first)] == ["queued"] * 3
    with pytest.raises(NotFoundError, match=r"There is no sweep 'nothing'\. The newest is"):
        sweeps.find_sweep(again, "nothing")


def test_a_renamed_data_set_takes_its_sweeps_along(workspace, few_digits):
    add(workspace, "digits", "other")
    ours = sweeps.create(workspace, few_digits, BASE, {"seed": "1,2"})
    others = sweeps.create(workspace, find(workspace, "other"), BASE, {"seed": "1,2"})

    sweeps.stop(workspace, ours)

    rename_dataset(workspace, "few", "many")

    assert {one.id: one.dataset for one in sweeps.list_sweeps(workspace)} == {ours.id: "many@1", others.id: "other@1"}
    assert {one.dataset for one in runs.list_runs(workspace, ours.id)} == {"many@1"}
    assert [one.status for one in sweeps.results(workspace, sweeps.find_sweep(workspace, ours.id))] == ["stopped"] * 2


def test_a_batch_that_the_data_cannot_fill_is_never_tried_under_another_name(workspace, few_digits):
    """Alone, the recipe's batch of 64 would become smaller."""
    few = dataclasses.replace(few_digits, per_split={"train": 50, "val": 10, "test": 10})
    recipe = dataclasses.replace(BASE, batch_size=64)

    assert [config.batch_size for _, config in sweeps.plan(few, recipe, {"seed": "1,2"})] == [32, 32]
    with pytest.raises(ConfigError, match="With batch size 64: batch_size is 64; the training data has fewer"):
        sweeps.plan(few, recipe, {"batch_size": "32,64"})


def test_a_second_click_is_the_same_sweep(workspace, few_digits):
    """FAULTS 22"""
    first, second = (sweeps.create(workspace, few_digits, BASE, OVER, draws=3, sweep_id="clicked") for _ in range(2))

    assert first == second
    assert len(runs.list_runs(workspace)) == len(queue.list_jobs(workspace)) == 3


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"batch_size": "32,100000"}, "With batch size 100000: batch_size is 100000"),
        ({"batch_size": "32,5000"}, "With batch size 5000: batch_size is 5,000; the training data has"),
        ({"image_size": "28,7"}, "With image size 7: image_size is 7"),
        ({"learning_rat": "1,2"}, "There is no setting 'learning_rat'"),
        ({"optimiser.rate": "1,2"}, "There is no setting 'optimiser.rate'. With a dot there are augment"),
        ({"augment.spin": "1,2"}, "There is no augmentation 'spin'"),
        ({"architecture_options.depth": "1,2"}, "has no option 'depth'"),
        ({"optimizer": "adam,lion"}, "optimizer is 'lion'"),
    ],
)
def test_what_one_training_would_refuse_is_said_before_anything_is_queued(workspace, few_digits, over, said):
    with pytest.raises(ConfigError, match=said):
        sweeps.create(workspace, few_digits, BASE, over)

    assert queue.list_jobs(workspace) == runs.list_runs(workspace) == sweeps.list_sweeps(workspace) == []


def test_another_network_leaves_the_options_of_the_first_behind(workspace, few_digits):
    base = TrainConfig(architecture="fast_cnn", architecture_options={"filters": 4})

    sweep = sweeps.create(workspace, few_digits, base, {"architecture": "fast_cnn,small_cnn"})

    options = [runs.find_run(workspace, trial.run).config.architecture_options for trial in sweep.trials]
    assert options == [{"filters": 4}, {}]


def test_the_winner_is_the_best_on_the_validation_images_whatever_the_test_images_say(workspace, few_digits):
    sweep = sweeps.create(workspace, few_digits, BASE, {"seed": "0,1,2,3,4"})
    assert sweeps.best(sweeps.results(workspace, sweep)) is None
    a, b, c = (trained(workspace, *figures) for figures in ((0.9, 0.2), (0.95, 0.5), (0.95, 0.4)))
    job = queue.claim(workspace, queue.HEAVY)
    queue.finish(workspace, job.id, queue.FAILED, "The loss became nothing.")
    last = sweep.trials[4].run

    found = sweeps.results(workspace, sweep)

    assert [one.run for one in found] == [c, b, a, job.id, last]
    assert [one.status for one in found] == ["done"] * 3 + ["failed", "queued"]
    assert sweeps.best(found).run == c
    assert found[0].to_json() == {
        "run": c,
        "status": "done",
        "cause": "",
        "values": {"seed": 2},
        "val_accuracy": 0.95,
        "val_loss": 0.4,
    }
    assert sweeps.best(sweeps.results(workspace, sweep, "val_loss")).run == a
    with pytest.raises(InputError, match="not by 'test_accuracy'"):
        sweeps.results(workspace, sweep, "test_accuracy")


def test_stop_cancels_what_waits_asks_what_runs_and_leaves_what_has_ended(workspace, few_digits):
    sweep = sweeps.create(workspace, few_digits, BASE, {"seed": "0,1,2,3"})
    other = runs.create(workspace, few_digits, BASE)
    done = trained(workspace, 0.9, 0.2)
    running = queue.claim(workspace, queue.HEAVY)

    sweeps.stop(workspace, sweep)

    statuses = {one.run: one.status for one in sweeps.results(workspace, sweep)}
    assert statuses[done] == queue.DONE
    assert statuses[running.id] == queue.RUNNING and queue.stop_requested(workspace, running)
    assert [statuses[trial.run] for trial in sweep.trials[2:]] == [queue.STOPPED, queue.STOPPED]
    assert queue.get(workspace, other.id).status == queue.QUEUED


def test_a_run_that_diverged_is_last_and_says_why_and_the_others_are_judged(workspace, few_digits):
    """FAULTS 21"""
    sweep = sweeps.create(workspace, few_digits, BASE, {"learning_rate": "0.01,100"})
    good = trained(workspace, 0.9, 0.3)
    diverged = queue.claim(workspace, queue.HEAVY)
    queue.finish(workspace, diverged.id, queue.FAILED, "The loss became nan.", fault=queue.INPUT)

    for judge in sweeps.JUDGES:
        found = sweeps.results(workspace, sweep, judge)
        assert [(one.run, one.cause) for one in found] == [(good, ""), (diverged.id, "The loss became nan.")]
        assert sweeps.best(found).run == good
    assert found[1].to_json()["val_loss"] is None


def test_a_deleted_run_stays_in_the_table_as_deleted(workspace, few_digits):
    sweep = sweeps.create(workspace, few_digits, BASE, {"seed": "0,1"})
    done = trained(workspace, 0.9, 0.2)
    runs.delete(workspace, runs.find_run(workspace, done))

    found = sweeps.results(workspace, sweep)

    assert [(one.status, one.ended) for one in found] == [(sweeps.GONE, True), (queue.QUEUED, False)]
    assert sweeps.best(found) is None
    sweeps.stop(workspace, sweep)


def test_once_the_minutes_are_used_up_what_waits_is_cancelled_and_the_next_in_the_queue_goes_on(workspace, few_digits):
    sweep = sweeps.create(workspace, few_digits, BASE, {"seed": "0,1,2,3"}, most_minutes=1)
    other = runs.create(workspace, few_digits, BASE)
    for seconds in (40, 25):
        job = queue.claim(workspace, queue.HEAVY)
        assert job.group == sweep.id
        took(workspace, job, seconds)

    assert queue.claim(workspace, queue.HEAVY).id == other.id

    cancelled = [queue.get(workspace, trial.run) for trial in sweep.trials[2:]]
    assert [job.status for job in cancelled] == [queue.STOPPED, queue.STOPPED]
    assert cancelled[0].cause == f"All of {sweep.id} together may take 1 min, and that was used up."
    again = queue.requeue(workspace, cancelled[0].id)
    assert queue.claim(workspace, queue.HEAVY).id == again.id, "whoever asks for it once more gets it"


def test_time_between_the_runs_and_of_other_sweeps_does_not_count(workspace, few_digits):
    first = sweeps.create(workspace, few_digits, BASE, {"seed": "0,1"}, most_minutes=1)
    second = sweeps.create(workspace, few_digits, BASE, {"seed": "0,1"}, most_minutes=10)
    for trial in second.trials:
        queue.move(workspace, trial.run, "first")
        took(workspace, queue.claim(workspace, queue.HEAVY), 200)
    took(workspace, queue.claim(workspace, queue.HEAVY), 30)

    assert queue.claim(workspace, queue.HEAVY).id == first.trials[1].run


def took(workspace, job, seconds):
    """End `job` as if it had begun so many seconds ago."""
    with connect(workspace) as db:
        put_job(db, {**dataclasses.asdict(job), "since_tick": job.since_tick - seconds})
    queue.finish(workspace, job.id, queue.DONE)


def test_a_budget_of_no_time_is_refused(workspace, few_digits):
    with pytest.raises(ConfigError, match="The budget is 0 minutes"):
        sweeps.create(workspace, few_digits, BASE, {"seed": "0,1"}, most_minutes=0)


def test_a_sweep_is_deleted_with_its_runs_once_they_have_ended(workspace, few_digits):
    sweep = sweeps.create(workspace, few_digits, BASE, {"seed": "1,2,3"})
    other = sweeps.create(workspace, few_digits, BASE, {"seed": "1,2"})
    trained(workspace, 0.9, 0.1)
    with pytest.raises(InputError, match=r"2 runs of .* have not ended"):
        sweeps.delete(workspace, sweep)
    assert len(runs.list_runs(workspace)) == 5
    sweeps.stop(workspace, sweep)

    assert sweeps.delete(workspace, sweep) > 0

    assert sweeps.list_sweeps(workspace) == [other]
    assert {run.sweep for run in runs.list_runs(workspace)} == {other.id}
    assert not list(workspace.runs.glob(f"{sweep.id}*"))
