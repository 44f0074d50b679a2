"""With which operations Augment begins, and what stands before its first images."""

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.augment.config import PRESETS, AugmentConfig
from core.data.add import add
from pages.augment_parts import grid
from pages.shared import cached
from tests.making import PROJECT, write_classes
from tests.pages.conftest import again


def app(classes):
    import streamlit as st

    from pages.augment_parts import chosen

    st.text(chosen.read(classes).to_text())


@pytest.mark.parametrize(("classes", "preset"), [(("crack", "rust"), "photos"), (tuple("0123"), "digits")])
def test_it_begins_with_what_suits_the_classes_whatever_the_tones(classes, preset):
    assert again(AppTest.from_function(app, args=(classes,))).text[0].value == PRESETS[preset].to_text()


def test_before_the_first_images_stand_one_question_to_the_helper_and_one_look_at_each_file(
    workspace, tmp_path, monkeypatch
):
    """They are there within 3 s on a warm server; what is counted here is what that takes."""
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 30, "dog": 30, "owl": 30}, height=64, width=64)))
    for kept in (cached.workspace, cached.pictures, cached.augmented):
        kept.clear()
    done, load = [], cached.load

    class Warm:
        def ask(self, task, **given):
            done.append(task)
            images = given.get("images", np.zeros((0, 0)))
            if task == "preview_augmentation":
                return np.stack([images] * given["draws"]), np.stack([given["labels"]] * given["draws"])
            names = AugmentConfig.from_json(given["operations"]).names
            return dict.fromkeys(names, images[0]) if task == "preview_operations" else 1000.0

    def read(*given):
        done.append("a file")
        return load(*given)

    monkeypatch.setattr(cached, "helper", Warm)
    monkeypatch.setattr(cached, "load", read)
    monkeypatch.setattr(st, "page_link", lambda page, **given: None)
    monkeypatch.setattr(grid, "table", lambda *given: done.append("the images"))

    page = AppTest.from_file(str(PROJECT / "pages/augment.py")).run()

    assert not page.exception
    assert done[: done.index("the images")] == ["a file"] * 3 + ["preview_augmentation"]
