"""What each answer loses: two proper scores, image by image."""

from __future__ import annotations

import numpy as np


def log_losses(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(N,) float64, 0 or more: -log of the true class's probability, which counts as 2e-16 at least, as in scikit-learn."""
    of_truth = np.take_along_axis(probabilities, labels[:, None], 1)[:, 0]
    return -np.log(np.clip(of_truth, np.finfo(np.float64).eps, 1 - np.finfo(np.float64).eps))


def brier_scores(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(N,) float64 in 0..2: squared distances between probabilities and truth, summed over all classes.

    Source: G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950).
    Of two classes it is twice what many call the Brier score.
    """
    of_truth = np.take_along_axis(probabilities, labels[:, None], 1)[:, 0]
    return np.einsum("ij,ij->i", probabilities, probabilities) - 2 * of_truth + 1
