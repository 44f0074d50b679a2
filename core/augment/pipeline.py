"""A config as one Keras model, and its random state as a function of (seed, epoch)."""

from __future__ import annotations

import keras
import numpy as np

from core.augment.config import AugmentConfig
from core.augment.operations import OPERATIONS

SEED_STATE = "seed_generator_state"


def build(config: AugmentConfig, size: int, channels: int) -> keras.Model | None:
    """The operations of `config`, one after the other.

    Returns:
        A model from (N, size, size, channels) float32 in 0..255 to the same; it varies pictures when
        called with `training=True` and gives them back as they are otherwise. None if there is
        nothing to do. Operations that need colour are left out on grey pictures.
    """
    useless = config.without_effect(channels)
    chosen = [(name, strength) for name, strength in config.operations if name not in useless]
    if not chosen:
        return None
    made = [OPERATIONS[name].layer(strength, position) for position, (name, strength) in enumerate(chosen)]
    return keras.Sequential([keras.Input((size, size, channels)), *made], name="augment")


def seed(model: keras.Model, seed: int, epoch: int) -> None:
    """Set every random state in `model` (augmentation, dropout) to a function of (seed, epoch).

    Each draw steps a counter in the state, so the state in a step is a function of (seed, epoch, step).
    """
    states = [variable for variable in model.variables if variable.path.endswith(SEED_STATE)]
    for position, state in enumerate(states):
        drawn = np.random.SeedSequence([seed, epoch, position]).generate_state(1, np.uint32)[0]
        state.assign(np.array([drawn, 0], dtype="uint32").astype(state.dtype))


def draw(config: AugmentConfig, images: np.ndarray, seed_value: int) -> np.ndarray:
    """Vary pictures as the first step of an epoch would.

    Args:
        images: (N, size, size, channels) uint8.
        seed_value: The same seed, config and pictures give the same draw.

    Returns:
        (N, size, size, channels) uint8.
    """
    model = build(config, images.shape[1], images.shape[3])
    if model is None:
        return images
    seed(model, seed_value, 0)
    varied = keras.ops.convert_to_numpy(model(images.astype("float32"), training=True))
    return np.clip(np.round(varied), 0, 255).astype(np.uint8)
