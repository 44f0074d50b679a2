import dataclasses

import pytest

from core.errors import ConfigError
from core.train.config import TrainConfig, resolve
from core.train.further import further
from core.train.presets import PRESETS
from core.train.runs import Run
from core.train.used import OF_A_LAST_LAYER, SUBJECT, check_used, only_used

OTHERS = {
    "epochs": 7, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.1,
    "layer_decay": 0.5, "schedule": "step", "loss": "mean_squared_error", "label_smoothing": 0.1, "gradient_clip_norm": 1.0,
    "ema_momentum": 0.9, "precision": "bfloat16", "xla": True, "gpus": 2, "augment": {"zoom": 0.1},
    "early_stopping_patience": 3, "architecture_options": {"freeze_batch_norm": True},
}  # fmt: skip


def test_every_setting_but_those_of_a_last_layer_is_refused_by_its_name_where_that_alone_is_learnt(digits):
    quick = PRESETS["quick"].config.to_json()
    assert set(OTHERS) == set(quick) - {*OF_A_LAST_LAYER, *SUBJECT}

    for name, value in OTHERS.items():
        with pytest.raises(ConfigError, match=f"^{name} is .*, and .*last layer alone"):
            resolve(TrainConfig.from_json({**quick, name: value}), digits.dataset)


@pytest.mark.parametrize(
    ("preset", "change", "said"),
    [
        ("textbook", {"momentum": 0.5}, 'momentum is 0.5, and optimizer is "adam"; only "sgd" has one'),
        ("fast", {"head_strength": 10.0}, "head_strength is 10, and no last layer is learnt by itself"),
        ("fine_tune", {"head_strength": 10.0, "start_from": "a-run"}, "head_strength is 10"),
        (
            "small",
            {"early_stopping_patience": 8},
            'early_stopping_patience is 8, and schedule is "one_cycle", whose low rates',
        ),
        ("fine_tune", {"early_stopping_patience": 8}, 'schedule is "cosine"'),
    ],
)
def test_what_the_other_settings_leave_without_meaning_is_refused(digits, preset, change, said):
    with pytest.raises(ConfigError, match=said):
        resolve(dataclasses.replace(PRESETS[preset].config, **change), digits.dataset)


def test_what_has_a_meaning_beside_the_others_is_kept(digits):
    for preset, change in (
        ("textbook", {"momentum": 0.5, "optimizer": "sgd"}),
        ("textbook", {"early_stopping_patience": 3}),
        ("fine_tune", {"head_strength": 10.0}),
        ("quick", {"class_balance": "weights", "images_per_class": 20, "seed": 3}),
    ):
        config = resolve(dataclasses.replace(PRESETS[preset].config, **change), digits.dataset)
        assert {name: getattr(config, name) for name in change} == change
        assert resolve(config, digits.dataset) == config


def test_what_a_recipe_brings_and_nobody_chose_is_left_behind(digits):
    alone = dataclasses.replace(PRESETS["fine_tune"].config, trainable="head")

    config = resolve(alone, digits.dataset)

    assert config == dataclasses.replace(resolve(PRESETS["quick"].config, digits.dataset), preset="fine_tune")


def test_a_setting_that_was_named_asks_for_something_even_where_it_is_the_default():
    quick = PRESETS["quick"].config

    with pytest.raises(ConfigError, match=r"learning_rate is 0\.001"):
        check_used(quick, ["learning_rate"])
    check_used(quick, ["label_smoothing", "gpus"])  # none, and one


def test_a_run_that_was_kept_with_such_settings_loads_and_is_gone_on_from(digits):
    before = {**PRESETS["textbook"].config.to_json(), "momentum": 0.5, "head_strength": 10.0}
    config = TrainConfig.from_json(before)
    run = Run("a-run", digits.dataset.reference, config)

    more = further(run)

    assert (config.momentum, config.head_strength) == (0.5, 10.0)
    assert resolve(more, digits.dataset).start_from == "a-run"
    assert more == only_used(dataclasses.replace(PRESETS["textbook"].config, start_from="a-run"))


@pytest.mark.parametrize("name", PRESETS)
def test_no_recipe_stops_before_the_end_that_its_schedule_needs(name):
    recipe = PRESETS[name].config

    assert recipe.schedule == "constant" or recipe.early_stopping_patience is None
