"""What a network is made of, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import models
from core.train.config import TrainConfig


def describe(
    architecture: str, options: Mapping[str, Any], input_shape: tuple[int, int, int], num_classes: int
) -> list[dict[str, Any]]:
    """The layers of a network from input to output, as Keras lists them.

    It is built with random weights: none are read or fetched.

    Args:
        architecture, options: As in a `TrainConfig`.
        input_shape: (height, width, channels).
        num_classes: How many probabilities it gives.

    Returns:
        {"name", "kind": Keras' name of the class, "output_shape": without the batch, "parameters"} of each.

    Raises:
        ConfigError: An option is unknown or out of range.
    """
    config = TrainConfig(architecture=architecture, architecture_options=dict(options))
    chosen = dict(config.architecture_options)
    if "weights" in models.ARCHITECTURES[architecture].options:
        chosen["weights"] = "random"
    model = models.build(architecture, input_shape, num_classes, chosen)
    return [
        {
            "name": layer.name,
            "kind": type(layer).__name__,
            "output_shape": tuple(layer.output.shape[1:]),
            "parameters": int(layer.count_params()),
        }
        for layer in model.layers
    ]
