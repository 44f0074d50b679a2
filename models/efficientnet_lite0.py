"""EfficientNet-Lite0 with weights that learnt ImageNet, and a new last layer: for photos.

Below the last layer stand vectors of length 1, the embeddings of `core.inference`, so that a last layer that was
learnt on those fits. At 224 px about 150 pictures a second on two CPU cores by LiteRT.
"""

from __future__ import annotations

import keras
from keras import layers

from models.pretrained import efficientnet_lite0 as body
from models.pretrained.torch_file import read_tensors

HEAD = "head"


def build(input_shape: tuple[int, int, int], num_classes: int, weights: str = "imagenet") -> keras.Model:
    """From (N, H, W, C) float32 in 0..255 to (N, num_classes) probabilities; H and W are 32 or more, C is 1 or 3.

    Args:
        weights: "imagenet" for those that learnt ImageNet's classes, "random" for none. The layer `HEAD` is random.
    """
    whole = body.build(input_shape, num_classes, dropout=0.0)
    if weights == "imagenet":
        body.load(whole, read_tensors(body.weights_file()), head=False)
    x = layers.UnitNormalization(name="unit")(whole.get_layer(body.EMBEDDING).output)  # (N, 1280)
    outputs = layers.Dense(num_classes, activation="softmax", name=HEAD)(x)
    return keras.Model(whole.input, outputs, name="efficientnet_lite0")
