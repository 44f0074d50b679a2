"""Multinomial logistic regression by L-BFGS.

scikit-learn's is the same to the last digit that counts; importing it takes longer than learning, and the job of a last
layer alone should take a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

MOST_ITERATIONS = 100
TOLERANCE = 1e-5  # of the steepest slope; at ten times that, the freest strengths would end where they begin
NEVER = -30.0  # the logit of a class that no training image is of
WORTH_THREADS = 1e9  # multiplications a look; below, threads wait for each other longer than they work


def probabilities(vectors: np.ndarray, weights: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """(N, classes) float32 of (N, D) float32 vectors, (D, classes) weights and (classes,) biases."""
    logits = vectors @ weights + biases
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def path(
    vectors: np.ndarray,
    labels: np.ndarray,
    num_classes: int,
    strengths: Sequence[float],
    class_weights: np.ndarray | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Weights (D, num_classes) and biases (num_classes,) float32 of a softmax for each strength.

    What is least is the mean cross-entropy plus |weights|² / (2 C N), C being the strength: that of
    `sklearn.linear_model.LogisticRegression`, which for two classes has one column of weights and 2 C. Each begins where the one before ended, which takes half the time.

    Args:
        vectors: (N, D) float32.
        labels: (N,) integers below `num_classes`, of two classes or more.
        strengths: The larger, the less regularised; rising.
        class_weights: (num_classes,) what an image of each class weighs in the mean, as scikit-learn's `class_weight`; 1 by
            default.
    """
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    present, targets = np.unique(labels, return_inverse=True)
    images, width = vectors.shape
    classes = len(present)
    rows = np.arange(images)
    found = np.zeros((width + 1) * classes)
    weigh = np.ones(images, np.float32) if class_weights is None else class_weights[labels].astype(np.float32)

    def slope(flat: np.ndarray, penalty: float) -> tuple[float, np.ndarray]:
        """What is to be least, and its gradient."""
        both = flat.reshape(width + 1, classes)
        guessed = probabilities(vectors, *(part.astype(np.float32) for part in (both[:-1], both[-1])))
        chosen = np.maximum(guessed[rows, targets], np.finfo(np.float32).tiny)
        guessed[rows, targets] -= 1
        guessed *= weigh[:, None]
        gradient = np.empty_like(both)
        gradient[:-1] = vectors.T @ guessed / images + penalty * both[:-1]
        gradient[-1] = guessed.mean(0, dtype=np.float64)
        loss = -(np.log(chosen) * weigh).mean(dtype=np.float64) + penalty / 2 * np.square(both[:-1]).sum()
        return float(loss), gradient.ravel()

    is_small = vectors.size * classes < WORTH_THREADS
    options = {"maxiter": MOST_ITERATIONS, "gtol": TOLERANCE, "ftol": 64 * np.finfo(np.float64).eps}
    for strength in strengths:
        with threadpool_limits(1 if is_small else None):
            found = minimize(slope, found, (1 / (strength * images),), method="L-BFGS-B", jac=True, options=options).x
        both = found.reshape(width + 1, classes).astype(np.float32)
        weights = np.zeros((width, num_classes), np.float32)
        biases = np.full(num_classes, NEVER, np.float32)
        weights[:, present], biases[present] = both[:-1], both[-1]
        yield weights, biases
