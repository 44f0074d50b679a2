"""The job of a run: going on from another run, and a memory that is too small."""

import dataclasses

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from core.data.add import add
from core.data.edit import apply
from core.data.edits import MergeClasses, RenameClass
from core.errors import ConfigError, NotFoundError
from core.jobs import training
from core.jobs.context import Context
from core.train import loop, runs
from core.train.config import TrainConfig
from core.train.further import check_start, first_weights, further
from core.workspace import queue

CONFIG = TrainConfig(architecture="fast_cnn", epochs=4, batch_size=32, learning_rate=1e-2)


@pytest.fixture
def few_digits(workspace, tmp_path):
    digits = load_digits()
    np.savez(tmp_path / "few.npz", x_train=(digits.images[:300] * 15).astype(np.uint8), y_train=digits.target[:300])
    return add(workspace, str(tmp_path / "few.npz"))


def trained(workspace, dataset, config):
    run = runs.create(workspace, dataset, config)
    training.run(Context(workspace, queue.claim(workspace, queue.HEAVY)))
    return runs.find_run(workspace, run.id)


@pytest.fixture
def before(workspace, few_digits):
    run = trained(workspace, few_digits, CONFIG)
    queue.finish(workspace, run.id, queue.DONE)
    return run


def test_training_further_begins_with_the_weights_that_the_other_run_ended_with(workspace, few_digits, before):
    """With steps of almost no size the first validation loss is that of the model it came from."""
    still = dataclasses.replace(further(before, 1), optimizer="sgd", momentum=0.0, learning_rate=1e-9)
    # Batch norm's statistics would move even so.
    plain = {"blocks": 1, "filters": 4, "dense_units": 0, "dropout": 0.0, "batch_norm": False}
    first = trained(
        workspace, few_digits, dataclasses.replace(CONFIG, architecture="small_cnn", architecture_options=plain)
    )
    queue.finish(workspace, first.id, queue.DONE)

    run = trained(
        workspace,
        few_digits,
        dataclasses.replace(still, architecture="small_cnn", architecture_options=plain, start_from=first.id),
    )

    assert run.config.start_from == first.id
    assert run.figures["val_loss"] == pytest.approx(first.figures["val_loss"], abs=1e-5)
    one, other = (keras.saving.load_model(each.folder(workspace) / "model.keras") for each in (first, run))
    for ours, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_going_on_from_what_does_not_fit_is_refused_before_anything_is_queued(workspace, few_digits, before):
    goes_on = further(before, 2)
    for change, said in (
        ({"architecture_options": {"filters": 4}}, "architecture_options is"),
        ({"image_size": 16}, "image_size is"),
        ({"classes": ("1", "2")}, "other classes"),
    ):
        with pytest.raises(ConfigError, match=said):
            runs.create(workspace, few_digits, dataclasses.replace(goes_on, **change))
    with pytest.raises(NotFoundError):
        runs.create(workspace, few_digits, dataclasses.replace(goes_on, start_from="no-run"))
    spelt_out = dataclasses.replace(goes_on, architecture_options={"filters": 16})
    check_start(workspace, spelt_out, few_digits)
    waiting = runs.create(workspace, few_digits, CONFIG)
    with pytest.raises(ConfigError, match="has no model"):
        runs.create(workspace, few_digits, dataclasses.replace(goes_on, start_from=waiting.id))
    assert [job.id for job in queue.waiting(workspace, queue.HEAVY)] == [waiting.id]


SWAP = [RenameClass("3", "x"), RenameClass("8", "3"), RenameClass("x", "8")]


@pytest.mark.parametrize(
    ("edits", "called"), [([RenameClass("3", "three")], {"3": "three"}), (SWAP, {"3": "8", "8": "3"})]
)
def test_after_a_rename_each_class_goes_on_with_its_own_weights(workspace, few_digits, before, edits, called):
    renamed = apply(workspace, few_digits, edits)

    run = runs.create(workspace, renamed, further(before, 1))
    weights = first_weights(workspace, run, renamed, renamed.classes)

    was = keras.saving.load_model(before.folder(workspace) / "model.keras").get_weights()
    for one, other in zip(was[:-2], weights[:-2], strict=True):
        np.testing.assert_array_equal(one, other)
    for place, name in enumerate(few_digits.classes):
        there = renamed.classes.index(called.get(name, name))
        for one, other in zip(was[-2:], weights[-2:], strict=True):
            np.testing.assert_array_equal(one[..., place], other[..., there])
    with pytest.raises(ConfigError, match="other classes"):
        check_start(workspace, further(before, 1), apply(workspace, renamed, [MergeClasses(("1", "2"), "1")]))


def test_a_memory_too_small_for_the_batch_halves_it_and_the_run_says_so(workspace, few_digits, monkeypatch):
    """FAULTS 21. The error is the backend's own: a petabyte is asked for."""
    train = loop.train

    def hungry(config, *arguments, **others):
        if config.batch_size > 16:
            keras.ops.zeros((2**50,), dtype="uint8")
        return train(config, *arguments, **others)

    monkeypatch.setattr(loop, "train", hungry)

    run = trained(workspace, few_digits, dataclasses.replace(CONFIG, epochs=1))

    assert run.config.batch_size == 16
    assert run.figures["note"].startswith("The memory was too small for batches of 32 images; it begins anew with 16.")
    assert run.figures["epochs"] == 1
