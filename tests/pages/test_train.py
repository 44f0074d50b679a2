"""Train, where a data set cannot be trained on."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.data.add import add
from pages.shared import cached
from tests.making import png


def app():
    from pages.train_parts import start

    start.show()


@pytest.mark.parametrize(("bursts", "suits"), [(1, False), (3, True)])
def test_beside_a_training_that_cannot_begin_no_recipe_suits_and_a_link_leads_to_more_images(
    workspace, tmp_path, monkeypatch, bursts, suits
):
    links = []
    monkeypatch.setattr(st, "page_link", lambda page, **given: links.append(given))
    cached.workspace.clear()
    rows = [(f"{of}{burst}-{n}.png", of, f"{of} {burst}") for of in "ab" for burst in range(bursts) for n in range(4)]
    for number, (name, _, _) in enumerate(rows):
        (tmp_path / name).write_bytes(png(number, 32, 32))
    (tmp_path / "desk.csv").write_text("\n".join(["path,label,group", *map(",".join, rows)]))
    add(workspace, str(tmp_path / "desk.csv"))

    page = AppTest.from_function(app).run(timeout=60)

    assert not page.exception
    assert any("Suits this data" in line.value for line in page.markdown) == suits
    assert [given["query_params"] for given in links] == ([] if suits else [{"data": "desk@1", "add": "more"}])
    assert any("each class needs three or more bursts" in line.value for line in page.error) != suits
