import importlib

import keras
import numpy as np
import pytest

import models
from core.predict.export import compare, to_litert
from models import ARCHITECTURES, options_of
from tests.making import PROJECT, noise


def test_the_textbook_cnn_has_225034_parameters():
    # By hand: 3*3*1*32+32, 3*3*32*64+64, 5*5*64*128+128, 128*10+10
    assert models.build("textbook_cnn", (28, 28, 1), 10, {}).count_params() == 225_034 == 320 + 18_496 + 204_928 + 1_290


def test_the_textbook_cnn_is_keras_own_layers_in_their_order():
    model = models.build("textbook_cnn", (28, 28, 1), 10, {})

    assert [type(layer).__name__ for layer in model.layers] == [
        "Rescaling", "Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense",
    ]  # fmt: skip


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_pixels_go_in_and_probabilities_come_out_at_the_smallest_size(name, channels):
    size = ARCHITECTURES[name].minimum_size(options_of(name, {}))
    model = models.build(name, (size, size, channels), 7, {})

    pictures = np.stack([noise(seed, size, size, channels).reshape(size, size, channels) for seed in range(3)])
    probabilities = np.array(model(pictures.astype("float32")))

    assert probabilities.shape == (3, 7)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)
    assert (probabilities >= 0).all()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_rescaling_lives_inside_the_model(name):
    model = models.build(name, (32, 32, 3), 2, {})

    scale = {"efficientnet_lite0": 1 / 128, "resnet": 1 / 127.5, "applications": 1 / 127.5}.get(name, 1 / 255)
    assert any(isinstance(layer, keras.layers.Rescaling) and layer.scale == scale for layer in model.layers)


@pytest.mark.parametrize("name", ["textbook_cnn", "fast_cnn", "small_cnn"])
def test_one_pixel_less_than_the_smallest_size_cannot_be_built(name):
    smallest = ARCHITECTURES[name].minimum_size(options_of(name, {}))
    models.build(name, (smallest, smallest, 1), 2, {})

    # fast_cnn pads its first layer, so 7 pixels still build; a quarter of the rule must not.
    too_small = smallest - 1 if name != "fast_cnn" else smallest // 4
    with pytest.raises(ValueError, match=r"negative dimension|Computed output size would be"):
        models.build(name, (too_small, too_small, 1), 2, {})


@pytest.mark.parametrize(
    ("options", "check"),
    [
        ({"blocks": 1}, lambda model: len(of(model, keras.layers.Conv2D)) == 1),
        ({"blocks": 5, "filters": 4}, lambda model: of(model, keras.layers.Conv2D)[-1].filters == 64),
        ({"kernel_size": 5}, lambda model: of(model, keras.layers.Conv2D)[0].kernel_size == (5, 5)),
        ({"convolutions": 2, "blocks": 3}, lambda model: len(of(model, keras.layers.Conv2D)) == 6),
        ({"blocks": 5, "filters": 128}, lambda model: of(model, keras.layers.Conv2D)[-1].filters == 512),
        (
            {"activation": "gelu"},
            lambda model: of(model, keras.layers.Activation)[0].activation is keras.activations.gelu,
        ),
        ({"pooling": "average"}, lambda model: len(of(model, keras.layers.AveragePooling2D)) == 3),
        ({"batch_norm": False}, lambda model: not of(model, keras.layers.BatchNormalization)),
        ({"dropout": 0.0}, lambda model: not of(model, keras.layers.Dropout)),
        ({"dense_units": 0}, lambda model: len(of(model, keras.layers.Dense)) == 1),
    ],
)
def test_every_option_of_the_small_cnn_does_what_it_says(options, check):
    assert check(models.build("small_cnn", (32, 32, 3), 4, options))


@pytest.mark.parametrize("blocks", [1, 3])
def test_a_resnet_of_n_blocks_a_stage_has_6n_plus_2_layers_with_weights(blocks):
    model = models.build("resnet", (32, 32, 3), 10, {"blocks": blocks})

    counted = [layer for layer in of(model, keras.layers.Conv2D) if layer.kernel_size == (3, 3)]
    assert len(counted) + len(of(model, keras.layers.Dense)) == 6 * blocks + 2


def test_a_resnet_begins_as_the_identity_in_every_block_so_that_depth_changes_nothing_at_first():
    shallow, deep = (models.build("resnet", (16, 16, 1), 3, {"blocks": blocks}) for blocks in (1, 3))
    for kind in (keras.layers.Conv2D, keras.layers.Dense):
        outer = [layer for layer in of(deep, kind) if kind is keras.layers.Dense or layer.kernel_size == (1, 1)]
        inner = [layer for layer in of(shallow, kind) if kind is keras.layers.Dense or layer.kernel_size == (1, 1)]
        for one, other in zip(outer, inner, strict=True):
            one.set_weights(other.get_weights())
    of(deep, keras.layers.Conv2D)[0].set_weights(of(shallow, keras.layers.Conv2D)[0].get_weights())
    shown = noise(1, 16, 16, 1).reshape(1, 16, 16, 1).astype("float32")

    np.testing.assert_allclose(deep.predict(shown, verbose=0), shallow.predict(shown, verbose=0), atol=1e-6)


