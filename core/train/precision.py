"""Mixed precision: layers compute in 16 bits, weights and probabilities stay in 32."""

from __future__ import annotations

from collections.abc import Iterator

import keras


def set_precision(model: keras.Model, precision: str) -> None:
    """Let the layers of `model` compute in `precision`; those that give its answers stay in float32.

    Args:
        precision: "float32", "bfloat16" or "float16". Weights are float32 in each.
    """
    policy = keras.DTypePolicy("float32" if precision == "float32" else f"mixed_{precision}")
    answers = {id(model.layers[-1])}
    for layer in _leaves(model):
        if id(layer) not in answers:
            layer.dtype_policy = policy


def scaled(optimizer: keras.optimizers.Optimizer, precision: str) -> keras.optimizers.Optimizer:
    """`optimizer`, with the loss scaled where gradients would vanish in float16.

    Source: Micikevicius et al., "Mixed Precision Training", arXiv:1710.03740.
    """
    return keras.optimizers.LossScaleOptimizer(optimizer) if precision == "float16" else optimizer


def _leaves(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        else:
            yield layer
