import dataclasses

import keras
import pytest

from core.train.config import TrainConfig
from core.train.loop import train
from core.train.memory import is_out_of_memory, within_memory

CONFIG = TrainConfig(
    architecture="fast_cnn", architecture_options={"filters": 4}, image_size=8, epochs=1, batch_size=80
)


def quiet(moment):
    pass


@pytest.fixture(scope="module")
def too_much():
    """Raises what the backend itself says of a petabyte, which is more than any machine has.

    It is asked once: TensorFlow waits ten seconds for memory that others may give back.
    """
    with pytest.raises(Exception) as error:
        keras.ops.zeros((2, 2**50), dtype="uint8")

    def ask(config):
        raise error.value

    return ask


def test_a_batch_that_does_not_fit_is_halved_until_it_does_and_the_training_is_that_of_the_smaller_batch(
    small_data, too_much
):
    """FAULTS 21. The error is the backend's own."""
    said = []

    def training(config):
        if config.batch_size > 20:
            too_much(config)
        return train(config, small_data, quiet)

    trained = within_memory(training, CONFIG, lambda config, words: said.append((config.batch_size, words)))

    assert [size for size, _ in said] == [40, 20]
    assert said[0][1].startswith("The memory was too small for batches of 80 images; it begins anew with 40.")
    alone = train(dataclasses.replace(CONFIG, batch_size=20), small_data, quiet)
    assert trained.history[0]["val_loss"] == alone.history[0]["val_loss"]


def test_a_memory_too_small_for_one_image_is_said(too_much):
    said = []

    with pytest.raises(Exception) as error:
        within_memory(too_much, dataclasses.replace(CONFIG, batch_size=2), lambda config, words: said.append(words))

    assert len(said) == 1
    assert is_out_of_memory(error.value)


def test_other_errors_are_not_about_memory():
    def broken(config):
        raise ValueError("shapes differ")

    with pytest.raises(ValueError, match="shapes differ"):
        within_memory(broken, CONFIG, pytest.fail)

    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate"))
    assert not is_out_of_memory(RuntimeError("no"))
