"""The slope of a classifier's loss over its pictures: the one place that tells Keras' backends apart."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from core.evaluate.attacks import Slope


def slope_of_loss(model: keras.Model) -> Slope:
    """A function from (N, H, W, C) float32 pictures in 0..255 and (N,) labels to the gradient of the summed cross-entropy.

    The model runs as it answers: no dropout, batch norm by its kept figures. The loss is taken before the softmax, which
    in 32 bits is flat where the model is sure.

    Raises:
        NotImplementedError: Keras runs on another backend than TensorFlow or JAX.
    """
    before_softmax = logits_of(model)
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _by_tensorflow(before_softmax)
    if backend == "jax":
        return _by_jax(before_softmax)
    raise NotImplementedError(f"Attacks need Keras on TensorFlow or JAX, not on {backend}.")


def logits_of(model: keras.Model) -> keras.Model:
    """The same model without its softmax; where it does not end in one, the logarithm of its answers."""
    last = model.layers[-1]
    activation = getattr(last, "activation", None)
    if isinstance(last, keras.layers.Softmax) or (
        isinstance(last, keras.layers.Activation) and activation is keras.activations.softmax
    ):
        return keras.Model(model.inputs, last.input)
    if isinstance(last, keras.layers.Dense) and activation is keras.activations.softmax:
        linear = keras.layers.Dense.from_config({**last.get_config(), "activation": "linear", "name": "logits"})
        logits = keras.Model(model.inputs, linear(last.input))
        linear.set_weights(last.get_weights())
        return logits
    return keras.Model(model.inputs, keras.ops.log(model.outputs[0] + 1e-30))


def _loss(logits: Any, labels: Any) -> Any:
    each = keras.ops.sparse_categorical_crossentropy(labels, keras.ops.cast(logits, "float32"), from_logits=True)
    return keras.ops.sum(each)


def _by_tensorflow(model: keras.Model) -> Slope:
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def slope(images: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = _loss(model(images, training=False), labels)
        return tape.gradient(loss, images)

    return lambda images, labels: slope(tf.constant(images), tf.constant(labels)).numpy()


def _by_jax(model: keras.Model) -> Slope:
    import jax

    learnt = [one.value for one in model.trainable_variables]
    kept = [one.value for one in model.non_trainable_variables]

    def loss(images: Any, labels: Any) -> Any:
        logits, _ = model.stateless_call(learnt, kept, images, training=False)
        return _loss(logits, labels)

    slope = jax.jit(jax.grad(loss))
    return lambda images, labels: np.asarray(slope(images, labels))
