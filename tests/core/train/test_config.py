import dataclasses

import pytest

from core.augment.config import AugmentConfig
from core.data.dataset import Dataset
from core.errors import ConfigError
from core.train.config import TrainConfig, count_training_images, resolve
from core.train.presets import PRESETS, preset
from models import ARCHITECTURES


def dataset(per_class, size=28, train=0.8, **changes):
    images = sum(per_class.values())
    val = round(images * (1 - train) / 2)
    made = Dataset(
        name="made", version=1, classes=tuple(per_class), images=images, per_class=per_class,
        per_split={"train": images - 2 * val, "val": val, "test": val}, channels=1, size=size, left_out=0, ignored=0,
        source={}, fingerprint="", change="", split_by="fovea", size_bytes=0, created_at=0.0,
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


@pytest.fixture
def ten_digits():
    return dataset({str(digit): 100 for digit in range(10)})


@pytest.mark.parametrize("name", PRESETS)
def test_a_config_goes_to_json_and_back(name):
    config = PRESETS[name].config

    assert TrainConfig.from_json(config.to_json()) == config
    assert config.preset == name


def test_classes_and_augmentation_go_to_json_and_back():
    config = TrainConfig(classes=("1", "7"), augment=AugmentConfig((("zoom", 0.1),)))

    assert config.to_json()["classes"] == ["1", "7"]
    assert TrainConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"epochs": 0}, "epochs is 0; it must be from 1"),
        ({"epochs": 2.5}, "epochs is 2.5; it must be int"),
        ({"epochs": True}, "epochs is True; it must be int"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": "32"}, "batch_size is '32'; it must be int"),
        ({"learning_rate": 0}, "learning_rate is 0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"momentum": 1}, "momentum is 1"),
        ({"seed": -1}, "seed is -1"),
        ({"image_size": 3}, "image_size is 3"),
        ({"image_size": 5000}, "image_size is 5000; it must be from 4 to 512"),
        ({"optimizer": "lion"}, "optimizer is 'lion'; it must be one of adam"),
        ({"architecture": "vgg"}, "architecture is 'vgg'; it must be one of textbook_cnn"),
        ({"loss": "hinge"}, "loss is 'hinge'"),
        ({"schedule": "linear"}, "schedule is 'linear'"),
        ({"fit": "squash"}, "fit is 'squash'; it must be one of crop, pad, stretch"),
        ({"gradient_clip_norm": 0}, "gradient_clip_norm is 0"),
        ({"early_stopping_patience": 0}, "early_stopping_patience is 0"),
        ({"images_per_class": 0}, "images_per_class is 0"),
        ({"train_share": 0}, "train_share is 0; it must be from 0.001 to 1"),
        ({"augment": {"zoom": 9}}, "augment.zoom is 9"),
        ({"architecture_options": {"depth": 3}}, "Small CNN has no option 'depth'. There are: blocks"),
        ({"architecture_options": {"blocks": 9}}, "architecture_options.blocks is 9; it must be from 1 to 6"),
        ({"architecture_options": {"blocks": "three"}}, "architecture_options.blocks is 'three'; it must be int"),
        ({"architecture_options": {"pooling": "min"}}, "architecture_options.pooling is 'min'"),
        ({"architecture": "textbook_cnn", "architecture_options": {"blocks": 3}}, "Textbook CNN has no option"),
        ({"epoch": 3}, "There is no setting 'epoch'. There are: preset"),
    ],
)
def test_a_setting_that_is_wrong_is_refused_with_the_rule_and_the_value(settings, said):
    with pytest.raises(ConfigError) as refused:
        TrainConfig.from_json(settings)

    assert said in str(refused.value)


def test_a_whole_number_does_where_a_float_is_asked_for():
    config = TrainConfig.from_json({"learning_rate": 1, "gradient_clip_norm": 5})

    assert (config.learning_rate, type(config.learning_rate)) == (1.0, float)
    assert type(config.gradient_clip_norm) is float
    assert config.early_stopping_patience is None


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_image_size_too_small_for_the_network_is_refused_before_training(ten_digits, architecture):
    with pytest.raises(ConfigError, match=r"image_size is 4; .* needs \d+ pixels or more"):
        resolve(TrainConfig(architecture=architecture, image_size=4), ten_digits)


