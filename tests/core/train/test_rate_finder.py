import dataclasses

import numpy as np
import pytest

from core.errors import ConfigError
from core.train import rate_finder
from core.train.config import TrainConfig
from core.train.loop import train
from core.train.rate_finder import LOWEST, find_rate, has_exploded, smoothed, suggested

CONFIG = TrainConfig(
    architecture="small_cnn",
    architecture_options={"blocks": 2, "filters": 8, "dense_units": 16, "dropout": 0.0},
    image_size=8,
    epochs=6,
    batch_size=16,
)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_suggested_rate_learns_and_rates_far_from_it_do_not(small_data, optimizer):
    config = dataclasses.replace(CONFIG, optimizer=optimizer)

    found = find_rate(config, small_data)

    def accuracy(rate):
        history = train(dataclasses.replace(config, learning_rate=rate), small_data, lambda moment: None).history
        return max(epoch["accuracy"] for epoch in history)

    assert accuracy(found.suggestion) > 0.8
    assert accuracy(found.suggestion / 1000) < 0.4
    assert found.rates[0] == pytest.approx(LOWEST)
    assert len(found.rates) == len(found.losses)


def test_the_search_ends_where_the_loss_explodes():
    calm = [2.0] * 40
    assert not has_exploded(calm)
    assert not has_exploded([2.0] * 20 + [9.0]), "at first the loss jumps about"
    assert has_exploded([*calm, 8.1])
    assert not has_exploded([*calm, 7.9])
    assert has_exploded([2.0, float("nan")])


def test_a_loss_that_is_not_a_number_from_the_first_step_on_is_told_with_advice(small_data, monkeypatch):
    """FAULTS 21"""
    build = rate_finder.build

    def broken(*arguments):
        model = build(*arguments)
        model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
        return model

    monkeypatch.setattr(rate_finder, "build", broken)

    with pytest.raises(ConfigError, match=r"The loss is nan at a learning rate of 1\.0e-06 already.* lower"):
        find_rate(CONFIG, small_data)


def test_smoothing_of_a_constant_is_that_constant_and_begins_with_the_first_value():
    np.testing.assert_allclose(smoothed([3.0, 3.0, 3.0]), [3.0] * 3)
    assert smoothed([5.0, 1.0])[0] == pytest.approx(5.0)
    assert smoothed([5.0, 1.0])[1] == pytest.approx((0.09 * 5 + 0.1 * 1) / 0.19)


def test_a_tenth_of_the_rate_of_the_lowest_loss_is_suggested():
    assert suggested([0.001, 0.0123, 0.1], [2.0, 1.0, 3.0]) == pytest.approx(0.0012)


def test_stop_ends_it_with_what_there_is(small_data):
    asked = iter(range(100))

    assert len(find_rate(CONFIG, small_data, should_stop=lambda: next(asked) == 9).rates) == 10
