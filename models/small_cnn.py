"""The textbook's idea as a kit: blocks of convolution and pooling, then a dense layer."""

from __future__ import annotations

import keras
from keras import layers

MOST_FILTERS = 512  # six blocks that double 128 would have 4,096, and a weight for each pair of them
POOLINGS = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}


def build(
    input_shape: tuple[int, int, int],
    num_classes: int,
    blocks: int = 3,
    filters: int = 32,
    convolutions: int = 1,
    kernel_size: int = 3,
    activation: str = "relu",
    pooling: str = "max",
    batch_norm: bool = True,
    dropout: float = 0.2,
    dense_units: int = 128,
) -> keras.Model:
    """From (N, H, W, C) float32 in 0..255 to (N, num_classes) probabilities.

    Each of `blocks` blocks convolves `convolutions` times with "same" padding, has twice the filters of the block before,
    `MOST_FILTERS` at most, and halves height and width, so H and W are 2 ** blocks or more. The last map is averaged.
    """
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(inputs)
    for block in range(blocks):
        width = min(filters * 2**block, MOST_FILTERS)
        for _ in range(convolutions):
            x = layers.Conv2D(width, kernel_size, padding="same", use_bias=not batch_norm)(x)
            if batch_norm:
                x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.Activation(activation)(x)
        x = POOLINGS[pooling](2)(x)
    x = layers.GlobalAveragePooling2D()(x)
    if dense_units:
        x = layers.Dense(dense_units, activation=activation)(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    outputs = layers.Dense(num_classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="small_cnn")
