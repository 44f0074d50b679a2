import numpy as np
import pytest

from core.errors import FoveaError
from models.pretrained import efficientnet_lite0
from models.pretrained.torch_file import read_tensors


@pytest.fixture(scope="module")
def tensors():
    return read_tensors(efficientnet_lite0.weights_file())


@pytest.mark.parametrize("channels", [1, 3])
def test_it_takes_other_sizes_and_classes_and_the_pretrained_body(tensors, channels):
    model = efficientnet_lite0.build((64, 96, channels), 5)
    before = model.get_layer("fc").get_weights()[0]

    efficientnet_lite0.load(model, tensors, head=False)

    probabilities = np.asarray(model(np.full((2, 64, 96, channels), 128.0, np.float32)))
    assert probabilities.shape == (2, 5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(model.get_layer("fc").get_weights()[0], before)
    stem = model.get_layer("conv_stem").get_weights()[0]
    np.testing.assert_array_equal(stem[:, :, 1, 7], tensors["_conv_stem.weight"][7, 1])


def test_it_pads_at_stride_2_as_pytorch_does(tensors):
    """Against a convolution by hand: PyTorch pads 1 on each side, so the first field begins at pixel -1."""
    model = efficientnet_lite0.build((32, 32, 3), 5)
    efficientnet_lite0.load(model, tensors, head=False)
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.float32)

    import keras

    stem = keras.Model(model.input, model.get_layer("conv_stem").output)(picture[None])
    padded = np.pad((picture - 127) / 128, ((1, 1), (1, 1), (0, 0)))
    expected = np.einsum("hwc,ochw->o", padded[:3, :3], tensors["_conv_stem.weight"])
    np.testing.assert_allclose(np.asarray(stem)[0, 0, 0], expected, atol=1e-4)


def test_weights_that_do_not_fit_are_named(tensors):
    model = efficientnet_lite0.build((32, 32, 3), 5)

    with pytest.raises(FoveaError, match=r"has the shape \(1280, 5\), its weights \(1280, 1000\)"):
        efficientnet_lite0.load(model, tensors)
    with pytest.raises(FoveaError, match=r"do not hold _blocks\.3\._bn1\.bias"):
        efficientnet_lite0.load(model, {k: v for k, v in tensors.items() if k != "_blocks.3._bn1.bias"}, head=False)
    with pytest.raises(FoveaError, match="more than the network has: extra"):
        efficientnet_lite0.load(model, {**tensors, "extra": np.zeros(1)}, head=False)
