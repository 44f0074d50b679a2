"""The model zoo: one architecture a file, the same `build` in each, one visible table here.

To add an architecture: write models/<name>.py with `build(input_shape, num_classes, **options)` that
gives a Keras model from pixels (float32, 0..255) to probabilities, and add its line to `ARCHITECTURES`.
Keras is imported only when something is built, because the web server reads the table too.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Option:
    """One thing that can be chosen of an architecture.

    Args:
        default: What it is when nobody chooses.
        sentence: What it does, for people.
        minimum, maximum: The range of a number.
        choices: The values of a choice; empty for numbers and switches.
    """

    default: Any
    sentence: str
    minimum: float = 0
    maximum: float = 0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Architecture:
    """One line of the zoo's table.

    Args:
        module: Where its `build` is.
        title: Its name for people.
        sentence: What it is and when to take it.
        minimum_size: Gives the smallest image size in pixels that it takes, from its options.
        options: What can be chosen.
        is_embedder: Whether what its last layer sees is what `core.inference` keeps as embeddings, so that a last layer
            can be learnt on those.
    """

    module: str
    title: str
    sentence: str
    minimum_size: Callable[[Mapping[str, Any]], int]
    options: Mapping[str, Option] = field(default_factory=dict)
    is_embedder: bool = False


ARCHITECTURES: dict[str, Architecture] = {
    "textbook_cnn": Architecture(
        module="models.textbook_cnn",
        title="Textbook CNN",
        sentence="Two convolutions, two max-pools, one dense layer: the network of every introduction.",
        minimum_size=lambda options: 10,
    ),
    "small_cnn": Architecture(
        module="models.small_cnn",
        title="Small CNN",
        sentence="The same idea as a kit: choose how many blocks, how wide, which pooling.",
        minimum_size=lambda options: 2 ** int(options["blocks"]),
        options={
            "blocks": Option(3, "Convolution and pooling, so many times; each halves the picture.", 1, 6),
            "filters": Option(32, "Filters of the first block; each block doubles them, to 512 at most.", 4, 128),
            "convolutions": Option(1, "Convolutions of a block, one after another.", 1, 3),
            "kernel_size": Option(3, "Side of a filter in pixels.", 1, 7),
            "activation": Option("relu", "What follows a convolution.", choices=("relu", "gelu", "silu", "tanh")),
            "pooling": Option(
                "max", "What a 2 × 2 field becomes: its maximum or its mean.", choices=("max", "average")
            ),
            "batch_norm": Option(True, "Normalise after each convolution: steadier and faster training."),
            "dropout": Option(0.2, "Share of values dropped before the last layer while training.", 0.0, 0.8),
            "dense_units": Option(128, "Width of the dense layer before the last; 0 for none.", 0, 1024),
        },
    ),
    "fast_cnn": Architecture(
        module="models.fast_cnn",
        title="Fast CNN",
        sentence="A narrow network that halves the picture at once: the quickest way to a good answer on small images.",
        minimum_size=lambda options: 8,
        options={"filters": Option(16, "Filters of the first layer; each layer doubles them.", 4, 64)},
    ),
    "resnet": Architecture(
        module="models.resnet",
        title="ResNet",
        sentence="Blocks that learn what to add to their input, so that many of them train well: for 32 to 96 pixels.",
        minimum_size=lambda options: 8,
        options={
            "blocks": Option(2, "Residual blocks in each of three stages; n give 6n + 2 layers.", 1, 18),
            "filters": Option(16, "Filters of the first stage; each stage doubles them.", 4, 128),
            "dropout": Option(0.0, "Share of values dropped before the last layer while training.", 0.0, 0.8),
        },
    ),
    "efficientnet_lite0": Architecture(
        module="models.efficientnet_lite0",
        title="EfficientNet-Lite0",
        sentence="Learnt ImageNet's photos before it saw yours: the one to take for photos, at 112 to 300 pixels.",
        # At 32 pixels nothing of what it learnt gets through: every embedding is zeros, and so is every gradient.
        minimum_size=lambda options: 48 if options["weights"] == "imagenet" else 32,
        options={
            "weights": Option("imagenet", "What it knows at the start.", choices=("imagenet", "random")),
            "freeze_batch_norm": Option(
                False, "Batch norm stays as it learnt ImageNet: for few images, whose own averages are rough."
            ),
            "features": Option(
                "last",
                "What the last layer sees: the last block, or also what three blocks before it saw, finer things.",
                choices=("last", "blocks"),
            ),
        },
        is_embedder=True,
    ),
    "applications": Architecture(
        module="models.applications",
        title="Keras Applications",
        sentence="MobileNetV3, EfficientNetV2 and ConvNeXt, with random weights or those of ImageNet, which are fetched.",
        minimum_size=lambda options: 32,
        options={
            "variant": Option(
                "mobilenet_v3_small",
                "From small and quick to large and good.",
                choices=(
                    "mobilenet_v3_small",
                    "mobilenet_v3_large",
                    "efficientnet_v2_b0",
                    "efficientnet_v2_b1",
                    "efficientnet_v2_b2",
                    "efficientnet_v2_b3",
                    "convnext_tiny",
                ),
            ),
            "weights": Option("random", "What it knows at the start.", choices=("imagenet", "random")),
            "dropout": Option(0.2, "Share of values dropped before the last layer while training.", 0.0, 0.8),
        },
    ),
}


def options_of(architecture: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """All options of `architecture`: those of `chosen`, and the defaults of the rest."""
    defaults = {name: option.default for name, option in ARCHITECTURES[architecture].options.items()}
    return {**defaults, **chosen}


def build(
    architecture: str, input_shape: tuple[int, int, int], num_classes: int, options: Mapping[str, Any]
) -> keras.Model:
    """Build a network.

    Args:
        architecture: A key of `ARCHITECTURES`.
        input_shape: (height, width, channels).
        num_classes: How many probabilities it gives.
        options: Values of its options; defaults for the rest.

    Returns:
        A Keras model from (N, height, width, channels) float32 in 0..255 to (N, num_classes) float32
        probabilities.
    """
    module = importlib.import_module(ARCHITECTURES[architecture].module)
    return module.build(input_shape, num_classes, **options_of(architecture, options))
