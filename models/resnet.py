"""A residual network for pictures of 32 to 96 pixels: three stages of blocks that learn what to add to their input.

A block is two 3 × 3 convolutions, each with batch norm, beside an identity; where a stage begins, it halves height and
width and doubles the filters, and the identity does so by a 1 × 1 convolution. The second norm of a block scales by 0
at first, so that every block begins as the identity and depth costs nothing at the start.

Sources: K. He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385, 4.2, where a network of n blocks
a stage has 6n + 2 layers; P. Goyal et al., "Accurate, Large Minibatch SGD", arXiv:1706.02677, 5.1, for the scale of 0.
"""

from __future__ import annotations

import keras
from keras import layers

STAGES = 3
LARGE = 64


def build(
    input_shape: tuple[int, int, int],
    num_classes: int,
    blocks: int = 2,
    filters: int = 16,
    dropout: float = 0.0,
) -> keras.Model:
    """From (N, H, W, C) float32 in 0..255 to (N, num_classes) probabilities. H and W are 8 or more.

    Pictures of `LARGE` pixels or more are halved by the first layer already.

    Args:
        blocks: In each of the three stages.
        filters: Of the first stage; each stage doubles them.
        dropout: The share of values dropped before the last layer while training.
    """
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 127.5, -1)(inputs)
    x = _convolve(x, filters, 3, 2 if min(input_shape[:2]) >= LARGE else 1)  # (N, H, W, filters), or half of each side
    x = layers.ReLU()(x)
    for stage in range(STAGES):
        for block in range(blocks):
            x = _block(x, filters * 2**stage, 2 if stage and not block else 1)
    x = layers.GlobalAveragePooling2D()(x)  # (N, 4 filters)
    if dropout:
        x = layers.Dropout(dropout)(x)
    outputs = layers.Dense(num_classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="resnet")


def _block(x: keras.KerasTensor, filters: int, strides: int) -> keras.KerasTensor:
    before = x if strides == 1 and x.shape[-1] == filters else _convolve(x, filters, 1, strides)
    x = layers.ReLU()(_convolve(x, filters, 3, strides))
    x = _convolve(x, filters, 3, 1, scale="zeros")
    return layers.ReLU()(layers.Add()([x, before]))


def _convolve(x: keras.KerasTensor, filters: int, kernel: int, strides: int, scale: str = "ones") -> keras.KerasTensor:
    x = layers.Conv2D(filters, kernel, strides, "same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.BatchNormalization(momentum=0.9, gamma_initializer=scale)(x)