def test_more_blocks_need_more_pixels(ten_digits):
    config = TrainConfig(architecture="small_cnn", architecture_options={"blocks": 6}, image_size=32)

    with pytest.raises(ConfigError, match="needs 64 pixels or more"):
        resolve(config, ten_digits)


def test_the_image_size_is_the_data_sets_or_the_smallest_that_the_network_takes(ten_digits):
    assert resolve(TrainConfig(architecture="textbook_cnn"), ten_digits).image_size == 28
    tiny = dataclasses.replace(ten_digits, size=8)
    assert resolve(TrainConfig(architecture="textbook_cnn"), tiny).image_size == 10
    assert resolve(TrainConfig(image_size=64), tiny).image_size == 64


def test_a_class_that_the_data_set_does_not_have_is_named(ten_digits):
    with pytest.raises(ConfigError, match=r"made@1 has no class 'x'\. Its classes are 0, 1"):
        resolve(TrainConfig(classes=("1", "x")), ten_digits)


@pytest.mark.parametrize("classes", [("1",), (), ("1", "1")])
def test_fewer_than_two_chosen_classes_are_refused(ten_digits, classes):
    with pytest.raises(ConfigError, match="two or more"):
        resolve(TrainConfig(classes=classes), ten_digits)


def test_a_data_set_of_one_class_is_refused():
    with pytest.raises(ConfigError, match="only 1 class"):
        resolve(TrainConfig(), dataset({"cat": 100}))


def test_a_batch_larger_than_the_training_data_is_refused(ten_digits):
    assert resolve(TrainConfig(batch_size=800), ten_digits).batch_size == 800
    with pytest.raises(ConfigError, match=r"batch_size is 801; the training data has 800 images\. Take less"):
        resolve(TrainConfig(batch_size=801), ten_digits)


def test_a_batch_larger_than_what_is_chosen_of_the_data_is_refused(ten_digits):
    assert count_training_images(TrainConfig(images_per_class=5), ten_digits) == 50
    assert count_training_images(TrainConfig(classes=("1", "2")), ten_digits) == 160
    assert count_training_images(TrainConfig(train_share=0.1), ten_digits) == 80
    assert count_training_images(TrainConfig(train_share=0.001), ten_digits) == 10
    assert count_training_images(TrainConfig(train_share=0.5, images_per_class=5), ten_digits) == 30
    with pytest.raises(ConfigError, match="the training data has 50 images"):
        resolve(TrainConfig(images_per_class=5, batch_size=100), ten_digits)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize(("images", "batch"), [(62, 32), (25, 16), (3, 2), (63, 32)])
def test_a_recipe_trains_on_few_images_too_with_a_batch_that_fits_them(name, images, batch):
    few = dataclasses.replace(dataset({"a": images, "b": images}), per_split={"train": images, "val": 2, "test": 2})
    recipe = PRESETS[name].config

    resolved = resolve(recipe, few)

    assert resolved.batch_size == (1 if recipe.trainable == "head" else min(recipe.batch_size, batch))
    assert resolved.epochs


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_an_empty_split_is_refused_with_advice(ten_digits, split):
    empty = dataclasses.replace(ten_digits, per_split={**ten_digits.per_split, split: 0})

    with pytest.raises(ConfigError, match=f"none in its {split} split. To be in every split"):
        resolve(TrainConfig(), empty)


def test_epochs_without_a_number_reach_enough_steps_where_there_are_few_images(ten_digits):
    config = TrainConfig(epochs=None, batch_size=32)

    assert resolve(config, ten_digits).epochs == 32  # 800 images: 25 steps an epoch, 800 steps in all
    assert resolve(config, dataset({"a": 40_000, "b": 40_000})).epochs == 1
    assert resolve(config, dataset({"a": 20, "b": 20})).epochs == 60
    assert resolve(TrainConfig(epochs=7), ten_digits).epochs == 7


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_fits_the_digits(digits, name):
    resolve(PRESETS[name].config, digits.dataset)


def test_an_unknown_preset_is_answered_with_what_there_is():
    with pytest.raises(ConfigError, match="There are: fast, textbook, quick, quick_plus, small"):
        preset("slow")
