import dataclasses

import keras
import numpy as np
import pytest

import models
from core.train.config import OPTIMIZERS, TrainConfig
from core.train.loop import train
from core.train.optimizers import optimizer, rate_factors, weight_decay
from core.train.trainee import behind_augmentation

# A kernel, its bias, the scale of what normalises it, and the last layer's kernel and bias
SHAPES = ((3, 2), (2,), (2,), (2, 2), (2,))
KERNELS = (0, 3)


def variables():
    draw = np.random.default_rng(3)
    return [keras.Variable(draw.normal(size=shape).astype("float32")) for shape in SHAPES]


def gradients(step, scale=1.0):
    draw = np.random.default_rng([5, step])
    return [scale * draw.normal(size=shape).astype("float32") for shape in SHAPES]


def after(made, steps=4, scale=1.0):
    """Values of the variables after some steps."""
    moved = variables()
    made.build(moved)
    for step in range(steps):
        made.apply(gradients(step, scale))
    return [np.array(variable) for variable in moved]


def same(some, others):
    for one, other in zip(some, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


KERAS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": lambda rate, **more: keras.optimizers.SGD(rate, momentum=0.9, **more),
    "rmsprop": keras.optimizers.RMSprop,
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("schedule", ["constant", "step"])
def test_weight_decay_is_keras_own_with_biases_and_norms_excluded(name, schedule):
    config = TrainConfig(optimizer=name, weight_decay=0.3, learning_rate=0.02, schedule=schedule)
    rates = {"constant": 0.02, "step": keras.optimizers.schedules.PiecewiseConstantDecay([1, 2], [0.02, 2e-3, 2e-4])}
    theirs = KERAS[name](rates[schedule], weight_decay=0.3)
    moved = variables()
    theirs.exclude_from_weight_decay([moved[place] for place in range(len(SHAPES)) if place not in KERNELS])
    theirs.build(moved)
    for step in range(4):
        theirs.apply(gradients(step))

    same(after(optimizer(config, 4)), [np.array(variable) for variable in moved])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_without_weight_decay_an_optimizer_is_keras_own(name):
    config = TrainConfig(optimizer=name, learning_rate=0.02, weight_decay=0.0)

    same(after(optimizer(config, 4)), after(KERAS[name](0.02, weight_decay=0.0)))


def test_a_decay_that_nobody_set_is_that_of_adamw_alone():
    assert {name: weight_decay(TrainConfig(optimizer=name)) for name in OPTIMIZERS} == {
        "adam": 0.0, "adamw": 4e-3, "sgd": 0.0, "rmsprop": 0.0,
    }  # fmt: skip
    assert weight_decay(TrainConfig(optimizer="adamw", weight_decay=0.0)) == 0


def test_gradients_are_clipped_before_the_step():
    config = TrainConfig(optimizer="sgd", momentum=0.0, learning_rate=1.0, gradient_clip_norm=0.5)
    start, moved = variables(), after(optimizer(config, 1), steps=1, scale=100.0)

    whole = np.concatenate([(old - new).ravel() for old, new in zip(map(np.array, start), moved, strict=True)])
    assert np.linalg.norm(whole) == pytest.approx(0.5, rel=1e-5)


def test_rates_fall_from_layer_to_layer_towards_the_input():
    # Two layers above the first: 0.5 squared. What normalises belongs to the kernel before it.
    shapes = [(3, 3, 1, 8), (8,), (8,), (3, 3, 8, 1), (8,), (8, 4), (4,)]
    assert rate_factors(shapes, 0.5) == [0.25, 0.25, 0.25, 0.5, 0.5, 1, 1]
    assert rate_factors(shapes, 1.0) == [1] * 7
    # What normalises the pixels, before any kernel, belongs to the first one.
    assert rate_factors([(3,), (3, 8), (8, 2)], 0.5) == [0.5, 0.5, 1]
    assert rate_factors([(3,)], 0.5) == [1]
    assert rate_factors([], 0.5) == []


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_layer_decay_is_a_training_of_each_layer_at_a_rate_of_its_own(name):
    config = TrainConfig(optimizer=name, learning_rate=0.02, weight_decay=0.1, layer_decay=0.25)
    slow, fast = (
        after(optimizer(dataclasses.replace(config, learning_rate=rate, layer_decay=1.0), 4)) for rate in (0.005, 0.02)
    )

    same(after(optimizer(config, 4)), [*slow[:3], *fast[3:]])


def test_the_factors_meet_the_layers_of_a_real_model_in_their_order():
    model = models.build("small_cnn", (16, 16, 1), 3, {"blocks": 2, "dense_units": 8})
    trainee = behind_augmentation(TrainConfig().augment, model, (16, 16, 1))
    start = [np.array(variable) for variable in trainee.trainable_variables]
    made = optimizer(TrainConfig(optimizer="adam", learning_rate=0.1, layer_decay=0.1), 1)
    made.build(trainee.trainable_variables)

    made.apply([np.ones(one.shape, "float32") for one in start])

    # Adam's first step is the rate, whatever the gradient: two convolutions with their norms, two dense layers.
    moved = [abs(np.array(new) - old).max() for new, old in zip(trainee.trainable_variables, start, strict=True)]
    np.testing.assert_allclose(moved, [1e-4] * 3 + [1e-3] * 3 + [1e-2] * 2 + [1e-1] * 2, rtol=1e-2)


def test_a_training_with_decay_and_rates_by_layer_that_was_stopped_resumes_to_the_same_weights(small_data, tmp_path):
    config = TrainConfig(
        architecture="fast_cnn", architecture_options={"filters": 4}, image_size=8, epochs=3, batch_size=32,
        optimizer="sgd", learning_rate=0.05, weight_decay=0.01, layer_decay=0.5, schedule="cosine",
    )  # fmt: skip
    whole = train(config, small_data, lambda moment: None)
    asked = iter(range(100))
    train(config, small_data, lambda moment: None, lambda: next(asked) == 7, tmp_path)

    resumed = train(config, small_data, lambda moment: None, checkpoints=tmp_path)

    for one, other in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
