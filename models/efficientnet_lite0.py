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
# Whose inputs are the ends of the stages of 112, 192 and 320 filters.
AFTER_STAGES = ("blocks_11_expand_conv", "blocks_15_expand_conv", "conv_head")
NEARLY_NOTHING = 1e-6  # a picture in which nothing is seen has only zeros, and LiteRT divides by their length


def build(
    input_shape: tuple[int, int, int],
    num_classes: int,
    weights: str = "imagenet",
    freeze_batch_norm: bool = False,
    features: str = "last",
) -> keras.Model:
    """From (N, H, W, C) float32 in 0..255 to (N, num_classes) probabilities; H and W are 32 or more, C is 1 or 3.

    Args:
        weights: "imagenet" for those that learnt ImageNet's classes, "random" for none. The layer `HEAD` is random.
        freeze_batch_norm: Whether batch norm keeps the averages and scales that it has, also while training. Averages of
            a small batch are too rough to replace those of a million photos; so do the detectors of K. He et al.,
            "Mask R-CNN", arXiv:1703.06870, and Keras' guide to transfer learning.
        features: What the last layer sees: "last", the (N, 1280) means of the last feature map; "blocks", with them
            those of the maps after three stages, (N, 1904). Each part has the same length, all together 1.
    """
    whole = body.build(input_shape, num_classes, dropout=0.0)
    if weights == "imagenet":
        body.load(whole, read_tensors(body.weights_file()), head=False)
    x = _unit(whole.get_layer(body.EMBEDDING).output, "unit")  # (N, 1280)
    if features == "blocks":
        maps = [whole.get_layer(name).input for name in AFTER_STAGES]
        parts = [x, *(_unit(layers.GlobalAveragePooling2D()(one)) for one in maps)]
        # A plain factor would go into the layer that is exchanged.
        x = layers.UnitNormalization()(layers.Concatenate()(parts))
    outputs = layers.Dense(num_classes, activation="softmax", name=HEAD)(x)
    model = keras.Model(whole.input, outputs, name="efficientnet_lite0")
    if freeze_batch_norm:
        for layer in model.layers:
            layer.trainable = not isinstance(layer, layers.BatchNormalization)
    return model


def _unit(x: keras.KerasTensor, name: str | None = None) -> keras.KerasTensor:
    return layers.UnitNormalization(name=name)(layers.Rescaling(1.0, NEARLY_NOTHING)(x))
