"""Pictures changed by so little that nobody sees it, in the direction that misleads a model most.

An attack may change every value of a picture by its budget at most, in steps of 1/255, and stays within 0..255.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Slope = Callable[[np.ndarray, np.ndarray], np.ndarray]

PGD_STEPS = 10
PGD_STEP_SHARE = 0.25


def fgsm(slope: Slope, images: np.ndarray, labels: np.ndarray, budget: int) -> np.ndarray:
    """One step of the whole budget along the sign of the gradient.

    Source: I. Goodfellow, J. Shlens, C. Szegedy, "Explaining and Harnessing Adversarial Examples", arXiv:1412.6572.

    Args:
        slope: What `core.evaluate.gradients.slope_of_loss` gives.
        images: (N, H, W, C) uint8.
        labels: (N,) int, true places.
        budget: In 1/255, 1 or more.

    Returns:
        (N, H, W, C) uint8.
    """
    start = images.astype(np.float32)
    return _rounded(start + budget * np.sign(slope(start, labels)), images, budget)


def pgd(
    slope: Slope, images: np.ndarray, labels: np.ndarray, budget: int, seed: int = 0, steps: int = PGD_STEPS
) -> np.ndarray:
    """Steps of a quarter of the budget from a random start, each brought back into what the budget allows.

    Source: A. Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", arXiv:1706.06083.

    Arguments and what comes back are those of `fgsm`.
    """
    low = np.maximum(images.astype(np.float32) - budget, 0)
    high = np.minimum(images.astype(np.float32) + budget, 255)
    random = np.random.default_rng(seed)
    present = np.clip(images + random.uniform(-budget, budget, images.shape).astype(np.float32), low, high)
    for _ in range(steps):
        step = budget * PGD_STEP_SHARE * np.sign(slope(present, labels))
        present = np.clip(present + step.astype(np.float32), low, high)
    return _rounded(present, images, budget)


def _rounded(changed: np.ndarray, images: np.ndarray, budget: int) -> np.ndarray:
    whole = images.astype(np.int16)
    return np.clip(np.rint(changed), np.maximum(whole - budget, 0), np.minimum(whole + budget, 255)).astype(np.uint8)
