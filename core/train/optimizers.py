"""The optimizer of a training: Keras' own, with weight decay and learning rates that depend on the variable.

Weight decay is decoupled from the gradient, for every optimizer: each step takes away rate × decay of a weight. Biases,
and scale and shift of normalisation, do not decay; they are the variables of one axis.

Layer decay gives each layer a lower rate than the one above it. A rate that is scaled is not a gradient that is scaled:
Adam divides a gradient by its own size, which takes any factor out again.

Sources: I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101; J. Howard and S. Ruder,
"Universal Language Model Fine-tuning", arXiv:1801.06146, 3.2, for rates by layer; K. Clark et al., "ELECTRA",
arXiv:2003.10555, for the factor from layer to layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from core.train.config import TrainConfig
from core.train.schedules import learning_rate

ADAMW_DECAY = 4e-3


def optimizer(config: TrainConfig, total_steps: int) -> keras.optimizers.Optimizer:
    """What `config` asks for.

    Args:
        total_steps: Steps of the whole training, which a schedule spreads over.
    """
    rate = learning_rate(config.schedule, config.learning_rate, total_steps)
    clip = config.gradient_clip_norm
    decay, layer_decay = weight_decay(config), config.layer_decay
    match config.optimizer:
        case "adam" | "adamw":  # they differ by their decay alone
            return _by_variable(keras.optimizers.Adam, decay, layer_decay)(rate, global_clipnorm=clip)
        case "sgd":
            by_variable = _by_variable(keras.optimizers.SGD, decay, layer_decay)
            return by_variable(rate, momentum=config.momentum, global_clipnorm=clip)
        case _:
            return _by_variable(keras.optimizers.RMSprop, decay, layer_decay)(rate, global_clipnorm=clip)


def weight_decay(config: TrainConfig) -> float:
    """The weight decay that is meant: without a number, `ADAMW_DECAY` for AdamW and none for the others."""
    if config.weight_decay is None:
        return ADAMW_DECAY if config.optimizer == "adamw" else 0.0
    return config.weight_decay


def rate_factors(shapes: Sequence[tuple[int, ...]], layer_decay: float) -> list[float]:
    """The factor of the learning rate for each variable.

    Args:
        shapes: Of the trainable variables, from input to output, as Keras lists them. One of two axes or more is a
            kernel and begins a layer; biases and what normalises stand with the kernel before them.
        layer_decay: What a layer's factor is, to that of the layer above; the last layer's is 1.
    """
    layers = [0] * len(shapes)
    for place, shape in enumerate(shapes):
        layers[place] = (layers[place - 1] if place else 0) + (len(shape) > 1)
    return [layer_decay ** (max(layers[-1], 1) - max(layer, 1)) for layer in layers]


def _by_variable(
    base: type[keras.optimizers.Optimizer], decay: float, layer_decay: float
) -> type[keras.optimizers.Optimizer]:
    class ByVariable(base):  # type: ignore[valid-type, misc]
        def build(self, variables: list[Any]) -> None:
            self._factors = rate_factors([tuple(variable.shape) for variable in variables], layer_decay)
            super().build(variables)

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            factor = self._factors[self._get_variable_index(variable)]
            rate = ops.cast(learning_rate, variable.dtype)
            if factor != 1:
                rate = rate * factor
            if decay and len(variable.shape) > 1:
                self.assign_sub(variable, variable * (decay * rate))
            super().update_step(gradient, variable, rate)

    ByVariable.__name__ = base.__name__
    return ByVariable
