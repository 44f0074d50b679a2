"""A config as one Keras layer, and its random state as a function of (seed, epoch)."""

from __future__ import annotations

import keras
import numpy as np

from core.augment.config import AugmentConfig
from core.augment.layers import InOrder, Sometimes
from core.augment.operations import OPERATIONS

SEED_STATE = "seed_generator_state"


def build(config: AugmentConfig, channels: int) -> InOrder | None:
    """The operations of `config`, one after the other.

    Returns:
        A layer from (N, H, W, channels) float32 in 0..255 to the same; where the config mixes labels, from
        {"images": these, "labels": (N, classes) float32} to the same. It varies pictures when called with
        `training=True` and gives them back as they are otherwise. None if there is nothing to do.
        Operations that need colour are left out on grey pictures.
    """
    useless = config.without_effect(channels)
    chosen = [step for step in config.operations if step.name not in useless]
    if not chosen:
        return None
    layers = []
    for position, step in enumerate(chosen):
        layer = OPERATIONS[step.name].layer(step.strength, position)
        layers.append(layer if step.probability == 1 else Sometimes(layer, step.probability, position))
    mixing = [position for position, step in enumerate(chosen) if OPERATIONS[step.name].mixes_labels]
    return InOrder(layers, mixing)


def seed(model: keras.layers.Layer, seed: int, epoch: int) -> None:
    """Set every random state in `model` (augmentation, dropout) to a function of (seed, epoch).

    Each draw steps a counter in the state, so the state in a step is a function of (seed, epoch, step).
    States are counted in the order of `model.variables`, where the augmentation comes first.
    """
    states = [variable for variable in model.variables if variable.path.endswith(SEED_STATE)]
    for position, state in enumerate(states):
        drawn = np.random.SeedSequence([seed, epoch, position]).generate_state(1, np.uint32)[0]
        state.assign(np.array([drawn, 0], dtype="uint32").astype(state.dtype))


def draw(
    config: AugmentConfig, images: np.ndarray, seed_value: int, epoch: int = 1, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Vary pictures as the first step of an epoch does.

    Args:
        images: (N, size, size, channels) uint8.
        seed_value: The training's seed. The same seed, epoch, config and pictures give the same draw.
        labels: (N, classes) float32, a 1 in each row; one class for all by default.

    Returns:
        (N, size, size, channels) uint8, and (N, classes) float32, whose rows sum to 1.
    """
    if labels is None:
        labels = np.ones((len(images), 1), np.float32)
    layer = build(config, images.shape[3])
    if layer is None:
        return images, labels
    seed(layer, seed_value, epoch)
    given = {"images": images.astype("float32"), "labels": labels.astype("float32")}
    varied = {name: keras.ops.convert_to_numpy(value) for name, value in layer(given, training=True).items()}
    return np.clip(np.round(varied["images"]), 0, 255).astype(np.uint8), varied["labels"]
