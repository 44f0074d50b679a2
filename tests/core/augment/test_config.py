import json

import pytest

from core.augment.advice import fitting_preset, likely_to_harm
from core.augment.config import PRESETS, AugmentConfig
from core.augment.operations import GROUPS, OPERATIONS
from core.errors import ConfigError
from core.train.config import TrainConfig


def test_a_config_goes_to_json_and_back_in_its_order():
    config = AugmentConfig((("zoom", 0.1), ("rotation", 0.05)))

    assert list(config.to_json()) == ["zoom", "rotation"]
    assert AugmentConfig.from_json(config.to_json()) == config


def test_strength_0_is_off():
    assert AugmentConfig.from_json({"zoom": 0, "rotation": 0.1}).names == ("rotation",)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_strength_above_the_maximum_is_refused_with_the_range(name):
    maximum = OPERATIONS[name].maximum
    AugmentConfig(((name, maximum),))

    with pytest.raises(ConfigError, match=rf"augment\.{name} is .* at most {maximum:g}"):
        AugmentConfig(((name, maximum * 1.01),))


def test_a_negative_strength_and_an_unknown_name_are_refused():
    with pytest.raises(ConfigError, match="above 0"):
        AugmentConfig((("zoom", -0.1),))
    with pytest.raises(ConfigError, match=r"no augmentation 'swirl'\. There are: flip_horizontal"):
        AugmentConfig((("swirl", 0.1),))


def test_defaults_and_presets_are_within_the_ranges():
    for name, operation in OPERATIONS.items():
        AugmentConfig(((name, operation.default),))
    assert PRESETS["none"].operations == ()


def test_what_does_nothing_to_grey_pictures_is_named():
    config = AugmentConfig((("hue", 0.1), ("zoom", 0.1), ("saturation", 0.1)))

    assert config.without_effect(1) == ("hue", "saturation")
    assert config.without_effect(3) == ()


def test_an_operation_without_a_probability_has_its_default_one():
    config = AugmentConfig((("rotation", 0.1), ("flip_horizontal", 1.0)))

    assert [step.probability for step in config.operations] == [1.0, 0.5]
    assert config == AugmentConfig((("rotation", 0.1, 1.0), ("flip_horizontal", 1.0, 0.5)))
    assert config != AugmentConfig((("rotation", 0.1, 0.9), ("flip_horizontal", 1.0, 0.5)))


def test_what_older_runs_hold_still_reads_and_is_written_the_same():
    old = {"flip_horizontal": 1.0, "rotation": 0.03, "zoom": 0.15}

    assert AugmentConfig.from_json(old).to_json() == old


def test_a_probability_goes_to_json_to_text_and_back():
    config = AugmentConfig((("zoom", 0.1, 0.8), ("rotation", 0.05)))

    assert config.to_json() == {"zoom": {"strength": 0.1, "probability": 0.8}, "rotation": 0.05}
    assert config.to_text() == "zoom:0.1@0.8,rotation:0.05"
    assert AugmentConfig.from_json(config.to_json()) == config
    assert AugmentConfig.from_text(config.to_text()) == config


def test_a_value_in_json_may_be_a_number_an_object_or_text():
    """The command line hands over text: --augment.rotation 0.1@0.8"""
    wanted = AugmentConfig((("rotation", 0.1, 0.8),))

    assert AugmentConfig.from_json({"rotation": "0.1@0.8"}) == wanted
    assert AugmentConfig.from_json({"rotation": {"strength": 0.1, "probability": 0.8}}) == wanted
    assert AugmentConfig.from_json({"rotation": {"strength": 0.1}}) == AugmentConfig.from_json({"rotation": 0.1})
    assert TrainConfig.from_json({"augment": {"rotation": "0.1@0.8"}}).augment == wanted
    assert TrainConfig.from_json(json.loads(json.dumps(TrainConfig(augment=wanted).to_json()))).augment == wanted


@pytest.mark.parametrize("value", ["much", "0.1@", "0.1@often", None, [0.1], {"probability": 0.5}])
def test_a_value_that_is_no_strength_is_named_with_what_to_write(value):
    with pytest.raises(ConfigError, match=r"augment\.zoom is .* must be a strength, as 0\.1, or .* 0\.1@0\.8"):
        AugmentConfig.from_json({"zoom": value})


@pytest.mark.parametrize("probability", [0, -0.5, 1.01, float("nan")])
def test_a_probability_outside_0_to_1_is_refused(probability):
    with pytest.raises(ConfigError, match=r"probability of augment\.zoom is .* at most 1"):
        AugmentConfig((("zoom", 0.1, probability),))


def test_the_same_operation_twice_is_refused():
    with pytest.raises(ConfigError, match="zoom twice"):
        AugmentConfig((("zoom", 0.1), ("rotation", 0.1), ("zoom", 0.2)))


def test_it_is_known_whether_labels_are_mixed():
    assert AugmentConfig((("zoom", 0.1), ("cutmix", 1.0))).mixes_labels
    assert not any(preset.mixes_labels for preset in PRESETS.values())


def test_the_preset_for_digits_flips_nothing_and_is_the_one_for_characters_and_not_for_grey_photos():
    assert not [name for name in PRESETS["digits"].names if name.startswith("flip")]
    assert fitting_preset(tuple("0123456789")) == "digits"
    assert fitting_preset(("crack", "rust", "whole")) == "photos"


def test_every_operation_is_in_a_group_and_says_when_it_harms():
    assert {operation.group for operation in OPERATIONS.values()} == set(GROUPS)
    for operation in OPERATIONS.values():
        assert operation.sentence.endswith(".") and operation.harms.endswith(".")


def test_flips_of_digits_and_letters_are_warned_of_and_those_of_cats_are_not():
    config = AugmentConfig((("flip_horizontal", 1.0), ("rotation", 0.05), ("zoom", 0.2)))
    wild = AugmentConfig((("rotation", 0.3),))

    assert likely_to_harm(config, tuple("0123456789")) == ("flip_horizontal",)
    assert likely_to_harm(wild, ("A", "b", "Å")) == ("rotation",)
    assert likely_to_harm(config, ("cat", "dog", "x")) == ()
    assert likely_to_harm(config, ()) == ()
