import contextlib
import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.augment.config import AugmentConfig
from core.augment.operations import OPERATIONS
from core.data.checks.thresholds import LIMITS, Thresholds
from core.data.dataset import Dataset
from core.errors import ConfigError
from core.settings import value_of
from core.train.config import TrainConfig, count_training_images, resolve
from core.train.presets import PRESETS, preset
from core.train.search import combinations
from core.train.values import setting_of, with_values
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
        ({"epochs": 2.5}, "epochs is 2.5; it must be a whole number"),
        ({"epochs": True}, "epochs is True; it must be a whole number"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": "32"}, "batch_size is '32'; it must be a whole number"),
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
        (
            {"architecture_options": {"blocks": "three"}},
            "architecture_options.blocks is 'three'; it must be a whole number",
        ),
        ({"architecture_options": {"pooling": "min"}}, "architecture_options.pooling is 'min'"),
        ({"architecture": "textbook_cnn", "architecture_options": {"blocks": 3}}, "Textbook CNN has no option"),
        ({"epochs": 10**400}, "epochs is 10000"),
        ({"learning_rate": 10**400}, "it must be from 1e-09 to 100."),
        ({"seed": 2**31}, "seed is 2147483648; it must be from 0 to 2,147,483,647."),
        ({"weight_decay": float("inf")}, "weight_decay is inf; it must be from 0 to 10."),
        ({"classes": 1.5}, "classes is 1.5; it must be a list of names"),
        ({"classes": [1, 7]}, "classes is [1, 7]; it must be a list of names"),
        ({"architecture": ["resnet"]}, "architecture is ['resnet']; it must be one of"),
        ({"architecture_options": 3}, "architecture_options is 3; it must be values by name"),
        ({"architecture_options": {"blocks": 10**400}}, "it must be from 1 to 6."),
        ({"architecture_options": {"batch_norm": 1}}, "architecture_options.batch_norm is 1; it must be true or false"),
        ({"augment": [1]}, "augment is [1]; it must be strengths by name"),
        ({"augment": {"rotation": 10**400}}, "augment.rotation is inf; it must be above 0 and at most 0.5."),
        ({"augment": {"rotation": True}}, "augment.rotation is True; it must be a strength"),
        ({"start_from": 3}, "start_from is 3; it must be text"),
        ({"xla": 1}, "xla is 1; it must be true or false"),
        ({"epoch": 3}, "There is no setting 'epoch'. There are: preset"),
    ],
)
def test_a_setting_that_is_wrong_is_refused_with_the_rule_and_the_value(settings, said):
    with pytest.raises(ConfigError) as refused:
        TrainConfig.from_json(settings)

    assert said in str(refused.value)


ANY_JSON = some.recursive(
    some.one_of(some.none(), some.booleans(), some.integers(-(10**400), 10**400), some.floats(), some.text()),
    lambda inner: some.one_of(
        some.lists(inner, max_size=3), some.dictionaries(some.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
SETTINGS = [field.name for field in dataclasses.fields(TrainConfig)]
NESTED = some.one_of(
    some.dictionaries(some.sampled_from([*OPERATIONS, "strength", "probability"]), ANY_JSON, max_size=2),
    some.dictionaries(some.sampled_from([*ARCHITECTURES["small_cnn"].options]), ANY_JSON, max_size=2),
)


@given(
    some.dictionaries(some.one_of(some.sampled_from(SETTINGS), some.text()), some.one_of(ANY_JSON, NESTED), max_size=3)
)
def test_any_json_is_a_config_that_goes_to_json_and_back_or_is_refused_in_words(value):
    try:
        config = TrainConfig.from_json(value)
    except ConfigError as error:
        assert len(str(error)) < 2000
        return
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json(), allow_nan=False))) == config


@given(some.sampled_from([*SETTINGS, "threshold"]), some.one_of(some.text(), ANY_JSON.map(json.dumps)))
def test_any_text_of_a_setting_is_read_or_refused_in_words(name, text):
    with contextlib.suppress(ConfigError):
        given = value_of(text) if name == "threshold" else setting_of(name, text)
        with contextlib.suppress(ConfigError):
            with_values(TrainConfig(), {name: given})
        combinations(TrainConfig(), {name: text}, draws=3)


@given(some.sampled_from(sorted(LIMITS)), ANY_JSON)
def test_any_threshold_is_a_number_that_json_can_hold_or_refused_in_words(name, value):
    with contextlib.suppress(ConfigError):
        json.dumps(dataclasses.asdict(Thresholds.of({name: value})), allow_nan=False)


def test_a_list_of_lists_without_end_is_no_value():
    with pytest.raises(ConfigError, match=r"'\[\[\[.*\[\[\[' is a list of lists without end"):
        setting_of("epochs", "[" * 200_000)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("epochs", "5", 5),
        ("epochs", "none", None),
        ("learning_rate", "1e-3", 0.001),
        ("start_from", "20261123", "20261123"),
        ("start_from", "null", None),
        ("classes", "1.50,true", ["1.50", "true"]),
        ("classes", "7", ["7"]),
        ("classes", '["a,b"]', ["a,b"]),
    ],
)
def test_names_stay_names_whatever_they_look_like(field, text, value):
    assert setting_of(field, text) == value


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
