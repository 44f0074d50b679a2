"""What is different about a run that learns a last layer alone: it tries strengths where others have epochs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.jobs.estimate import images_to_embed
from core.train.config import CLASS_BALANCES, HEAD_STRENGTHS, TrainConfig, strengths
from pages.shared.cached import workspace
from pages.shared.messages import count

BALANCES = ("none", "weights")  # nothing is drawn
HELP = (
    "The inverse of regularisation: a large one follows the training images closely, a small one keeps to what most of "
    f"them share. Empty: up to {len(HEAD_STRENGTHS)} from 1 to 10,000 are tried, and the validation images choose."
)


def ask(base: TrainConfig, key: str) -> dict[str, Any]:
    """Draw what can be set, in the room of epochs, batches and augmentation, which it has none of."""
    strength, balance, words = st.columns([1.2, 1.4, 2.7], vertical_alignment="bottom")
    value = strength.number_input(
        "Strength", 1e-6, 1e9, base.head_strength, format="%g", key=f"{key}_strength", placeholder="Auto", help=HELP
    )
    class_balance = balance.selectbox(
        "Rare classes",
        BALANCES,
        BALANCES.index("none" if base.class_balance == "none" else "weights"),
        format_func=CLASS_BALANCES.__getitem__,
        key=f"{key}_head_balance",
        help="How classes with few images are made up for.",
    )
    words.caption(
        "The last layer is learnt at once, from the embedding of each image: no batches, no learning rate, no augmentation."
    )
    return {"head_strength": value, "class_balance": class_balance, "epochs": None}


def what_comes(config: TrainConfig, dataset: Dataset) -> str:
    """What a start will do, in words."""
    missing = images_to_embed(workspace(), dataset, config)
    first = f"Up to {count(missing, 'images', 'image')} are embedded first, once. " if missing else ""
    tried = (
        f"One strength, {config.head_strength:g}"
        if config.head_strength is not None
        else f"Up to {count(config.epochs or 0, 'strengths are', 'strength is')} tried, the validation images choose"
    )
    return f"{first}{tried}; images of {config.image_size} × {config.image_size}, cropped from the centre."


def names(config: TrainConfig) -> list[str] | None:
    """What the places on the axis of epochs are called, first to last; None where they are epochs."""
    if config.trainable != "head":
        return None
    return [f"{strength:,.6g}" for strength in strengths(config)]


def place(named: Sequence[str] | None, epoch: int) -> str:
    """ "epoch 3", or "strength 100"."""
    return f"strength {named[epoch - 1]}" if named else f"epoch {epoch}"
