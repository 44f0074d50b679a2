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
NEARLY_NOTHING = 1e-6  # a picture in which nothing is seen has only zeros, and LiteRT divides by their length


def build(
    input_shape: tuple[int, int, int], num_classes: int, weights: str = "imagenet", freeze_batch_norm: bool = False
) -> keras.Model:
    """From (N, H, W, C) float32 in 0..255 to (N, num_classes) probabilities; H and W are 32 or more, C is 1 or 3.

    Args:
        weights: "imagenet" for those that learnt ImageNet's classes, "random" for none. The layer `HEAD` is random.
        freeze_batch_norm: Whether batch norm keeps the averages and scales that it has, also while training. Averages of
            a small batch are too rough to replace those of a million photos; so do the detectors of K. He et al.,
            "Mask R-CNN", arXiv:1703.06870, and Keras' guide to transfer learning.
    """
    whole = body.build(input_shape, num_classes, dropout=0.0)
    if weights == "imagenet":
        body.load(whole, read_tensors(body.weights_file()), head=False)
    x = whole.get_layer(body.EMBEDDING).output  # (N, 1280)
    x = layers.Rescaling(1.0, NEARLY_NOTHING)(x)
    x = layers.UnitNormalization(name="unit")(x)
    outputs = layers.Dense(num_classes, activation="softmax", name=HEAD)(x)
    model = keras.Model(whole.input, outputs, name="efficientnet_lite0")
    if freeze_batch_norm:
        for layer in model.layers:
            layer.trainable = not isinstance(layer, layers.BatchNormalization)
    return model
