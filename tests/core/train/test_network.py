import itertools

import pytest

import models
from core.errors import ConfigError
from core.train.network import describe
from models import ARCHITECTURES


def test_the_textbook_network_has_the_shapes_and_parameters_worked_by_hand():
    layers = describe("textbook_cnn", {}, (28, 28, 1), 10)

    assert [(layer["kind"], layer["output_shape"], layer["parameters"]) for layer in layers] == [
        ("Rescaling", (28, 28, 1), 0),
        ("Conv2D", (26, 26, 32), 320),
        ("MaxPooling2D", (13, 13, 32), 0),
        ("Conv2D", (11, 11, 64), 18_496),
        ("MaxPooling2D", (5, 5, 64), 0),
        ("Flatten", (1600,), 0),
        ("Dense", (128,), 204_928),
        ("Dense", (10,), 1_290),
    ]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_parameters_of_all_layers_are_those_of_the_network_and_no_weights_are_read(name, monkeypatch):
    def refuse(*_):
        raise AssertionError("weights were read")

    monkeypatch.setattr("models.pretrained.keras_weights.file_of", refuse)
    monkeypatch.setattr("models.pretrained.efficientnet_lite0.load", refuse)
    learnt = {"weights": "imagenet"} if "weights" in ARCHITECTURES[name].options else {}

    layers = describe(name, learnt, (32, 32, 3), 5)

    random = {"weights": "random"} if learnt else {}
    assert sum(layer["parameters"] for layer in layers) == models.build(name, (32, 32, 3), 5, random).count_params()
    assert layers[-1]["output_shape"] == (5,)


def test_an_option_out_of_range_is_refused():
    with pytest.raises(ConfigError, match=r"architecture_options\.blocks is 70"):
        describe("small_cnn", {"blocks": 70}, (32, 32, 3), 5)


NUMBERS = ("filters", "convolutions", "kernel_size", "dropout", "dense_units")


@pytest.mark.parametrize("ends", itertools.product(("minimum", "maximum"), repeat=2), ids="-".join)
def test_whatever_passes_the_checks_of_the_kit_builds(ends):
    """The ends of every range: all small and all large, in few blocks and in many."""
    blocks, rest = ends
    table = ARCHITECTURES["small_cnn"].options
    options = {name: type(table[name].default)(getattr(table[name], rest)) for name in NUMBERS}
    options |= {"blocks": int(getattr(table["blocks"], blocks)), "pooling": "average", "batch_norm": rest == "minimum"}
    size = ARCHITECTURES["small_cnn"].minimum_size({"blocks": options["blocks"]})

    layers = describe("small_cnn", options, (size, size, 1), 2)

    assert layers[-1]["output_shape"] == (2,)
    assert sum(layer["parameters"] for layer in layers) < 200e6


@pytest.mark.parametrize("activation", ARCHITECTURES["small_cnn"].options["activation"].choices)
def test_every_activation_of_the_kit_is_one_of_keras(activation):
    assert describe("small_cnn", {"activation": activation, "blocks": 1}, (8, 8, 1), 2)
