"""Operations that are made of others."""

from __future__ import annotations

import keras

from core.augment import pictures
from core.augment.layers import Blend, InOrder, OneOf, Vary
from core.augment.operations import OPERATIONS

# Strengths at 1. After Cubuk et al., RandAugment (2020), table 6, with geometry that keeps digits and signs readable.
AT_FULL = {
    "rotation": 0.1,
    "shear": 0.3,
    "translation": 0.3,
    "brightness": 0.6,
    "contrast": 0.9,
    "sharpness": 1.0,
    "posterize": 6.0,
    "solarize": 1.0,
    "auto_contrast": 1.0,
    "equalize": 1.0,
}
# AugMix leaves out what the corruptions of ImageNet-C are made of (Hendrycks et al. 2020).
OF_AUGMIX = ("rotation", "shear", "translation", "posterize", "solarize", "auto_contrast", "equalize")
PICKS = 2
CHAINS = 3
DEPTH = 3


def colour_jitter(strength: float, seed: int) -> keras.Layer:
    """Brightness, contrast, saturation and hue, one after the other."""
    parts = {"brightness": strength, "contrast": strength, "saturation": strength, "hue": strength / 6}
    return InOrder([OPERATIONS[name].layer(part, seed + place) for place, (name, part) in enumerate(parts.items())])


def rand_augment(strength: float, seed: int) -> keras.Layer:
    """Two draws from eleven operations for each picture."""
    colour = Vary(pictures.colour, 0.9 * strength, seed)  # a blend with its grey, which grey pictures can stand too
    return InOrder([OneOf([*_candidates(tuple(AT_FULL), strength, seed), colour], seed) for _ in range(PICKS)])


def aug_mix(strength: float, seed: int) -> keras.Layer:
    """Three chains of one to three draws for each picture, blended."""
    first = OneOf(_candidates(OF_AUGMIX, strength, seed), seed)
    more = [OneOf([*_candidates(OF_AUGMIX, strength, seed), keras.layers.Identity()], seed) for _ in range(DEPTH - 1)]
    return Blend(InOrder([first, *more]), CHAINS, seed)


def _candidates(names: tuple[str, ...], strength: float, seed: int) -> list[keras.Layer]:
    return [OPERATIONS[name].layer(_scaled(name, strength), seed) for name in names]


def _scaled(name: str, strength: float) -> float:
    operation = OPERATIONS[name]
    return max(AT_FULL[name] * strength, operation.step) if operation.has_strength else 1.0
