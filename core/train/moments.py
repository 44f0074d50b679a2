"""What a training says while it goes on, and what it gives back. Needs no Keras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

    from core.train.config import TrainConfig

EPOCH, STRENGTH = "epoch", "strength"
SMALLEST = 1e-7  # probabilities below it count as it in a log loss


@dataclass(frozen=True)
class Epoch:
    """One pass over the training images.

    Args:
        epoch: 1 for the first.
        loss, accuracy: Means over the epoch's steps, on augmented images, as the weights moved; where labels
            are mixed, against the mixed labels and the class of the larger part.
        val_loss, val_accuracy: Of the weights at its end, on all validation images.
        seconds: The whole epoch.
        step_seconds, step_images: Of its training steps alone, without the first of the process.
        whole: False if it was cut short by Stop.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float
    step_seconds: float
    step_images: int
    whole: bool = True


@dataclass(frozen=True)
class Moment:
    """What `train` says several times a second.

    Args:
        epoch, epochs: The one in hand, from 1, and how many there will be.
        step, steps: Steps done of this epoch.
        images_per_second: Over the last moments.
        seconds_left: Until the last epoch ends, at this rate; None before that can be said.
        loss, accuracy: Running means of this epoch.
        history: Finished epochs, as dicts of `Epoch`.
        unit: What an epoch is: "strength" where a last layer alone is learnt.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    images_per_second: float
    seconds_left: float | None
    loss: float | None
    accuracy: float | None
    history: tuple[dict[str, Any], ...]
    unit: str = EPOCH

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)


@dataclass(frozen=True)
class Trained:
    """What a training gives back.

    Args:
        model: From float32 0..255 to probabilities, with the best weights; neither compiled nor augmented.
        history: All epochs, as dicts of `Epoch`.
        best_epoch: The epoch of the lowest validation loss, from 1.
        stopped: Whether `should_stop` ended it.
        images_per_second: Training steps alone, without the first.
    """

    model: keras.Model
    history: list[dict[str, Any]]
    best_epoch: int
    stopped: bool
    images_per_second: float


def best_epoch(history: list[dict[str, Any]]) -> int:
    """The epoch of the lowest validation loss, from 1."""
    return min(history, key=lambda epoch: epoch["val_loss"])["epoch"]


def chosen_by_validation(config: TrainConfig) -> str:
    """What validation chose of a run with that config, `EPOCH` or `STRENGTH`; empty where it had nothing to choose."""
    if config.trainable != "head":
        return EPOCH
    return STRENGTH if config.head_strength is None else ""


def most(epochs: int, unit: str = EPOCH) -> str:
    """ "10" epochs, or "up to 5" strengths: those end early where freer ones only get worse."""
    return f"up to {epochs}" if unit == STRENGTH and epochs > 1 else str(epochs)


def within_epochs(moments: Iterable[Mapping[str, Any]], points: int = 20) -> list[dict[str, float]]:
    """Loss and accuracy of the parts of each epoch, out of its running means: [{epoch, loss, accuracy}, …].

    Args:
        moments: Dicts of `Moment`, oldest first.
        points: So many an epoch at most.

    Returns:
        `epoch` is where a part ends: 0.25 in the middle of the first half of the first epoch.
    """
    found: list[dict[str, float]] = []
    epoch, step, loss, hits = 0, 0, 0.0, 0.0
    for one in moments:
        if one["epoch"] > epoch:
            epoch, step, loss, hits = one["epoch"], 0, 0.0, 0.0
        if one["loss"] is None or one["epoch"] < epoch or one["step"] - step < one["steps"] / points:
            continue
        steps = one["step"] - step
        found.append(
            {
                "epoch": one["epoch"] - 1 + one["step"] / one["steps"],
                "loss": (one["loss"] * one["step"] - loss) / steps,
                "accuracy": (one["accuracy"] * one["step"] - hits) / steps,
            }
        )
        step, loss, hits = one["step"], one["loss"] * one["step"], one["accuracy"] * one["step"]
    return found
