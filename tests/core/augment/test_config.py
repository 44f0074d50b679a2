import pytest

from core.augment.config import PRESETS, AugmentConfig
from core.augment.operations import OPERATIONS
from core.errors import ConfigError


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
