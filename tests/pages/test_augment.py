"""With which operations Augment begins."""

import pytest
from streamlit.testing.v1 import AppTest

from core.augment.config import PRESETS
from tests.pages.conftest import again


def app(classes):
    import streamlit as st

    from pages.augment_parts import chosen

    st.text(chosen.read(classes).to_text())


@pytest.mark.parametrize(("classes", "preset"), [(("crack", "rust"), "photos"), (tuple("0123"), "digits")])
def test_it_begins_with_what_suits_the_classes_whatever_the_tones(classes, preset):
    assert again(AppTest.from_function(app, args=(classes,))).text[0].value == PRESETS[preset].to_text()
