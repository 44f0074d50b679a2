import math

import keras
import numpy as np
import pytest

from core.train.config import SCHEDULES
from core.train.schedules import SHAPES, Schedule, learning_rate


@pytest.mark.parametrize(
    ("shape", "rates"),
    [
        # share of the training done: rate, by hand, of a peak of 2
        ("one_cycle", {0: 0.2, 0.125: 1.1, 0.25: 2, 0.625: 1, 1: 0.002}),
        ("cosine", {0: 0, 0.025: 1, 0.05: 2, 0.525: 1, 1: 0, 0.2875: 1 + math.sqrt(0.5)}),
        ("exponential", {0: 2, 0.5: 0.2, 1: 0.02}),
        ("step", {0: 2, 0.499: 2, 0.5: 0.2, 0.749: 0.2, 0.75: 0.02, 1: 0.02}),
    ],
)
def test_a_schedule_goes_through_the_points_worked_by_hand(shape, rates):
    schedule = learning_rate(shape, 2.0, 1000)

    for share, rate in rates.items():
        assert float(schedule(share * 1000)) == pytest.approx(rate, abs=1e-6), share


def test_every_schedule_that_can_be_chosen_is_there_and_constant_is_a_number():
    assert set(SCHEDULES) == {"constant", *SHAPES}
    assert learning_rate("constant", 0.3, 10) == 0.3


@pytest.mark.parametrize("shape", SHAPES)
def test_a_schedule_is_never_above_its_peak_nor_below_nothing_and_stays_at_its_end(shape):
    rates = np.array([float(Schedule(shape, 0.5, 7)(step)) for step in range(15)])

    assert (rates >= 0).all()
    assert (rates <= 0.5 + 1e-7).all()
    assert np.ptp(rates[7:]) == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_the_rate_is_a_function_of_the_optimizers_step_so_that_it_resumes_with_it(shape):
    def optimizer():
        made = keras.optimizers.SGD(learning_rate(shape, 0.1, 20))
        made.build([keras.Variable(1.0)])
        return made

    went_on, resumed = optimizer(), optimizer()
    for _ in range(12):
        went_on.apply([np.float32(0.0)])
    for variable, value in zip(resumed.variables, went_on.variables, strict=True):
        variable.assign(value)

    assert int(resumed.iterations) == 12
    assert float(resumed.learning_rate) == float(went_on.learning_rate) == float(Schedule(shape, 0.1, 20)(12))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_schedule_is_saved_and_read(shape):
    read = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(Schedule(shape, 0.1, 50)))

    assert float(read(20)) == float(Schedule(shape, 0.1, 50)(20))
