"""Evaluate, where labels are mended: the way on to the version that they are in."""

import pytest
from streamlit.testing.v1 import AppTest

from core.data import drafts, edit
from core.data.dataset import read_index
from core.data.edits import LeaveOut, Relabel, RenameClass, names_of
from core.evaluate.evaluation import keep_answers
from pages.evaluate_parts import pictures
from pages.shared import cached
from tests.making import PROJECT
from tests.pages.conftest import again, labels, press, said
from tests.pages.evaluate_parts.conftest import answers


@pytest.fixture
def evaluate(kept, monkeypatch):
    """Draws Evaluate of the run `one` on pets@1: `evaluate(tab=…)`; `evaluate.links` are the queries of its links."""
    links = []
    monkeypatch.setattr("streamlit.page_link", lambda page, **given: links.append(given))

    def drawn(**address):
        page = AppTest.from_file(str(PROJECT / "pages/evaluate.py"))
        for name, value in {"run": kept.run.id, "tab": "Mistakes", **address}.items():
            page.query_params[name] = value
        return again(page)

    drawn.links = links
    return drawn


def mend(workspace, dataset, row=24, label="dog"):
    return Relabel(tuple(names_of(read_index(workspace, dataset), [row])), label)


def test_what_is_saved_here_is_in_hand_on_the_other_pages_and_training_on_it_is_the_next_step(
    workspace, flawed, evaluate
):
    token = drafts.new_token()
    drafts.change(workspace, token, flawed, lambda before: (*before, mend(workspace, flawed)))
    page = evaluate(draft=token)
    assert "is newer" not in said(page)
    assert "1 test image is relabelled: figures from before are not comparable" in said(page).replace("\\", "")

    press(page, "Save as version 2")

    assert page.session_state["last_data"] == "pets@2"
    assert "data" not in page.query_params, "the page is about the version that the run learnt from"
    assert "Version 2 of its data is newer: 1 image relabelled from cat to dog." in said(page).replace("\\", "")
    (link,) = [one for one in evaluate.links if one["label"] == "Train on version 2"]
    assert link["query_params"] == {"data": "pets@2", "like": "one"}
    on_the_newest = evaluate(data="pets@2")
    assert "is newer" not in said(on_the_newest), "version 2 is what is looked at"


def test_of_a_newer_version_all_that_was_done_since_is_told(workspace, flawed, evaluate):
    second = edit.apply(workspace, flawed, [mend(workspace, flawed)])
    third = edit.apply(workspace, second, [mend(workspace, second, 2)])

    assert "Version 3 of its data is newer: 2 images relabelled from cat to dog." in said(evaluate()).replace("\\", "")

    edit.restore(workspace, third, flawed)
    assert "is newer" not in said(evaluate()), "it is what the run learnt from again"


def test_a_picture_of_an_older_version_is_edited_in_the_newest_and_its_tile_says_what_is_new(
    workspace, flawed, kept, evaluate, monkeypatch
):
    gone = int(kept.answered.table["row"].iloc[3])
    newest = edit.apply(
        workspace,
        flawed,
        [
            *(LeaveOut(mend(workspace, flawed, row).images) for row in (2, gone)),
            mend(workspace, flawed),
            RenameClass("cat", "moggy"),
        ],
    )
    tiles, wrong = [], kept.answered.table.iloc[0]
    monkeypatch.setattr(pictures, "gallery", lambda shown, *rest: tiles.extend(shown) or str(wrong["row"]))

    page = evaluate()

    assert "Edits go to version 2, the newest. This is how the image is there." in said(page)
    assert [box.value for box in page.selectbox if box.label == "Class"] == ["moggy"]
    press(page, "Leave out")
    (made,) = cached.draft(page.session_state["explore_draft_pets"]).edits
    assert (made.images[0].path, cached.draft(page.session_state["explore_draft_pets"]).base) == (wrong["path"], newest)
    assert [link["query_params"] for link in evaluate.links if link["label"] == "Open in Explore"][-1] == {
        "data": "pets@2",
        "image": str(wrong["row"] - 1),  # row 2 is gone before it
    }
    tiles.clear()
    again(page)
    marks = {tile.id: tile.badge for tile in tiles}
    assert marks == {str(wrong["row"]): "left out", str(gone): "left out", "24": "→ dog"}, (
        "a class's new name is no edit"
    )

    monkeypatch.setattr(pictures, "gallery", lambda *given: str(gone))
    page = evaluate()
    assert "version 2, the newest, which does not have this image any more." in said(page)
    assert "Leave out" not in labels(page)


def test_beside_the_figure_stands_what_edits_did_to_the_test_split(workspace, flawed, kept, evaluate):
    assert "by hand" not in said(evaluate())
    mended = edit.apply(workspace, flawed, [mend(workspace, flawed)])
    index = read_index(workspace, mended)
    rows = index[index["split"] == "test"]
    keep_answers(
        workspace, kept.run, mended.reference, "test", rows, answers((rows["label"] == "dog"), rows.index > 20)
    )

    told = said(evaluate(data="pets@2")).replace("\\", "")

    assert "1 test image was relabelled by hand since version 1: figures from before are not comparable" in told
