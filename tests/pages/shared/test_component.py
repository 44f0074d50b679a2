"""Keys of browser code: Streamlit refuses "__" in them, and it is in one of 45 random tokens and in names of data sets."""

import ast

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.component import key_of
from tests.making import PROJECT

REFUSED = ["explore_upload_ab__cd", "upload_ends_with_", "map_pets___2@1", "__", "_", "a%5F_b"]


def keyed_app(text):
    from pages.shared.component import Component

    Component("tried", js="export default function () {}").draw(text, {}, on_up_change=lambda: None)


@pytest.mark.parametrize("text", REFUSED)
def test_streamlit_draws_a_component_whatever_its_key_is_made_of(text):
    app = AppTest.from_function(keyed_app, args=(text,)).run()

    assert not app.exception


def test_no_two_texts_have_one_key():
    texts = [*REFUSED, "a__b", "a_-b", "a%5F_b", "a_%5Fb", "a%255F_b", "a_b", "a-b"]

    assert len({key_of(text) for text in texts}) == len(set(texts))


def test_components_are_made_and_drawn_through_the_one_place():
    own = PROJECT / "pages/shared/component.py"
    files = [*(PROJECT / "pages").rglob("*.py"), PROJECT / "streamlit_app.py"]
    named = [
        str(path.relative_to(PROJECT))
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if path != own and ((isinstance(node, ast.Attribute) and node.attr == "components")
                            or (isinstance(node, ast.ImportFrom) and "components" in (node.module or "")))
    ]  # fmt: skip

    assert named == []