@pytest.mark.parametrize(("size", "side"), [(32, 8), (63, 16), (64, 8), (96, 12)])
def test_a_resnet_halves_large_pictures_once_more(size, side):
    model = models.build("resnet", (size, size, 3), 2, {"blocks": 1})

    assert of(model, keras.layers.Conv2D)[-1].output.shape[1:3] == (side, side)


def of(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def test_every_option_of_the_table_is_an_argument_of_build_with_the_same_default():
    for line in ARCHITECTURES.values():
        code = importlib.import_module(line.module).build
        names = code.__code__.co_varnames[2 : code.__code__.co_argcount]
        assert dict(zip(names, code.__defaults__ or (), strict=True)) == {
            name: option.default for name, option in line.options.items()
        }


def test_every_architecture_is_a_file_and_every_file_has_its_line():
    files = {f"models.{path.stem}" for path in (PROJECT / "models").glob("[!_]*.py")}

    assert {line.module for line in ARCHITECTURES.values()} == files


def test_defaults_lie_within_their_ranges():
    for line in ARCHITECTURES.values():
        for option in line.options.values():
            if option.choices:
                assert option.default in option.choices
            elif not isinstance(option.default, bool):
                assert option.minimum <= option.default <= option.maximum


def test_the_same_seed_gives_the_same_first_weights():
    def weights():
        keras.utils.set_random_seed(4)
        return models.build("fast_cnn", (8, 8, 1), 3, {}).get_weights()

    for one, other in zip(weights(), weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_efficientnet_lite0_brings_the_embeddings_that_its_last_layer_can_be_learnt_on(embedder):
    model = models.build("efficientnet_lite0", (64, 64, 3), 2, {})
    pictures = np.stack([noise(seed, 64, 64) for seed in range(4)])

    units = keras.Model(model.input, model.get_layer("unit").output)(pictures.astype("float32"))

    np.testing.assert_allclose(np.array(units), embedder.embed(pictures), atol=1e-4)


def test_features_of_blocks_are_the_embedding_and_means_of_three_stages_of_equal_length(embedder):
    model = models.build("efficientnet_lite0", (64, 64, 3), 2, {"features": "blocks"})
    stages = ["blocks_10", "blocks_14", "blocks_15"]  # the last of 112, 192 and 320 filters
    names = [layer.name for layer in model.layers]
    ends = [model.layers[names.index(f"{stage}_bn2") + (stage != "blocks_15")].output for stage in stages]
    pixels = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype(np.uint8)

    *maps, seen = keras.Model(model.input, [*ends, model.layers[-1].input]).predict(pixels, verbose=0)

    pooled = [np.mean(one, axis=(1, 2)) for one in maps]
    expected = [embedder.embed(pixels), *(one / np.linalg.norm(one, axis=1, keepdims=True) for one in pooled)]
    np.testing.assert_allclose(seen, np.concatenate(expected, axis=1) / 2, atol=1e-3)


def test_efficientnet_lite0_without_weights_has_others():
    pretrained, random = (
        models.build("efficientnet_lite0", (32, 32, 3), 2, {"weights": weights}) for weights in ("imagenet", "random")
    )

    assert not np.array_equal(pretrained.get_layer("conv_stem").kernel, random.get_layer("conv_stem").kernel)


def test_frozen_batch_norm_keeps_its_averages_and_scales_while_all_else_learns():
    options = {"weights": "random", "freeze_batch_norm": True}
    model = models.build("efficientnet_lite0", (32, 32, 3), 2, options)
    before = [np.array(variable) for layer in of(model, keras.layers.BatchNormalization) for variable in layer.weights]
    kernel = np.array(model.get_layer("conv_stem").kernel)
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    pictures = np.stack([noise(seed, 32, 32) for seed in range(2)]).astype("float32")

    model.train_on_batch(pictures, np.array([0, 1]))

    after = [np.array(variable) for layer in of(model, keras.layers.BatchNormalization) for variable in layer.weights]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(kernel, np.array(model.get_layer("conv_stem").kernel))


def test_a_picture_in_which_nothing_is_seen_has_an_answer_in_litert_too(tmp_path):
    # At 32 pixels the pretrained layers see nothing in any picture.
    model = models.build("efficientnet_lite0", (32, 32, 3), 2, {})
    pictures = np.stack([noise(seed, 32, 32) for seed in range(3)])
    assert not keras.Model(model.input, model.get_layer("embedding").output)(pictures.astype("float32")).numpy().any()

    to_litert(model, tmp_path / "model.tflite")

    assert compare(model, tmp_path / "model.tflite", pictures)["agreement"] == 1


def test_at_the_smallest_size_efficientnet_lite0_sees_something():
    size = ARCHITECTURES["efficientnet_lite0"].minimum_size({"weights": "imagenet"})
    model = models.build("efficientnet_lite0", (size, size, 3), 2, {})
    seen = keras.Model(model.input, model.get_layer("embedding").output)(noise(1, size, size)[None].astype("float32"))

    assert np.linalg.norm(seen) > 1
