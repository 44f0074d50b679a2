"""The part of the form that says how the loss is made small."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.train.config import CLASS_BALANCES, LOSSES, OPTIMIZERS, PRECISIONS, SCHEDULES, TrainConfig


def ask(values: dict[str, Any], base: TrainConfig, key: str) -> None:
    """Draw the fields, which start from `base`, and put what they hold into `values`."""
    first, second, third = st.columns(4), st.columns(5), st.columns(5)
    for column, name, label, words, help in (
        (first[0], "optimizer", "Optimizer", OPTIMIZERS, None),
        (first[1], "schedule", "Learning rate schedule", SCHEDULES, None),
        (first[2], "loss", "Loss", LOSSES, None),
        (third[1], "class_balance", "Rare classes", CLASS_BALANCES, "How classes with few images are made up for."),
        (
            third[3],
            "precision",
            "Precision",
            PRECISIONS,
            "What layers compute in. Whether 16 bits gain depends on the device.",
        ),
    ):
        names = list(words)
        values[name] = column.selectbox(
            label,
            names,
            names.index(getattr(base, name)),
            format_func={one: told.partition(":")[0] for one, told in words.items()}.__getitem__,
            key=f"{key}_{name}",
            help=help,
        )
    values["gradient_clip_norm"] = first[3].number_input(
        "Clip gradients to norm",
        0.0,
        None,
        base.gradient_clip_norm,
        key=f"{key}_clip",
        placeholder="Never",
        help="All gradients together are scaled down to this norm. Empty: never.",
    )
    values["momentum"] = second[0].number_input(
        "Momentum",
        0.0,
        0.9999,
        base.momentum,
        step=0.05,
        format="%g",
        key=f"{key}_momentum",
        disabled=values["optimizer"] != "sgd",
        help="Of SGD.",
    )
    if values["optimizer"] != "sgd":
        values["momentum"] = TrainConfig.momentum
    values["weight_decay"] = second[1].number_input(
        "Weight decay",
        0.0,
        10.0,
        base.weight_decay,
        step=1e-3,
        format="%g",
        key=f"{key}_decay",
        placeholder="Auto",
        help="Each step takes this share, times the learning rate, away from the weights, but not from biases and "
        "normalisation. Empty: 0.004 of AdamW, 0 of the others.",
    )
    values["layer_decay"] = second[2].number_input(
        "Layer decay",
        0.01,
        1.0,
        base.layer_decay,
        step=0.05,
        format="%g",
        key=f"{key}_layer_decay",
        help="What a layer's learning rate is, to that of the layer above it: below 1, layers near the picture change "
        "less. For networks that learnt before.",
    )
    goes_to_its_end = values["schedule"] != "constant"
    patience = second[3].number_input(
        "Stop early after epochs",
        1,
        10_000,
        base.early_stopping_patience,
        key=f"{key}_patience",
        placeholder="Never",
        disabled=goes_to_its_end,
        help="Stop after so many epochs without a lower validation loss. Empty: never. With the schedule Constant only: "
        "the others need the low rates at their end.",
    )
    values["early_stopping_patience"] = None if goes_to_its_end else patience
    values["seed"] = second[4].number_input(
        "Seed",
        0,
        2**31 - 1,
        base.seed,
        key=f"{key}_seed",
        help="Decides the first weights, the order of images and the augmentation.",
    )
    values["label_smoothing"] = third[0].number_input(
        "Label smoothing",
        0.0,
        0.9,
        base.label_smoothing,
        step=0.05,
        format="%g",
        key=f"{key}_smoothing",
        help="So much of each label is spread evenly over all classes: answers become less sure of themselves.",
    )
    values["ema_momentum"] = third[2].number_input(
        "Average weights with momentum",
        0.1,
        0.99999,
        base.ema_momentum,
        step=0.001,
        format="%g",
        key=f"{key}_ema",
        placeholder="Never",
        help="An exponential moving average of the weights is judged and kept, 0.99 or so. Empty: the weights themselves.",
    )
    values["xla"] = third[4].selectbox(
        "XLA",
        (False, True),
        int(base.xla),
        format_func=("No", "Yes").__getitem__,
        key=f"{key}_xla",
        help="TensorFlow compiles the step for the device first. Whether it gains depends on the device.",
    )
