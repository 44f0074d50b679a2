"""What the form of a training shows before anybody touches it."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.augment.config import AugmentConfig
from core.train.config import TrainConfig
from core.train.presets import PRESETS
from core.train.used import check_used
from pages.shared import cached

STANDS_THERE = {  # what one reads under Augmentation; None where there is none to choose
    "fast": "None",
    "textbook": "None",
    "quick": None,
    "quick_plus": None,
    "small": "Small's own",
    "resnet": "ResNet's own",
    "fine_tune": "Photos",
    "applications": "Photos",
    "custom": "None",
}


def form(config):
    from types import SimpleNamespace

    import streamlit as st

    from pages.train_parts import settings

    st.session_state["asked"] = settings.ask(config, SimpleNamespace(classes=("cat", "dog"), reference="pets@1"), "key")


def augmentation(config):
    page = AppTest.from_function(form, args=(config,)).run()
    assert not page.exception
    return next((box.value for box in page.selectbox if box.label == "Augmentation"), None)


@pytest.fixture(autouse=True)
def _workspace(workspace, monkeypatch):
    monkeypatch.setattr(cached, "workspace", lambda: workspace)


@pytest.mark.parametrize("recipe", PRESETS)
def test_a_recipe_says_its_own_augmentation_and_never_that_of_a_run(recipe):
    assert augmentation(PRESETS[recipe].config) == STANDS_THERE[recipe]


def test_an_augmentation_that_is_no_recipes_is_that_of_the_run_it_came_from():
    config = replace(PRESETS["resnet"].config, augment=AugmentConfig((("rotation", 0.07),)))

    assert augmentation(config) == "As in that run"


@pytest.mark.parametrize("name", PRESETS)
def test_the_form_offers_nothing_that_its_training_would_not_use(name):
    recipe = PRESETS[name].config
    # as of a run by an earlier version
    before = replace(recipe, momentum=0.5, batch_size=1, xla=True, early_stopping_patience=3)

    page = AppTest.from_function(form, args=(before,)).run()

    asked = page.session_state["asked"].values
    check_used(TrainConfig.from_json(asked))
    offered = {box.label for kind in (page.selectbox, page.number_input) for box in kind if not box.disabled}
    assert ("Learning rate" in offered) == ("Batch size" in offered) == (recipe.trainable != "head")
    assert "Rare classes" in offered
    assert ("Stop early after epochs" in offered) == (recipe.trainable != "head" and recipe.schedule == "constant")
    assert "Momentum" not in offered  # no recipe takes SGD
