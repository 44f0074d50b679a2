"""What the form of a training shows before anybody touches it."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.augment.config import AugmentConfig
from core.train.presets import PRESETS
from pages.shared import cached
from pages.train_parts import settings

STANDS_THERE = {  # what one reads under Augmentation; None where there is none to choose
    "fast": "None",
    "textbook": "None",
    "quick": None,
    "small": "Small's own",
    "resnet": "ResNet's own",
    "fine_tune": "Photos",
    "applications": "Photos",
    "custom": "None",
}


def form(config):
    from types import SimpleNamespace

    from pages.train_parts import settings

    settings.ask(config, SimpleNamespace(classes=("cat", "dog"), reference="pets@1"), "key")


def augmentation(config):
    page = AppTest.from_function(form, args=(config,)).run()
    assert not page.exception
    return next((box.value for box in page.selectbox if box.label == "Augmentation"), None)


@pytest.fixture(autouse=True)
def _workspace(workspace, monkeypatch):
    monkeypatch.setattr(cached, "workspace", lambda: workspace)
    monkeypatch.setattr(settings, "workspace", lambda: workspace)


@pytest.mark.parametrize("recipe", PRESETS)
def test_a_recipe_says_its_own_augmentation_and_never_that_of_a_run(recipe):
    assert augmentation(PRESETS[recipe].config) == STANDS_THERE[recipe]


def test_an_augmentation_that_is_no_recipes_is_that_of_the_run_it_came_from():
    config = replace(PRESETS["resnet"].config, augment=AugmentConfig((("rotation", 0.07),)))

    assert augmentation(config) == "As in that run"
