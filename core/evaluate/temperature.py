"""Temperature scaling: one number that makes probabilities as sure as they deserve, and changes no named class.

Source: C. Guo et al., "On Calibration of Modern Neural Networks", arXiv:1706.04599.
"""

from __future__ import annotations

import numpy as np

from core.evaluate.losses import log_losses

FLOOR = float(np.finfo(np.float32).tiny)  # a model answers in float32; what it rounded to 0 was no greater
COLDEST, HOTTEST = 0.05, 20.0
SPREAD = float(np.log(2.0))
LIKELIHOOD_RATIO, ONE_SIDED = 1.9207, 1.6449  # half the 95 % quantile of chi-square; that of the normal


def temper(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """softmax(log p / T): the probabilities that the model's logits would give, divided by T.

    Logits are log p up to a constant, which softmax takes out again. What an image gets does not depend on the others, to the
    last bit: a threshold may be the very probability of one.

    Args:
        probabilities: (N, classes) float64, rows sum to 1.
        temperature: T; above 1 makes less sure. With 1 they come back as they are.
    """
    if temperature == 1:
        return probabilities
    rows = np.ascontiguousarray(probabilities)  # a table that lies column by column is summed in another order
    scaled = np.log(np.maximum(rows, FLOOR)) / temperature
    scaled = np.exp(scaled - scaled.max(1, keepdims=True))
    return scaled / scaled.sum(1, keepdims=True)


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray, groups: np.ndarray | None = None) -> float:
    """The temperature with the least log loss, or 1 where that may be chance.

    Without mistakes the least log loss is that of temperature 0, whatever the model; a mild prior, log T normal around
    0 with a spread of log 2, weighs as much as an image or two against that. A gain in log loss counts where it passes
    two tests at 5 %: the likelihood ratio, and the mean of the images' gains against its standard error.

    Args:
        labels: (N,) int, true places; N is 1 or more.
        probabilities: (N, classes) float64, rows sum to 1. Of images that the model did not learn from, and
            that it will not be judged by.
        groups: (N,) int, equal for images that belong together; None where each stands for itself. Both tests then count
            groups: the ratio, as many images as are independent; the mean, the groups' gains.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    logits = np.log(np.maximum(probabilities, FLOOR))
    own = logits[np.arange(len(labels)), labels]

    def losses(log_temperature: float) -> np.ndarray:
        cold = np.exp(-log_temperature)
        return logsumexp(logits * cold, axis=1) - own * cold

    def total(log_temperature: float) -> float:
        return float(losses(log_temperature).sum() + (log_temperature / SPREAD) ** 2 / 2)

    found = minimize_scalar(total, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-7})
    gains = losses(0.0) - losses(found.x)
    doubt = (
        max(LIKELIHOOD_RATIO, ONE_SIDED * float(gains.std() * np.sqrt(len(gains))))
        if groups is None
        else _doubt_of_groups(gains, groups)
    )
    return float(np.exp(found.x)) if gains.sum() > doubt else 1.0


def _doubt_of_groups(gains: np.ndarray, groups: np.ndarray) -> float:
    """How large a gain in all chance explains."""
    from scipy.special import stdtrit

    _, codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) < 2:
        return np.inf
    off = np.bincount(codes, weights=gains) - gains.mean() * sizes
    error = np.sqrt((off**2).sum() * len(sizes) / (len(sizes) - 1))
    alike = (sizes**2).sum() / sizes.sum()  # images for an independent one
    return float(max(LIKELIHOOD_RATIO * alike, stdtrit(len(sizes) - 1, 0.95) * error))


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean of −log of the true class's probability, as scikit-learn has it.

    Args:
        labels: (N,) int, true places.
        probabilities: (N, classes) float64, rows sum to 1.
    """
    return float(log_losses(labels, probabilities).mean())
