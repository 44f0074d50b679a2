"""Temperature scaling: one number that makes probabilities as sure as they deserve, and changes no named class.

Source: C. Guo et al., "On Calibration of Modern Neural Networks", arXiv:1706.04599.
"""

from __future__ import annotations

import numpy as np

FLOOR = float(np.finfo(np.float32).tiny)  # a model answers in float32; what it rounded to 0 was no greater
COLDEST, HOTTEST = 0.05, 20.0


def temper(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """softmax(log p / T): the probabilities that the model's logits would give, divided by T.

    Logits are log p up to a constant, which softmax takes out again.

    Args:
        probabilities: (N, classes) float64, rows sum to 1.
        temperature: T; above 1 makes less sure. With 1 they come back as they are.
    """
    if temperature == 1:
        return probabilities
    scaled = np.log(np.maximum(probabilities, FLOOR)) / temperature
    scaled = np.exp(scaled - scaled.max(1, keepdims=True))
    return scaled / scaled.sum(1, keepdims=True)


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The temperature with the least log loss, or 1 if none between 0.05 and 20 lowers it.

    Args:
        labels: (N,) int, true places; N is 1 or more.
        probabilities: (N, classes) float64, rows sum to 1. Of images that the model did not learn from, and
            that it will not be judged by.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    logits = np.log(np.maximum(probabilities, FLOOR))
    own = logits[np.arange(len(labels)), labels]

    def loss(log_temperature: float) -> float:
        cold = np.exp(-log_temperature)
        return float((logsumexp(logits * cold, axis=1) - own * cold).mean())

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-7})
    temperature = float(np.exp(found.x))
    before, after = (log_loss(labels, temper(probabilities, one)) for one in (1.0, temperature))
    return temperature if after < before else 1.0


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean of −log of the true class's probability, as scikit-learn has it.

    Args:
        labels: (N,) int, true places.
        probabilities: (N, classes) float64, rows sum to 1.
    """
    from sklearn.metrics import log_loss as mean_loss

    return float(mean_loss(labels, probabilities, labels=np.arange(probabilities.shape[1])))
