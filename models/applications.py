"""Networks of `keras.applications`, each with a new last layer: for photos, where there is time or a GPU.

| variant | parameters without the last layer | ImageNet, top 1, as published |
|---|---|---|
| mobilenet_v3_small | 0.9 million | 68.1 % |
| mobilenet_v3_large | 3.0 million | 75.6 % |
| efficientnet_v2_b0, b1, b2, b3 | 5.9, 6.9, 8.8, 12.9 million | 78.7, 79.8, 80.5, 82.0 % |
| convnext_tiny | 27.8 million | 81.3 % |

Sources: A. Howard et al., "Searching for MobileNetV3", arXiv:1905.02244; M. Tan and Q. Le, "EfficientNetV2",
arXiv:2104.00298; Z. Liu et al., "A ConvNet for the 2020s", arXiv:2201.03545; keras.io/api/applications.
"""

from __future__ import annotations

import keras
from keras import applications, layers

from models.pretrained import keras_weights

BODIES = {
    "mobilenet_v3_small": applications.MobileNetV3Small,
    "mobilenet_v3_large": applications.MobileNetV3Large,
    "efficientnet_v2_b0": applications.EfficientNetV2B0,
    "efficientnet_v2_b1": applications.EfficientNetV2B1,
    "efficientnet_v2_b2": applications.EfficientNetV2B2,
    "efficientnet_v2_b3": applications.EfficientNetV2B3,
    "convnext_tiny": applications.ConvNeXtTiny,
}
MOMENTUM = 0.9  # Keras' MobileNetV3 has 0.999: after a few hundred steps its averages would still be those of the start


def build(
    input_shape: tuple[int, int, int],
    num_classes: int,
    variant: str = "mobilenet_v3_small",
    weights: str = "random",
    dropout: float = 0.2,
) -> keras.Model:
    """From (N, H, W, C) float32 in 0..255 to (N, num_classes) probabilities; H and W are 32 or more, C is 1 or 3.

    Args:
        variant: A key of `BODIES`.
        weights: "imagenet" for those that learnt ImageNet's classes, fetched once and kept; "random" for none. The
            last layer is random.
        dropout: The share of values dropped before the last layer while training.

    Raises:
        ConfigError: The weights are not there and cannot be fetched.
    """
    inputs = keras.Input(input_shape)
    colours = layers.Concatenate()([inputs] * 3) if input_shape[2] == 1 else inputs
    # Each body brings the scaling of 0..255 that it learnt with.
    body = BODIES[variant](include_top=False, weights=None, input_tensor=colours, pooling="avg")
    if weights == "imagenet":
        body.load_weights(str(keras_weights.file_of(variant)))
    for layer in body.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = MOMENTUM
    x = body.output
    if dropout:
        x = layers.Dropout(dropout)(x)
    outputs = layers.Dense(num_classes, activation="softmax", name="head")(x)
    return keras.Model(inputs, outputs, name=variant)
