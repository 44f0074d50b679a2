"""Layers that hold other layers or functions of pictures. All do nothing unless `training` is true.

Each random draw steps a counter in the layer's own seed state, which `pipeline.seed` sets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

Tensor = Any
Change = Callable[[Tensor, Tensor, float], Tensor]


class Vary(keras.layers.Layer):
    """Changes each picture by values of its own.

    Args:
        change: From pictures (N, H, W, C), values (N, draws) in -1..1 and the strength to pictures.
        draws: How many values it needs for a picture.
    """

    def __init__(self, change: Change, strength: float, seed: int, draws: int = 1) -> None:
        super().__init__()
        self.built = True  # else Keras traces all that it holds to find its weights, and there are none
        self.change, self.strength, self.draws = change, strength, draws
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """(N, H, W, C)."""
        if not training:
            return images
        values = keras.random.uniform((ops.shape(images)[0], self.draws), -1.0, 1.0, seed=self.generator)
        return self.change(images, values, self.strength)

    def compute_output_spec(self, images: Tensor, training: bool = False) -> Tensor:
        """The same shape."""
        return _like(images)


class Sometimes(keras.layers.Layer):
    """Does a layer to some pictures, each by chance; where the layer mixes labels, to these as well."""

    def __init__(self, layer: keras.layers.Layer, probability: float, seed: int) -> None:
        super().__init__()
        self.built = True
        self.layer, self.probability = layer, probability
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, data: Tensor, training: bool = False) -> Tensor:
        """Pictures, or {"images", "labels"}."""
        if not training:
            return data
        images = data["images"] if isinstance(data, dict) else data
        chosen = keras.random.uniform((ops.shape(images)[0],), seed=self.generator) < self.probability
        changed = self.layer(dict(data) if isinstance(data, dict) else data, training=True)
        return keras.tree.map_structure(lambda new, old: _choose(chosen, new, old), changed, data)

    def compute_output_spec(self, data: Tensor, training: bool = False) -> Tensor:
        """The same shapes."""
        return _like(data)


class InOrder(keras.layers.Layer):
    """Layers one after the other.

    Args:
        layers: What is done, in this order.
        mixing: Places of those that take {"images", "labels"}; the others take pictures alone.
    """

    def __init__(self, layers: Sequence[keras.layers.Layer], mixing: Sequence[int] = ()) -> None:
        super().__init__()
        self.built = True
        self.layers, self.mixing = list(layers), tuple(mixing)

    def call(self, data: Tensor, training: bool = False) -> Tensor:
        """Pictures, or {"images", "labels"} where a layer needs that."""
        if not training:
            return data
        for place, layer in enumerate(self.layers):
            if place in self.mixing:
                data = layer(dict(data), training=True)
            elif isinstance(data, dict):
                data = {**data, "images": layer(data["images"], training=True)}
            else:
                data = layer(data, training=True)
        return data

    def compute_output_spec(self, data: Tensor, training: bool = False) -> Tensor:
        """The same shapes."""
        return _like(data)


class OneOf(keras.layers.Layer):
    """Sends each picture through one of its layers, drawn for that picture alone.

    Each layer sees only its share of the batch, so that twelve layers cost as much as one.
    """

    def __init__(self, layers: Sequence[keras.layers.Layer], seed: int) -> None:
        super().__init__()
        self.built = True
        self.layers = list(layers)
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """(N, H, W, C)."""
        if not training:
            return images
        # As many places in each layer's share; a place beyond the last picture takes one that is there already.
        count = ops.shape(images)[0]
        share = -(-count // len(self.layers))
        order = keras.random.shuffle(ops.arange(share * len(self.layers), dtype="int32"), seed=self.generator)
        dealt = ops.take(images, order % count, axis=0)
        done = [
            layer(dealt[place * share : (place + 1) * share], training=True) for place, layer in enumerate(self.layers)
        ]
        return ops.take(ops.concatenate(done), ops.argsort(order)[:count], axis=0)

    def compute_output_spec(self, images: Tensor, training: bool = False) -> Tensor:
        """The same shape."""
        return _like(images)


class Blend(keras.layers.Layer):
    """The mean of several versions of a picture, mixed with the picture itself; the weights are drawn for each.

    As AugMix does it (Hendrycks et al. 2020): Dirichlet(1, …, 1) among the versions, Beta(1, 1) with the picture.

    Args:
        chain: What makes a version.
        versions: How many.
    """

    def __init__(self, chain: keras.layers.Layer, versions: int, seed: int) -> None:
        super().__init__()
        self.built = True
        self.chain, self.versions = chain, versions
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """(N, H, W, C)."""
        if not training:
            return images
        count = ops.shape(images)[0]
        drawn = keras.random.uniform((count, self.versions + 1, 1, 1, 1), 1e-6, 1.0, seed=self.generator)
        weights = -ops.log(drawn[:, 1:])
        weights = weights / ops.sum(weights, 1, keepdims=True)
        changed = self.chain(ops.repeat(images, self.versions, axis=0), training=True)
        changed = ops.reshape(changed, (-1, self.versions, *images.shape[1:]))
        return drawn[:, 0] * images + (1 - drawn[:, 0]) * ops.sum(weights * changed, 1)

    def compute_output_spec(self, images: Tensor, training: bool = False) -> Tensor:
        """The same shape."""
        return _like(images)


def _choose(chosen: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """`new` where the picture is chosen, whatever the rank."""
    return ops.where(ops.reshape(chosen, (-1, *[1] * (len(old.shape) - 1))), new, old)


def _like(data: Tensor) -> Tensor:
    return keras.tree.map_structure(lambda one: keras.KerasTensor(one.shape, one.dtype), data)
