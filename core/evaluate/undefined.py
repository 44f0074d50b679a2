"""Why a figure cannot be told of these images: what stands beside each null, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.evaluate.bootstrap import FEWEST_UNITS
from core.evaluate.class_sums import WHOLE

_BOTH_KINDS = "It takes images of this class and of others."
_ALIKE = (
    f"It takes {FEWEST_UNITS} images, or groups of them, that differ in it; here there are fewer, or all are alike."
)
_SEEN_ONCE = (
    "More than one class in 20 has a single image, or images of a single group: then others have none, and how far a mean over "
    "classes may be off is not known."
)
REASONS = {
    "precision": "No image was predicted as this class.",
    "recall": "There is no image of this class.",
    "f1": "No image is of this class or was predicted as it.",
    "average_precision": _BOTH_KINDS,
    "roc_auc": _BOTH_KINDS,
    "matthews": "It takes two classes or more among the images, and among the predictions.",
    "cohen_kappa": "All images are of one class and were predicted as it: chance would agree as often.",
    **{f"{name}_ci95": _SEEN_ONCE for name, figure in WHOLE.items() if figure.over_classes},
    "log_loss_ci95": _ALIKE,
    "brier_ci95": _ALIKE,
}


def reason(figure: str) -> str:
    """Why a figure that is None is undefined; of an interval that has no reason of its own, that of its figure."""
    return REASONS.get(figure) or REASONS.get(figure.removesuffix("_ci95"), "It is undefined for these images.")


def reasons(figures: Mapping[str, Any]) -> dict[str, str]:
    """{figure: why} of those that are None."""
    return {name: reason(name) for name, value in figures.items() if value is None}
