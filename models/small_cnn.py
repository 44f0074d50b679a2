"""The textbook's idea as a kit: blocks of convolution and pooling, then a dense layer."""

from __future__ import annotations

import keras
from keras import layers

POOLINGS = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}


def build(
    input_shape: tuple[int, int, int],
    num_classes: int,
    blocks: int = 3,
    filters: int = 32,
    kernel_size: int = 3,
    pooling: str = "max",
    batch_norm: bool = True,
    dropout: float = 0.2,
    dense_units: int = 128,
) -> keras.Model:
    """From (N, H, W, C) float32 in 0..255 to (N, num_classes) probabilities.

    Each of `blocks` blocks convolves with "same" padding, doubles the filters of the block before
    and halves height and width, so H and W are 2 ** blocks or more. The last map is averaged.
    """
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(inputs)
    for block in range(blocks):
        x = layers.Conv2D(filters * 2**block, kernel_size, padding="same", use_bias=not batch_norm)(x)
        if batch_norm:
            x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
        x = POOLINGS[pooling](2)(x)
    x = layers.GlobalAveragePooling2D()(x)
    if dense_units:
        x = layers.Dense(dense_units, activation="relu")(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    outputs = layers.Dense(num_classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="small_cnn")
